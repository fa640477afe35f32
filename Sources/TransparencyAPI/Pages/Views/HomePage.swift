/// `/`: what this is, two doors, three figures. Datasets of the catalogue and linked databases are counted apart, as they are
/// everywhere: one linked database may hold several datasets.
struct HomePage: Page {
    static let template = PageTemplate.home

    let frame: PageFrame
    /// Written numbers: “527”, “12 345”.
    let projects: String
    let datasets: String
    /// How many of the datasets linked databases hold.
    let reached: String
    /// The words after that number, up to the linked databases’ own.
    let reachedWords: String
    /// “3 bases liées”.
    let linkedDatabases: String
    /// The last projects to be published or changed; may be empty.
    let recent: [ProjectCard]

    init(frame: PageFrame, projects: Int, datasets: Int, reach: Reach, recent: [ProjectCard]) {
        let words = Words(frame.words)
        self.frame = frame
        self.projects = words.number(projects)
        self.datasets = words.number(datasets)
        reached = words.number(reach.reached)
        reachedWords = words.unit(
            reach.reached, fr: ("d’entre elles reçoit vos choix, par", "d’entre elles reçoivent vos choix, par"),
            en: ("of them receives your choices, through", "of them receive your choices, through"))
        linkedDatabases = words.linkedDatabases(reach.databases.count)
        self.recent = recent
    }
}

/// `/accessibilite`, `/donnees-personnelles`, `/mentions-legales`: a text of the site.
struct TextPage: Page {
    static let template = PageTemplate.text

    let frame: PageFrame
    let heading: String
    let blocks: [TextBlock]
}

/// `/droits/facile-a-lire`: the rights in sentences as short as can be.
struct EasyRightsPage: Page {
    static let template = PageTemplate.easyRights

    let frame: PageFrame
}

/// `/glossaire`: the words of the trade in plain words.
struct GlossaryPage: Page {
    static let template = PageTemplate.glossary

    struct Entry: Sendable {
        let id: String
        let term: String
        let meaning: String
        /// The same word in the page's twin.
        let twin: String
    }

    let frame: PageFrame
    let entries: [Entry]

    init(frame: PageFrame, _ glossary: Glossary) {
        self.frame = frame
        let language = frame.words
        entries = glossary.sorted(in: language).map { entry in
            Entry(
                id: entry.id, term: entry.term[language], meaning: entry.meaning[language],
                twin: entry.term[language.other])
        }
    }
}

/// Any error that a browser sees.
struct ErrorPage: Page {
    static let template = PageTemplate.error

    let frame: PageFrame
    /// The HTTP status, shown small.
    let status: String
    let heading: String
    let explanation: String
    /// To quote when writing to the institution.
    let requestID: String?
    /// Whether trying again may help: the page says how.
    let mayRetry: Bool

    /// The usual words for a status; `explanation` replaces them where the handler knows better.
    init(frame: PageFrame, status: Int, explanation: String? = nil, requestID: String? = nil) {
        self.frame = frame
        self.status = String(status)
        self.requestID = requestID
        mayRetry = status == 429 || status >= 500
        let words = Self.words(status, frame.words)
        heading = words.heading
        self.explanation = explanation ?? words.explanation
    }

    /// The heading for a status, for the frame's title as well.
    static func heading(_ status: Int, _ language: Language) -> String { words(status, language).heading }

    private static func words(_ status: Int, _ language: Language) -> (heading: String, explanation: String) {
        switch status {
        case 400:
            language.pick(
                fr: ("Cette adresse n’est plus valable", "Le lien est incomplet ou trop ancien. Repartez de la liste."),
                en: ("This address no longer works", "The link is incomplete or too old. Start again from the list."))
        case 401:
            language.pick(
                fr: ("Connectez-vous", "Cette page est réservée aux opérateurs. Votre session a pu expirer."),
                en: ("Please sign in", "This page is for operators. Your session may have expired."))
        case 403:
            language.pick(
                fr: ("Accès refusé", "Votre rôle ne permet pas cette action. Rien n’a été fait."),
                en: ("Not allowed", "Your role does not allow this. Nothing was done."))
        case 404:
            language.pick(
                fr: ("Page introuvable", "Cette page n’existe pas, ou n’existe plus. Vérifiez l’adresse."),
                en: ("Page not found", "This page does not exist, or no longer does. Check the address."))
        case 405:
            language.pick(
                fr: ("Action impossible ici", "Cette page ne peut pas être appelée ainsi. Rien n’a été fait."),
                en: ("Not possible here", "This page can’t be called this way. Nothing was done."))
        case 409:
            language.pick(
                fr: (
                    "Quelqu’un vient d’agir", "La demande a changé pendant que vous la regardiez. Relisez-la d’abord."
                ),
                en: ("Somebody just acted", "The request changed while you were looking at it. Read it again first."))
        case 410:
            language.pick(
                fr: ("Ce n’est plus possible", "Ce dossier ne s’ouvre plus ainsi. Rien n’a été fait."),
                en: ("No longer possible", "This case no longer opens in this way. Nothing was done."))
        case 413:
            language.pick(
                fr: ("Envoi trop volumineux", "Raccourcissez votre texte et recommencez. Rien n’a été enregistré."),
                en: ("Too much at once", "Shorten your text and try again. Nothing was recorded."))
        case 429:
            language.pick(
                fr: (
                    "Beaucoup de monde en ce moment",
                    "Attendez une minute, puis recommencez. Rien n’est perdu chez nous."
                ),
                en: ("Very busy right now", "Wait a minute, then try again. Nothing is lost on our side."))
        case 503:
            language.pick(
                fr: ("Service en pause", "Le service revient bientôt. Ce que nous avons enregistré est en sécurité."),
                en: ("Service paused", "The service will be back soon. What we have recorded is safe."))
        case 500...:
            language.pick(
                fr: ("Une erreur de notre côté", "Ce n’est pas votre faute. Recommencez dans quelques minutes."),
                en: ("An error on our side", "It is not your fault. Try again in a few minutes."))
        default:
            language.pick(
                fr: ("Demande refusée", "Nous n’avons pas pu traiter cet envoi. Rien n’a été fait."),
                en: ("Request refused", "We could not process this. Nothing was done."))
        }
    }
}
