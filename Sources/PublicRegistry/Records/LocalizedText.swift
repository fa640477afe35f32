public import StrictJSON

/// A text in French, in English or in both.
public struct LocalizedText: Sendable, Hashable {
    public let fr: String?
    public let en: String?

    /// Nil where neither language is there.
    public init?(fr: String? = nil, en: String? = nil) {
        guard fr != nil || en != nil else { return nil }
        self.fr = fr
        self.en = en
    }

    /// The French text, or the English one where there is no other.
    public var frenchFirst: String { fr ?? en ?? "" }

    /// The English text, or the French one where there is no other.
    public var englishFirst: String { en ?? fr ?? "" }

    /// Both texts, in the order of the languages.
    var all: [String] { [fr, en].compactMap { $0 } }
}

extension LocalizedText: RecordObject {
    init?(from reader: inout RecordReader) {
        self.init(fr: reader.one("fr"), en: reader.one("en"))
    }

    var members: KeyValuePairs<String, JSON?> { ["fr": fr?.json, "en": en?.json] }

    /// `{"fr": …, "en": …}`, with the languages that are there.
    public var json: JSON { .object(ofPresent: members) }
}

/// Lists of words in French and in English: keywords.
public struct LocalizedWords: Sendable, Hashable {
    public let fr: [String]
    public let en: [String]

    /// Nil where there is no word at all.
    public init?(fr: [String] = [], en: [String] = []) {
        guard !fr.isEmpty || !en.isEmpty else { return nil }
        self.fr = fr
        self.en = en
    }
}

extension LocalizedWords: RecordObject {
    init?(from reader: inout RecordReader) {
        self.init(fr: reader.list("fr"), en: reader.list("en"))
    }

    var members: KeyValuePairs<String, JSON?> { ["fr": fr.json, "en": en.json] }
}
