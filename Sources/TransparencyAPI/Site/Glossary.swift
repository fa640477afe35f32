import Foundation
import Yams

/// The words of the trade in plain words, from `site/glossary.yaml`: one source for both languages.
public struct Glossary: Sendable {
    struct Entry: Sendable, Codable {
        /// The fragment of links to it, the same in both languages. A code of the register has its own name.
        let id: String
        let term: LocalisedText
        let meaning: LocalisedText
    }

    let entries: [Entry]

    /// - Throws: `SiteError` where the file can't be read, or where two entries have one id.
    init(directory: URL) throws(SiteError) {
        let file = directory.appending(path: "glossary.yaml")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            throw SiteError(file: file.path, reason: "can't be read")
        }
        do {
            entries = try YAMLDecoder().decode([Entry].self, from: text)
        } catch {
            throw SiteError(file: file.path, reason: "\(error)")
        }
        var known: Set<String> = []
        for entry in entries where !known.insert(entry.id).inserted {
            throw SiteError(file: file.path, reason: "\(entry.id) stands there twice")
        }
    }

    /// The entries in the order in which a reader of that language looks for them.
    func sorted(in language: Language) -> [Entry] {
        func key(_ entry: Entry) -> String {
            entry.term[language].folding(options: [.diacriticInsensitive, .caseInsensitive], locale: nil)
        }
        return entries.sorted { key($0) < key($1) }
    }
}
