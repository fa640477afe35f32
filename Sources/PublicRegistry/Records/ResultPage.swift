import Crypto
import Foundation
import StrictJSON

/// A part of a list, and how to go on.
public struct ResultPage<Item: Sendable>: Sendable {
    public let items: [Item]
    /// How many there are on all pages together.
    public let total: Int
    /// What to ask for the next page with; nil on the last one.
    public let nextCursor: String?
}

/// How many items a page has: 1 to 1,000.
public struct PageLimit: Sendable, Hashable {
    public let items: Int

    /// 20 items.
    public static let standard = PageLimit(unchecked: 20)

    /// Nil outside 1 to 1,000.
    public init?(_ items: Int) {
        guard (1...1000).contains(items) else { return nil }
        self.items = items
    }

    private init(unchecked items: Int) { self.items = items }
}

/// Why a cursor can't be followed. Asking without a cursor starts again at the first page.
public enum CursorError: Error, Sendable, Equatable {
    /// It was cut, altered or never one of ours.
    case malformed
    /// It was given for other filters than the ones it came back with.
    case otherFilters
    /// It was given by an older version of the program, which sorted otherwise.
    case outdated
}

/// Where a page ended: the sort key of its last item, bound to the filters of its list.
///
/// Not a secret and not signed: whoever forges one reaches a place in a public list. The digest is there to tell apart
/// honest mistakes.
struct Cursor: Equatable {
    /// Raised when lists sort otherwise.
    private static let format: UInt8 = 1
    private static let digestLength = 8

    /// The last item's values in the order of the sort.
    let key: [String]

    init(after key: [String]) { self.key = key }

    /// `filters` names the list and everything that narrows it, in a fixed order.
    func encoded(filters: JSON) -> String {
        let body = JSON.array(key.map(JSON.string)).canonicalBytes
        let filterDigest = Self.digest(filters.canonicalBytes)
        let bytes = [Self.format] + filterDigest + Self.digest(filterDigest + body) + body
        // Byte by byte: replacing in a string took a thirtieth of a search.
        let letters = Data(bytes).base64EncodedData().compactMap { letter -> UInt8? in
            switch letter {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "="): nil
            default: letter
            }
        }
        return String(decoding: letters, as: UTF8.self)
    }

    init(_ text: String, filters: JSON, keyLength: Int) throws(CursorError) {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        let padded = text.replacing("-", with: "+").replacing("_", with: "/") + padding
        guard !text.contains(where: { "+/=".contains($0) }), let data = Data(base64Encoded: padded) else {
            throw .malformed
        }
        let bytes = Array(data)
        guard let format = bytes.first else { throw .malformed }
        guard format == Self.format else { throw format < Self.format ? .outdated : .malformed }
        guard bytes.count > 1 + 2 * Self.digestLength else { throw .malformed }
        let filterDigest = Array(bytes[1..<1 + Self.digestLength])
        let digest = Array(bytes[(1 + Self.digestLength)..<(1 + 2 * Self.digestLength)])
        let body = Array(bytes[(1 + 2 * Self.digestLength)...])
        guard digest == Self.digest(filterDigest + body), let items = (try? JSON(parsing: body))?.array else {
            throw .malformed
        }
        guard filterDigest == Self.digest(filters.canonicalBytes) else { throw .otherFilters }
        guard items.count == keyLength else { throw .malformed }
        let key = items.compactMap(\.string)
        guard key.count == keyLength else { throw .malformed }
        self.key = key
        // Base64 has spare bits at its end: another spelling of the same bytes is not one of ours either.
        guard encoded(filters: filters) == text else { throw .malformed }
    }

    private static func digest(_ bytes: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(data: bytes).prefix(digestLength))
    }
}
