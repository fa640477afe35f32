import HTTPServer
import Hummingbird
import RightsRegistry

/// Proving who one is by signing in, where a request waits for that.
extension Portal {
    func followIdentityRoutes(_ intake: Intake) -> [Route] {
        guard let signIn = intake.signIn else { return [] }
        return routes(.post, .followIdentity, access: .personal, bodyLimit: Self.longestForm) { request, _, language in
            try await proveIdentity(request, language, intake, signIn)
        }
        .limited(.act) { request, _, language, refusal in
            try await actLater(request, language, intake, refusal)
        }
    }

    /// What a request offers while it waits to know who asks; nil where no provider is set.
    func signInOffer(_ view: RequestView, _ signedIn: CitizenSession?, _ language: Language) -> SignInOffer? {
        guard view.state == .awaitingIdentity, let provider = intake?.signIn?.provider else { return nil }
        return SignInOffer(provider, for: .prove, signedIn, zone: policy.zone, language)
    }

    private func proveIdentity(
        _ request: Request, _ language: Language, _ intake: Intake, _ signIn: SignIn
    ) async throws -> Response {
        guard case .open(let session) = followAccess(request, intake) else { return Self.seeOther(.follow, language) }
        guard let citizen = citizen(request, intake) else {
            // The sign-in is over; it can begin again from the request.
            return Response(status: .seeOther, headers: [.location: SignInPurpose.prove.destination(in: language)])
        }
        let answer: FollowDesk.IdentityAnswer
        do {
            answer = try await intake.follow.proveIdentity(
                citizen.traits, for: session.reference, secret: session.secret)
        } catch RightsError.transition, RightsError.outdated {
            // Answered already, or something else happened: the request shows what.
            return Self.seeOther(.follow, language)
        }
        guard answer == .another else { return Self.seeOther(.follow, language, notice: "identity") }
        let view = try await intake.follow.follow(session.reference, secret: session.secret)
        return personalPage(
            followCase(view, language, signedIn: citizen, notice: .anotherIdentity(signIn.provider, language)),
            status: .unprocessableContent)
    }
}

extension Notice {
    static func identityProven(isVerified: Bool, _ language: Language) -> Notice {
        isVerified
            ? Notice(
                language.pick(fr: "Votre identité est vérifiée", en: "Your identity is verified"),
                text: language.pick(
                    fr: "Un agent reprend votre demande. Vous n’avez plus rien à faire.",
                    en: "An agent takes your request up again. You have nothing more to do."), tone: .done)
            : Notice(
                language.pick(
                    fr: "Merci, vous avez prouvé qui vous êtes", en: "Thank you, you have proven who you are"),
                text: language.pick(
                    fr: "Un agent vérifie maintenant que vous pouvez agir pour l’autre personne. Il vous écrira ici.",
                    en: "An agent now checks that you may act for the other person, and will write to you here."),
                tone: .done)
    }

    /// It says nothing of what was filed: whoever is signed in may be somebody else.
    fileprivate static func anotherIdentity(_ provider: String, _ language: Language) -> Notice {
        Notice(
            language.pick(
                fr: "Cette identité n’est pas celle de la demande", en: "This identity is not that of the request"),
            text: language.pick(
                fr:
                    "Rien n’a été enregistré. Si ce n’est pas vous qui êtes identifié ci-dessous, quittez et recommencez. "
                    + "Si une information a été mal écrite dans la demande, dites-le-nous dans un message : un agent la "
                    + "corrigera.",
                en:
                    "Nothing was recorded. If the person signed in below is not you, sign out and begin again. If a detail "
                    + "was mistyped in the request, tell us in a message: an agent will correct it."), tone: .stop)
    }
}
