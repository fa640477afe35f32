import CivilTime
import Crypto
import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry
import StrictJSON
import Vault

extension Portal {
    /// `/suivi` and the acts of those who follow a request there.
    func followRoutes(_ intake: Intake) -> [Route] {
        receiptRoutes(intake) + followIdentityRoutes(intake) + followPackageRoutes(intake)
            + routes(.get, .follow, access: .personal) { request, _, language in
                try await follow(request, language, intake)
            }
            + routes(
                .post, .follow, access: .personal, bodyLimit: Self.longestForm
            ) { request, context, language in
                try await open(try await request.formBody(in: context), language, intake)
            }
            .limited(.follow) { request, context, language, refusal in
                let form = try await request.formBody(in: context)
                return personalPage(
                    followForm(
                        language, reference: form["reference"] ?? "", secret: form["secret"] ?? "",
                        notice: .tooMany(refusal, site: site, language)))
            }
            + routes(
                .post, .followWithdrawal, access: .personal, bodyLimit: Self.longestForm
            ) { request, context, language in
                try await withdraw(request, context, language, intake)
            }
            .limited(.act) { request, _, language, refusal in
                try await actLater(request, language, intake, refusal)
            }
            + routes(
                .post, .followReopening, access: .personal, bodyLimit: Self.longestForm
            ) { request, _, language in
                try await reopen(request, language, intake)
            }
            .limited(.act) { request, _, language, refusal in
                try await actLater(request, language, intake, refusal)
            }
            + followKeptRoutes(intake)
            + followWritingRoutes(intake)
            + routes(.post, .followLeave, access: .personal, bodyLimit: Self.longestForm) { _, _, language in
                var response = Self.seeOther(.follow, language, notice: "left")
                response.set(FollowSession.clearedCookie)
                response.headers[.clearSiteData] = "\"cache\", \"cookies\", \"storage\""
                return response
            }
    }

    // MARK: Opening

    private func follow(_ request: Request, _ language: Language, _ intake: Intake) async throws -> Response {
        switch followAccess(request, intake) {
        case .none:
            let hasLeft = try request.queryFields()["notice"] == "left"
            return personalPage(followForm(language, notice: hasLeft ? .hasLeft(language) : nil))
        case .over: return endedSession(language)
        case .open(let session):
            do {
                let view = try await intake.follow.follow(session.reference, secret: session.secret)
                let asked = try request.queryFields()["notice"]
                return personalPage(
                    followCase(
                        view, language, signedIn: citizen(request, intake), notice: .afterAct(asked, view, language)))
            } catch RightsError.notFound {
                return endedSession(language)
            } catch RightsError.comeOfAge {
                var response = comeOfAge(language)
                response.set(FollowSession.clearedCookie)
                return response
            }
        }
    }

    /// To a parent who has the right code, and whose child decides alone now.
    func comeOfAge(_ language: Language) -> Response {
        personalPage(
            followForm(
                language, notice: .comeOfAge(site.periods.parentActsUnderAge, hasSignIn: hasSignIn, language)),
            status: .forbidden)
    }

    private func endedSession(_ language: Language) -> Response {
        var response = personalPage(followForm(language, notice: .sessionOver(language)))
        response.set(FollowSession.clearedCookie)
        return response
    }

    /// Reference and secret, as they were typed. What was mistyped is told apart from what matches nothing.
    private func open(_ form: FormFields, _ language: Language, _ intake: Intake) async throws -> Response {
        let (typedReference, typedSecret) = (form["reference"] ?? "", form["secret"] ?? "")
        func refusal(_ errors: [FieldError], _ status: HTTPResponse.Status) -> Response {
            personalPage(
                followForm(language, reference: typedReference, secret: typedSecret, errors: errors), status: status)
        }
        var errors: [FieldError] = []
        let reference = RequestReference(entered: typedReference)
        if reference == nil {
            let code = typedReference.allSatisfy(\.isWhitespace) ? "required" : "reference.invalid"
            errors.append(FieldError(pointer: "/reference", code: code))
        }
        var secret: TrackingSecret?
        do throws(TrackingSecret.EntryError) {
            secret = try TrackingSecret(entered: typedSecret)
        } catch {
            let code = typedSecret.allSatisfy(\.isWhitespace) ? "required" : error.fieldCode
            errors.append(FieldError(pointer: "/secret", code: code))
        }
        guard let reference = reference?.description, let secret else {
            return refusal(errors, .unprocessableContent)
        }
        do {
            _ = try await intake.follow.follow(reference, secret: secret)
        } catch RightsError.notFound {
            return refusal([FieldError(pointer: "/reference", code: "notFound")], .notFound)
        } catch RightsError.comeOfAge {
            return comeOfAge(language)
        }
        return try opening(reference, secret, at: .follow, language, intake)
    }

    /// Sends the browser on to `page`, with the cookie that opens the request there.
    func opening(
        _ reference: String, _ secret: TrackingSecret, at page: PagePath, _ language: Language, _ intake: Intake
    ) throws -> Response {
        try opening(reference, secret, at: page, language, under: intake.cookieKey)
    }

    func opening(
        _ reference: String, _ secret: TrackingSecret, at page: PagePath, _ language: Language,
        under key: SymmetricKey
    ) throws -> Response {
        let moment = now()
        let session = FollowSession(
            reference: reference, secret: secret,
            expiresAt: moment.adding(seconds: site.periods.followSessionMinutes * 60))
        var response = Self.seeOther(page, language)
        response.set(try session.cookie(under: key, at: moment, random: random))
        return response
    }

    /// The request again, with what was being written, since too many acts came at once.
    func actLater(
        _ request: Request, _ language: Language, _ intake: Intake, _ refusal: TooManyRequests,
        answered: FollowAnswer? = nil
    ) async throws -> Response {
        guard case .open(let session) = followAccess(request, intake) else {
            return personalPage(
                answered.map { endedWhileWriting($0.text, language) }
                    ?? followForm(language, notice: .sessionOver(language)),
                status: .unauthorized)
        }
        let view = try await intake.follow.follow(session.reference, secret: session.secret)
        return personalPage(
            followCase(
                view, language, signedIn: citizen(request, intake), answered: answered,
                notice: .tooMany(refusal, site: site, language)))
    }

    func followForm(
        _ language: Language, reference: String = "", secret: String = "", errors: [FieldError] = [],
        notice: Notice? = nil
    ) -> FollowPage {
        let mark = errors.isEmpty ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        return FollowPage(
            frame: frame(
                language, .follow, title: mark + language.pick(fr: "Suivre ma demande", en: "Follow my request"),
                section: .follow),
            reference: reference, secret: secret, errors: errors, notice: notice, hasSignIn: hasSignIn)
    }

    /// Whether a provider of identities is set.
    private var hasSignIn: Bool { intake?.signIn != nil }

    // MARK: Withdrawing

    private func withdraw(
        _ request: Request, _ context: PortalContext, _ language: Language, _ intake: Intake
    ) async throws -> Response {
        let form = try await request.formBody(in: context)
        guard case .open(let session) = followAccess(request, intake) else { return Self.seeOther(.follow, language) }
        guard form["confirm"] == "yes" else {
            let view = try await intake.follow.follow(session.reference, secret: session.secret)
            let error = FieldErrorTexts(language).text(pointer: "/confirm", code: "confirmation.required")
            return personalPage(
                followCase(view, language, signedIn: citizen(request, intake), withdrawalError: error),
                status: .unprocessableContent)
        }
        try await intake.follow.withdraw(session.reference, secret: session.secret)
        return Self.seeOther(.follow, language, notice: "withdrawn")
    }
}

extension Portal {
    /// Takes up again what was set aside; where something else happened meanwhile, the page shows it.
    private func reopen(_ request: Request, _ language: Language, _ intake: Intake) async throws -> Response {
        guard case .open(let session) = followAccess(request, intake) else { return Self.seeOther(.follow, language) }
        do {
            try await intake.follow.reopen(session.reference, secret: session.secret)
            return Self.seeOther(.follow, language, notice: "reopened")
        } catch RightsError.transition, RightsError.outdated {
            return Self.seeOther(.follow, language)
        }
    }
}

extension Notice {
    fileprivate static func hasLeft(_ language: Language) -> Notice {
        Notice(
            language.pick(fr: "Vous avez quitté votre suivi", en: "You have left your request"),
            text: language.pick(
                fr: "Rien n’en reste sur cet appareil.", en: "Nothing of it is left on this device."), tone: .done)
    }

    fileprivate static func comeOfAge(_ age: Int, hasSignIn: Bool, _ language: Language) -> Notice {
        let (way, path) =
            hasSignIn
            ? ("dans « Mes choix », ou en nous appelant", "in “My choices”, or by calling us")
            : ("en nous appelant", "by calling us")
        return Notice(
            language.pick(
                fr: "Votre enfant a \(age) ans : il décide seul", en: "Your child is \(age), and decides alone"),
            text: language.pick(
                fr:
                    "Ce code n’ouvre plus sa demande. Son opposition reste en vigueur ; votre enfant peut la voir et la "
                    + "changer \(way).",
                en:
                    "This code no longer opens the request. The objection stays in force; your child can see and change "
                    + "it \(path)."), tone: .wait)
    }

    static func sessionOver(_ language: Language) -> Notice {
        Notice(
            language.pick(fr: "Votre suivi s’est refermé", en: "Your request has closed itself"),
            text: language.pick(
                fr: "C’est pour votre sécurité. Entrez de nouveau votre référence et votre code.",
                en: "This is for your safety. Enter your reference and code again."), tone: .wait)
    }

    /// After a withdrawal. Only what the request itself says is shown: an address alone can make no claim.
    fileprivate static func afterAct(_ asked: String?, _ view: RequestView, _ language: Language) -> Notice? {
        if asked == FollowForm.proof.rawValue, view.events.last?.event.type == .identityProvided {
            return Notice(
                language.pick(fr: "Votre justificatif est parti", en: "Your proof is sent"),
                text: language.pick(
                    fr: "Il est chiffré. Il sera détruit dès qu’il aura été vérifié.",
                    en: "It is encrypted. It will be destroyed once it has been checked."), tone: .done)
        }
        if asked == FollowForm.message.rawValue, view.events.last?.event.type == .message {
            if view.proof == .identity {
                return Notice(
                    language.pick(fr: "Votre message est parti", en: "Your message is sent"),
                    text: language.pick(
                        fr:
                            "Un agent vous répondra ici. Votre identité reste à confirmer : ce message ne compte pas comme "
                            + "justificatif.",
                        en:
                            "An agent will answer you here. Your identity is still to be confirmed: this message does not "
                            + "count as proof."), tone: .wait)
            }
            return Notice(
                language.pick(fr: "Votre message est parti", en: "Your message is sent"),
                text: language.pick(
                    fr: "Un agent vous répondra ici.", en: "An agent will answer you here."), tone: .done)
        }
        if asked == "reopened", view.state == .awaitingIdentity {
            return Notice(
                language.pick(fr: "Votre demande est reprise", en: "Your request is taken up again"),
                text: view.isInForce
                    ? language.pick(
                        fr: "Votre opposition s’applique de nouveau. Il reste à confirmer votre identité.",
                        en: "Your objection applies again. What remains is to confirm your identity.")
                    : language.pick(
                        fr: "Il reste à confirmer votre identité.", en: "What remains is to confirm your identity."),
                tone: .done)
        }
        if asked == "identity", let last = view.events.last?.event, last.isBySignIn {
            return .identityProven(isVerified: last.type == .identityVerified, language)
        }
        guard asked == "withdrawn", view.outcome == .withdrawn else { return nil }
        return Notice(
            language.pick(fr: "Votre opposition est retirée", en: "Your objection is withdrawn"),
            text: language.pick(
                fr: "Chaque base liée le confirmera à son tour.", en: "Each linked database will confirm it in turn."),
            tone: .done)
    }
}
