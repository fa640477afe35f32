/// Gives `count` random bytes. Passed in wherever something is generated, so that a test can fix them.
///
/// Everything outside tests uses ``systemRandom``: keys and nonces are only as good as this.
public typealias RandomSource = @Sendable (_ count: Int) -> [UInt8]

/// The system's cryptographic generator (`getrandom(2)`).
public let systemRandom: RandomSource = { count in
    var generator = SystemRandomNumberGenerator()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 7)
    while bytes.count < count { withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) } }
    return Array(bytes.prefix(count))
}
