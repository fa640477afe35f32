/// How a cohort's file is to be read.
public struct CohortShape: Sendable, Hashable {
    /// What stands between the fields of a row.
    public enum Separator: String, Sendable, CaseIterable {
        case comma, semicolon, tab

        var byte: UInt8 {
            switch self {
            case .comma: UInt8(ascii: ",")
            case .semicolon: UInt8(ascii: ";")
            case .tab: UInt8(ascii: "\t")
            }
        }
    }

    /// Where the identifier of a row is.
    public enum Column: Sendable, Hashable {
        /// The row is nothing else.
        case line
        /// In the column of this name; the first row has the names.
        case named(String)
        /// In the column of this number, from 1.
        case numbered(Int)
    }

    /// What an identifier is.
    public enum Identifiers: Sendable, Hashable {
        /// 64 hexadecimal digits.
        case pseudonyms
        /// `NIR|YYYYMMDD|sex`; or three columns named nir, birthDate and sex. Or, of who is known by traits,
        /// `birth name|given name|YYYYMMDD|sex|place of birth`; or five columns named birthName, givenName, birthDate, sex and
        /// birthPlace.
        case identities
    }

    let column: Column
    let hasHeader: Bool
    let separator: Separator?
    let identifiers: Identifiers

    /// - Parameters:
    ///   - hasHeader: whether the first row has names, where the column is given by its number.
    ///   - separator: nil where the first row is to tell.
    public init(
        column: Column = .line, hasHeader: Bool = false, separator: Separator? = nil, identifiers: Identifiers
    ) {
        self.column = column
        self.hasHeader = hasHeader
        self.separator = separator
        self.identifiers = identifiers
    }

    private static let identityColumns = ["nir", "birthDate", "sex"]
    private static let traitColumns = ["birthName", "givenName", "birthDate", "sex", "birthPlace"]

    /// The shape of a file whose first row is `row`, without its end.
    func resolved(by row: UnsafeRawBufferPointer) throws -> RowLayout {
        switch column {
        case .line:
            if identifiers == .identities, let layout = try identityLayout(row) { return layout }
            return RowLayout(separator: nil, fields: 1, wanted: [0], names: [nil], hasHeader: false)
        case .numbered(let number):
            let separator = try separator(of: row)
            let count = Self.fields(of: row, separator).count
            guard (1...count).contains(number) else {
                throw GateRefusal.line(1, column: nil, "it has \(Self.columns(count)), and no column \(number)")
            }
            return RowLayout(
                separator: separator, fields: count, wanted: [number - 1], names: [nil], hasHeader: hasHeader)
        case .named(let name):
            let separator = try separator(of: row)
            let names = Self.fields(of: row, separator)
            let places = names.indices.filter { names[$0] == Array(name.utf8) }
            guard places.count == 1 else {
                throw GateRefusal.line(
                    1, column: nil,
                    places.isEmpty
                        ? "it has \(Self.columns(names.count)), and none is named “\(name)”"
                        : "\(places.count) of its columns are named “\(name)”")
            }
            return RowLayout(
                separator: separator, fields: names.count, wanted: places, names: [name], hasHeader: true)
        }
    }

    /// Three columns by their names, where the first row has these; or five, where it has no NIR.
    private func identityLayout(_ row: UnsafeRawBufferPointer) throws -> RowLayout? {
        guard let separator = try? separator(of: row) else { return nil }
        let names = Self.fields(of: row, separator)
        func places(of name: String) -> [Int] { names.indices.filter { names[$0] == Array(name.utf8) } }
        let areTraits =
            places(of: "nir").isEmpty && ["birthName", "givenName", "birthPlace"].contains { !places(of: $0).isEmpty }
        let wanted = areTraits ? Self.traitColumns : Self.identityColumns
        let found = wanted.map(places)
        guard found.contains(where: { !$0.isEmpty }) else { return nil }
        guard found.allSatisfy({ $0.count == 1 }) else {
            throw GateRefusal.line(
                1, column: nil,
                "the columns \(wanted.dropLast().joined(separator: ", ")) and \(wanted[wanted.count - 1]) must each be "
                    + "there once")
        }
        return RowLayout(
            separator: separator, fields: names.count, wanted: found.map { $0[0] }, names: wanted, hasHeader: true)
    }

    /// The separator that was given; otherwise the one that the first row has outside of quotes.
    private func separator(of row: UnsafeRawBufferPointer) throws -> Separator {
        if let separator { return separator }
        var isQuoted = false
        var found: Set<Separator> = []
        for byte in row {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if !isQuoted, let separator = Separator.allCases.first(where: { $0.byte == byte }) {
                found.insert(separator)
            }
        }
        guard found.count < 2 else {
            throw GateRefusal.line(
                1, column: nil,
                "commas, semicolons or tabs could all stand between its columns: say which (--separator)")
        }
        return found.first ?? .comma
    }

    /// The fields of the first row, without their quotes.
    private static func fields(of row: UnsafeRawBufferPointer, _ separator: Separator) -> [[UInt8]] {
        let quote = UInt8(ascii: "\"")
        var fields: [[UInt8]] = []
        var (start, isQuoted) = (0, false)
        for place in 0...row.count {
            if place < row.count {
                if row[place] == quote, separator != .tab { isQuoted.toggle() }
                guard row[place] == separator.byte, !isQuoted else { continue }
            }
            let field = row[start..<place]
            start = place + 1
            if separator != .tab, field.count >= 2, field.first == quote, field.last == quote {
                fields.append(unquoted(field.dropFirst().dropLast()))
            } else {
                fields.append(Array(field))
            }
        }
        return fields
    }

    private static func unquoted(_ field: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
        var bytes: [UInt8] = []
        var wasQuote = false
        for byte in field {
            if byte == UInt8(ascii: "\""), wasQuote {
                wasQuote = false
                continue
            }
            wasQuote = byte == UInt8(ascii: "\"")
            bytes.append(byte)
        }
        return bytes
    }

    private static func columns(_ count: Int) -> String { count == 1 ? "one column" : "\(count) columns" }
}

/// How the rows of a file are cut.
struct RowLayout: Sendable, Hashable {
    /// Nil where a row is one identifier and nothing else.
    let separator: CohortShape.Separator?
    /// How many fields every row has; nil where that is not known yet.
    let fields: Int?
    /// The fields that make the identifier, from 0: one, or those of an identity.
    let wanted: [Int]
    /// Their names, where they have any.
    let names: [String?]
    let hasHeader: Bool

    /// A field as messages call it.
    func title(of place: Int) -> String? {
        guard separator != nil else { return nil }
        return "column \(wanted[place] + 1)" + (names[place].map { " (“\($0)”)" } ?? "")
    }
}
