import PublicRegistry
import StrictJSON

/// A form's inputs from top to bottom, as the template lays them out one after the other. Each block is one of its members.
struct RecordBlock: Sendable {
    struct Input: Sendable {
        let label: String
        let hint: String?
        let type: String
        /// The language of what is typed, where it is one.
        let lang: String?
        /// Lines of a text area; nil for an input of one line.
        let rows: String?
        /// What can be chosen; nil for what is typed.
        let options: [Choice]?

        let id: String
        let name: String
        let value: String
        let error: String?
        let describedBy: String?
        let isSelect: Bool
        let isArea: Bool
        let isLine: Bool

        init(
            field: FormField, label: String, hint: String?, type: String, lang: String?, rows: Int?,
            options: [Choice]?
        ) {
            (id, name, value) = (field.id, field.name, field.value)
            (error, describedBy) = (field.error, field.describedBy)
            (self.label, self.hint, self.type, self.lang) = (label, hint, type, lang)
            self.rows = rows.map(String.init)
            self.options = options
            isSelect = options != nil
            isArea = options == nil && rows != nil
            isLine = options == nil && rows == nil
        }
    }

    struct Opening: Sendable {
        let id: String
        let legend: String
        let isRow: Bool
    }

    struct Act: Sendable {
        let value: String
        let label: String
    }

    struct Hidden: Sendable {
        let name: String
        let value: String
    }

    var heading: String?
    var open: Opening?
    var closes = false
    var input: Input?
    /// French and English, side by side.
    var pair: [Input] = []
    let isPair: Bool
    var count: Hidden?
    var act: Act?
    var note: String?

    init(
        heading: String? = nil, open: Opening? = nil, closes: Bool = false, input: Input? = nil, pair: [Input] = [],
        count: Hidden? = nil, act: Act? = nil, note: String? = nil
    ) {
        (self.heading, self.open, self.closes, self.input) = (heading, open, closes, input)
        (self.pair, self.count, self.act, self.note) = (pair, count, act, note)
        isPair = !pair.isEmpty
    }
}

/// Lays a record's content out.
struct RecordBlocks {
    let kind: RecordKind
    let language: Language
    let errors: [FieldError]
    private(set) var blocks: [RecordBlock] = []
    private let names: RecordFieldNames

    init(_ content: JSON, _ kind: RecordKind, errors: [FieldError], _ language: Language) {
        self.kind = kind
        self.language = language
        self.errors = errors
        names = RecordFieldNames(language)
        for field in RegisterEditing.fields(of: kind) {
            if let heading = names.heading(before: field.name, kind) { blocks.append(RecordBlock(heading: heading)) }
            add(field, content[field.name], at: "/\(field.name)")
        }
    }

    /// The id of the input or group of a pointer.
    static func id(_ pointer: String) -> String { "f" + pointer.replacing("/", with: "-") }

    private mutating func add(_ field: RecordField, _ json: JSON?, at pointer: String) {
        let label = names.label(pointer)
        switch field.shape {
        case .localized(let isLong):
            pair(pointer, label, json, rows: isLong ? 5 : nil) { $0?.string ?? "" }
        case .localizedWords:
            pair(pointer, label, json, rows: 3, hint: names.onePerLine) { RecordForm.text($0, .lines) }
        case .group(let fields, _):
            blocks.append(RecordBlock(open: .init(id: Self.id(pointer), legend: label, isRow: false)))
            for inner in fields { add(inner, json?[inner.name], at: "\(pointer)/\(inner.name)") }
            blocks.append(RecordBlock(closes: true))
        case .groups(let fields, _): rows(fields, json?.array ?? [], label, at: pointer)
        default: blocks.append(RecordBlock(input: input(field, json, label, at: pointer)))
        }
    }

    private mutating func rows(_ fields: [RecordField], _ items: [JSON], _ label: String, at pointer: String) {
        blocks.append(RecordBlock(open: .init(id: Self.id(pointer), legend: label, isRow: false)))
        guard items.count <= RecordForm.mostRows else {
            blocks.append(RecordBlock(note: names.tooMany(items.count)))
            blocks.append(RecordBlock(closes: true))
            return
        }
        blocks.append(RecordBlock(count: .init(name: RecordForm.count(of: pointer), value: String(items.count))))
        for (index, item) in items.enumerated() {
            let row = "\(pointer)/\(index)"
            let legend = "\(label) \(index + 1)"
            blocks.append(RecordBlock(open: .init(id: Self.id(row), legend: legend, isRow: true)))
            for inner in fields { add(inner, item[inner.name], at: "\(row)/\(inner.name)") }
            blocks.append(
                RecordBlock(
                    act: .init(
                        value: "remove:\(row)", label: language.pick(fr: "Retirer : \(legend)", en: "Remove: \(legend)")
                    )))
            blocks.append(RecordBlock(closes: true))
        }
        if items.count < RecordForm.mostRows {
            blocks.append(
                RecordBlock(
                    act: .init(
                        value: "add:\(pointer)", label: language.pick(fr: "Ajouter : \(label)", en: "Add: \(label)"))))
        }
        blocks.append(RecordBlock(closes: true))
    }

    private mutating func pair(
        _ pointer: String, _ label: String, _ json: JSON?, rows: Int?, hint: String? = nil, _ text: (JSON?) -> String
    ) {
        let inputs = [("fr", "français", "French"), ("en", "anglais", "English")].map { code, french, english in
            let value = text(json?[code])
            let name = "\(pointer)/\(code)"
            return RecordBlock.Input(
                field: field(name, value, error: error(at: name) ?? (code == "fr" ? error(at: pointer) : nil), hint),
                label: "\(label) (\(language.pick(fr: french, en: english)))", hint: hint, type: "text", lang: code,
                rows: rows ?? (value.contains("\n") ? 3 : nil), options: nil)
        }
        blocks.append(RecordBlock(pair: inputs))
    }

    private func input(_ field: RecordField, _ json: JSON?, _ label: String, at pointer: String) -> RecordBlock.Input {
        let value = RecordForm.text(json, field.shape)
        var (type, rows, options, hint): (String, Int?, [Choice]?, String?) = ("text", nil, nil, nil)
        switch field.shape {
        case .date: type = "date"
        case .number: hint = names.wholeNumber
        case .text: rows = 3
        case .lines: (rows, hint) = (3, names.onePerLine)
        case .terms: (rows, hint) = (3, names.terms)
        case .variables: (rows, hint) = (8, names.variables)
        case .flag:
            options = [
                Choice("", names.notSaid, isChosen: value.isEmpty),
                Choice("true", language.pick(fr: "Oui", en: "Yes"), isChosen: value == "true"),
                Choice("false", language.pick(fr: "Non", en: "No"), isChosen: value == "false"),
            ]
        case .choice(let words):
            options =
                [Choice("", names.notSaid, isChosen: value.isEmpty)]
                + words.map { Choice($0, names.choice($0, of: field.name), isChosen: $0 == value) }
        default: if value.contains("\n") { rows = 3 }
        }
        return RecordBlock.Input(
            field: self.field(pointer, value, error: error(at: pointer, andBelow: rows != nil), hint), label: label,
            hint: hint, type: type, lang: nil, rows: rows, options: options)
    }

    private func field(_ pointer: String, _ value: String, error: String?, _ hint: String?) -> FormField {
        FormField(pointer, id: Self.id(pointer), value: value, error: error, hint: hint != nil)
    }

    /// What is wrong there, or for what is typed in lines, in one of these.
    private func error(at pointer: String, andBelow: Bool = false) -> String? {
        errors.first { $0.pointer == pointer || andBelow && $0.pointer.hasPrefix(pointer + "/") }.map {
            names.error($0)
        }
    }

    /// The lines of the summary, each to its input or to the group that it is in.
    var summary: ErrorSummary? {
        var ids: Set<String> = []
        for block in blocks {
            if let input = block.input { ids.insert(input.id) }
            if let open = block.open { ids.insert(open.id) }
            ids.formUnion(block.pair.map(\.id))
        }
        return ErrorSummary(
            errors.map { [ids] error in
                var pointer = error.pointer
                while !pointer.isEmpty, !ids.contains(Self.id(pointer)), !ids.contains(Self.id(pointer + "/fr")) {
                    pointer = String(pointer[..<(pointer.lastIndex(of: "/") ?? pointer.startIndex)])
                }
                let id = Self.id(pointer)
                return FieldMessage(
                    anchor: pointer.isEmpty ? "form" : ids.contains(id) ? id : id + "-fr",
                    text: "\(names.label(error.pointer)) : \(names.error(error))")
            })
    }
}
