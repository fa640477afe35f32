import RightsRegistry
import StrictJSON

/// The answers, to read once more before filing.
struct RequestCheckPage: Page {
    static let template = PageTemplate.requestCheck

    /// An answer with the link that changes it.
    struct Row: Sendable {
        let label: String
        let value: String
        /// Whether it was left empty, and is said in other words.
        let isMuted: Bool
        let change: String
    }

    struct Part: Sendable {
        let id: String
        let heading: String
        let rows: [Row]
    }

    let frame: PageFrame
    let step: StepFrame
    let heading: String
    /// What went wrong with the filing; the answers stay.
    let summary: ErrorSummary?
    let parts: [Part]
    let right: RightWords
    let file: String
    /// What a sign-in has brought.
    let proof: Notice?
    /// What keeps an objection from taking effect at once; nil where nothing does.
    let delay: String?
    /// What is to be sent once it is filed, by whoever acts for another.
    let toSend: String?

    /// - Parameters:
    ///   - birthDate: in words.
    ///   - concerned: the databases that an objection concerns, where that is known.
    ///   - chosen: the names of the databases or projects that the scope lists.
    init(
        frame: PageFrame, step: StepFrame, answers: RequestAnswers, right: Right, asksNIRHolder: Bool,
        birthDate: String,
        chosen: [String], concerned: [LinkedDatabase] = [], site: Site, proof: Notice? = nil, errors: [FieldError] = []
    ) {
        let language = frame.words
        self.frame = frame
        self.step = step
        self.right = RightWords(right, site, language)
        self.proof = proof
        let lacksNumber = answers["nir"].isEmpty && answers.filledOtherNumbers.isEmpty
        let unknown = UnknownThere(concerned, answers: answers, language: language)?.text
        delay =
            right != .objection
            ? nil
            : !concerned.isEmpty || !lacksNumber
                ? unknown
                : language.pick(
                    fr:
                        "Sans numéro de sécurité sociale, les bases ne pourront l’appliquer qu’une fois ce numéro complété par un "
                        + "agent. Si vous l’avez, ajoutez-le ci-dessus.",
                    en:
                        "Without a social security number, the databases can apply it only once an agent has completed the "
                        + "number. If you have it, add it above.")
        toSend = answers.capacity.flatMap { CapacityTexts($0, language).proof(isFiled: false) }
        file = RightTexts(right, language).file
        heading = language.pick(fr: "Relisez avant de déposer", en: "Check before you file")
        let texts = FieldErrorTexts(language)
        let lines = errors.map { error in
            ErrorSummary.Line(
                href: RequestStep(of: error, in: answers).page.path(in: language),
                text: texts.text(pointer: error.pointer, code: error.code, arguments: error.arguments))
        }
        summary = ErrorSummary(lines: lines)
        let rows = Rows(
            answers: answers,
            capacity: CapacityTexts(answers.capacity ?? .dataSubject, language)
                .choice(minorActsFrom: frame.minorActsFrom), language: language)
        parts = [
            Part(
                id: "part-request", heading: language.pick(fr: "La demande", en: "The request"),
                rows: rows.request(right, chosen)),
            Part(
                id: "part-person",
                heading: answers.isForAnother
                    ? language.pick(fr: "La personne concernée", en: "The person concerned")
                    : language.pick(fr: "Vous", en: "You"), rows: rows.person(birthDate, asksNIRHolder: asksNIRHolder)),
            Part(
                id: "part-contact",
                heading: answers.isForAnother
                    ? language.pick(fr: "Vous", en: "You") : language.pick(fr: "Vous joindre", en: "Reaching you"),
                rows: rows.contact()),
        ]
    }
}

/// The rows of each part.
private struct Rows {
    let answers: RequestAnswers
    /// For whom, in words.
    let capacity: String
    let language: Language

    func request(_ right: Right, _ chosen: [String]) -> [RequestCheckPage.Row] {
        var rows = [
            row((fr: "Droit", en: "Right"), RightTexts(right, language).title, .right),
            row((fr: "Pour qui", en: "For whom"), capacity, .capacity),
        ]
        if right.hasScope {
            let names = chosen.joined(separator: "\n")
            switch answers["scope"] {
            case "databases": rows.append(row((fr: "Ces bases", en: "These databases"), names, .databases))
            case "projects": rows.append(row((fr: "Ces projets", en: "These projects"), names, .projects))
            default:
                rows.append(
                    row(
                        (fr: "Portée", en: "Scope"), language.pick(fr: "Toutes les réutilisations", en: "All reuse"),
                        .scope))
            }
        } else {
            rows.append(
                row(
                    (fr: "Précisions", en: "Details"), answers["details"], .details,
                    orElse: (fr: "Aucune : tout est demandé", en: "None: everything is asked for")))
        }
        return rows
    }

    func person(_ birthDate: String, asksNIRHolder: Bool) -> [RequestCheckPage.Row] {
        var rows = [row((fr: "Nom de naissance", en: "Birth name"), answers["birthName"], .person, "birthName")]
        if !answers["usageName"].isEmpty {
            rows.append(row((fr: "Nom d’usage", en: "Usual name"), answers["usageName"], .person, "usageName"))
        }
        rows += [
            row(
                (fr: "Prénoms", en: "Given names"), answers.givenNameList.joined(separator: ", "), .person,
                "givenNames"),
            row((fr: "Date de naissance", en: "Date of birth"), birthDate, .person, "birthDay"),
            row((fr: "Sexe", en: "Sex"), Labels(language).sex(answers["sex"]), .person, "sex"),
            row(
                (fr: "Numéro de sécurité sociale", en: "French social security number"), Words.nir(answers["nir"]),
                .person, "nir",
                orElse: (fr: "Non donné : un agent le complétera", en: "Not given: an agent will complete it")),
        ]
        if asksNIRHolder, let holder = NIRHolder(rawValue: answers["nirHolder"]) {
            rows.append(
                row(
                    (fr: "À qui est ce numéro", en: "Whose number it is"), Labels(language).nirHolder(holder), .person,
                    "nirHolder"))
        }
        for index in answers.filledOtherNumbers {
            let name = "otherNir\(index)"
            rows.append(row((fr: "Autre numéro", en: "Other number"), Words.nir(answers[name]), .person, name))
        }
        if !answers["birthPlace"].isEmpty {
            rows.append(
                row((fr: "Commune de naissance", en: "Place of birth"), answers["birthPlace"], .person, "birthPlace"))
        }
        return rows
    }

    func contact() -> [RequestCheckPage.Row] {
        var rows: [RequestCheckPage.Row] = []
        if answers.isForAnother {
            rows.append(row((fr: "Votre nom", en: "Your name"), answers["requesterName"], .contact, "requesterName"))
        }
        if answers.asksOrganisation, !answers["organisation"].isEmpty {
            rows.append(row((fr: "Organisme", en: "Body"), answers["organisation"], .contact, "organisation"))
        }
        rows += [
            row(
                (fr: "Adresse électronique", en: "E-mail address"), answers["email"], .contact, "email",
                orElse: (fr: "Non donnée", en: "Not given")),
            row(
                (fr: "Adresse postale", en: "Postal address"), answers["postal"], .contact, "postal",
                orElse: (fr: "Non donnée", en: "Not given")),
        ]
        if answers.right?.hasScope ?? true, !answers["message"].isEmpty {
            rows.append(row((fr: "Message", en: "Message"), answers["message"], .contact, "message"))
        }
        return rows
    }

    private func row(
        _ label: (fr: String, en: String), _ value: String, _ step: RequestStep, _ field: String? = nil,
        orElse empty: (fr: String, en: String) = ("", "")
    ) -> RequestCheckPage.Row {
        RequestCheckPage.Row(
            label: language.pick(fr: label.fr, en: label.en),
            value: value.isEmpty ? language.pick(fr: empty.fr, en: empty.en) : value, isMuted: value.isEmpty,
            change: step.page.path(in: language) + (field.map { "#\($0)" } ?? ""))
    }
}
