import PublicRegistry
public import StrictJSON

/// What an import of objections did. It names lines and columns and never what stands there.
public struct ObjectionImportReport: Sendable {
    /// A line that was not taken, and why.
    public struct Refusal: Sendable, CustomStringConvertible {
        public struct Problem: Sendable {
            /// Nil for what is wrong with the whole line.
            public let column: ObjectionColumn?
            public let code: String
            public let reason: String
        }

        /// Counted from 1, the header included.
        public let line: Int
        public let problems: [Problem]

        /// `line 12: nir: the key does not fit; email: …`
        public var description: String {
            let reasons = problems.map { problem in
                [problem.column?.rawValue, problem.reason].compactMap { $0 }.joined(separator: ": ")
            }
            return "line \(line): \(reasons.joined(separator: "; "))"
        }
    }

    /// Refusals that are listed: a report is bounded whatever the file. Once these are put right, a second run lists
    /// those that follow.
    static let mostRefusals = 1000

    /// Lines that are neither blank nor the header.
    public internal(set) var read = 0
    /// Objections that are in force from now on.
    public internal(set) var imported = 0
    /// Lines that an earlier import had taken, or that repeat one before.
    public internal(set) var alreadyThere = 0
    public private(set) var refusedCount = 0
    /// The first thousand.
    public private(set) var refusals: [Refusal] = []
    /// Whether nothing was written.
    public let isDryRun: Bool

    init(isDryRun: Bool) { self.isDryRun = isDryRun }

    mutating func refuse(_ line: Int, _ errors: [FieldError]) {
        refuse(line) {
            errors.map { error in
                Refusal.Problem(
                    column: ObjectionColumn(pointer: error.pointer), code: error.code, reason: error.objectionReason)
            }
        }
    }

    mutating func refuse(_ line: Int, _ flaw: CSVReader.Flaw) {
        refuse(line) { [Refusal.Problem(column: nil, code: flaw.rawValue, reason: flaw.reason)] }
    }

    private mutating func refuse(_ line: Int, _ problems: () -> [Refusal.Problem]) {
        refusedCount += 1
        if refusals.count < Self.mostRefusals { refusals.append(Refusal(line: line, problems: problems())) }
    }

    /// Refusals are found line by line and, for what the database has to be asked, batch by batch.
    mutating func sortRefusals() { refusals.sort { $0.line < $1.line } }

    /// The report for programs.
    public var json: JSON {
        [
            "read": .integer(Int64(read)), "imported": .integer(Int64(imported)),
            "alreadyThere": .integer(Int64(alreadyThere)), "dryRun": .bool(isDryRun),
            "refused": [
                "count": .integer(Int64(refusedCount)),
                "lines": .array(
                    refusals.map { refusal in
                        [
                            "line": .integer(Int64(refusal.line)),
                            "problems": .array(
                                refusal.problems.map { problem in
                                    .object(ofPresent: [
                                        "column": problem.column.map { .string($0.rawValue) },
                                        "code": .string(problem.code), "reason": .string(problem.reason),
                                    ])
                                }),
                        ]
                    }),
            ],
        ]
    }
}

extension CSVReader.Flaw {
    fileprivate var reason: String {
        switch self {
        case .bareQuote: "a quote within a field that is not in quotes"
        case .afterQuote: "something follows a closing quote"
        case .unclosedQuote: "a quote is never closed"
        case .bareReturn: "a carriage return without a line feed"
        case .notUTF8: "not UTF-8"
        case .tooLong: "longer than \(CSVReader.longest) bytes"
        }
    }
}

extension FieldError {
    /// The reason in English, for whoever made the file.
    fileprivate var objectionReason: String {
        switch code {
        case "required": "missing"
        case "fields": "has \(arguments.joined(separator: " fields where the header has "))"
        case "notOneOf": "must be one of \(arguments.joined(separator: ", "))"
        case "date": "must be a date YYYY-MM-DD that exists"
        case "date.future": "lies after the day of receipt"
        case "receivedOn.future": "lies in the future"
        case "date.tooOld": "lies before \(arguments.joined())"
        case "controlCharacter": "has an invisible character"
        case "tooLong": "longer than \(arguments.joined()) characters"
        case "tooMany": "more than \(arguments.joined())"
        case "email": "is no e-mail address"
        case "birthPlace": "must be a code of five characters"
        case "nir.length": "must have 15 characters, the key included"
        case "nir.characters": "has a character that no number has"
        case "nir.month": "has a month that does not exist"
        case "nir.department": "has a department that does not exist"
        case "nir.key": "the key does not fit"
        case "nir.holder": "needed, since the number does not go with the birth date or the sex: own or insuredParent"
        case "capacity.ofAge": "the person was of age to act alone"
        case "capacity.tooYoung": "a parent acts at that age: parentalAuthorityHolder, with requesterName"
        case "externalReference.differs": "is that of another line, which says something else"
        case "scope.unknown": "names a database that is not linked, or a project that is not shown"
        default: ([code] + arguments).joined(separator: " ")
        }
    }
}
