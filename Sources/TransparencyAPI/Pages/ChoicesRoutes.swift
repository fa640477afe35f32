import CivilTime
import Crypto
import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import RightsRegistry
import StrictJSON
import Vault

extension Portal {
    /// `/mes-choix`: what whoever signs in has chosen, to be seen, ended, narrowed and printed.
    func choicesRoutes(_ choices: Choices) -> [Route] {
        routes(.get, .choices, access: .personal) { request, _, language in
            let notice = try request.queryFields()["notice"]
            return personalPage(try await choicesPage(request, language, choices, notice: notice))
        }
            + routes(.post, .choicesNumber, access: .personal, bodyLimit: Self.longestForm) {
                request, context, language in
                try await takeNumber(request, try await request.formBody(in: context), language, choices)
            }
            .map { $0.limited(.act) }
            + routes(.get, .choice("{reference}"), access: .personal) { request, context, language in
                try await whenTheirs(request, context, language, choices) { view, _ in
                    personalPage(choicePage(view, language))
                }
            }
            + routes(.post, .choice("{reference}"), access: .personal, bodyLimit: Self.longestForm) {
                request, context, language in
                let form = try await request.formBody(in: context)
                return try await whenTheirs(request, context, language, choices) { view, claimant in
                    try await end(view, form, of: claimant, language, choices)
                }
            }
            .map { $0.limited(.act) }
            + routes(.get, .attestation, access: .personal) { request, _, language in
                try await whenSignedIn(request, language, choices) { views, claimant in
                    personalPage(attestation(views, of: claimant, request, language))
                }
            }
            + routes(.get, .attestationFile, access: .personal) { request, _, language in
                try await whenSignedIn(request, language, choices) { views, claimant in
                    Response(
                        status: .ok,
                        headers: [
                            .contentType: "text/plain; charset=utf-8",
                            .contentDisposition: "attachment; filename=\"regard-attestation.txt\"",
                        ],
                        body: ResponseBody(
                            byteBuffer: ByteBuffer(string: attestation(views, of: claimant, request, language).file)))
                }
            }
    }

    // MARK: Who asks

    /// Whoever is signed in, with the number that they gave here.
    func claimant(_ request: Request, _ choices: Choices) -> Claimant? {
        guard let session = citizen(request, choices) else { return nil }
        let typed = ClaimedNumber.typed(request, by: session, under: choices.cookieKey, at: now())
        return (try? Claimant(session.traits, typedNIR: typed ?? "")) ?? (try? Claimant(session.traits))
    }

    /// Whoever is signed in, and every request that is certainly theirs.
    func theirs(_ request: Request, _ choices: Choices) async throws -> (Claimant?, [RequestView]) {
        guard let claimant = claimant(request, choices) else { return (nil, []) }
        return (claimant, try await choices.desk.requests(of: claimant))
    }

    /// The answer for whoever is signed in and may be shown what is theirs; everybody else is sent to do so.
    private func whenSignedIn(
        _ request: Request, _ language: Language, _ choices: Choices,
        _ answer: ([RequestView], Claimant) async throws -> Response
    ) async throws -> Response {
        guard let claimant = claimant(request, choices), choices.desk.obstacle(claimant) == nil else {
            return Self.seeOther(.choices, language)
        }
        let views = try await choices.desk.requests(of: claimant).filter { $0.right == .objection }
        return try await answer(views, claimant)
    }

    private func whenTheirs(
        _ request: Request, _ context: PortalContext, _ language: Language, _ choices: Choices,
        _ answer: (RequestView, Claimant) async throws -> Response
    ) async throws -> Response {
        let reference = try context.parameters.require("reference")
        return try await whenSignedIn(request, language, choices) { views, claimant in
            // Somebody else's is no other than one that does not exist.
            guard let view = views.first(where: { $0.reference == reference }) else { throw RightsError.notFound }
            return try await answer(view, claimant)
        }
    }

    /// Takes the number into a sealed cookie, and goes back to the page that asked for it.
    private func takeNumber(
        _ request: Request, _ form: FormFields, _ language: Language, _ choices: Choices
    ) async throws -> Response {
        let purpose = form["for"].flatMap(SignInPurpose.init(rawValue:)) ?? .choices
        guard let session = citizen(request, choices) else { return Self.seeOther(purpose.page, language) }
        let typed = form["nir"] ?? ""
        do throws(FieldErrors) {
            _ = try Claimant(session.traits, typedNIR: typed)
        } catch {
            if purpose == .lostCode {
                return personalPage(
                    try await lostCodePage(request, language, choices, typed: typed, errors: error.errors),
                    status: .unprocessableContent)
            }
            return personalPage(
                try await choicesPage(request, language, choices, typed: typed, errors: error.errors),
                status: .unprocessableContent)
        }
        var response = Self.seeOther(purpose.page, language)
        response.set(
            try ClaimedNumber.cookie(typed, of: session, under: choices.cookieKey, at: now(), random: random))
        return response
    }

    // MARK: Pages

    private func choicesPage(
        _ request: Request, _ language: Language, _ choices: Choices, typed: String = "", errors: [FieldError] = [],
        notice: String? = nil
    ) async throws -> ChoicesPage {
        let (claimant, views) = try await theirs(request, choices)
        let mark = errors.isEmpty ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        return ChoicesPage(
            frame: frame(
                language, .choices, title: mark + language.pick(fr: "Mes choix", en: "My choices"), section: .follow),
            provider: choices.signIn?.provider, goesOn: SignInPurpose.choices.link(in: language),
            claimant: claimant, obstacle: claimant.flatMap(choices.desk.obstacle),
            items: views.filter { $0.right == .objection }.map { choice($0, language) },
            number: NumberForm(for: .choices, typed: typed, errors: errors, has: claimant?.nir, language),
            notice: .afterEnding(notice, language))
    }

    private func choice(_ view: RequestView, _ language: Language) -> ChoiceItem {
        ChoiceItem(
            view, zone: policy.zone, targets: policy.targets, language: language)
    }

    private func choicePage(_ view: RequestView, _ language: Language, error: String? = nil) -> ChoicePage {
        let mark = error == nil ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        return ChoicePage(
            frame: frame(
                language, .choice(view.reference),
                title: mark + language.pick(fr: "Changer ce choix", en: "Change this choice"), section: .follow,
                hiddenFromSearch: true), item: choice(view, language), error: error)
    }

    private func attestation(
        _ views: [RequestView], of claimant: Claimant, _ request: Request, _ language: Language
    ) -> AttestationPage {
        AttestationPage(
            frame: frame(
                language, .attestation,
                title: language.pick(fr: "Attestation de mes choix", en: "Attestation of my choices"),
                section: .follow, hiddenFromSearch: true),
            claimant: claimant, items: views.filter(\.isInForce).map { choice($0, language) },
            asOf: Words(language).moment(now(), in: policy.zone),
            follow: Self.origin(of: request) + PagePath.follow.path(in: language))
    }

    // MARK: Ending

    /// Shows what is about to end, and ends it once that is confirmed.
    private func end(
        _ view: RequestView, _ form: FormFields, of claimant: Claimant, _ language: Language, _ choices: Choices
    ) async throws -> Response {
        let item = choice(view, language)
        let chosen = item.parts.filter { Set(form.all("part")).contains($0.value) }
        let isWhole = form["what"] == "all"
        guard item.canEnd, isWhole || (form["what"] == "part" && !chosen.isEmpty) else {
            let error = FieldErrorTexts(language).text(
                pointer: form["what"] == "part" ? "/scope/ids" : "/scope/kind", code: "required")
            return personalPage(choicePage(view, language, error: error), status: .unprocessableContent)
        }
        guard form["confirm"] == "yes" else {
            return personalPage(
                ChoiceCheckPage(
                    frame: frame(
                        language, .choice(view.reference),
                        title: language.pick(fr: "Confirmer", en: "Confirm"), section: .follow,
                        hiddenFromSearch: true), item: item, parts: isWhole ? [] : chosen))
        }
        let body: JSON =
            isWhole
            ? [:] : ["scope": ["kind": .string(item.partKind), "ids": .array(chosen.map { .string($0.value) })]]
        try await choices.desk.withdraw(body, of: view.reference, by: claimant)
        return Self.seeOther(.choices, language, notice: "ended")
    }

    /// Where the browser found us: a host that the server has let pass.
    static func origin(of request: Request) -> String {
        "\(request.head.scheme ?? "https")://\(request.head.authority ?? "")"
    }
}

/// The number that somebody gives beside a sign-in: sealed into a cookie of its own, for whoever signed in and no longer
/// than they are. It stands in no address and in no row.
enum ClaimedNumber {
    private static let sealed = SealedCookie("numero")

    static func cookie(
        _ typed: String, of session: CitizenSession, under key: SymmetricKey, at now: Instant, random: RandomSource
    ) throws(SealError) -> SetCookie {
        try sealed.seal(
            ["nir": .string(typed), "provenAs": .string(session.traits.provenAs)], until: session.expiresAt,
            under: key, at: now, random: random)
    }

    /// What was typed; nil where it was somebody else who did.
    static func typed(
        _ request: Request, by session: CitizenSession, under key: SymmetricKey, at now: Instant
    ) -> String? {
        guard case .open(let content, _) = sealed.open(request, under: key, at: now),
            content["provenAs"]?.string == session.traits.provenAs
        else { return nil }
        return content["nir"]?.string
    }
}

extension Notice {
    fileprivate static func afterEnding(_ asked: String?, _ language: Language) -> Notice? {
        guard asked == "ended" else { return nil }
        return Notice(
            language.pick(
                fr: "Voici vos choix, tels qu’ils sont maintenant", en: "These are your choices as they stand"),
            text: language.pick(
                fr: "Chaque base liée confirme à son tour ce qui a changé.",
                en: "Each linked database confirms in turn what has changed."), tone: .done)
    }
}
