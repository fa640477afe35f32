import Foundation
import Yams

/// What the register's words of one language are in the other, from `site/vocabulary.yaml`: domains, types of databases and other
/// lists whose words the institution chooses. Free texts are not among them.
public struct Vocabulary: Sendable {
    private let words: [String: LocalisedText]

    /// Without a word: everything is shown as the register has it.
    static let empty = Vocabulary([])

    init(_ pairs: [LocalisedText]) {
        words = Dictionary(pairs.flatMap { pair in [pair.fr, pair.en].map { (Self.key($0), pair) } }) { first, _ in
            first
        }
    }

    /// - Throws: `SiteError` where the file can't be read; a site without one has an empty vocabulary.
    init(directory: URL) throws(SiteError) {
        let file = directory.appending(path: "vocabulary.yaml")
        guard FileManager.default.fileExists(atPath: file.path) else {
            self = .empty
            return
        }
        do {
            let text = try String(contentsOf: file, encoding: .utf8)
            self.init(try YAMLDecoder().decode([LocalisedText].self, from: text))
        } catch {
            throw SiteError(file: file.path, reason: "\(error)")
        }
    }

    /// A word of the register in the page's language. What is not in the vocabulary stays as it is, and is taken to be French, as
    /// the register is.
    func phrase(_ word: String, in language: Language) -> Phrase {
        if let known = words[Self.key(word)] { return Phrase(known[language]) }
        return Phrase(word, lang: language == .fr ? nil : "fr")
    }

    private static func key(_ word: String) -> String {
        word.folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil)
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
