/// A text of the register as it is shown: `lang` is set where only the other language exists (WCAG 3.1.2).
struct Phrase: Sendable {
    let text: String
    let lang: String?

    init(_ text: String, lang: String? = nil) {
        self.text = text
        self.lang = lang
    }

    /// The text in the page's language, else in the other one; nil where neither has a word.
    init?(fr: String?, en: String?, in language: Language) {
        func present(_ text: String?) -> String? { text.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 } }
        let (own, twin) = language.pick(fr: (present(fr), present(en)), en: (present(en), present(fr)))
        if let own {
            self.init(own)
        } else if let twin {
            self.init(twin, lang: language.other.rawValue)
        } else {
            return nil
        }
    }
}

/// A long text in paragraphs. What is beyond the first screen folds, without a script.
struct Prose: Sendable {
    let lang: String?
    let lead: [String]
    /// Empty where the whole text stands in `lead`.
    let rest: [String]
    let isLong: Bool

    /// - Parameter foldAfter: characters after which the following paragraphs fold.
    init?(_ phrase: Phrase?, foldAfter: Int = 900) {
        guard let phrase else { return nil }
        var paragraphs: [[Substring]] = [[]]
        for line in phrase.text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.allSatisfy(\.isWhitespace) {
                paragraphs.append([])
            } else {
                paragraphs[paragraphs.count - 1].append(line)
            }
        }
        let texts = paragraphs.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }
        guard !texts.isEmpty else { return nil }
        var shown = 0
        let cut = texts.firstIndex { text in
            defer { shown += text.count }
            return shown >= foldAfter
        }
        lang = phrase.lang
        lead = Array(texts[..<(cut ?? texts.endIndex)])
        rest = Array(texts[(cut ?? texts.endIndex)...])
        isLong = !rest.isEmpty
    }
}

/// A link that people may follow out of the site.
struct WebLink: Sendable {
    let href: String
    let label: String

    /// Nil unless the address is http or https: the register's data never makes a `javascript:` link.
    init?(_ href: String, label: String? = nil) {
        let lowered = href.lowercased()
        guard lowered.hasPrefix("https://") || lowered.hasPrefix("http://") else { return nil }
        self.href = href
        self.label = label ?? href
    }
}

/// How to reach whoever answers for a record of the register.
struct ContactDetails: Sendable {
    var name: String?
    var email: String?
    var phone: String?
    var postal: String?
    var link: WebLink?
}

/// A state or status in a word, with the tone that colours it (never by colour alone).
struct Tag: Sendable {
    enum Tone: String, Sendable { case wait, live, done, stop, alert }

    let label: String
    let tone: String

    init(_ label: String, _ tone: Tone) {
        self.label = label
        self.tone = tone.rawValue
    }
}

/// A word of the law or of the trade with its plain meaning.
struct Term: Sendable {
    let label: String
    let meaning: String?
    /// Where the glossary says more.
    var href: String?
}

/// A choice of a select or a radio group.
struct Choice: Sendable {
    let value: String
    let label: String
    let isChosen: Bool

    init(_ value: String, _ label: String, isChosen: Bool = false) {
        self.value = value
        self.label = label
        self.isChosen = isChosen
    }
}

/// Links to the other pages of a list. `first` leads back to the start, since a cursor only goes forward.
struct Pager: Sendable {
    let first: String?
    let next: String?

    /// Nil where the whole list fits one page.
    init?(first: String?, next: String?) {
        guard first != nil || next != nil else { return nil }
        self.first = first
        self.next = next
    }
}

/// One input: its value as it was typed, and what is wrong with it.
struct FormField: Sendable {
    let name: String
    let id: String
    let value: String
    let error: String?
    /// For `aria-describedby`: the hint and the error, whichever exist.
    let describedBy: String?

    /// - Parameters:
    ///   - id: another than the name, where several forms of a page have a field of that name.
    ///   - hint: whether the template shows a hint under the label.
    init(_ name: String, id: String? = nil, value: String, error: String? = nil, hint: Bool = false) {
        self.name = name
        let id = id ?? name
        self.id = id
        self.value = value
        self.error = error
        let ids = (hint ? ["\(id)-hint"] : []) + (error == nil ? [] : ["\(id)-error"])
        describedBy = ids.isEmpty ? nil : ids.joined(separator: " ")
    }
}

/// The list at the top of a form that was refused; each line leads to its field.
struct ErrorSummary: Sendable {
    struct Line: Sendable {
        let href: String
        let text: String
    }

    let lines: [Line]

    /// Nil where nothing is wrong.
    init?(_ errors: [FieldMessage]) {
        guard !errors.isEmpty else { return nil }
        lines = errors.map { Line(href: "#\($0.anchor)", text: $0.text) }
    }

    /// Nil without a line.
    init?(lines: [Line]) {
        guard !lines.isEmpty else { return nil }
        self.lines = lines
    }
}

/// What is wrong with one field, in words.
struct FieldMessage: Sendable, Hashable {
    /// The id of the input to go to.
    let anchor: String
    let text: String
}

extension [FieldMessage] {
    /// The first message for a field.
    func text(for anchor: String) -> String? { first { $0.anchor == anchor }?.text }
}

/// A short message at the top of a page, after an act or instead of one.
struct Notice: Sendable {
    let title: String
    let text: String?
    let tone: String

    init(_ title: String, text: String? = nil, tone: Tag.Tone) {
        self.title = title
        self.text = text
        self.tone = tone.rawValue
    }
}

/// A list as a file.
struct DataFile: Sendable {
    let label: String
    let href: String

    /// - Parameters:
    ///   - address: of the list, without the end that names a type.
    ///   - query: with its question mark.
    static func all(of address: String, query: String) -> [DataFile] {
        [
            DataFile(label: "CSV", href: "\(address).csv\(query)"),
            DataFile(label: "JSON Lines", href: "\(address).jsonl\(query)"),
            DataFile(label: "JSON", href: "\(address)\(query)"),
        ]
    }
}
