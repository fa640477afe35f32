public import CivilTime
import Crypto

/// An operator's second factor: TOTP (RFC 6238) with HMAC-SHA-1, 30 seconds and 6 digits, what every authenticator reads.
public struct OneTimePassword: Sendable, Redacted {
    /// The shared secret. Stored only sealed.
    public let seed: [UInt8]

    /// A seed that was kept; 20 bytes from ``random(from:)``.
    public init(seed: [UInt8]) { self.seed = seed }

    /// A new seed of 160 bits (RFC 4226 §4).
    public static func random(from random: RandomSource = systemRandom) -> OneTimePassword {
        OneTimePassword(seed: random(20))
    }

    /// The number of the 30-second step that `now` falls in.
    public static func step(at now: Instant) -> Int64 { now.milliseconds / 30_000 }

    /// The six digits of a step.
    public func code(step: Int64) -> String {
        let counter = (0..<8).map { UInt8(truncatingIfNeeded: step >> (56 - 8 * $0)) }
        let digest = Array(
            HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: SymmetricKey(data: seed)))
        // RFC 4226 §5.3: the last nibble says where the 31 bits are taken.
        let offset = Int(digest[19] & 15)
        let number = digest[offset..<(offset + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let digits = String(number % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// The step whose code this is, to be stored as the last used; nil where it is refused.
    ///
    /// The step before and the step after the present one are accepted too, never one that is `lastStep` or earlier.
    /// Spaces in the code are ignored.
    public func verify(_ code: String, at now: Instant, lastStep: Int64?) -> Int64? {
        let entered = Array(code.filter { !$0.isWhitespace }.utf8)
        let present = Self.step(at: now)
        // Every step is tried, and the latest match is the one used up: a code can't be played again.
        let matches = (present - 1...present + 1).filter { step in
            ConstantTime.areEqual(Array(self.code(step: step).utf8), entered) && step > lastStep ?? .min
        }
        return matches.last
    }

    /// The seed in base 32 without padding (RFC 4648 §6), to be typed where a QR code can't be read.
    public var base32Seed: String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var text: [UInt8] = []
        var (bits, count) = (UInt32(0), 0)
        for byte in seed {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 5 {
                count -= 5
                text.append(alphabet[Int(bits >> count & 31)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << (5 - count) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The `otpauth://totp/…` address that authenticators read from a QR code. It holds the seed.
    public func provisioningURI(issuer: String, account: String) -> String {
        let (issuer, account) = (Self.percentEncoded(issuer), Self.percentEncoded(account))
        return "otpauth://totp/\(issuer):\(account)?secret=\(base32Seed)&issuer=\(issuer)"
            + "&algorithm=SHA1&digits=6&period=30"
    }

    /// Everything but RFC 3986's unreserved characters.
    private static func percentEncoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                String(UnicodeScalar(byte))
            default: "%\(Hex.encode([byte]).uppercased())"
            }
        }.joined()
    }
}
