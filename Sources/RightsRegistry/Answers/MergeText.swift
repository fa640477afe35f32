public import StrictJSON

/// What a template can have filled in: a closed list, and nothing in it that would need the identity.
public enum MergeField: String, Sendable, CaseIterable, Hashable {
    /// The request's reference.
    case reference
    /// The right that is exercised, in words.
    case right
    /// The day of receipt.
    case receivedOn
    /// The day by which the answer is due.
    case dueOn
    /// The day by which it is due once extended today.
    case extendedDueOn
    /// The last day to answer a question of identity that is asked today.
    case answerBy
    /// The day it is.
    case today
    /// The institution's name.
    case institution
    /// The data protection officer's e-mail address.
    case officer
}

/// A text with merge fields in double braces: `Votre demande {{reference}}`.
public struct MergeText: Sendable, Hashable {
    private enum Piece: Sendable, Hashable {
        case text(String)
        case field(MergeField)
    }

    private let pieces: [Piece]

    /// Reads a text. Throws every error found, each at `pointer` with its line and column from 1:
    /// `template.unknownField` (name, line, column), `template.unclosed` and `template.unopened` (line, column).
    public init(_ text: String, at pointer: String) throws(FieldErrors) {
        var (pieces, errors): ([Piece], [FieldError]) = ([], [])
        var rest = text[...]
        func place(_ index: String.Index) -> [String] {
            let before = text[..<index]
            let line = before.split(separator: "\n", omittingEmptySubsequences: false).count
            let column = before.count - (before.lastIndex(of: "\n").map { before[...$0].count } ?? 0) + 1
            return [String(line), String(column)]
        }
        func plain(_ part: Substring) {
            if let stray = part.firstRange(of: "}}") {
                errors.append(
                    FieldError(pointer: pointer, code: "template.unopened", arguments: place(stray.lowerBound)))
            }
            if !part.isEmpty { pieces.append(.text(String(part))) }
        }
        while let open = rest.firstRange(of: "{{") {
            plain(rest[..<open.lowerBound])
            let inside = rest[open.upperBound...]
            // A field that is closed only behind the next one's beginning, or on another line, was left open.
            guard let close = inside.firstRange(of: "}}"),
                !inside[..<close.lowerBound].contains(where: { $0 == "{" || $0.isNewline })
            else {
                errors.append(
                    FieldError(pointer: pointer, code: "template.unclosed", arguments: place(open.lowerBound)))
                rest = inside
                continue
            }
            let name = String(inside[..<close.lowerBound].filter { $0 != " " })
            if let field = MergeField(rawValue: name) {
                pieces.append(.field(field))
            } else {
                errors.append(
                    FieldError(
                        pointer: pointer, code: "template.unknownField",
                        arguments: [String(name.prefix(60))] + place(open.lowerBound)))
            }
            rest = inside[close.upperBound...]
        }
        plain(rest)
        guard errors.isEmpty else { throw FieldErrors(errors) }
        self.pieces = pieces
    }

    /// The text with each field filled in. A field without a value stays as it is written: that is seen before it is sent.
    public func filled(_ values: [MergeField: String]) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .field(let field): values[field] ?? "{{\(field.rawValue)}}"
            }
        }.joined()
    }

    /// The fields that it uses.
    public var fields: Set<MergeField> {
        pieces.reduce(into: []) { found, piece in
            if case .field(let field) = piece { found.insert(field) }
        }
    }
}
