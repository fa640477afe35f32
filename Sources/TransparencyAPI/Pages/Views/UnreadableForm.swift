import RightsRegistry
import StrictJSON

/// In the console, how a case is closed that nobody can read any more; absent for whoever may not.
struct UnreadableForm: Sendable {
    let reasons: [Choice]
    let reason: FormField

    /// - Parameters:
    ///   - typed: what was sent, where the form comes back with `errors`.
    init(typed: [String: String], errors: [FieldError], _ language: Language) {
        let isTyped = typed["type"] == EventType.unreadable.rawValue
        let error = errors.first { isTyped && $0.pointer == "/reason" }
        reasons = Self.choices(chosen: isTyped ? typed["reason"] : nil, language)
        reason = FormField(
            "reason", id: Self.anchor, value: "",
            error: error.map {
                FieldErrorTexts(language, isConsole: true).text(
                    pointer: $0.pointer, code: $0.code, arguments: $0.arguments)
            }, hint: true)
    }

    static func choices(chosen: String?, _ language: Language) -> [Choice] {
        UnreadableReason.allCases.map {
            Choice($0.rawValue, EventTexts(language).unreadable($0), isChosen: $0.rawValue == chosen)
        }
    }

    /// The id of the input that an error is about, where it is this form that was sent.
    static func anchor(_ field: String, _ typed: [String: String]) -> String? {
        typed["type"] == EventType.unreadable.rawValue && field == "reason" ? anchor : nil
    }

    private static let anchor = "unreadable-reason"
}
