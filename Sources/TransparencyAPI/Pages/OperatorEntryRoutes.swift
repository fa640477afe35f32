import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry
import StrictJSON
import Vault

extension Portal {
    /// Entering what came by post or telephone, on the page and through the API.
    func operatorEntryRoutes(_ console: Console) -> [Route] {
        [
            Route(.post, "/api/v1/operator/requests", access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                let body = Array(try await request.jsonBody(in: context).readableBytesView)
                let entered = try EnteredFiling(try JSON(parsing: body), today: today, policy: policy)
                let entry = try await console.desk.enter(
                    entered, idempotencyKey: try request.idempotencyKey(), body: body, by: asker)
                return Response.json(
                    entry.json, status: .created,
                    headers: [.location: "/api/v1/operator/requests/\(entry.reference)"])
            }
        ]
            + consoleRoutes(.get, .operatorEntry, console) { request, _, language, asker in
                try await console.desk.demand(.enterRequests, of: asker, asking: "entry")
                // What came in the same pile came the same way on the same day. Nothing of a person comes in an address.
                let query = try request.queryFields()
                let answers = EntryAnswers(
                    typed: ["channel": query["channel"] ?? "", "receivedOn": query["receivedOn"] ?? ""], databases: [],
                    idempotencyKey: Base64URL.encode(random(32)))
                return personalPage(try await entryPage(answers, asker, language))
            }
            + consoleRoutes(.post, .operatorEntry, console) { request, context, language, asker in
                try await console.desk.demand(.enterRequests, of: asker, asking: "entry")
                return try await enter(try await request.formBody(in: context), asker, language, console)
            }
            + consoleRoutes(.get, .operatorEntered("{reference}"), console) { _, context, language, asker in
                let entry = try await console.desk.entry(try context.parameters.require("reference"), for: asker)
                return personalPage(
                    OperatorEnteredPage(
                        frame: frame(
                            language, .operatorEntered(entry.reference),
                            title: language.pick(
                                fr: "\(entry.reference) est enregistrée", en: "\(entry.reference) is recorded"),
                            signedIn: SignedInOperator(asker, language: language)),
                        entry: entry, mayRead: policy.roles.allows(asker.role, .readRequests)))
            }
    }

    /// The rules are those of `POST /api/v1/operator/requests`: the page has none of its own.
    private func enter(
        _ form: FormFields, _ asker: Operator, _ language: Language, _ console: Console
    ) async throws -> Response {
        let key = form["key"].flatMap { (22...200).contains($0.utf8.count) ? $0 : nil }
        let answers = EntryAnswers(form, idempotencyKey: key ?? Base64URL.encode(random(32)))
        func again(_ errors: [FieldError], asksNIRHolder: Bool = false, key: String? = nil) async throws -> Response {
            let answers = key.map(answers.withKey) ?? answers
            return personalPage(
                try await entryPage(answers, asker, language, errors: errors, asksNIRHolder: asksNIRHolder),
                status: .unprocessableContent)
        }
        if form["act"] == "addNumber" {
            return personalPage(try await entryPage(answers.withOneMoreNumber, asker, language))
        }
        var asksNIRHolder = false
        do {
            var body = answers.body(nirHolder: false)
            let entered: EnteredFiling
            do throws(FieldErrors) {
                entered = try EnteredFiling(body, today: today, policy: policy)
            } catch {
                asksNIRHolder = error.errors.contains { $0.code == "nir.holder" }
                guard asksNIRHolder else { throw error }
                body = answers.body(nirHolder: true)
                entered = try EnteredFiling(body, today: today, policy: policy)
            }
            let entry = try await console.desk.enter(
                entered, idempotencyKey: answers.idempotencyKey, body: body.canonicalBytes, by: asker)
            return Self.seeOther(.operatorEntered(entry.reference), language)
        } catch let error as FieldErrors {
            return try await again(error.errors, asksNIRHolder: asksNIRHolder)
        } catch RightsError.invalid(let found) {
            return try await again(found.errors, asksNIRHolder: asksNIRHolder)
        } catch RightsError.idempotencyKeyReused {
            return try await again(
                [FieldError(pointer: "", code: "idempotencyKeyReused")], asksNIRHolder: asksNIRHolder,
                key: Base64URL.encode(random(32)))
        }
    }

    private func entryPage(
        _ answers: EntryAnswers, _ asker: Operator, _ language: Language, errors: [FieldError] = [],
        asksNIRHolder: Bool = false
    ) async throws -> OperatorEntryPage {
        let mark = errors.isEmpty ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        return OperatorEntryPage(
            frame: frame(
                language, .operatorEntry,
                title: mark
                    + language.pick(fr: "Saisir un courrier ou un appel", en: "Enter a letter or a call"),
                signedIn: SignedInOperator(asker, language: language)),
            answers: answers,
            databases: try await linkedDatabases().map { database in
                (database.id, Phrase(database.name, in: language)?.text ?? database.id)
            }, asksNIRHolder: asksNIRHolder, errors: errors)
    }
}

extension EntryAnswers {
    fileprivate var withOneMoreNumber: EntryAnswers {
        var typed = typed
        typed["otherNumbers"] = String(min(answers.otherNumbers + 1, OtherNumber.most))
        return EntryAnswers(typed: typed, databases: databases, idempotencyKey: idempotencyKey)
    }
}

extension EntryReceipt {
    fileprivate var json: JSON {
        [
            "reference": .string(reference), "channel": .string(channel.rawValue),
            "receivedOn": .string(receivedOn.description), "dueOn": .string(dueOn.description),
            "confirmed": .bool(isConfirmed), "letter": .bool(hasLetter),
            "unreached": .array(unreached.map(JSON.string)),
        ]
    }
}
