import PublicRegistry
import RightsRegistry
import StrictJSON

/// The form by which an operator declares that a database can't apply an objection, or can't answer a request, and why.
struct ImpossibleForm: Sendable {
    let database: FormField
    let databases: [Choice]
    let reasons: FormField
    /// Whether databases answer this request, rather than apply it by a list.
    let isAnswered: Bool
    /// To say that it can be done, by an effort out of proportion; nil where the law spares nobody that effort.
    let disproportionate: Choice?
    /// Whether the form opens unfolded: when it was refused.
    let isOpen: Bool

    /// Nil where every database has applied or answered it, or the operator may not.
    init?(_ view: RequestView, mayAct: Bool, typed: [String: String], errors: [FieldError], _ language: Language) {
        guard mayAct else { return nil }
        isAnswered = view.right.isCarriedByTasks
        let open = isAnswered ? Self.unanswered(view) : Self.unapplied(view)
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
        databases = open.map { id, name in
            Choice(id, Phrase(name, in: language)?.text ?? id, isChosen: isTyped && typed["database"] == id)
        }
        disproportionate =
            isAnswered && view.right != .access
            ? Choice(
                "yes",
                language.pick(
                    fr: "C’est possible, mais demanderait un effort disproportionné",
                    en: "It is possible, but would take a disproportionate effort"),
                isChosen: isTyped && typed["disproportionate"] == "yes") : nil
        isOpen = isTyped
    }

    private static func unapplied(_ view: RequestView) -> [(String, LocalizedText?)] {
        var seen: Set<String> = []
        return view.propagation.filter { $0.isOpen && !$0.isImpossible && seen.insert($0.database).inserted }
            .map { ($0.database, $0.name) }
    }

    private static func unanswered(_ view: RequestView) -> [(String, LocalizedText?)] {
        guard [nil, .granted, .partiallyGranted].contains(view.outcome), view.state != .closed else { return [] }
        let open =
            view.tasks.tasks.filter(\.isOpen).map { ($0.database, $0.name) }
            + view.tasks.toAsk.map { ($0.id, $0.name) }
        return open.filter { view.tasks.impossible(in: $0.0) == nil }.sorted { $0.0 < $1.0 }
    }

    /// The id of the input that an error is about, where it is this form that was sent.
    static func anchor(_ field: String, _ typed: [String: String]) -> String? {
        guard typed["type"] == EventType.impossible.rawValue, ["database", "reasons"].contains(field) else {
            return nil
        }
        return "impossible-\(field)"
    }
}
