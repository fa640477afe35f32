import Foundation
import Testing

@testable import TransparencyAPI

@Suite("The register’s words in the other language")
struct VocabularyTests {
    @Test("A word is known by either language, without capitals and accents; others stay, marked as French")
    func words() {
        let vocabulary = Vocabulary([LocalisedText(fr: "santé mentale", en: "mental health")])
        for spelling in ["santé mentale", "Sante  Mentale", "Mental health"] {
            #expect(vocabulary.phrase(spelling, in: .en).text == "mental health", "\(spelling)")
            #expect(vocabulary.phrase(spelling, in: .fr).text == "santé mentale", "\(spelling)")
        }
        let unknown = vocabulary.phrase("chimie", in: .en)
        #expect(unknown.text == "chimie" && unknown.lang == "fr")
        #expect(vocabulary.phrase("chimie", in: .fr).lang == nil)
    }

    @Test("A site goes without a vocabulary, and one that can’t be read is told with its file")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "site-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try Vocabulary(directory: folder).phrase("cancer", in: .en).lang == "fr")
        let file = folder.appending(path: "vocabulary.yaml")
        try "- {fr: cancer}\n".write(to: file, atomically: true, encoding: .utf8)
        let error = #expect(throws: SiteError.self) { try Vocabulary(directory: folder) }
        #expect(error?.file == file.path)
    }
}
