import Foundation
import RightsRegistry
import StrictJSON

/// `POST /operateur/lot`: what is about to be done to many requests, to be completed and confirmed.
struct OperatorBatchPage: Page {
    static let template = PageTemplate.operatorBatch

    let frame: PageFrame
    /// “Les accepter”.
    let act: String
    let type: String
    /// “40 demandes”.
    let count: String
    let references: [String]
    /// As the form sends them back: references and the numbers of their last events.
    let cases: String
    let batchPath: String
    let queuePath: String
    /// To whom they go; empty where the act is another.
    let colleagues: [Choice]
    let colleagueError: String?
    /// Why nobody can read them any more; empty where the act is another.
    let reasons: [Choice]
    let reasonError: String?
    let wordsLabel: String?
    let words: FormField
    /// Whether it takes from citizens what they asked for, so that the button says so.
    let isGrave: Bool
    /// Whether it only proposes: a colleague then confirms it for all of them.
    let isProposed: Bool
    let summary: ErrorSummary?

    init(
        frame: PageFrame, type: EventType, cases: [SeenCase], query: String, colleagues: [Choice],
        isProposed: Bool = false, typed: [String: String] = [:], errors: [FieldError] = []
    ) {
        let language = frame.words
        let words = BulkWords(language)
        let texts = FieldErrorTexts(language, isConsole: true)
        let messages = errors.map { error in
            FieldMessage(
                anchor: ["/assignee", "/reason"].contains(error.pointer) ? String(error.pointer.dropFirst()) : "words",
                text: texts.text(pointer: error.pointer, code: error.code, arguments: error.arguments))
        }
        self.frame = frame
        act = words.label(type)
        self.type = type.rawValue
        count = Words(language).requests(cases.count)
        references = cases.map(\.reference)
        self.cases = cases.map(\.written).joined(separator: ",")
        batchPath = PagePath.operatorBatch.path(in: language) + query
        queuePath = PagePath.operatorQueue.path(in: language) + query
        self.colleagues = type == .assigned ? colleagues : []
        colleagueError = messages.text(for: "assignee")
        reasons = type == .unreadable ? UnreadableForm.choices(chosen: typed["reason"], language) : []
        reasonError = messages.text(for: "reason")
        wordsLabel = words.wordsLabel(type)
        self.words = FormField("words", value: typed["words"] ?? "", error: messages.text(for: "words"))
        isGrave = type == .voided || type == .unreadable
        self.isProposed = isProposed
        summary = ErrorSummary(messages)
    }
}

/// What came of it, request by request: those that need a look first.
struct OperatorBatchDonePage: Page {
    static let template = PageTemplate.operatorBatchDone

    struct Row: Sendable {
        let reference: String
        let href: String
        /// Why it was not done; nil where it was.
        let refusal: String?
    }

    let frame: PageFrame
    /// “38 sur 40”.
    let title: String
    let act: String
    let refused: [Row]
    let done: [Row]
    /// Those that stood so before: nothing was written.
    let already: [Row]
    let queuePath: String

    init(frame: PageFrame, type: EventType, results: [BulkResult], query: String, zone: TimeZone) {
        let language = frame.words
        let words = BulkWords(language)
        func rows(_ results: [BulkResult]) -> [Row] {
            results.map { result in
                Row(
                    reference: result.reference,
                    href: PagePath.operatorCase(result.reference).path(in: language) + query,
                    refusal: words.refusal(result, zone: zone))
            }
        }
        self.frame = frame
        done = rows(results.filter(\.isDone))
        already = rows(results.filter(\.isAlreadySo))
        refused = rows(results.filter { !$0.isDone && !$0.isAlreadySo })
        title = language.pick(
            fr: "Fait pour \(done.count) sur \(results.count)", en: "Done for \(done.count) of \(results.count)")
        act = words.label(type)
        queuePath = PagePath.operatorQueue.path(in: language) + query
    }
}

extension SeenCase {
    /// As forms carry it: the reference and the number of its last event.
    var written: String { after.map { "\(reference)@\($0)" } ?? reference }

    /// Nil for what is no reference.
    init?(written: some StringProtocol) {
        let parts = written.split(separator: "@", maxSplits: 1)
        guard let first = parts.first, first.utf8.count <= 40 else { return nil }
        self.init(String(first), after: parts.count > 1 ? Int(parts[1]) : nil)
    }
}
