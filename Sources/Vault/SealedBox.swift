public import Crypto
import Foundation

/// Where a sealed value stands. It is authenticated with the value, so that a box moved to another table, row or
/// column, or relabelled with another key's version, no longer opens.
public struct BoxLocation: Sendable, Hashable {
    /// The table's name.
    public let table: String
    /// The row's own identifier: a reference, an entry's id.
    public let row: String
    /// The column's name.
    public let column: String
    /// The version of the key that sealed it.
    public let version: Int

    /// Names a place; any texts do.
    public init(table: String, row: String, column: String, version: Int) {
        self.table = table
        self.row = row
        self.column = column
        self.version = version
    }

    /// `table|row|column|version`, each after its length, so that no two locations share these bytes.
    var authenticatedData: [UInt8] {
        LengthPrefixed.bytes([table, row, column, String(version)])
    }
}

/// Why a box or a wrap did not open.
public enum SealError: Error, Hashable, CustomStringConvertible {
    /// Too short, or of a format version that is not known here.
    case unknownFormat
    /// Wrong key, wrong place, or altered bytes: which of them can't be told.
    case doesNotOpen
    /// The primitive refused to seal: the key has another size than 256 bits.
    case cannotSeal

    /// In English, for logs.
    public var description: String {
        switch self {
        case .unknownFormat: "This sealed value is not in a format that this version knows."
        case .doesNotOpen: "This sealed value does not open: another key, another place, or altered bytes."
        case .cannotSeal: "This key can't seal: it is not of 256 bits."
        }
    }
}

/// AES-256-GCM: one byte of format version, the nonce (12 bytes), the ciphertext, the tag (16 bytes).
public enum SealedBox {
    /// Seals `plaintext` for one place. The nonce is random: one key must not seal more than 2³² values.
    public static func seal(
        _ plaintext: [UInt8], under key: SymmetricKey, at location: BoxLocation, random: RandomSource = systemRandom
    ) throws(SealError) -> [UInt8] {
        try seal(plaintext, under: key, authenticating: location.authenticatedData, random: random)
    }

    /// Opens what ``seal(_:under:at:random:)`` made for the same place under the same key.
    public static func open(
        _ box: [UInt8], under key: SymmetricKey, at location: BoxLocation
    ) throws(SealError) -> [UInt8] {
        try open(box, under: key, authenticating: location.authenticatedData)
    }

    static func seal(
        _ plaintext: [UInt8], under key: SymmetricKey, authenticating data: [UInt8], random: RandomSource
    ) throws(SealError) -> [UInt8] {
        guard key.bitCount == 256, let nonce = try? AES.GCM.Nonce(data: random(12)),
            let sealed = try? AES.GCM.seal(plaintext, using: key, nonce: nonce, authenticating: [format] + data)
        else { throw .cannotSeal }
        return [format] + Array(nonce) + Array(sealed.ciphertext) + Array(sealed.tag)
    }

    static func open(
        _ box: [UInt8], under key: SymmetricKey, authenticating data: [UInt8]
    ) throws(SealError) -> [UInt8] {
        guard box.count >= 29, box[0] == format else { throw .unknownFormat }
        guard key.bitCount == 256, let sealed = try? AES.GCM.SealedBox(combined: box.dropFirst()),
            let plaintext = try? AES.GCM.open(sealed, using: key, authenticating: [format] + data)
        else { throw .doesNotOpen }
        return Array(plaintext)
    }

    private static let format: UInt8 = 1
}

/// Fields joined without ambiguity: each one's length in bytes, `:`, the bytes, `|`.
enum LengthPrefixed {
    static func bytes(_ fields: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(fields.reduce(0) { $0 + $1.utf8.count + 6 })
        for field in fields {
            bytes += String(field.utf8.count).utf8
            bytes.append(UInt8(ascii: ":"))
            bytes += field.utf8
            bytes.append(UInt8(ascii: "|"))
        }
        return bytes
    }
}
