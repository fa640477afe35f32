import CArgon2
import Foundation

/// What Argon2id costs (RFC 9106). Raised with the machine.
public struct Argon2Parameters: Sendable, Hashable {
    /// Memory, in KiB.
    public let memoryKiB: UInt32
    /// Passes over the memory.
    public let passes: UInt32
    /// Lanes, each on a thread of its own.
    public let lanes: UInt32

    /// libargon2 wants at least 8 KiB a lane.
    public init(memoryKiB: UInt32, passes: UInt32, lanes: UInt32) {
        self.memoryKiB = memoryKiB
        self.passes = passes
        self.lanes = lanes
    }

    /// 19 MiB, two passes, one lane: OWASP's floor, 42 ms on a quiet core.
    public static let standard = Argon2Parameters(memoryKiB: 19 * 1024, passes: 2, lanes: 1)
}

/// Operators' passwords, kept as Argon2id in PHC's string form: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
///
/// These calls take tens of milliseconds and as many mebibytes on the calling thread: a server makes them through
/// ``PasswordGate``. A password is brought to Unicode's NFKC form first, so that it is the same from every keyboard.
public enum PasswordHash {
    /// libargon2 refused: the stored text is no Argon2id hash, or the memory can't be had.
    public struct Failure: Error, Hashable, CustomStringConvertible {
        /// libargon2's code.
        public let code: Int32

        /// In English, for logs.
        public var description: String { "Argon2id failed: \(String(cString: argon2_error_message(code)))." }
    }

    /// The hash of `password` under a new salt of 16 bytes.
    public static func hash(
        _ password: String, parameters: Argon2Parameters = .standard, random: RandomSource = systemRandom
    ) throws(Failure) -> String {
        let (password, salt) = (normalised(password), random(saltLength))
        let length = argon2_encodedlen(
            parameters.passes, parameters.memoryKiB, parameters.lanes, UInt32(salt.count), UInt32(hashLength), Argon2_id
        )
        var encoded = [CChar](repeating: 0, count: length)
        let code = argon2id_hash_encoded(
            parameters.passes, parameters.memoryKiB, parameters.lanes, password, password.count, salt, salt.count,
            hashLength, &encoded, encoded.count)
        guard code == ARGON2_OK.rawValue else { throw Failure(code: code) }
        return String(decoding: encoded.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whether `password` is the one whose hash is `phc`. Throws where `phc` is no Argon2id hash.
    public static func verify(_ password: String, against phc: String) throws(Failure) -> Bool {
        let password = normalised(password)
        let code = argon2id_verify(phc, password, password.count)
        switch code {
        case ARGON2_OK.rawValue: return true
        case ARGON2_VERIFY_MISMATCH.rawValue: return false
        default: throw Failure(code: code)
        }
    }

    /// Whether `phc` was made with other parameters than these, or can't be read: hash again at the next sign-in.
    public static func needsRehash(_ phc: String, parameters: Argon2Parameters = .standard) -> Bool {
        !phc.hasPrefix(prefix(parameters))
    }

    /// A hash that no password has, whose verification costs what `parameters` cost.
    static func unmatchable(parameters: Argon2Parameters, random: RandomSource) -> String {
        let fields = [random(saltLength), random(hashLength)].map { bytes in
            Data(bytes).base64EncodedString().replacing("=", with: "")
        }
        return "\(prefix(parameters))\(fields[0])$\(fields[1])"
    }

    private static func prefix(_ parameters: Argon2Parameters) -> String {
        "$argon2id$v=19$m=\(parameters.memoryKiB),t=\(parameters.passes),p=\(parameters.lanes)$"
    }

    static func normalised(_ password: String) -> [UInt8] {
        Array(password.precomposedStringWithCompatibilityMapping.utf8)
    }

    private static let saltLength = 16
    private static let hashLength = 32
}
