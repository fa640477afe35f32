import CivilTime
import PublicRegistry
import StrictJSON

/// A column of a file of objections that were received before this portal.
public enum ObjectionColumn: String, Sendable, CaseIterable {
    /// What the source calls the line; where it is empty, the whole line stands for itself.
    case externalReference
    /// The day on which the objection was truly received.
    case receivedOn
    case birthName, usageName, givenNames, birthDate, sex, birthPlace, nir, nirHolder
    case capacity, requesterName
    /// `all`, `databases:ID|ID` or `projects:REFERENCE|REFERENCE`.
    case scope
    case language, email, postal

    /// Those that a file can't do without.
    static let required: [ObjectionColumn] = [.receivedOn, .birthName, .givenNames, .birthDate, .sex]

    /// Where an error of a filing's body is put right.
    init?(pointer: String) {
        let parts = pointer.split(separator: "/")
        switch parts.first {
        case "subject"?, "contact"?: self.init(rawValue: parts.count > 1 ? String(parts[1]) : "")
        case "requester"?: self = .requesterName
        case let name?: self.init(rawValue: String(name))
        case nil: return nil
        }
    }
}

/// Why a whole file is not taken; nothing of it was. Its words never hold what the file says of a person.
public struct ObjectionFileError: Error, Sendable, CustomStringConvertible {
    public let description: String
}

/// Which field is which column, as the first line says.
struct ObjectionHeader: Sendable {
    private let columns: [ObjectionColumn]

    /// How many fields a line has.
    var count: Int { columns.count }

    /// Throws `ObjectionFileError` for a header that lacks a column, has one twice, or one that nobody knows.
    init(_ record: CSVReader.Record) throws(ObjectionFileError) {
        guard case .success(let fields) = record.fields else {
            throw ObjectionFileError(description: "The first line can't be read as CSV in UTF-8.")
        }
        let names = fields.map { $0.filter { !$0.isWhitespace } }
        let known = names.map(ObjectionColumn.init(rawValue:))
        // A file without a header begins with a person, of whom nothing is to be said.
        guard known.contains(where: { $0 != nil }) else {
            throw ObjectionFileError(
                description: "The first line names none of the columns: \(Self.list(ObjectionColumn.allCases)).")
        }
        let unknown = zip(names, known).enumerated().filter { $0.element.1 == nil }.map { index, column in
            Self.isName(column.0) ? "“\(column.0)”" : "number \(index + 1)"
        }
        guard unknown.isEmpty else {
            throw ObjectionFileError(
                description: "Unknown column: \(unknown.joined(separator: ", ")). "
                    + "There are: \(Self.list(ObjectionColumn.allCases)).")
        }
        columns = known.compactMap { $0 }
        guard Set(columns).count == columns.count else {
            throw ObjectionFileError(description: "A column is named twice.")
        }
        let missing = ObjectionColumn.required.filter { !columns.contains($0) }
        guard missing.isEmpty else {
            throw ObjectionFileError(description: "Missing column: \(Self.list(missing)).")
        }
    }

    /// The values of a line that are not empty; nil where it has not as many fields as the header.
    func values(_ fields: [String]) -> [ObjectionColumn: String]? {
        guard fields.count == columns.count else { return nil }
        var values: [ObjectionColumn: String] = [:]
        for (column, field) in zip(columns, fields) where !field.allSatisfy(\.isWhitespace) {
            let scalars = field.unicodeScalars
            let first = scalars.firstIndex { !$0.properties.isWhitespace } ?? scalars.startIndex
            let last = scalars.lastIndex { !$0.properties.isWhitespace } ?? first
            values[column] = String(scalars[first...last])
        }
        return values
    }

    private static func list(_ columns: [ObjectionColumn]) -> String {
        columns.map(\.rawValue).joined(separator: ", ")
    }

    private static func isName(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count) && text.allSatisfy { $0.isASCII && ($0.isLetter || $0 == "_") }
    }
}

/// A line of the file: what it says, in the words of `POST /requests`.
struct ObjectionLine: Sendable {
    let filing: Filing
    let receivedOn: CalendarDate

    /// Nobody could object before: the law that gave the right is of that day.
    private static let earliest = CalendarDate("1978-01-06")

    /// Reads a line. Throws all that is wrong with it.
    init(_ values: [ObjectionColumn: String], today: CalendarDate, policy: RightsPolicy) throws(FieldErrors) {
        let pointer = "/\(ObjectionColumn.receivedOn.rawValue)"
        guard let entered = values[.receivedOn] else {
            throw FieldErrors([FieldError(pointer: pointer, code: "required")])
        }
        guard let receivedOn = CalendarDate(entered) else {
            throw FieldErrors([FieldError(pointer: pointer, code: "date")])
        }
        guard receivedOn <= today else {
            throw FieldErrors([FieldError(pointer: pointer, code: "receivedOn.future")])
        }
        if let earliest = Self.earliest, receivedOn < earliest {
            throw FieldErrors([FieldError(pointer: pointer, code: "date.tooOld", arguments: [String(earliest.year)])])
        }
        self.receivedOn = receivedOn
        // Ages count on the day of receipt.
        filing = try Filing(
            Self.body(values), today: receivedOn, parentActsUnderAge: policy.parentActsUnderAge)
    }

    private static func body(_ values: [ObjectionColumn: String]) -> JSON {
        func present(_ column: ObjectionColumn) -> JSON? { values[column].map(JSON.string) }
        let names = values[.givenNames] ?? ""
        let givenNames = names.split(whereSeparator: names.contains("|") ? { $0 == "|" } : \.isWhitespace)
        let contact = JSON.object(ofPresent: ["email": present(.email), "postal": present(.postal)])
        return .object(ofPresent: [
            "right": .string(Right.objection.rawValue), "scope": scope(values[.scope]),
            "capacity": present(.capacity) ?? .string(Capacity.dataSubject.rawValue),
            "requester": present(.requesterName).map { ["name": $0] },
            "subject": .object(ofPresent: [
                "birthName": present(.birthName), "usageName": present(.usageName),
                "givenNames": .array(givenNames.map { .string(String($0)) }), "birthDate": present(.birthDate),
                "sex": present(.sex), "birthPlace": present(.birthPlace), "nir": present(.nir),
                "nirHolder": present(.nirHolder),
            ]),
            "contact": contact == [:] ? nil : contact, "language": present(.language),
        ])
    }

    /// Everything, where nothing is said.
    private static func scope(_ text: String?) -> JSON {
        let parts = (text ?? "all").split(separator: ":", maxSplits: 1)
        let kind = parts.first.map(String.init) ?? ""
        guard parts.count == 2 else { return ["kind": .string(kind)] }
        let ids = parts[1].split { $0 == "|" || $0 == "," || $0.isWhitespace }
        return ["kind": .string(kind), "ids": .array(ids.map { .string(String($0)) })]
    }
}
