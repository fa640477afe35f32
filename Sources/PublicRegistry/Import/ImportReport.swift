public import StrictJSON

/// What an import did, line by line where something was wrong.
public struct ImportReport: Sendable, Hashable {
    /// Lines that are not blank.
    public internal(set) var read = 0
    /// Records that are new.
    public internal(set) var added = 0
    /// New versions of records that were there.
    public internal(set) var changed = 0
    /// Lines that say nothing new.
    public internal(set) var skipped = 0
    /// Lines that were not taken, each with all that is wrong with it.
    public internal(set) var refused = LineReports()
    /// Lines that were taken with something left out, or kept as it is: fields that no one knows, parts without their main
    /// field, what another register's template says in its own words.
    public internal(set) var warnings = LineReports()
    /// Records of this file that are stored but not shown, each with the fields that it lacks.
    public internal(set) var notShown: [String: [String]] = [:]
    /// What a dry run would write, the first thousand of it.
    public internal(set) var changes = ImportedChanges()
    /// Whether nothing was written.
    public let isDryRun: Bool

    init(isDryRun: Bool) { self.isDryRun = isDryRun }

    /// The report for programs.
    public var json: JSON {
        [
            "read": .integer(Int64(read)), "added": .integer(Int64(added)), "changed": .integer(Int64(changed)),
            "skipped": .integer(Int64(skipped)), "refused": refused.json, "warnings": warnings.json,
            "notShown": .array(
                notShown.sorted { $0.key < $1.key }.map { reference, missing in
                    ["reference": .string(reference), "missing": .array(missing.map(JSON.string))]
                }),
            "changes": isDryRun ? changes.json : .null, "dryRun": .bool(isDryRun),
        ]
    }
}

/// A version that an import makes.
public struct ImportedChange: Sendable, Hashable {
    public let line: Int
    public let reference: String
    public let isNew: Bool
    /// Names of the fields that would say something else than now, sorted; none for a new record, and none where typography
    /// alone is another.
    public let fields: [String]
}

/// How many there are, and the first thousand of them.
public struct ImportedChanges: Sendable, Hashable {
    private static let most = 1000

    public private(set) var count = 0
    public private(set) var first: [ImportedChange] = []

    mutating func append(_ change: ImportedChange) {
        count += 1
        if first.count < Self.most { first.append(change) }
    }

    mutating func append(contentsOf changes: [ImportedChange]) {
        for change in changes { append(change) }
    }

    var json: JSON {
        [
            "count": .integer(Int64(count)),
            "records": .array(
                first.map {
                    [
                        "line": .integer(Int64($0.line)), "reference": .string($0.reference),
                        "change": $0.isNew ? "added" : "changed", "fields": .array($0.fields.map(JSON.string)),
                    ]
                }),
        ]
    }
}

/// How many lines, and what was found in the first thousand of them: a report is bounded whatever the file.
public struct LineReports: Sendable, Hashable {
    private static let most = 1000

    public private(set) var count = 0
    public private(set) var first: [LineReport] = []

    mutating func append(_ report: LineReport) {
        count += 1
        if first.count < Self.most { first.append(report) }
    }

    var json: JSON { ["count": .integer(Int64(count)), "lines": .array(first.map(\.json))] }
}

/// What was found in one line of a file.
public struct LineReport: Sendable, Hashable {
    /// Counted from 1.
    public let line: Int
    /// The record that the line is about, where that could be read.
    public let reference: String?
    /// Never empty.
    public let problems: [FieldError]

    var json: JSON {
        .object(ofPresent: [
            "line": .integer(Int64(line)), "reference": reference.map(JSON.string),
            "problems": .array(
                problems.map { problem in
                    [
                        "pointer": .string(problem.pointer), "code": .string(problem.code),
                        "arguments": .array(problem.arguments.map(JSON.string)),
                        "reason": .string(problem.importReason),
                    ]
                }),
        ])
    }
}

extension LineReport: CustomStringConvertible {
    /// `line 12 (REF): /status: must be one of …; /endsOn: …`
    public var description: String {
        let name = reference.map { " (\($0))" } ?? ""
        let reasons = problems.map {
            switch $0.pointer.first {
            case nil: $0.importReason
            case "/": "\($0.pointer): \($0.importReason)"
            default: "column \($0.pointer): \($0.importReason)"
            }
        }
        return "line \(line)\(name): \(reasons.joined(separator: "; "))"
    }
}

extension FieldError {
    /// The reason in English, for whoever made the file.
    public var importReason: String {
        switch code {
        case "json": "not JSON: \(arguments.joined(separator: " "))"
        case "lineTooLong": "longer than \(arguments.joined()) bytes"
        case "required": "missing"
        case "unknownField": "unknown field, left out"
        case "wrongType": "must be of type \(arguments.joined())"
        case "notOneOf": "must be one of \(arguments.joined(separator: ", "))"
        case "date": "must be a date YYYY-MM-DD that exists"
        case "url": "must be a web address that begins with http:// or https://"
        case "duplicate": "there is another field of that name"
        case "twice": "another file has a table of that name: \(arguments.joined())"
        case "iri": "must be an absolute IRI, such as https://…"
        case "reference": "must be 1 to 128 of A–Z a–z 0–9 . _ - and not begin with a dot"
        case "negative": "must not be negative"
        case "controlCharacter": "has a NUL character"
        case "withheld": "taken out of the register, and must not be shown"
        case "unknownWord": "no word that we compare: \(arguments.joined())"
        case "noColumn": "there is no such column, and it names the records"
        case "columnTwice": "there are two columns of that name"
        case "unknownColumn": "unknown column, left out"
        case "cells": "\(arguments.first ?? "?") cells where the first line has \(arguments.last ?? "?")"
        case "referenceMade": "no id of ours: the reference \(arguments.joined()) was made of title and organisation"
        case "keptAsItIs": "no field of ours says this: kept as it is among the other fields"
        case "csv.bareQuote": "a quotation mark within a cell that does not begin with one"
        case "csv.afterQuote": "something between a closing quotation mark and the next cell"
        case "csv.unclosedQuote": "a quotation mark that is never closed"
        case "csv.bareReturn": "a carriage return that no line feed follows"
        case "csv.notUTF8": "not UTF-8"
        case "csv.tooLong": "longer than \(LineSplitter.longest) bytes"
        case "tooLong": "longer than \(arguments.joined()) characters"
        default: ([code] + arguments).joined(separator: " ")
        }
    }
}
