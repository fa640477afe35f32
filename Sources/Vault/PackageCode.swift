public import Crypto

/// The code, sent by post, that opens the answer to a request of access beside the tracking secret: 10 random Crockford
/// characters (50 bits), printed as two groups of five. Kept as an HMAC, and tried a few times at most.
public struct PackageCode: Sendable, Redacted {
    private let values: [UInt8]

    /// A new code.
    public init(random: RandomSource = systemRandom) { values = Crockford.randomValues(Self.length, from: random) }

    /// Reads a code as people type it: any case, with spaces and hyphens or none, O for 0, I and L for 1. Nil for what
    /// can't be one.
    public init?(entered text: some StringProtocol) {
        var values: [UInt8] = []
        for character in text where !Crockford.isSeparator(character) {
            guard let value = Crockford.value(of: character), values.count < Self.length else { return nil }
            values.append(value)
        }
        guard values.count == Self.length else { return nil }
        self.values = values
    }

    /// `XXXXX-XXXXX`. For the eyes of its addressee alone.
    public var formatted: String {
        stride(from: 0, to: values.count, by: 5).map { Crockford.text(values[$0..<($0 + 5)]) }.joined(separator: "-")
    }

    /// What is kept in place of the code for the request `reference`: 32 bytes.
    public func index(of reference: String, under key: SymmetricKey) -> [UInt8] {
        SecretIndex.packageCode.index(
            of: Array("\(reference)\0".utf8) + values.map { Crockford.alphabet[Int($0)] }, under: key)
    }

    private static let length = 10
}
