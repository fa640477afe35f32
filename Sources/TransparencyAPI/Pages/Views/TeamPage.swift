import CivilTime
import RightsRegistry
import StrictJSON

/// `/operateur/equipe`.
struct OperatorTeamPage: Page {
    static let template = PageTemplate.operatorTeam

    struct Row: Sendable {
        let name: String
        let role: String
        /// “12 demandes”.
        let open: String
        /// Their cases in the queue.
        let href: String
        /// “Absence jusqu’au 3 décembre, remplacée par Luc”; nil where there is none.
        let absence: Tag?
        let absenceDetail: String?
        /// Whether whoever asks may note that they are back.
        let mayReturn: Bool
    }

    /// Giving all of somebody's requests away, before it is done.
    struct HandOver: Sendable {
        let giver: String
        let taker: String
        /// “12 demandes”.
        let count: String
        /// What is noted in each; nil where nothing is.
        let words: String?
        /// Why it may be the wrong person: they are away.
        let warning: String?
    }

    let frame: PageFrame
    /// What is about to be given away; nil where nothing is.
    let handOver: HandOver?
    let rows: [Row]
    let mayAssign: Bool
    /// Whether the forms ask whom they are about.
    let mayReassign: Bool
    let people: [Choice]
    let takers: [Choice]
    let deputies: [Choice]
    let from: FormField
    let until: FormField
    let deputyError: String?
    let takerError: String?
    let note: FormField
    let summary: ErrorSummary?
    let notice: Notice?

    init(
        frame: PageFrame, colleagues: [Colleague], asker: Operator, today: CalendarDate, mayAssign: Bool,
        mayReassign: Bool, typed: [String: String], errors: [FieldError], handsOver: Bool = false,
        notice: Notice?
    ) {
        let language = frame.words
        let (words, labels) = (Words(language), Labels(language))
        let texts = FieldErrorTexts(language, isConsole: true)
        let messages = errors.map { error in
            FieldMessage(
                anchor: String(error.pointer.dropFirst()),
                text: texts.text(pointer: error.pointer, code: error.code, arguments: error.arguments))
        }
        self.frame = frame
        rows = colleagues.map { colleague in
            let path = PagePath.operatorQueue.path(in: language)
            return Row(
                name: colleague.name, role: labels.role(colleague.role.rawValue),
                open: words.requests(colleague.openCases),
                href: path + PageQuery([("assignee", colleague.name)]).text,
                absence: colleague.absence.map {
                    $0.from > today
                        ? Tag(language.pick(fr: "Bientôt en absence", en: "Away soon"), .wait)
                        : Tag(language.pick(fr: "En absence", en: "Away"), .alert)
                },
                absenceDetail: colleague.absence.map { absence in
                    let days = language.pick(
                        fr: "du \(words.date(absence.from)) au \(words.date(absence.until))",
                        en: "from \(words.date(absence.from)) to \(words.date(absence.until))")
                    return absence.deputy.map {
                        language.pick(fr: "\(days) ; \($0) prend le relais", en: "\(days); \($0) takes over")
                    } ?? days
                }, mayReturn: colleague.absence != nil && (colleague.name == asker.name ? mayAssign : mayReassign))
        }
        handOver =
            handsOver
            ? colleagues.first { $0.name == (typed["operator"] ?? asker.name) }.map { giver in
                let taker = colleagues.first { $0.name == typed["to"] }
                return HandOver(
                    giver: giver.name, taker: typed["to"] ?? "",
                    count: words.requests(min(giver.openCases, OperatorDesk.bulkLimit)), words: typed["note"]?.nonEmpty,
                    warning: taker?.isAway(on: today) == true
                        ? language.pick(
                            fr: "\(taker?.name ?? "") est en absence aujourd’hui.",
                            en: "\(taker?.name ?? "") is away today.") : nil)
            } : nil
        self.mayAssign = mayAssign
        self.mayReassign = mayReassign
        func choices(_ chosen: String?) -> [Choice] {
            colleagues.map { Choice($0.name, $0.name, isChosen: $0.name == chosen) }
        }
        people = choices(typed["operator"] ?? asker.name)
        takers = choices(typed["to"])
        deputies = choices(typed["deputy"])
        from = FormField(
            "from", value: typed["from"] ?? today.description, error: messages.text(for: "from"), hint: true)
        until = FormField("until", value: typed["until"] ?? "", error: messages.text(for: "until"), hint: true)
        deputyError = messages.text(for: "deputy")
        takerError = messages.text(for: "to")
        note = FormField("note", value: typed["note"] ?? "", error: messages.text(for: "note"), hint: true)
        summary = ErrorSummary(messages)
        self.notice = notice
    }
}
