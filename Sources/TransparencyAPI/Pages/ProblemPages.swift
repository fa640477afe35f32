import HTTPServer
import HTTPTypes
import Hummingbird

extension Portal {
    /// A problem as a page, in the language of the address; nil where a program asked, so that it gets JSON.
    func renderProblem(_ problem: ProblemDetails, _ request: Request, _ context: PortalContext) async -> Response? {
        let path = request.uri.path
        guard !Self.isForMachines(path) else { return nil }
        let isPage = context.template != "-" || request.headers[.accept]?.contains("text/html") == true
        guard isPage else { return nil }
        let language = Language(ofPath: path)
        let console = PagePath.operatorSignIn.path(in: language)
        let isConsole = path == console || path.hasPrefix(console + "/")
        let status = Int(problem.status.code)
        return personalPage(
            ErrorPage(
                frame: frame(
                    language, isConsole ? .operatorQueue : .home, title: ErrorPage.heading(status, language),
                    hiddenFromSearch: true),
                status: status,
                explanation: Self.explanation(problem, language, minorActsFrom: site.periods.parentActsUnderAge),
                requestID: context.requestID))
    }

    /// Addresses that no browser shows.
    private static func isForMachines(_ path: String) -> Bool {
        ["/api/", "/log/", "/feeds/", "/css/", "/js/", "/images/", "/fonts/", "/.well-known/"].contains(
            where: path.hasPrefix)
            || ["/healthz", "/readyz", "/metrics"].contains { path == $0 || path.hasPrefix($0 + "/") }
    }

    /// Where the usual words of a status would mislead.
    private static func explanation(
        _ problem: ProblemDetails, _ language: Language, minorActsFrom: Int
    ) -> String? {
        switch problem.code {
        case "crossOrigin":
            language.pick(
                fr:
                    "Cet envoi ne semble pas venir de ce site. Revenez au formulaire et recommencez : rien n’a été fait.",
                en: "This does not seem to come from this site. Go back to the form and try again: nothing was done.")
        case "storageFull", "unavailable":
            language.pick(
                fr: "Rien n’a été enregistré. Attendez un instant, puis renvoyez le formulaire.",
                en: "Nothing was recorded. Wait a moment, then send the form again.")
        case "erased":
            language.pick(
                fr:
                    "Ce dossier a été effacé au terme de sa durée de conservation : rien ne peut plus y être lu ni ajouté.",
                en: "This case was erased at the end of its retention: nothing in it can be read or added.")
        case "lost":
            language.pick(
                fr:
                    "Depuis la restauration d’une sauvegarde, des clés de ce dossier n’existent plus : il ne peut plus être "
                    + "lu ni complété ainsi. Rien n’a été fait. Une opposition en vigueur le reste. Pour la retirer, identifiez-vous "
                    + "si c’est proposé, ou déposez une demande de retrait ; pour le reste, refaites une demande.",
                en:
                    "Since a backup was restored, keys of this case are gone: it can’t be read or added to in this way. Nothing was "
                    + "done. An objection in force stays so. To withdraw it, sign in where that is offered, or file a "
                    + "withdrawal; for anything else, make a new request.")
        case "keysOutdated":
            language.pick(
                fr: "Le service change ses clés. Rien n’a été enregistré : attendez un instant, puis renvoyez le "
                    + "formulaire.",
                en: "The service is changing its keys. Nothing was recorded: wait a moment, then send the form again.")
        case "fileDestroyed":
            language.pick(
                fr: "Ce justificatif a servi : il a été détruit.", en: "This proof has served: it was destroyed.")
        case "proofNotAsked":
            language.pick(
                fr: "Aucun justificatif n’est demandé pour cette demande : n’en envoyez pas.",
                en: "No proof is asked for on this request: do not send one.")
        case "scannerUnavailable", "uploadsBusy":
            language.pick(
                fr:
                    "Les fichiers ne peuvent pas être reçus en ce moment. Rien n’a été enregistré : revenez en arrière et "
                    + "renvoyez-les un peu plus tard.",
                en: "Files can’t be taken right now. Nothing was recorded: go back and send them again a little later.")
        case "comeOfAge":
            language.pick(
                fr:
                    "Votre enfant a \(minorActsFrom) ans : il décide seul désormais, et ce code n’ouvre plus sa demande. Son "
                    + "opposition reste en vigueur. Il peut la voir et la changer dans « Mes choix », ou nous appeler.",
                en:
                    "Your child is \(minorActsFrom): they decide alone now, and this code no longer opens their request. "
                    + "Their objection stays in force. They can see and change it in “My choices”, or call us.")
        case "outcomeUnknown":
            language.pick(
                fr: "La réponse s’est perdue. Renvoyez le formulaire tel quel : il ne comptera qu’une fois.",
                en: "The answer was lost. Send the form again as it is: it will count once.")
        default: nil
        }
    }
}
