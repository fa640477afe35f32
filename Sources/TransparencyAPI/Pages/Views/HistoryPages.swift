import CivilTime
import Foundation
import PublicRegistry
import StrictJSON

/// Where a page of a record's history stands: the record and its links.
struct HistoryPlace: Sendable {
    let reference: String
    let title: Phrase
    let listHref: String
    let recordHref: String
    let historyHref: String
    let isDataset: Bool

    init(_ kind: RecordKind, _ reference: String, title: LocalizedText?, _ language: Language) {
        let pages = RecordPages(kind: kind, reference: reference)
        self.reference = reference
        self.title = Phrase(title, in: language) ?? Phrase(reference)
        listHref = (kind == .dataset ? PagePath.datasets : .projects).path(in: language)
        recordHref = pages.record.path(in: language)
        historyHref = pages.history.path(in: language)
        isDataset = kind == .dataset
    }
}

/// That a record left the register, and why.
struct RemovalNotice: Sendable {
    let date: String
    let reason: Phrase
    let isWithheld: Bool

    init(_ removal: Removal, zone: TimeZone, _ language: Language) {
        date = Words(language).date(removal.removedAt.date(in: zone))
        reason = Phrase(removal.reason, in: language) ?? Phrase("")
        isWithheld = !removal.keepsContent
    }
}

/// `/projets/{reference}/historique`: every version with what it changed.
struct RecordHistoryPage: Page {
    static let template = PageTemplate.recordHistory

    struct Version: Sendable {
        let label: String
        /// Nil where its content is withheld.
        let href: String?
        let recordedOn: String
        let effectiveOn: String?
        let changes: String?
        let differenceHref: String?
        let isFirst: Bool
        let isTypographyOnly: Bool
        /// The typographic difference, which is shown when it is asked for.
        let rawHref: String?
        let removal: RemovalNotice?
        /// Why, in an editor's words.
        let reason: String?
        /// Whether it puts right an error.
        let isCorrection: Bool
        let isWithheld: Bool
    }

    let frame: PageFrame
    let place: HistoryPlace
    let removal: RemovalNotice?
    let total: String
    let versions: [Version]
    /// From the first version to the last.
    let wholeHref: String?
    let dataHref: String

    init(frame: PageFrame, _ chronicle: RecordChronicle, zone: TimeZone, api: String) {
        let language = frame.words
        let (words, names) = (Words(language), HistoryWords(kind: chronicle.kind, language: language))
        let pages = RecordPages(kind: chronicle.kind, reference: chronicle.reference)
        self.frame = frame
        place = HistoryPlace(chronicle.kind, chronicle.reference, title: chronicle.title, language)
        removal = chronicle.removal.map { RemovalNotice($0, zone: zone, language) }
        total = words.count(chronicle.versions.count, fr: ("version", "versions"), en: ("version", "versions"))
        let open = Set(chronicle.versions.filter { !$0.isWithheld }.map(\.n))
        versions = chronicle.versions.map { version in
            let hasBefore = open.contains(version.n) && open.contains(version.n - 1) && version.removal == nil
            let path = pages.difference(version.n - 1, version.n).path(in: language)
            return Version(
                label: HistoryWords.label(version.n, version.sourceVersion),
                href: version.isWithheld ? nil : pages.version(version.n).path(in: language),
                recordedOn: words.date(version.recordedAt.date(in: zone)),
                effectiveOn: version.effectiveOn.map(words.date),
                changes: version.changedFields.isEmpty ? nil : names.fields(version.changedFields),
                differenceHref: hasBefore && !version.changedFields.isEmpty ? path : nil,
                isFirst: version.n == 1 && !version.isWithheld, isTypographyOnly: version.isTypographyOnly,
                rawHref: hasBefore && !version.typographyFields.isEmpty ? "\(path)?raw=1" : nil,
                removal: version.removal.map { RemovalNotice($0, zone: zone, language) }, reason: version.reason?.text,
                isCorrection: version.reason?.isCorrection == true,
                isWithheld: version.isWithheld && version.removal == nil)
        }
        let ends = (open.min(), open.max())
        wholeHref =
            if let first = ends.0, let last = ends.1, last > first + 1 {
                pages.difference(first, last).path(in: language)
            } else {
                nil
            }
        dataHref = "\(api)/\(chronicle.kind.collection)/\(PagePath.encoded(chronicle.reference))/versions"
    }
}

/// One field of a record: its label and its lines, each in pieces.
struct FieldLines: Sendable {
    /// A piece of a line.
    struct Piece: Sendable {
        let text: String
        let isGone: Bool
        let isCome: Bool
        /// Of another language than the line’s.
        var lang: String?
        /// The register’s own word beside a name.
        var reference: String?
    }

    struct Line: Sendable {
        let pieces: [Piece]
    }

    let label: String
    /// “en français”, of texts in two languages.
    let languageName: String?
    /// Of another language than the page's.
    let lang: String?
    let lines: [Line]
    let isList: Bool

    /// Longer stretches that both versions have are cut in the middle.
    private static let longestSame = 500

    init(_ difference: FieldDifference, _ words: HistoryWords) {
        label = words.field(difference.field)
        (languageName, lang) = Self.language(difference.language, words.language)
        if let items = words.lines(difference.field, difference.before, difference.after) {
            (lines, isList) = (items, items.count > 1)
            return
        }
        isList = difference.lines.count > 1
        let (before, after) = (
            words.value(difference.field, difference.before), words.value(difference.field, difference.after)
        )
        if before != nil || after != nil {
            lines = [
                Line(
                    pieces: [
                        before.map { Piece(text: $0, isGone: true, isCome: false) },
                        after.map { Piece(text: $0, isGone: false, isCome: true) },
                    ].compactMap(\.self))
            ]
        } else {
            lines = difference.lines.map { line in
                Line(
                    pieces: line.map { piece in
                        Piece(
                            text: piece.place == .both ? Self.cut(piece.text) : piece.text,
                            isGone: piece.place == .before, isCome: piece.place == .after)
                    })
            }
        }
    }

    /// A field of one version.
    init(_ field: String, language: String?, _ texts: [String], _ words: HistoryWords) {
        label = words.field(field)
        (languageName, lang) = Self.language(language, words.language)
        isList = texts.count > 1
        lines = texts.map { Line(pieces: [Piece(text: $0, isGone: false, isCome: false)]) }
    }

    /// A list of one version whose entries are references or codes.
    init(_ field: String, _ items: [HistoryItem], _ words: HistoryWords) {
        label = words.field(field)
        (languageName, lang) = (nil, nil)
        isList = items.count > 1
        lines = items.map { Line(pieces: [Piece($0)]) }
    }

    private static func language(_ code: String?, _ own: Language) -> (name: String?, lang: String?) {
        guard let code, let language = Language(rawValue: code) else { return (nil, nil) }
        let name = language.pick(
            fr: own.pick(fr: "en français", en: "in French"), en: own.pick(fr: "en anglais", en: "in English"))
        return (name, language == own ? nil : code)
    }

    private static func cut(_ text: String) -> String {
        guard text.count > longestSame else { return text }
        // At a space on either side, where there is one.
        let (head, tail) = (text.prefix(200), text.suffix(200))
        let start = head.lastIndex(of: " ").map { head[..<$0] } ?? head
        let end = tail.firstIndex(of: " ").map { tail[tail.index(after: $0)...] } ?? tail
        return "\(start) […] \(end)"
    }
}

/// `/projets/{reference}/historique/{a}..{b}`: how two versions differ.
struct DifferencePage: Page {
    static let template = PageTemplate.difference

    struct Side: Sendable {
        let label: String
        let href: String
        let recordedOn: String
        let effectiveOn: String?
    }

    let frame: PageFrame
    let place: HistoryPlace
    let from: Side
    let to: Side
    let fields: [FieldLines]
    /// “titre, méthodes”: what differs by typography alone and is folded away.
    let folded: String?
    let isRaw: Bool
    /// The same with typography shown, or folded again.
    let otherHref: String
    let earlierHref: String?
    let laterHref: String?
    let dataHref: String

    init(
        frame: PageFrame, _ difference: VersionDifference, names recordNames: RecordNames, earlier: Bool, later: Bool,
        zone: TimeZone, api: String
    ) {
        let language = frame.words
        let words = Words(language)
        let names = HistoryWords(kind: difference.kind, language: language, names: recordNames)
        let pages = RecordPages(kind: difference.kind, reference: difference.reference)
        func side(_ version: VersionContent) -> Side {
            Side(
                label: HistoryWords.label(version.n, version.sourceVersion),
                href: pages.version(version.n).path(in: language),
                recordedOn: words.date(version.recordedAt.date(in: zone)),
                effectiveOn: version.effectiveOn.map(words.date))
        }
        self.frame = frame
        place = HistoryPlace(difference.kind, difference.reference, title: difference.title, language)
        (from, to) = (side(difference.from), side(difference.to))
        fields = difference.fields.map { FieldLines($0, names) }
        isRaw = difference.isRaw
        folded =
            difference.typographyFields.isEmpty || difference.isRaw ? nil : names.fields(difference.typographyFields)
        let (first, last) = (difference.from.n, difference.to.n)
        let own = pages.difference(first, last).path(in: language)
        otherHref = difference.isRaw ? own : "\(own)?raw=1"
        earlierHref = earlier ? pages.difference(first - 1, first).path(in: language) : nil
        laterHref = later ? pages.difference(last, last + 1).path(in: language) : nil
        dataHref =
            "\(api)/\(difference.kind.collection)/\(PagePath.encoded(difference.reference))/differences?from=\(first)&to=\(last)"
            + (difference.isRaw ? "&raw=true" : "")
    }
}

/// `/projets/{reference}/historique/{n}`: one version as it was published; also what the address of a record shows that
/// left the register.
struct RecordVersionPage: Page {
    static let template = PageTemplate.recordVersion

    let frame: PageFrame
    let place: HistoryPlace
    let removal: RemovalNotice?
    let label: String?
    let recordedOn: String?
    let effectiveOn: String?
    let isNewest: Bool
    let fields: [FieldLines]
    let differenceHref: String?
    let dataHref: String?

    /// - Parameters:
    ///   - version: nil where the content is withheld.
    ///   - removal: where this is the address of a record that left.
    init(
        frame: PageFrame, place: HistoryPlace, _ version: VersionContent?, kind: RecordKind, names: RecordNames,
        removal: Removal?, hasBefore: Bool, zone: TimeZone, api: String
    ) {
        let language = frame.words
        let words = Words(language)
        self.frame = frame
        self.place = place
        self.removal = removal.map { RemovalNotice($0, zone: zone, language) }
        label = version.map { HistoryWords.label($0.n, $0.sourceVersion) }
        recordedOn = version.map { words.date($0.recordedAt.date(in: zone)) }
        effectiveOn = version?.effectiveOn.map(words.date)
        isNewest = version.map { $0.n == $0.newestN } ?? true
        fields =
            version.map { Self.fields($0.content, HistoryWords(kind: kind, language: language, names: names)) } ?? []
        differenceHref = version.flatMap { version in
            hasBefore && removal == nil
                ? RecordPages(kind: kind, reference: version.reference).difference(version.n - 1, version.n)
                    .path(in: language) : nil
        }
        dataHref = version.map {
            "\(api)/\(kind.collection)/\(PagePath.encoded($0.reference))/versions/\($0.n)"
        }
    }

    private static func fields(_ content: JSON, _ words: HistoryWords) -> [FieldLines] {
        FieldDifference.contents(of: content).map { field in
            if field.language == nil, let items = words.items(field.field, field.value), !items.isEmpty {
                return FieldLines(field.field, items, words)
            }
            if field.language == nil, let value = words.value(field.field, field.value) {
                return FieldLines(field.field, language: nil, [value], words)
            }
            return FieldLines(field.field, language: field.language, field.lines, words)
        }
    }
}
