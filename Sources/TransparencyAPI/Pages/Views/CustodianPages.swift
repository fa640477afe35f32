import CivilTime
import Foundation
import Propagation
import PublicRegistry
import RightsRegistry
import StrictJSON

/// How a database stands, in words for whoever answers for it.
struct CustodianState: Sendable {
    let href: String
    let name: String
    let state: Tag
    /// What is to be done, and since when.
    let text: String
    /// Whether changes wait for longer than the published target.
    let isLate: Bool
    /// That a reminder was sent of what waits.
    let reminder: String?
    /// How many requests of single people wait for an answer; nil where none does.
    let tasks: String?

    /// - Parameter hours: the published target, from a change to its application.
    init(_ found: EntrustedDatabase, hours: Int, now: Instant, _ zone: TimeZone, _ language: Language) {
        let (words, linked) = (Words(language), found.linked)
        href = PagePath.custodianDatabase(linked.id).path(in: language)
        name = Phrase(fr: linked.name?.fr, en: linked.name?.en, in: language)?.text ?? linked.id
        let changes = found.waiting?.changes ?? 0
        tasks =
            found.tasks == 0
            ? nil
            : words.count(
                found.tasks, fr: ("demande attend votre réponse", "demandes attendent votre réponse"),
                en: ("request awaits your answer", "requests await your answer"))
        let count = words.count(changes, fr: ("changement", "changements"), en: ("change", "changes"))
        let since = found.waiting?.since
        isLate = linked.state == .active && (since.map { now.seconds(since: $0) > hours * 3600 } ?? false)
        reminder =
            linked.state == .active
            ? found.remindedAt.map { at in
                let day = words.date(at.date(in: zone))
                return language.pick(fr: "Un rappel a été fait le \(day).", en: "You were reminded on \(day).")
            } : nil
        guard linked.state == .active else {
            state = Tag(language.pick(fr: "En pause", en: "Paused"), .wait)
            text = language.pick(fr: "Rien ne vous est demandé pour l’instant.", en: "Nothing is asked of you for now.")
            return
        }
        guard let since, changes > 0 else {
            state =
                found.tasks == 0
                ? Tag(language.pick(fr: "À jour", en: "Up to date"), .done)
                : Tag(language.pick(fr: "À répondre", en: "To answer"), .alert)
            let last = found.attestations.first.map { words.date($0.at.date(in: zone)) }
            text =
                last.map {
                    language.pick(
                        fr: "Aucun changement n’attend. Votre dernière attestation est du \($0).",
                        en: "No change is waiting. Your last attestation is of \($0).")
                } ?? language.pick(fr: "Aucun changement n’attend.", en: "No change is waiting.")
            return
        }
        let day = words.date(since.date(in: zone))
        let target = words.hours(hours)
        state =
            isLate
            ? Tag(language.pick(fr: "En retard", en: "Overdue"), .stop)
            : Tag(language.pick(fr: "À appliquer", en: "To apply"), .alert)
        let waits = changes > 1
        text =
            language.pick(
                fr: "\(count) \(waits ? "attendent" : "attend") depuis le \(day). ",
                en: "\(count) \(waits ? "have" : "has") been waiting since \(day). ")
            + language.pick(
                fr: "L’objectif publié est de \(target)\(isLate ? " : il est dépassé." : ".")",
                en: "The published target is \(target)\(isLate ? ": it has passed." : ".")")
    }
}

/// `/operateur/bases`: the databases of a custodian, where there is not exactly one.
struct CustodianDatabasesPage: Page {
    static let template = PageTemplate.custodianDatabases

    let frame: PageFrame
    let rows: [CustodianState]
}

/// `/operateur/bases/{database}`: what is to be taken away, and the form that says it was applied.
struct CustodianDatabasePage: Page {
    static let template = PageTemplate.custodianDatabase

    /// A file to be had now.
    struct File: Sendable {
        let href: String
        let number: String
        /// “3 changements”, “1 234 lignes, préparée le 4 mars 2026 à 9 h 05”.
        let content: String
    }

    struct Said: Sendable {
        let number: String
        let extractedOn: String
        let saidOn: String
        let by: String
    }

    let frame: PageFrame
    let state: CustodianState
    let changes: File?
    let list: File?
    /// Whether a newer list than that can be made.
    let canAskForList: Bool
    let isListAsked: Bool
    let listAction: String
    /// Whether there is anything to attest.
    let canAttest: Bool
    let attestAction: String
    let number: FormField
    let extractedOn: FormField
    let said: [Said]
    let tasks: [CustodianTaskForm]
    let summary: ErrorSummary?
    let notice: Notice?

    init(
        frame: PageFrame, found: EntrustedDatabase, state: CustodianState, tasks: [CustodianTaskForm] = [],
        number: String, extractedOn: String, errors: [FieldError] = [], notice: Notice? = nil, zone: TimeZone
    ) {
        let language = frame.words
        let (words, texts, linked) = (Words(language), FieldErrorTexts(language), found.linked)
        let messages = errors.map { error in
            FieldMessage(
                anchor: String(error.pointer.dropFirst()),
                text: texts.text(pointer: error.pointer, code: error.code, arguments: error.arguments))
        }
        self.frame = frame
        self.state = state
        self.tasks = tasks
        let isActive = linked.state == .active
        let isWaiting = isActive && (found.newest.map { $0.number > linked.acknowledged } ?? false)
        changes =
            isWaiting
            ? found.newest.map {
                File(
                    href: PagePath.custodianChanges(linked.id).path(in: language), number: "\($0)",
                    content: words.count(
                        found.waiting?.changes ?? 0, fr: ("changement", "changements"), en: ("change", "changes")))
            } : nil
        list = found.list.map { list in
            let lines = words.count(list.lines, fr: ("ligne", "lignes"), en: ("line", "lines"))
            let made = words.moment(list.madeAt, in: zone)
            return File(
                href: PagePath.custodianList(linked.id).path(in: language), number: "\(list.file)",
                content: language.pick(fr: "\(lines), préparée le \(made)", en: "\(lines), prepared on \(made)"))
        }
        canAskForList = isActive && found.newest != nil && found.list?.file != found.newest && !found.isListAsked
        isListAsked = found.isListAsked
        listAction = PagePath.custodianListAsked(linked.id).path(in: language)
        canAttest = isWaiting
        attestAction = PagePath.custodianAttestation(linked.id).path(in: language)
        self.number = FormField("number", value: number, error: messages.text(for: "number"), hint: true)
        self.extractedOn = FormField(
            "extractedOn", value: extractedOn, error: messages.text(for: "extractedOn"), hint: true)
        said = found.attestations.map {
            Said(
                number: "\($0.file)", extractedOn: words.date($0.extractedOn),
                saidOn: words.moment($0.at, in: zone), by: $0.by)
        }
        summary = ErrorSummary(messages + tasks.flatMap(\.messages))
        self.notice = notice
    }
}
