import CivilTime
import PublicRegistry
import RightsRegistry

/// `/suis-je-concerne`: what somebody knows of their care, and which databases probably hold them.
struct ConcernedPage: Page {
    static let template = PageTemplate.concerned

    /// A kind of care to tick.
    struct Care: Sendable {
        let id: String
        let value: String
        let label: String
        let hint: String?
        let describedBy: String?
        let isChosen: Bool
    }

    let frame: PageFrame
    let action: String
    let notice: Notice?
    let summary: ErrorSummary?
    let care: [Care]
    let careError: String?
    let regions: [Choice]
    let regionError: String?
    /// Whether the catalogue names any.
    let hasRegions: Bool
    let from: FormField
    let to: FormField
    let age: FormField
    let results: Results?

    init(
        frame: PageFrame, _ answers: ConcernedAnswers, regions: [String], today: CalendarDate,
        errors: [FieldMessage] = [], notice: Notice? = nil, results: Results? = nil
    ) {
        let language = frame.words
        self.frame = frame
        self.notice = notice
        self.results = results
        action = PagePath.concerned.path(in: language)
        summary = ErrorSummary(errors)
        careError = errors.text(for: "care")
        care = CareKind.allCases.enumerated().map { index, kind in
            let id = index == 0 ? "care" : "care-\(kind.rawValue)"
            let words = CareWords(kind, language)
            return Care(
                id: id, value: kind.rawValue, label: words.label, hint: words.hint,
                describedBy: words.hint.map { _ in "\(id)-hint" }, isChosen: answers.care.contains(kind))
        }
        self.regions =
            [Choice("", language.pick(fr: "Je ne précise pas", en: "I would rather not say"))]
            + regions.map { Choice($0, $0, isChosen: $0 == answers.region) }
        hasRegions = !regions.isEmpty
        regionError = errors.text(for: "region")
        from = FormField("from", value: answers.firstYear, error: errors.text(for: "from"))
        to = FormField("to", value: answers.lastYear, error: errors.text(for: "to"))
        age = FormField("age", value: answers.age, error: errors.text(for: "age"))
    }
}

/// A kind of care as people call it.
struct CareWords: Sendable {
    let label: String
    let hint: String?

    init(_ kind: CareKind, _ language: Language) {
        let words: (fr: (String, String?), en: (String, String?)) =
            switch kind {
            case .hospital:
                (
                    ("À l’hôpital", "Un séjour, une opération, une consultation."),
                    ("In hospital", "A stay, an operation, a consultation.")
                )
            case .emergency: (("Aux urgences", nil), ("In an emergency room", nil))
            case .medicines: (("Des médicaments, en pharmacie", nil), ("Medicines from a pharmacy", nil))
            case .communityCare:
                (
                    ("Des soins en ville", "Un médecin, une infirmière, des analyses, remboursés."),
                    ("Care outside hospital", "A doctor, a nurse, tests, reimbursed.")
                )
            case .vaccination: (("Un vaccin", nil), ("A vaccine", nil))
            case .maternity:
                (
                    ("Une grossesse ou une naissance", "La vôtre, ou celle de votre enfant."),
                    ("A pregnancy or a birth", "Yours, or your child’s.")
                )
            case .mentalHealth: (("Un suivi en santé mentale", nil), ("Mental health care", nil))
            case .registry:
                (
                    ("Une maladie qu’un registre suit", "Un cancer, une maladie rare, par exemple."),
                    ("A disease that a registry follows", "A cancer or a rare disease, for instance.")
                )
            case .study: (("Une étude à laquelle j’ai participé", nil), ("A study that I took part in", nil))
            case .adverseEffect:
                (("Un effet indésirable, signalé", nil), ("An adverse effect that was reported", nil))
            }
        (label, hint) = language.pick(fr: words.fr, en: words.en)
    }
}
