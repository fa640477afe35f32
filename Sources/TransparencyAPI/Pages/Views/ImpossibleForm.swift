import RightsRegistry
import StrictJSON

/// The form by which an operator declares that a database can't apply an objection, and why.
struct ImpossibleForm: Sendable {
    let database: FormField
    let databases: [Choice]
    let reasons: FormField
    /// Whether the form opens unfolded: when it was refused.
    let isOpen: Bool

    /// Nil where every database has applied it, or the operator may not.
    init?(_ view: RequestView, mayAct: Bool, typed: [String: String], errors: [FieldError], _ language: Language) {
        guard mayAct else { return nil }
        var seen: Set<String> = []
        let open = view.propagation.filter { $0.isOpen && !$0.isImpossible && seen.insert($0.database).inserted }
        guard !open.isEmpty else { return nil }
        let isTyped = typed["type"] == EventType.impossible.rawValue && !errors.isEmpty
        let texts = FieldErrorTexts(language, isConsole: true)
        func field(_ name: String) -> FormField {
            let error = isTyped ? errors.first { $0.pointer == "/\(name)" } : nil
            return FormField(
                name, id: "impossible-\(name)", value: isTyped ? typed[name] ?? "" : "",
                error: error.map { texts.text(pointer: $0.pointer, code: $0.code, arguments: $0.arguments) }, hint: true
            )
        }
        database = field("database")
        reasons = field("reasons")
        databases = open.map { status in
            Choice(
                status.database, Phrase(status.name, in: language)?.text ?? status.database,
                isChosen: isTyped && typed["database"] == status.database)
        }
        isOpen = isTyped
    }

    /// The id of the input that an error is about, where it is this form that was sent.
    static func anchor(_ field: String, _ typed: [String: String]) -> String? {
        guard typed["type"] == EventType.impossible.rawValue, ["database", "reasons"].contains(field) else {
            return nil
        }
        return "impossible-\(field)"
    }
}
