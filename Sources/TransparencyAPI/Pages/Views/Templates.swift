public import Foundation
import Mustache

/// A page: display-ready values, and the template that lays them out.
protocol Page: Sendable {
    static var template: PageTemplate { get }
    var frame: PageFrame { get }
}

/// Each template that pages render, present in every language.
enum PageTemplate: String, CaseIterable, Sendable {
    case home
    case projects
    case project
    case datasets
    case dataset
    case datasetTable
    case variables
    case linkedDatabases
    case recordHistory
    case difference
    case recordVersion
    case changes
    case typographyRule
    case figures
    case concerned
    case glossary
    case rights
    case easyRights
    case rightsForm
    case requestChoice
    case requestScope
    case requestDatabases
    case requestProjects
    case requestDetails
    case requestPerson
    case requestAge
    case requestContact
    case requestCheck
    case requestOver
    case requestSent
    case requestFiled
    case letters
    case follow
    case followCase
    case followPackage
    case lostCode
    case lostCodeLetter
    case lostCodeAsked
    case choices
    case choice
    case choiceCheck
    case attestation
    case signIn
    case signInWay
    case signInFailed
    case operatorSignIn
    case operatorQueue
    case operatorEntry
    case operatorEntered
    case operatorCase
    case operatorTemplates
    case operatorTemplate
    case operatorBatch
    case operatorBatchDone
    case operatorTeam
    case operatorSearch
    case operatorLater
    case operatorWaves
    case operatorLetters
    case operatorStatistics
    case operatorLostCodes
    case operatorLostCode
    case operatorDatabases
    case operatorDatabase
    case operatorRegister
    case operatorRecord
    case operatorRecordPreview
    case operatorRecordRemoval
    case operatorImport
    case operatorImportReport
    case custodianDatabases
    case custodianDatabase
    case text
    case error
}

/// Each document that stands alone, outside this site: HTML of its own, present in every language.
enum DocumentTemplate: String, CaseIterable, Sendable {
    /// What answers a request of access.
    case package
}

/// Each text that is rendered for paper and for mail, present in every language. Nothing in it is escaped: it is no HTML.
enum TextTemplate: String, CaseIterable, Sendable {
    case mail
    case mailTarget
    case mailReminder
    case mailClocks
    case letter
    case packageText
}

/// All of `templates/`, read and parsed once at start.
///
/// A file `fr/home.mustache` is named `fr.home`: in partials and in inheritance a name has dots, not slashes.
public struct Templates: Sendable {
    private let library: MustacheLibrary

    /// Reads every `.mustache` file under `directory`.
    /// - Throws: `TemplatesError` where a file can't be read or parsed, where one names a partial that does not
    ///   exist, or where a page lacks its template in a language.
    public init(directory: URL) throws(TemplatesError) {
        MustacheContentTypes.register(ByteEscapedHTML(), named: ByteEscapedHTML.name)
        let texts = try Self.texts(in: directory)
        var library = MustacheLibrary()
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
            for partial in Self.partials(in: text) where texts[partial] == nil {
                throw TemplatesError(file: name, line: nil, reason: "names a template that does not exist: \(partial)")
            }
            do {
                let isText = TextTemplate.allCases.contains { name.hasSuffix(".\($0.rawValue)") }
                let isFrenchPage = name.hasPrefix("\(Language.fr).") && !isText
                try library.register(
                    "{{% CONTENT_TYPE: \(isText ? "TEXT" : ByteEscapedHTML.name) }}\n"
                        + (isFrenchPage ? text.withFrenchSpaces : text), named: name)
            } catch let error as MustacheTemplate.ParserError {
                // One line less: the pragma above is ours.
                throw TemplatesError(file: name, line: error.context.lineNumber - 1, reason: "\(error.error)")
            } catch {
                throw TemplatesError(file: name, line: nil, reason: "\(error)")
            }
        }
        for language in Language.allCases {
            let needed =
                PageTemplate.allCases.map(\.rawValue) + TextTemplate.allCases.map(\.rawValue)
                + DocumentTemplate.allCases.map(\.rawValue)
            for template in needed where texts["\(language.rawValue).\(template)"] == nil {
                throw TemplatesError(file: "\(language.rawValue).\(template)", line: nil, reason: "is missing")
            }
        }
        self.library = library
    }

    /// The page as HTML, in its frame's language.
    func render(_ page: some Page) -> String {
        // Never nil: init refused to start without each of these.
        library.render(page, withTemplate: "\(page.frame.language).\(type(of: page).template.rawValue)") ?? ""
    }

    /// A document that stands alone.
    func render(_ content: some Sendable, as template: DocumentTemplate, in language: Language) -> String {
        // Never nil: init refused to start without each of these.
        library.render(content, withTemplate: "\(language.rawValue).\(template.rawValue)") ?? ""
    }

    /// A text for mail or paper.
    func render(_ content: some Sendable, as template: TextTemplate, in language: Language) -> String {
        // Never nil: init refused to start without each of these.
        library.render(content, withTemplate: "\(language.rawValue).\(template.rawValue)") ?? ""
    }

    private static func texts(in directory: URL) throws(TemplatesError) -> [String: String] {
        guard let paths = FileManager.default.enumerator(atPath: directory.path) else {
            throw TemplatesError(file: directory.path, line: nil, reason: "can't be read")
        }
        var texts: [String: String] = [:]
        for case let path as String in paths where path.hasSuffix(".mustache") {
            guard let text = try? String(contentsOf: directory.appending(path: path), encoding: .utf8) else {
                throw TemplatesError(file: path, line: nil, reason: "is not readable UTF-8")
            }
            texts[String(path.dropLast(".mustache".count)).replacing("/", with: ".")] = text
        }
        return texts
    }

    /// The names after `{{>` and `{{<`, dynamic ones left aside: the library itself renders an unknown one as nothing.
    private static func partials(in text: String) -> [String] {
        text.matches(of: /\{\{\s*[<>]\s*([A-Za-z][A-Za-z.\-]*)\s*\}\}/).map { String($0.output.1) }
    }
}

/// Why the templates can't be used; said once, at start.
public struct TemplatesError: Error, Sendable, CustomStringConvertible {
    public let file: String
    public let line: Int?
    public let reason: String

    public var description: String { "template \(file)\(line.map { ", line \($0)" } ?? ""): \(reason)" }
}

/// Escapes HTML byte by byte.
///
/// Mustache's own escape walks grapheme clusters and so lets a quotation mark pass when a combining mark follows it,
/// which ends an attribute.
private struct ByteEscapedHTML: MustacheContentType {
    static let name = "ESCAPED"

    func escapeText(_ text: String) -> String {
        var escaped: [UInt8] = []
        escaped.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "<"): escaped += "&lt;".utf8
            case UInt8(ascii: ">"): escaped += "&gt;".utf8
            case UInt8(ascii: "&"): escaped += "&amp;".utf8
            case UInt8(ascii: "\""): escaped += "&quot;".utf8
            case UInt8(ascii: "'"): escaped += "&#39;".utf8
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}

extension String {
    /// With the spaces that French sets before high signs and inside quotation marks made such that no line breaks there.
    /// Whoever writes a template need not type them.
    var withFrenchSpaces: String {
        [
            (" :", "\u{A0}:"), (" ;", "\u{A0};"), (" ?", "\u{A0}?"), (" !", "\u{A0}!"), (" »", "\u{A0}»"),
            ("« ", "«\u{A0}"),
        ]
        .reduce(self) { text, space in text.replacingOccurrences(of: space.0, with: space.1) }
    }
}
