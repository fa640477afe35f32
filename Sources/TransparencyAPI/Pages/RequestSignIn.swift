import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry

/// Signing in while a form is being filled.
extension Portal {
    /// What a step offers; nil where no provider is set.
    func signInOffer(
        at step: RequestStep, _ answers: RequestAnswers, _ signedIn: CitizenSession?, _ language: Language
    ) -> SignInOffer? {
        guard let provider = intake?.signIn?.provider, let purpose = SignInPurpose(at: step, answers) else {
            return nil
        }
        var read = answers
        read.proven = signedIn?.traits
        return SignInOffer(
            provider, for: purpose, signedIn, differs: step == .person && read.agreesWithSignIn == false,
            zone: policy.zone, language)
    }

    /// Keeps what was written, and leads on to the provider.
    func signIn(
        at step: RequestStep, _ answers: RequestAnswers, in opened: OpenedDraft?, _ language: Language
    ) async throws -> Response {
        let here = step.page.path(in: language)
        let kept = try await save(.open(answers), in: opened, then: here, language)
        guard kept.status == .seeOther, let provider = intake?.signIn?.provider,
            let purpose = SignInPurpose(at: step, answers)
        else { return kept }
        // Not a redirect: a form of ours may not lead to another site, not even through a page of ours.
        var way = wayPage(
            language, title: language.pick(fr: "Vous allez chez \(provider)", en: "You are going to \(provider)"),
            text: language.pick(
                fr: "Vous reviendrez ici ensuite. Ce que vous avez rempli est gardé.",
                en: "You will come back here. What you have filled in is kept."),
            label: language.pick(fr: "Continuer", en: "Continue"), to: purpose.link(in: language))
        way.headers[values: .setCookie] = kept.headers[values: .setCookie]
        return way
    }

    /// Who is signed in while a form is filled: by the session, or by what the draft still knows of it.
    func signedIn(_ request: Request, _ opened: OpenedDraft, _ intake: Intake) -> CitizenSession? {
        citizen(request, intake)
            ?? opened.answers?.proven.map {
                CitizenSession(traits: $0, idToken: nil, expiresAt: opened.expiresAt)
            }
    }

    /// Forgets who has signed in, in the form that is being filled: what was filled in stays.
    func forgetProof(in request: Request) async throws {
        guard let opened = try await openedDraft(request), var answers = opened.answers, answers.proven != nil else {
            return
        }
        answers.proven = nil
        _ = try await drafts.save(RequestDraft.open(answers).content, opened.token)
    }
}

extension SignInPurpose {
    /// What signing in is for at a step; nil where it is for nothing.
    init?(at step: RequestStep, _ answers: RequestAnswers) {
        switch step {
        case .person where !answers.isForAnother: self = .request
        case .contact where answers.isForAnother: self = .requester
        default: return nil
        }
    }
}
