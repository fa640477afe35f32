import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry
import StrictJSON
import Vault

extension Portal {
    /// `/suivi/code-perdu`: a new secret for a lost one.
    func lostCodeRoutes(_ choices: Choices) -> [Route] {
        routes(.get, .lostCode, access: .personal) { request, _, language in
            personalPage(try await lostCodePage(request, language, choices))
        }
            + routes(
                .post, .lostCodeRenewal, access: .personal, bodyLimit: Self.longestForm
            ) { request, context, language in
                try await renew(request, try await request.formBody(in: context), language, choices)
            }
            .limited(.lostCode) { request, context, language, refusal in
                let form = try await request.formBody(in: context)
                return personalPage(
                    try await lostCodePage(
                        request, language, choices, chosen: form["reference"],
                        notice: .tooMany(refusal, site: site, language)))
            }
            + routes(.get, .lostCodeLetter, access: .personal) { _, _, language in
                personalPage(lostCodeLetterPage([:], [], language))
            }
            + routes(
                .post, .lostCodeLetter, access: .personal, bodyLimit: Self.longestForm
            ) { request, context, language in
                try await ask(try await request.formBody(in: context).firstValues, language, choices)
            }
            .limited(.lostCode) { request, context, language, refusal in
                personalPage(
                    lostCodeLetterPage(
                        try await request.formBody(in: context).firstValues, [], language,
                        notice: .tooMany(refusal, site: site, language)))
            }
            + routes(.get, .lostCodeAsked, access: .personal) { _, _, language in
                personalPage(
                    LostCodeAskedPage(
                        frame: frame(
                            language, .lostCodeAsked,
                            title: language.pick(fr: "C’est reçu", en: "It has arrived"), section: .follow,
                            hiddenFromSearch: true)))
            }
    }

    // MARK: By letter

    /// Takes what was written. The answer is the same whatever there is: an operator alone looks for the request.
    private func ask(_ form: [String: String], _ language: Language, _ choices: Choices) async throws -> Response {
        func text(_ name: String) -> JSON? {
            let value = (form[name] ?? "").replacing("\r\n", with: "\n").trimming(while: \.isWhitespace)
            return value.isEmpty ? nil : .string(value)
        }
        let body: JSON = .object(ofPresent: [
            "reference": text("reference"), "birthName": text("birthName"), "givenNames": text("givenNames"),
            "birthDate": RequestAnswers.date(
                ["birthYear", "birthMonth", "birthDay"].map { (form[$0] ?? "").trimming(while: \.isWhitespace) }
            ).map(JSON.string), "postal": text("postal"),
        ])
        let asked: LostCodeRequest
        do throws(FieldErrors) {
            asked = try LostCodeRequest(body, today: today)
        } catch {
            return personalPage(lostCodeLetterPage(form, error.errors, language), status: .unprocessableContent)
        }
        try await choices.lostCodes.receive(asked)
        return Self.seeOther(.lostCodeAsked, language)
    }

    private func lostCodeLetterPage(
        _ form: [String: String], _ errors: [FieldError], _ language: Language, notice: Notice? = nil
    ) -> LostCodeLetterPage {
        let mark = errors.isEmpty ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        return LostCodeLetterPage(
            frame: frame(
                language, .lostCodeLetter,
                title: mark + language.pick(fr: "Un nouveau code par courrier", en: "A new code by post"),
                section: .follow), typed: form, errors: errors, notice: notice)
    }

    // MARK: By signing in

    func lostCodePage(
        _ request: Request, _ language: Language, _ choices: Choices, typed: String = "", errors: [FieldError] = [],
        hasChosenNothing: Bool = false, chosen: String? = nil, notice: Notice? = nil
    ) async throws -> LostCodePage {
        let (claimant, views) = try await theirs(request, choices)
        let isWrong = !errors.isEmpty || hasChosenNothing
        let mark = isWrong ? language.pick(fr: "Erreur : ", en: "Error: ") : ""
        return LostCodePage(
            frame: frame(
                language, .lostCode, title: mark + language.pick(fr: "J’ai perdu mon code", en: "I have lost my code"),
                section: .follow),
            provider: choices.signIn?.provider, goesOn: SignInPurpose.lostCode.link(in: language), claimant: claimant,
            obstacle: claimant.flatMap(choices.desk.obstacle),
            // A new code opens nothing where operators' keys are gone too.
            requests: views.filter { !$0.isLostForOperators }.map {
                LostCodePage.Request($0, isChosen: $0.reference == chosen, zone: policy.zone, language: language)
            },
            hasLost: views.contains(where: \.isLostForOperators),
            number: NumberForm(for: .lostCode, typed: typed, errors: errors, has: claimant?.nir, language),
            hasChosenNothing: hasChosenNothing, notice: notice)
    }

    /// A new secret for the request that was chosen, shown as after filing: on the receipt, for as long as it is open.
    private func renew(
        _ request: Request, _ form: FormFields, _ language: Language, _ choices: Choices
    ) async throws -> Response {
        guard let claimant = claimant(request, choices) else { return Self.seeOther(.lostCode, language) }
        guard let reference = form["reference"], !reference.isEmpty else {
            return personalPage(
                try await lostCodePage(request, language, choices, hasChosenNothing: true),
                status: .unprocessableContent)
        }
        let secret = try await choices.desk.reissue(reference, to: claimant)
        return try opening(reference, secret, at: .receipt, language, under: choices.cookieKey)
    }
}
