/// The public name of a request, `R-2026-7KQ2MX`: the year of receipt and six random Crockford characters.
///
/// It opens nothing: guessing one is useless on purpose. Two may collide (one in 10⁹ a pair), so whoever stores a new
/// one draws again where it is taken.
public struct RequestReference: Sendable, Hashable, CustomStringConvertible {
    /// The canonical text.
    public let description: String

    /// A new reference for a request received in `year`.
    public static func random(year: Int, from random: RandomSource = systemRandom) -> RequestReference {
        RequestReference(year: year, values: Crockford.randomValues(6, from: random))
    }

    /// Reads a reference as people type it: any case, spaces and hyphens or none, O for 0, I and L for 1.
    /// Nil where it can't be one.
    public init?(entered text: some StringProtocol) {
        let characters = text.filter { !Crockford.isSeparator($0) }
        guard characters.count == 11, characters.first == "R" || characters.first == "r" else { return nil }
        let values = characters.dropFirst().compactMap(Crockford.value(of:))
        guard values.count == 10, values.prefix(4).allSatisfy({ $0 < 10 }) else { return nil }
        self.init(year: values.prefix(4).reduce(0) { $0 * 10 + Int($1) }, values: Array(values.suffix(6)))
    }

    private init(year: Int, values: [UInt8]) {
        let digits = String(year)
        description = "R-\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)-\(Crockford.text(values))"
    }
}
