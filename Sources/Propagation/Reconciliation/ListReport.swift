public import StrictJSON
import Vault

/// How a database's list compares with what the ledger yields. It names tokens, and nobody.
public struct ListReport: Sendable, Hashable {
    /// So many tokens of each kind are named.
    public static let namedTokens = 100

    /// Up to where the ledger was read.
    public internal(set) var position: Int64
    public internal(set) var ours: ListDigest
    public internal(set) var theirs: ListDigest
    /// Tokens that the ledger yields and of which the list has no row.
    public internal(set) var missing = 0
    /// Tokens of which the list says something else than the ledger.
    public internal(set) var stale = 0
    /// Tokens of which the list says something and the ledger yields nothing.
    public internal(set) var surplus = 0
    /// Some of them, in hexadecimal, by kind.
    public internal(set) var tokens: [String: [String]] = [:]
    /// How many rows the database's own rules would not take.
    public internal(set) var refused = 0

    public var differs: Bool { missing + stale + surplus > 0 || ours != theirs }

    mutating func count(_ difference: ListDifference) {
        switch difference.kind {
        case .missing: missing += 1
        case .stale: stale += 1
        case .surplus: surplus += 1
        }
        let name = difference.kind.rawValue
        guard tokens[name, default: []].count < Self.namedTokens else { return }
        tokens[name, default: []].append(Hex.encode(difference.token))
    }

    public var json: JSON {
        [
            "position": .integer(position),
            "ours": ["count": .integer(ours.count), "digest": .string(ours.hex)],
            "theirs": ["count": .integer(theirs.count), "digest": .string(theirs.hex)],
            "missing": .integer(Int64(missing)), "stale": .integer(Int64(stale)), "surplus": .integer(Int64(surplus)),
            "tokens": tokensJSON, "refused": .integer(Int64(refused)),
        ]
    }

    var tokensJSON: JSON { .object(tokens.mapValues { .array($0.map(JSON.string)) }) }
}
