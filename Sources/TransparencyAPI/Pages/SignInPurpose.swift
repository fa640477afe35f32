/// What somebody signs in for: where they go on once they have, and where they are back if they have not.
enum SignInPurpose: String, Sendable, CaseIterable {
    /// For itself.
    case signIn
    /// To have the form filled about themself.
    case request
    /// To have their name filled where they file for somebody else.
    case requester
    /// To answer who they are in a request of theirs.
    case prove
    /// To open what answers a request of access.
    case package
    /// To see, end and print what they have chosen.
    case choices
    /// To have a new secret for a lost one.
    case lostCode

    /// Where it began.
    var page: PagePath {
        switch self {
        case .signIn: .signIn
        case .request: RequestStep.person.page
        case .requester: RequestStep.contact.page
        case .prove: .follow
        case .package: .followPackage
        case .choices: .choices
        case .lostCode: .lostCode
        }
    }

    /// Where they go on.
    func destination(in language: Language) -> String {
        let page = page.path(in: language)
        return switch self {
        case .signIn, .package, .choices, .lostCode: page
        case .request, .requester: "\(page)?fill=\(Self.fill)"
        case .prove: "\(page)#identity"
        }
    }

    /// Asks a step to be filled with what the provider has said.
    static let fill = "signIn"

    /// The link that begins a sign-in.
    func link(in language: Language) -> String { "\(PagePath.signInGo.path(in: language))?for=\(rawValue)" }

    /// The way back without having signed in, in words; nil where there was nothing to go back to.
    func wayBack(in language: Language) -> String? {
        switch self {
        case .signIn: nil
        case .request, .requester: language.pick(fr: "Revenir à ma demande", en: "Back to my request")
        case .choices: language.pick(fr: "Revenir à mes choix", en: "Back to my choices")
        case .lostCode: language.pick(fr: "Revenir au code perdu", en: "Back to the lost code")
        case .package: language.pick(fr: "Revenir à mon dossier", en: "Back to my package")
        case .prove: language.pick(fr: "Revenir à mon suivi", en: "Back to following my request")
        }
    }
}
