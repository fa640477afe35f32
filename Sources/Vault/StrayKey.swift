public import Crypto

/// Seals the rows that a linked database's list has and the ledger does not explain, for the hub alone to open.
///
/// Derived from that database's own key: who may read these pseudonyms could make them all the same.
public struct StrayKey: Sendable, Redacted {
    private let key: SymmetricKey

    /// - Parameter databaseKey: the key of the linked database, of 256 bits.
    public init(of databaseKey: SymmetricKey) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: databaseKey, info: Array("regard stray seal".utf8), outputByteCount: 32)
    }

    /// `pseudonym` sealed for the row of one token and scope.
    public func seal(
        _ pseudonym: [UInt8], database: String, token: [UInt8], scope: String, random: RandomSource = systemRandom
    ) throws(SealError) -> [UInt8] {
        try SealedBox.seal(
            pseudonym, under: key, at: Self.location(database: database, token: token, scope: scope), random: random)
    }

    /// Opens what ``seal(_:database:token:scope:random:)`` made for the same row.
    public func open(
        _ box: [UInt8], database: String, token: [UInt8], scope: String
    ) throws(SealError) -> [UInt8] {
        try SealedBox.open(box, under: key, at: Self.location(database: database, token: token, scope: scope))
    }

    private static func location(database: String, token: [UInt8], scope: String) -> BoxLocation {
        BoxLocation(table: "stray_row", row: "\(database)/\(Hex.encode(token))/\(scope)", column: "sealed", version: 1)
    }
}
