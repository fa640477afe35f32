import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry
import StrictJSON
import Vault

extension Portal {
    /// The forms by which citizens exercise their rights, and the page where they follow a request.
    func rightsPageRoutes(_ intake: Intake) -> [Route] { requestFormRoutes(intake) + followRoutes(intake) }

    /// What a button of the form or of its check asks for.
    private enum Step: String {
        case check, edit, file
    }

    private func requestFormRoutes(_ intake: Intake) -> [Route] {
        routes(.get, .rights, access: .site) { request, _, language in
            try await cachedPage(request, key: PagePath.rights.path(in: language), renewedEvery: 86_400) {
                publicBody(
                    RightsPage(
                        frame: frame(
                            language, .rights, title: language.pick(fr: "Exercer mes droits", en: "Exercise my rights"),
                            section: .request)))
            }
        }
            + routes(.get, .request, access: .personal) { request, _, language in
                // Which right, and for whom: nothing about a person stands in an address.
                let chosen = try request.queryFields().firstValues.filter { ["right", "capacity"].contains($0.key) }
                return personalPage(requestForm(RequestAnswers(chosen), language))
            }
            + routes(.post, .request, access: .personal, bodyLimit: Self.longestForm) { request, context, language in
                let form = try await request.formBody(in: context)
                let answers = RequestAnswers(form.firstValues)
                switch Step(rawValue: form["step"] ?? "") ?? .check {
                case .edit: return personalPage(requestForm(answers, language))
                case .check: return check(answers, language)
                case .file: return try await file(answers, language, intake)
                }
            }
    }

    private func check(_ answers: RequestAnswers, _ language: Language) -> Response {
        do throws(FieldErrors) {
            let filing = try Filing(
                answers.filing(in: language), today: today, parentActsUnderAge: policy.parentActsUnderAge)
            return personalPage(
                RequestCheckPage(
                    frame: requestFrame(language, fr: "Relire ma demande", en: "Check my request"),
                    answers: answers.withIdempotencyKey(from: random),
                    birthDate: Words(language).date(filing.subject.birthDate)))
        } catch {
            return personalPage(requestForm(answers, language, error.errors), status: .unprocessableContent)
        }
    }

    /// The same key with the same answers is the same filing, however often it is sent.
    private func file(_ answers: RequestAnswers, _ language: Language, _ intake: Intake) async throws -> Response {
        // Without a key of ours a repetition could not be told: the answers are shown once more, with one.
        guard answers.hasIdempotencyKey else { return check(answers, language) }
        let body = answers.filing(in: language)
        do {
            let filing = try Filing(body, today: today, parentActsUnderAge: policy.parentActsUnderAge)
            let receipt = try await intake.filing.file(
                filing, idempotencyKey: answers.idempotencyKey, body: body.canonicalBytes)
            // By GET from here on: the receipt can be read again and printed, and nothing is filed twice.
            return try opening(
                receipt.reference, try TrackingSecret(entered: receipt.secret), at: .receipt, language, intake)
        } catch let error as FieldErrors {
            return personalPage(requestForm(answers, language, error.errors), status: .unprocessableContent)
        } catch RightsError.idempotencyKeyReused {
            let reused = FieldError(pointer: "", code: "idempotencyKeyReused")
            return personalPage(
                requestForm(answers.withoutIdempotencyKey, language, [reused]), status: .unprocessableContent)
        }
    }

    private func requestForm(
        _ answers: RequestAnswers, _ language: Language, _ errors: [FieldError] = []
    ) -> RequestFormPage {
        RequestFormPage(
            frame: requestFrame(language, fr: "Exercer un droit", en: "Exercise a right", errors: !errors.isEmpty),
            answers: answers.withIdempotencyKey(from: random), errors: errors)
    }

    func requestFrame(_ language: Language, fr: String, en: String, errors: Bool = false) -> PageFrame {
        let mark = errors ? language.pick(fr: "Erreur : ", en: "Error: ") : ""
        return frame(language, .request, title: mark + language.pick(fr: fr, en: en), section: .request)
    }
}

extension FormFields {
    /// Each field's first value.
    var firstValues: [String: String] {
        names.reduce(into: [:]) { values, name in values[name] = self[name] }
    }
}

extension RequestAnswers {
    /// The body of `POST /api/v1/requests` that says the same. An answer left empty is absent.
    func filing(in language: Language) -> JSON {
        func present(_ answer: String) -> JSON? {
            // A browser sends the line ends of a text area as CRLF.
            answer.isEmpty ? nil : .string(answer.replacing("\r\n", with: "\n"))
        }
        let contact = JSON.object(ofPresent: ["email": present(email), "postal": present(postal)])
        return .object(ofPresent: [
            "right": present(rightAnswer) ?? .string(right.rawValue), "scope": ["kind": "all"],
            "capacity": present(capacityAnswer) ?? .string(capacity.rawValue),
            "requester": capacity.actsForAnother
                ? .object(ofPresent: ["name": present(requesterName), "organisation": present(organisation)]) : nil,
            "details": present(details),
            "subject": .object(ofPresent: [
                "birthName": present(birthName), "usageName": present(usageName),
                "givenNames": .array(givenNameList.map(JSON.string)), "birthDate": birthDate.map(JSON.string),
                "sex": present(sex), "birthPlace": present(birthPlace), "nir": present(nir),
                "nirHolder": present(nirHolder),
            ]),
            "contact": contact == [:] ? nil : contact, "message": present(message),
            "language": .string(language.rawValue),
        ])
    }

    /// Whether the form brought back a key such as ours: 32 random bytes.
    var hasIdempotencyKey: Bool { Base64URL.decode(idempotencyKey)?.count == 32 }

    /// The same answers; with a key drawn now where there is none yet.
    func withIdempotencyKey(from random: RandomSource) -> RequestAnswers {
        hasIdempotencyKey ? self : replacingIdempotencyKey(Base64URL.encode(random(32)))
    }

    /// The same answers, for another filing.
    var withoutIdempotencyKey: RequestAnswers { replacingIdempotencyKey("") }

    private func replacingIdempotencyKey(_ key: String) -> RequestAnswers {
        var fields = Dictionary(hidden.map { ($0.name, $0.value) }) { first, _ in first }
        fields["idempotencyKey"] = key
        return RequestAnswers(fields)
    }
}
