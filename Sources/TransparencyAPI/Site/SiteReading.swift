public import Foundation
import RightsRegistry
import Yams

/// Why a site can't be used; said once, at start.
public struct SiteError: Error, Sendable, CustomStringConvertible {
    public let file: String
    public let reason: String

    public var description: String { "\(file): \(reason)" }
}

extension Site {
    /// Reads and checks `site.yaml` in `directory`.
    /// - Throws: `SiteError`, naming the key.
    public init(directory: URL) throws(SiteError) {
        let file = directory.appending(path: "site.yaml")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            throw SiteError(file: file.path, reason: "can't be read")
        }
        try self.init(yaml: text, file: file.path)
    }

    /// - Parameter file: the name to use in errors.
    init(yaml text: String, file: String) throws(SiteError) {
        do {
            self = try YAMLDecoder().decode(Site.self, from: text)
            let known = try YAMLEncoder().encode(self)
            if let given = try Yams.compose(yaml: text), let read = try Yams.compose(yaml: known),
                let key = Self.firstUnknownKey(in: given, of: read, path: "")
            {
                throw SiteError(file: file, reason: "unknown key \(key)")
            }
        } catch let error as SiteError {
            throw error
        } catch let error as DecodingError {
            throw SiteError(file: file, reason: Self.words(error))
        } catch {
            throw SiteError(file: file, reason: "\(error)")
        }
        if let reason = flaw() { throw SiteError(file: file, reason: reason) }
    }

    /// A key that was given but that decoding did not take: what was read, written again, lacks it.
    private static func firstUnknownKey(in given: Node, of read: Node, path: String) -> String? {
        guard let givenKeys = given.mapping else { return nil }
        for (key, value) in givenKeys {
            let name = key.string ?? "?"
            guard let twin = read.mapping?[key] else {
                if value.null != nil { continue }
                return path + name
            }
            if let found = firstUnknownKey(in: value, of: twin, path: "\(path)\(name).") { return found }
        }
        return nil
    }

    private static func words(_ error: DecodingError) -> String {
        func path(_ context: DecodingError.Context) -> String {
            context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context):
            let parent = path(context)
            return "missing key \(parent.isEmpty ? "" : parent + ".")\(key.stringValue)"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "\(path(context)): \(context.debugDescription)"
        case .dataCorrupted(let context):
            let place = path(context)
            return (place.isEmpty ? "" : place + ": ") + context.debugDescription
        @unknown default:
            return "\(error)"
        }
    }

    /// What decodes and still makes no sense.
    private func flaw() -> String? {
        if TimeZone(identifier: calendar.timeZone) == nil { return "calendar.timeZone: no such zone" }
        if let wrong = calendar.holidays.first(where: { $0.rule == nil }) {
            return "calendar.holidays: “\(wrong.name.fr)” needs either on: MM-DD or afterEaster: a number of days"
        }
        let counts = [
            ("answerMonths", periods.answerMonths), ("extendedAnswerMonths", periods.extendedAnswerMonths),
            ("parentActsUnderAge", periods.parentActsUnderAge), ("adultAge", periods.adultAge),
            ("identityReminderDays", periods.identityReminderDays),
            ("identityAbandonDays", periods.identityAbandonDays), ("alertDays", periods.alertDays),
            ("entryDays", periods.entryDays), ("taskAnswerDays", periods.taskAnswerDays),
            ("packageDays", periods.packageDays),
            ("followSessionMinutes", periods.followSessionMinutes),
            ("filingDraftMinutes", periods.filingDraftMinutes),
            ("operatorIdleMinutes", periods.operatorIdleMinutes),
            ("operatorSessionHours", periods.operatorSessionHours), ("resultsMonths", periods.resultsMonths),
            ("custodianReminderDays", periods.custodianReminderDays), ("listHours", periods.listHours),
        ]
        if let (key, _) = counts.first(where: { $0.1 < 1 }) { return "periods.\(key): must be at least 1" }
        // Longer, and it is no slip of the hand any more.
        if !(0...3600).contains(periods.recallSeconds) { return "periods.recallSeconds: must be from 0 to 3600" }
        if !(0...23).contains(periods.alertHour) { return "periods.alertHour: must be from 0 to 23" }
        // A year: beyond that nobody waits for a target.
        let hours =
            [("hours", targets.hours), ("manualHours", targets.manualHours)]
            + targets.byDatabase.sorted { $0.key < $1.key }.map { ("byDatabase.\($0.key)", $0.value) }
        if let (key, _) = hours.first(where: { !(1...8784).contains($0.1) }) {
            return "targets.\(key): must be from 1 to 8784 hours"
        }
        if let flaw = retention.flaw() { return flaw }
        if remedies.courtMonths < 1 { return "remedies.courtMonths: must be at least 1" }
        // A file is held in memory while it is checked and sealed.
        if !(1...50).contains(files.maximumMegabytes) { return "files.maximumMegabytes: must be from 1 to 50" }
        if !(1...20).contains(files.perSide) { return "files.perSide: must be from 1 to 20" }
        if let missing = Permission.allCases.first(where: { permissions[$0] == nil }) {
            return "missing key permissions.\(missing.rawValue)"
        }
        return colours.flaw()
    }
}

/// The texts of the static pages, Markdown as far as `TextBlock` reads it, a folder a language.
public struct SiteTexts: Sendable {
    /// A text by the name of its file.
    public enum Name: String, Sendable, CaseIterable {
        case accessibility
        case personalData
        case legalNotice
    }

    private let texts: [Language: [Name: String]]
    /// The words of the trade in plain words.
    let glossary: Glossary
    /// The register's words of one language in the other.
    let vocabulary: Vocabulary

    /// Reads `texts/fr/*.md`, `texts/en/*.md`, `glossary.yaml` and, where there is one, `vocabulary.yaml` in `directory`.
    /// - Throws: `SiteError` where one is missing.
    public init(directory: URL) throws(SiteError) {
        var texts: [Language: [Name: String]] = [:]
        for language in Language.allCases {
            for name in Name.allCases {
                let file = directory.appending(path: "texts/\(language.rawValue)/\(name.rawValue).md")
                guard let text = try? String(contentsOf: file, encoding: .utf8) else {
                    throw SiteError(file: file.path, reason: "can't be read")
                }
                texts[language, default: [:]][name] = text
            }
        }
        self.texts = texts
        glossary = try Glossary(directory: directory)
        vocabulary = try Vocabulary(directory: directory)
    }

    /// What the texts leave to the installation, each with its file: nothing of it is to be left when a site goes live.
    public var placeholders: [(file: String, what: String)] {
        Language.allCases.flatMap { language in
            Name.allCases.flatMap { name in
                TextBlock.placeholders(in: self[name, language]).map {
                    ("site/texts/\(language.rawValue)/\(name.rawValue).md", $0)
                }
            }
        }
    }

    /// One text as it is written.
    public subscript(name: Name, language: Language) -> String { texts[language]?[name] ?? "" }
}
