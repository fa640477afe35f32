import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry

/// A form of the console that came beyond a limit: all that was typed, and a button that sends it again.
struct OperatorLaterPage: Page {
    static let template = PageTemplate.operatorLater

    let frame: PageFrame
    /// “Attendez 3 secondes”.
    let wait: String
    /// Where it is sent again.
    let action: String
    let fields: [HiddenField]
    /// Whether a file came with it, which no page can keep.
    let hadFile: Bool
}

extension Portal {
    /// The answer to a form of the console beyond a limit. Nothing of it is lost: it is sent again with one button.
    func consoleLater(
        _ request: Request, _ context: PortalContext, _ page: PagePath, _ language: Language, _ console: Console,
        _ refusal: TooManyRequests
    ) async throws -> Response {
        guard let asker = try await whoeverSignedIn(request, console) else {
            return Self.seeOther(.operatorSignIn, language, notice: "signIn")
        }
        let hadFile = request.headers[.contentType]?.lowercased().hasPrefix("multipart/") == true
        let form = hadFile ? nil : try await request.formBody(in: context)
        let wait = Words(language).wait(seconds: refusal.seconds)
        return personalPage(
            OperatorLaterPage(
                frame: consoleFrame(
                    page, language, asker, title: language.pick(fr: "Pas encore envoyé", en: "Not sent yet")),
                wait: language.pick(fr: "Attendez \(wait)", en: "Wait \(wait)"), action: request.uri.string,
                fields: (form?.names ?? []).flatMap { name in
                    (form?.all(name) ?? []).map { HiddenField(name, $0) }
                }, hadFile: hadFile))
    }
}
