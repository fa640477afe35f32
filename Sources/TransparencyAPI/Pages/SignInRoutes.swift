import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import Logging
import OpenIDConnect
import RightsRegistry

extension Portal {
    /// Sign-in of citizens by a provider of identities. It is offered, and nothing needs it.
    func signInRoutes(_ intake: Intake, _ signIn: SignIn) -> [Route] {
        routes(.get, .signIn, access: .personal) { request, _, language in
            personalPage(signInPage(citizen(request, intake), signIn, language))
        }
            + routes(
                .get, .signInGo, access: .personal
            ) { request, context, language in
                try await go(request, context, language, intake, signIn)
            }
            .limited(.signIn) { request, context, language, refusal in
                failedPage(
                    SignInFailure(waiting: refusal.seconds), .ok, try purpose(of: request), context,
                    language, signIn)
            }
            + [
                Route(.get, PagePath.signInReturn.route(in: .fr), access: .personal) { request, context in
                    try await comeBack(request, context, intake, signIn)
                }
            ]
            + routes(.post, .signInLeave, access: .personal, bodyLimit: Self.longestForm) { request, _, language in
                try await forgetProof(in: request)
                return await leave(citizen(request, intake), language, signIn)
            }
    }

    private func signInPage(_ citizen: CitizenSession?, _ signIn: SignIn, _ language: Language) -> SignInPage {
        SignInPage(
            frame: frame(
                language, .signIn,
                title: language.pick(
                    fr: "S’identifier avec \(signIn.provider)", en: "Sign in with \(signIn.provider)"),
                hiddenFromSearch: true),
            provider: signIn.provider, citizen: citizen,
            goesOn: SignInPurpose.signIn.link(in: language), minutes: site.periods.followSessionMinutes)
    }

    // MARK: Going

    private func go(
        _ request: Request, _ context: PortalContext, _ language: Language, _ intake: Intake, _ signIn: SignIn
    ) async throws -> Response {
        let purpose = try purpose(of: request)
        // Another site must not begin a sign-in for whoever visits it.
        if let site = request.headers[HTTPField.Name("Sec-Fetch-Site")!], !["same-origin", "none"].contains(site) {
            return Self.seeOther(.signIn, language)
        }
        let (attempt, address): (SignInAttempt, String)
        do throws(OpenIDError) {
            (attempt, address) = try await signIn.party.begin()
        } catch {
            return failed(error, purpose, context, language, signIn)
        }
        let moment = now()
        let journey = SignInJourney(attempt: attempt, purpose: purpose, language: language)
        var response = Response(status: .seeOther, headers: [.location: address])
        response.set(
            try SignInJourney.sealed.seal(
                journey.content, until: moment.adding(seconds: SignInJourney.lifetime), under: intake.cookieKey,
                at: moment, random: random))
        // Whoever was signed in here before is not who will be.
        response.set(CitizenSession.sealed.cleared)
        return response
    }

    private func purpose(of request: Request) throws -> SignInPurpose {
        try request.queryFields()["for"].flatMap(SignInPurpose.init(rawValue:)) ?? .signIn
    }

    // MARK: Coming back

    private func comeBack(
        _ request: Request, _ context: PortalContext, _ intake: Intake, _ signIn: SignIn
    ) async throws -> Response {
        let query = try request.queryFields()
        guard
            case .open(let content, _) = SignInJourney.sealed.open(request, under: intake.cookieKey, at: now()),
            let journey = SignInJourney(content)
        else { return failed(.refused(.state), .signIn, context, .fr, signIn) }
        let person: SignedInPerson
        do throws(OpenIDError) {
            person = try await signIn.party.complete(
                journey.attempt,
                with: RelyingParty.Answer(
                    state: query["state"], code: query["code"], error: query["error"], issuer: query["iss"]))
        } catch {
            return failed(error, journey.purpose, context, journey.language, signIn)
        }
        let moment = now()
        guard let traits = ProvenTraits(claims: person.claims),
            let cookie = try CitizenSession(
                traits: traits, idToken: person.idToken,
                expiresAt: moment.adding(seconds: site.periods.followSessionMinutes * 60)
            ).cookie(intake, at: moment, random: random)
        else {
            // The provider is sure of somebody, and does not say of whom.
            return failedPage(
                SignInFailure(code: "traits"), .forbidden, journey.purpose, context, journey.language, signIn)
        }
        return welcome(cookie, journey)
    }

    private func welcome(_ cookie: SetCookie, _ journey: SignInJourney) -> Response {
        let language = journey.language
        // A redirect would still come from the provider's site, and strict cookies stay behind then: those of the
        // request that is being filled, and this one. So this page leads on.
        var response = wayPage(
            language,
            title: language.pick(fr: "Vous êtes identifié", en: "You are signed in"),
            text: language.pick(fr: "La suite s’affiche dans un instant.", en: "The next page appears in a moment."),
            label: language.pick(fr: "Continuer", en: "Continue"), to: journey.purpose.destination(in: language))
        response.set(cookie)
        response.set(SignInJourney.sealed.cleared)
        return response
    }

    /// A page that leads on by itself, and by a link where the browser does not.
    func wayPage(
        _ language: Language, title: String, text: String, label: String, to address: String
    ) -> Response {
        personalPage(
            SignInWayPage(
                frame: frame(language, .signIn, title: title, hiddenFromSearch: true), title: title, text: text,
                label: label, address: address), headers: [HTTPField.Name("Refresh")!: "0; url=\(address)"])
    }

    // MARK: What went wrong

    private func failed(
        _ error: OpenIDError, _ purpose: SignInPurpose, _ context: PortalContext, _ language: Language,
        _ signIn: SignIn
    ) -> Response {
        let status: HTTPResponse.Status
        switch error {
        case .unavailable: status = .serviceUnavailable
        case .declined: status = .ok
        case .refused: status = .forbidden
        }
        return failedPage(SignInFailure(error), status, purpose, context, language, signIn)
    }

    private func failedPage(
        _ failure: SignInFailure, _ status: HTTPResponse.Status, _ purpose: SignInPurpose, _ context: PortalContext,
        _ language: Language, _ signIn: SignIn
    ) -> Response {
        if !failure.isNoFault {
            context.logger.notice("a sign-in did not come about", metadata: ["code": "\(failure.code)"])
        }
        var response = personalPage(
            SignInFailedPage(
                frame: frame(
                    language, .signIn, title: SignInFailedPage.title(failure, signIn.provider, language),
                    hiddenFromSearch: true),
                failure: failure, provider: signIn.provider, purpose: purpose), status: status)
        response.set(SignInJourney.sealed.cleared)
        return response
    }

    // MARK: Leaving

    private func leave(_ citizen: CitizenSession?, _ language: Language, _ signIn: SignIn) async -> Response {
        let home = signIn.origin + PagePath.signIn.path(in: language)
        var address: String?
        if let idToken = citizen?.idToken { address = await signIn.party.leaving(idToken, backTo: home) }
        // Not a redirect: a form of ours may not lead to another site, and this page's policy says so.
        var response = wayPage(
            language, title: language.pick(fr: "Vous n’êtes plus identifié", en: "You are signed out"),
            text: language.pick(
                fr: "Rien n’en reste sur cet appareil.", en: "Nothing of it is left on this device."),
            label: language.pick(fr: "Continuer", en: "Continue"),
            to: address ?? PagePath.signIn.path(in: language))
        response.set(CitizenSession.sealed.cleared)
        return response
    }
}
