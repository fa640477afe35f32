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
            + routes(.post, .lostCodeRenewal, access: .personal, bodyLimit: Self.longestForm) {
                request, context, language in
                try await renew(request, try await request.formBody(in: context), language, choices)
            }
    }

    func lostCodePage(
        _ request: Request, _ language: Language, _ choices: Choices, typed: String = "", errors: [FieldError] = [],
        hasChosenNothing: Bool = false
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
            requests: views.map { LostCodePage.Request($0, zone: policy.zone, language: language) },
            number: NumberForm(for: .lostCode, typed: typed, errors: errors, has: claimant?.nir, language),
            hasChosenNothing: hasChosenNothing)
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
