public import Crypto

/// The secret by which a citizen follows a request: 26 random Crockford characters (130 bits) and 2 of check, printed
/// as seven groups of four. Shown once, kept as an HMAC.
///
/// The check is the value modulo 1021 as two base-32 digits. 1021 is prime and neither 32 nor 31 divides by it, so any
/// one character changed and any two neighbours swapped are detected.
public struct TrackingSecret: Sendable, Redacted {
    /// The values of the 26 characters, without the check.
    private let values: [UInt8]

    /// A new secret.
    public init(random: RandomSource = systemRandom) {
        values = Crockford.randomValues(Self.length, from: random)
    }

    /// Why what was entered is no secret. Nothing of what was entered is kept.
    public enum EntryError: String, Error, Hashable, CustomStringConvertible {
        /// The check fails: a character was mistaken or two were swapped.
        case mistyped
        /// Not 28 characters.
        case length
        /// A character that is no letter or digit of the code (U among them).
        case characters

        /// In English; the pages have their own words, by ``rawValue``.
        public var description: String {
            switch self {
            case .mistyped: "The code has a typing mistake."
            case .length: "The code has 28 letters and digits."
            case .characters: "The code has only letters and digits, and no U."
            }
        }
    }

    /// Reads a secret as people type it: any case, with spaces, hyphens and dashes or none, O for 0, I and L for 1.
    public init(entered text: some StringProtocol) throws(EntryError) {
        var values: [UInt8] = []
        for character in text where !Crockford.isSeparator(character) {
            guard let value = Crockford.value(of: character) else { throw .characters }
            values.append(value)
            guard values.count <= Self.length + 2 else { throw .length }
        }
        guard values.count == Self.length + 2 else { throw .length }
        let (secret, check) = (Array(values.prefix(Self.length)), Array(values.suffix(2)))
        guard Self.check(of: secret) == check else { throw .mistyped }
        self.values = secret
    }

    /// Seven groups of four, `XXXX-XXXX-…`. For the eyes of the citizen alone.
    public var formatted: String {
        let all = values + Self.check(of: values)
        return stride(from: 0, to: all.count, by: 4).map { Crockford.text(all[$0..<($0 + 4)]) }.joined(separator: "-")
    }

    /// What the database keeps in place of the secret, and finds it by: 32 bytes, HMAC-SHA-256 under the index key.
    public func index(under key: SymmetricKey) -> [UInt8] {
        SecretIndex.trackingSecret.index(of: keyMaterial, under: key)
    }

    /// The 26 characters in ASCII: what is hashed and derived from.
    var keyMaterial: [UInt8] { values.map { Crockford.alphabet[Int($0)] } }

    private static let length = 26

    private static func check(of values: [UInt8]) -> [UInt8] {
        let remainder = values.reduce(0) { ($0 * 32 + Int($1)) % 1021 }
        return [UInt8(remainder / 32), UInt8(remainder % 32)]
    }
}

extension TrackingSecret: Equatable {
    /// In constant time.
    public static func == (left: TrackingSecret, right: TrackingSecret) -> Bool {
        ConstantTime.areEqual(left.values, right.values)
    }
}
