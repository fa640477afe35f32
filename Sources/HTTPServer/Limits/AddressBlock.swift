import NIOCore

/// Those who share an allowance: one IPv4 address, or a /64 of IPv6, since that is the least that a line is given.
struct AddressBlock: Hashable {
    private let isIPv6: Bool
    /// The address, or the upper half of it.
    private let bits: UInt64

    /// - Parameter address: nil and local sockets share one block.
    init(_ address: SocketAddress?) {
        let bytes = address?.ipAddress.flatMap(AddressRange.bytes) ?? []
        isIPv6 = bytes.count == 16
        bits = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
