import CivilTime
import Foundation
import PublicRegistry

/// A month of the register: `2026-11`.
struct CalendarMonth: Sendable, Hashable {
    let year: Int
    let month: Int

    /// Nil for anything but `YYYY-MM` of a month that exists.
    init?(_ text: String) {
        guard text.utf8.count == 7, let first = CalendarDate("\(text)-01") else { return nil }
        (year, month) = (first.year, first.month)
    }

    init(of moment: Instant, in zone: TimeZone) {
        let day = moment.date(in: zone)
        (year, month) = (day.year, day.month)
    }

    var text: String {
        let digits = String(year)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + (month < 10 ? "-0" : "-")
            + String(month)
    }

    /// Itself and those after it up to `last`.
    func months(through last: CalendarMonth) -> [CalendarMonth] {
        let count = (last.year - year) * 12 + last.month - month
        guard count >= 0 else { return [] }
        return (month - 1...month - 1 + count).map { CalendarMonth(year: year + $0 / 12, month: $0 % 12 + 1) }
    }

    private init(year: Int, month: Int) { (self.year, self.month) = (year, month) }

    /// Its first day, and that of the month after.
    func days(_ zone: TimeZone) -> (start: Instant, end: Instant)? {
        guard let first = CalendarDate(year: year, month: month, day: 1) else { return nil }
        return (first.start(in: zone), first.adding(months: 1).start(in: zone))
    }

    /// “novembre 2026”; “November 2026”.
    func words(_ language: Language) -> String {
        guard let first = CalendarDate(year: year, month: month, day: 2) else { return text }
        return Words(language).date(first).split(separator: "\u{A0}", maxSplits: 1).last.map(String.init) ?? text
    }
}

/// `/changements`: what changed in the register, month by month.
struct ChangesPage: Page {
    static let template = PageTemplate.changes

    struct Change: Sendable {
        let act: Tag
        let kind: String
        let title: Phrase
        let href: String?
        let reference: String
        /// To which project data was handed over.
        let project: Phrase?
        /// Where the register shows it.
        let projectHref: String?
        let when: String
        let effectiveOn: String?
        /// “Version 2 : méthodes”.
        let what: String?
        let whatHref: String?
        let reason: Phrase?
        /// Why, in an editor's words.
        let note: String?
    }

    struct Link: Sendable {
        let label: String
        let href: String
        let isChosen: Bool
    }

    let frame: PageFrame
    let month: String
    let total: String
    let kinds: [Link]
    let acts: [Link]
    let items: [Change]
    /// “et 3 changements de typographie seule”, folded away on this page of the list.
    let folded: String?
    let foldedHref: String
    let isFoldedShown: Bool
    let earlier: Link?
    let later: Link?
    let pager: Pager?
    let feedHref: String
    /// The whole of the month, what is folded away on this page too.
    let files: [DataFile]
    let historyHref: String

    /// What narrows the list.
    struct Filter: Sendable {
        var kind: RecordKind?
        var act: ChangeAct?
        var showsTypography = false

        /// Releases are many, and shown where they alone are asked for.
        var kinds: [RecordKind] { kind.map { [$0] } ?? [.project, .dataset] }

        var fields: [(name: String, value: String)] {
            [
                ("kind", kind?.rawValue ?? ""), ("act", act?.rawValue ?? ""),
                ("typography", showsTypography ? "shown" : ""),
            ]
        }
    }

    init(
        frame: PageFrame, month: CalendarMonth, _ page: ResultPage<LoggedChange>, filter: Filter, cursor: String?,
        names recordNames: RecordNames, projects: [String: Phrase], earlier: CalendarMonth?, later: CalendarMonth?,
        zone: TimeZone, api: String
    ) {
        let language = frame.words
        let words = Words(language)
        self.frame = frame
        self.month = month.words(language)
        total = words.count(page.total, fr: ("changement", "changements"), en: ("change", "changes"))
        func path(_ month: CalendarMonth, _ filter: Filter) -> String {
            PagePath.changesOf(month.text).path(in: language) + PageQuery(filter.fields).text
        }
        let names = HistoryWords(kind: .project, language: language)
        func all(_ fr: String, _ en: String) -> String { language.pick(fr: fr, en: en) }
        kinds = [RecordKind?.none, .project, .dataset, .release].map { kind in
            var other = filter
            other.kind = kind
            let label =
                switch kind {
                case nil: all("Projets et bases", "Projects and databases")
                case .project: all("Projets", "Projects")
                case .dataset: all("Bases", "Databases")
                case .release: all("Mises à disposition", "Releases")
                }
            return Link(label: label, href: path(month, other), isChosen: kind == filter.kind)
        }
        acts = [ChangeAct?.none, .added, .changed, .corrected, .removed].map { act in
            var other = filter
            other.act = act
            return Link(
                label: act.map { names.act($0).label } ?? all("Tout", "All"), href: path(month, other),
                isChosen: act == filter.act)
        }
        let hidden = filter.showsTypography ? 0 : page.items.filter { $0.act == .typography }.count
        folded =
            hidden == 0
            ? nil
            : words.count(
                hidden, fr: ("changement de typographie seule", "changements de typographie seule"),
                en: ("change of typography alone", "changes of typography alone"))
        var unfolded = filter
        unfolded.showsTypography.toggle()
        foldedHref =
            PagePath.changesOf(month.text).path(in: language)
            + PageQuery(unfolded.fields + [("cursor", cursor ?? "")]).text
        isFoldedShown = filter.showsTypography
        items = page.items.filter { filter.showsTypography || $0.act != .typography }.map {
            Change($0, recordNames, projects: projects, zone: zone, language)
        }
        self.earlier = earlier.map { Link(label: $0.words(language), href: path($0, filter), isChosen: false) }
        self.later = later.map { Link(label: $0.words(language), href: path($0, filter), isChosen: false) }
        pager = Pager(
            list: PagePath.changesOf(month.text).path(in: language), filters: filter.fields, cursor: cursor,
            next: page.nextCursor)
        feedHref = AtomPath.everything.path(in: language)
        files = DataFile.all(
            of: "\(api)/changes",
            query: PageQuery(
                [("month", month.text)] + filter.kinds.map { ("kind", $0.rawValue) }
                    + [("act", filter.act?.rawValue ?? "")]
            ).text)
        historyHref = "\(api)/history.jsonl"
    }
}

extension ChangesPage.Change {
    /// - Parameter projects: titles of those to which data was handed over, by reference.
    fileprivate init(
        _ change: LoggedChange, _ recordNames: RecordNames, projects: [String: Phrase], zone: TimeZone,
        _ language: Language
    ) {
        let words = Words(language)
        let names = HistoryWords(kind: change.kind, language: language)
        act = names.act(change.act)
        kind = names.kindName(change.kind)
        reference = change.reference
        title =
            Phrase(change.title, in: language)
            ?? change.handover?.dataset.map { recordNames.datasets[$0] ?? Phrase($0) } ?? Phrase(change.reference)
        let receiver = change.handover?.project
        project = receiver.map { projects[$0] ?? Phrase($0) }
        projectHref = receiver.flatMap { projects[$0] == nil ? nil : PagePath.project($0).path(in: language) }
        when = words.moment(change.recordedAt, in: zone)
        effectiveOn = change.effectiveOn.map(words.date)
        reason = Phrase(change.reason, in: language)
        note = change.note
        let fields = change.changedFields.isEmpty ? change.typographyFields : change.changedFields
        what = fields.isEmpty ? nil : names.fields(fields)
        guard change.kind != .release else {
            (href, whatHref) = (nil, nil)
            return
        }
        let pages = RecordPages(kind: change.kind, reference: change.reference)
        href = pages.record.path(in: language)
        whatHref =
            fields.isEmpty
            ? nil
            : pages.difference(change.n - 1, change.n).path(in: language)
                + (change.act == .typography ? "?raw=1" : "")
    }
}

/// `/changements/typographie`: what counts as typography.
struct TypographyRulePage: Page {
    static let template = PageTemplate.typographyRule

    let frame: PageFrame
}
