import Crypto
import Synchronization
import Vault

/// 32 bytes, in the order of the bytes.
struct Bytes32: Sendable, Hashable, Comparable {
    static let zero = Bytes32(parts: (0, 0, 0, 0))

    private let a, b, c, d: UInt64

    private init(parts: (UInt64, UInt64, UInt64, UInt64)) { (a, b, c, d) = parts }

    init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        func part(_ place: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + place * 8, as: UInt64.self))
        }
        self.init(parts: (part(0), part(1), part(2), part(3)))
    }

    /// Nil unless there are 32 of them.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self = bytes.withUnsafeBytes { Bytes32($0, at: 0) }
    }

    static func < (left: Bytes32, right: Bytes32) -> Bool {
        (left.a, left.b, left.c, left.d) < (right.a, right.b, right.c, right.d)
    }

    static func ^ (left: Bytes32, right: Bytes32) -> Bytes32 {
        Bytes32(parts: (left.a ^ right.a, left.b ^ right.b, left.c ^ right.c, left.d ^ right.d))
    }

    var firstByte: Int { Int(a >> 56) }

    func append(to bytes: inout [UInt8]) {
        for part in [a, b, c, d] { withUnsafeBytes(of: part.bigEndian) { bytes += $0 } }
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        append(to: &bytes)
        return bytes
    }
}

/// One row of a list, as millions of them are compared. The order is that of tokens, then of scopes' numbers.
struct ListRow: Sendable, Hashable, Comparable {
    static let length = 80

    enum State: UInt32 {
        /// Of the ledger's side: the token is one of its own, and nothing of it is in force.
        case ended
        case inForce
        /// Not in force: at a target; in the ledger, a project that is excepted while the rest of the objection stands.
        case notInForce
    }

    /// Where a row is kept for itself and stands at no position of the ledger.
    static let stray: Int64 = -1

    let token: Bytes32
    let pseudonym: Bytes32
    /// Its place among the names of scopes.
    let scope: UInt32
    let state: State
    let position: Int64

    static func < (left: ListRow, right: ListRow) -> Bool {
        left.token == right.token ? left.scope < right.scope : left.token < right.token
    }

    func append(to bytes: inout [UInt8]) {
        token.append(to: &bytes)
        pseudonym.append(to: &bytes)
        withUnsafeBytes(of: position.bigEndian) { bytes += $0 }
        withUnsafeBytes(of: scope.bigEndian) { bytes += $0 }
        withUnsafeBytes(of: state.rawValue.bigEndian) { bytes += $0 }
    }

    init(token: Bytes32, pseudonym: Bytes32, scope: UInt32, state: State, position: Int64) {
        self.token = token
        self.pseudonym = pseudonym
        self.scope = scope
        self.state = state
        self.position = position
    }

    init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        token = Bytes32(bytes, at: offset)
        pseudonym = Bytes32(bytes, at: offset + 32)
        position = Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 64, as: Int64.self))
        scope = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 72, as: UInt32.self))
        let state = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 76, as: UInt32.self))
        self.state = State(rawValue: state) ?? .ended
    }
}

/// Numbers for the names of scopes: 0 is the row `*`.
final class ScopeNames: Sendable {
    static let whole: UInt32 = 0

    private struct State {
        var names = [TargetBatch.whole]
        var numbers: [String: UInt32] = [TargetBatch.whole: ScopeNames.whole]
    }

    private let state = Mutex(State())

    func number(of name: String) -> UInt32 {
        state.withLock { state in
            if let number = state.numbers[name] { return number }
            let number = UInt32(state.names.count)
            state.names.append(name)
            state.numbers[name] = number
            return number
        }
    }

    func name(of number: UInt32) -> String { state.withLock { $0.names[Int(number)] } }
}

/// How many rows of a list say something, and a digest of them that does not depend on their order.
///
/// A row says something where it is the row `*` in force, or the row of a project that says otherwise than its token's row
/// `*`. The digest is the exclusive or of SHA-256 of each: rows are never twice in a list, which its key sees to, and a
/// custodian can compute it in one line of SQL.
public struct ListDigest: Sendable, Hashable {
    public private(set) var count: Int64 = 0
    private var sum = Bytes32.zero

    init() {}

    /// What a custodian told. Nil unless `hex` is 64 hexadecimal digits.
    init?(count: Int64, hex: String) {
        guard let sum = Hex.decode(hex).flatMap({ Bytes32($0) }) else { return nil }
        self.count = count
        self.sum = sum
    }

    /// Adds SHA-256 of token, pseudonym, one byte that is 1 in force and 0 otherwise, and the scope's name.
    mutating func add(token: Bytes32, pseudonym: Bytes32, isInForce: Bool, scope: String) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(65 + scope.utf8.count)
        token.append(to: &bytes)
        pseudonym.append(to: &bytes)
        bytes.append(isInForce ? 1 : 0)
        bytes += scope.utf8
        sum = SHA256.hash(data: bytes).withUnsafeBytes { sum ^ Bytes32($0, at: 0) }
        count += 1
    }

    mutating func add(_ other: ListDigest) {
        count += other.count
        sum = sum ^ other.sum
    }

    /// 64 hexadecimal digits.
    public var hex: String { Hex.encode(sum.bytes) }
}
