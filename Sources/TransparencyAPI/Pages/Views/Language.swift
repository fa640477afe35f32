/// A language of the interface. French is at the root, English under `/en`.
public enum Language: String, Sendable, Hashable, CaseIterable, Codable {
    case fr
    case en

    /// The language of the page at an address.
    init(ofPath path: String) { self = path == "/en" || path.hasPrefix("/en/") ? .en : .fr }

    /// The language of a page's twin.
    public var other: Language {
        switch self {
        case .fr: .en
        case .en: .fr
        }
    }

    /// Picks between the two wordings of one text.
    func pick<T>(fr french: T, en english: T) -> T {
        switch self {
        case .fr: french
        case .en: english
        }
    }
}

/// A text of the site or of the register in both languages.
public struct LocalisedText: Sendable, Hashable, Codable {
    public let fr: String
    public let en: String

    public init(fr: String, en: String) {
        self.fr = fr
        self.en = en
    }

    public subscript(language: Language) -> String { language.pick(fr: fr, en: en) }
}
