import Crypto
import Vault

/// Pseudonyms of a million different identifiers, one after the other on one core: ours, then the library's HMAC made anew
/// for each. Prints how many a second each gives; that the sums of their bytes agree shows that both did the same work.
struct PseudonymSpeed {
    private static let count = 1_000_000
    private static let length = 24

    static func measure() {
        var identifiers = [UInt8]()
        for number in 0..<count { identifiers += "\(1_850_578_000_000 + number)|19850515|1".utf8 }
        precondition(identifiers.count == count * length)
        let key = SymmetricKey(size: .bits256)
        let pseudonyms = PseudonymKey(key)
        let (ours, sum) = rate(identifiers) { pseudonyms.write(pseudonymOf: $0, to: $1) }
        let (reference, expected) = rate(identifiers) { identifier, output in
            HMAC<SHA256>.authenticationCode(for: identifier, using: key).withUnsafeBytes {
                output.copyMemory(from: $0)
            }
        }
        precondition(sum == expected, "the two disagree")
        print(ours, reference)
    }

    /// Runs `body` over every identifier; how many a second, and what the pseudonyms add up to.
    private static func rate(
        _ identifiers: [UInt8], _ body: (UnsafeRawBufferPointer, UnsafeMutableRawBufferPointer) -> Void
    ) -> (perSecond: Double, sum: Int) {
        var pseudonym = [UInt8](repeating: 0, count: 32)
        var sum = 0
        let start = ContinuousClock.now
        identifiers.withUnsafeBytes { all in
            pseudonym.withUnsafeMutableBytes { output in
                for number in 0..<count {
                    body(UnsafeRawBufferPointer(rebasing: all[number * length..<(number + 1) * length]), output)
                    sum &+= output.reduce(0) { $0 &+ Int($1) }
                }
            }
        }
        let taken = (ContinuousClock.now - start).components
        return (Double(count) / (Double(taken.seconds) + Double(taken.attoseconds) / 1e18), sum)
    }
}
