import CivilTime
import HTTPServer
import Hummingbird
import RightsRegistry
import StrictJSON
import Vault

/// What a citizen's draft holds: a form that is being filled, or what is left of one for a while once it is filed.
enum RequestDraft: Sendable {
    case open(RequestAnswers)
    /// What opens the request, so that sending it twice leads to the same receipt; and what serves again for another
    /// person.
    case filed(reference: String, secret: String, another: RequestAnswers)

    /// The reference of what was filed of it.
    var filedReference: String? {
        if case .filed(let reference, _, _) = self { reference } else { nil }
    }

    var content: [UInt8] {
        switch self {
        case .open(let answers): JSON.object(["open": answers.json]).canonicalBytes
        case .filed(let reference, let secret, let another):
            JSON.object([
                "reference": .string(reference), "secret": .string(secret), "another": another.json,
            ]).canonicalBytes
        }
    }

    /// Nil for anything but what `content` wrote.
    init?(content: [UInt8]) {
        guard let json = try? JSON(parsing: content) else { return nil }
        if let answers = json["open"].flatMap(RequestAnswers.init(json:)) {
            self = .open(answers)
        } else if let reference = json["reference"]?.string, let secret = json["secret"]?.string,
            let another = json["another"].flatMap(RequestAnswers.init(json:))
        {
            self = .filed(reference: reference, secret: secret, another: another)
        } else {
            return nil
        }
    }
}

/// A draft and what opens it.
struct OpenedDraft: Sendable {
    let token: String
    let draft: RequestDraft
    let expiresAt: Instant

    private static let shortName = "demande"
    static let cookieName = "__Host-\(shortName)"
    static var clearedCookie: SetCookie { SetCookie(hostOnly: shortName, value: "", maxAge: 0) }

    /// The only place where the token is kept.
    static func cookie(_ token: String, seconds: Int) -> SetCookie {
        SetCookie(hostOnly: shortName, value: token, maxAge: seconds)
    }

    /// The form that is being filled; nil once it is filed.
    var answers: RequestAnswers? {
        guard case .open(let answers) = draft else { return nil }
        return answers
    }
}

extension Portal {
    /// The draft that the request's cookie opens; nil where there is none, or its time is up.
    func openedDraft(_ request: Request) async throws -> OpenedDraft? {
        guard let token = request.cookie(OpenedDraft.cookieName), let found = try await drafts.open(token),
            let draft = RequestDraft(content: found.content)
        else { return nil }
        return OpenedDraft(token: token, draft: draft, expiresAt: found.expiresAt)
    }

    /// Saves a draft where the citizen has one, begins one where they don't, and sends them on to `place`.
    func save(
        _ draft: RequestDraft, in opened: OpenedDraft?, then place: String, _ language: Language
    ) async throws -> Response {
        let content = draft.content
        var token = opened?.token
        do {
            if let known = token {
                // Erased or filed meanwhile, in another window: it does not come back.
                guard try await drafts.save(content, known) != nil else { return draftOver(language) }
            } else {
                token = try await drafts.begin(content).token
            }
        } catch is FilingDrafts.TooLong {
            throw ProblemDetails(
                .contentTooLarge, code: "bodyTooLarge",
                detail: "Vos réponses sont trop longues : raccourcissez-les. / Your answers are too long: shorten them."
            )
        }
        var response = Response(status: .seeOther, headers: [.location: place])
        if let token { response.set(OpenedDraft.cookie(token, seconds: drafts.lifetime)) }
        return response
    }

    /// New answers, under a key that makes them one filing.
    func newAnswers() -> RequestAnswers { RequestAnswers(idempotencyKey: Base64URL.encode(random(32))) }

    /// The page that says that a draft is gone, or that none was begun, and leads to the beginning.
    func draftOver(_ language: Language, hasBegun: Bool = true) -> Response {
        let title =
            hasBegun
            ? language.pick(fr: "Vos réponses sont effacées", en: "Your answers have been erased")
            : language.pick(fr: "Commencez ici", en: "Begin here")
        var response = personalPage(
            RequestOverPage(
                frame: frame(language, .request, title: title, section: .request, hiddenFromSearch: true),
                minutes: site.periods.filingDraftMinutes, hasBegun: hasBegun),
            status: .gone)
        response.set(OpenedDraft.clearedCookie)
        return response
    }

    /// The page for whoever comes back, by the browser's own button say, to the form from which a request was sent.
    func requestSent(_ reference: String, _ another: RequestAnswers, _ language: Language) -> Response {
        personalPage(
            RequestSentPage(
                frame: frame(
                    language, .request,
                    title: language.pick(fr: "Votre demande est partie", en: "Your request was sent"),
                    section: .request, hiddenFromSearch: true),
                title: RightTexts(another.right ?? .objection, language).filed, reference: reference,
                action: RequestStep.check.page.path(in: language)))
    }
}
