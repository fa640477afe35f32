public import Crypto

/// The key of one linked database: it turns identifiers into the pseudonyms that this database knows, which no other
/// database shares (R.1461-7 CSP). Whoever holds it can enumerate identifiers.
///
/// HMAC-SHA-256 (RFC 2104) with the states after the inner and outer pads computed once: a ledger is replayed at more
/// than twice the speed of a new HMAC for each.
public struct PseudonymKey: Sendable, Redacted {
    private let inner: SHA256
    private let outer: SHA256

    /// - Parameter key: of any size; the store's are of 256 bits.
    public init(_ key: SymmetricKey) {
        let bytes = key.withUnsafeBytes { bytes in
            bytes.count > SHA256.blockByteCount ? Array(SHA256.hash(data: Array(bytes))) : Array(bytes)
        }
        let block = bytes + [UInt8](repeating: 0, count: SHA256.blockByteCount - bytes.count)
        var inner = SHA256()
        inner.update(data: block.map { $0 ^ 0x36 })
        var outer = SHA256()
        outer.update(data: block.map { $0 ^ 0x5C })
        self.inner = inner
        self.outer = outer
    }

    /// The pseudonym, 32 bytes, of an identifier in its canonical form (`NIR13|YYYYMMDD|1` or `2`, in UTF-8).
    public func pseudonym(of canonical: String) -> [UInt8] {
        var canonical = canonical
        return canonical.withUTF8 { authenticationCode(of: UnsafeRawBufferPointer($0)) }
    }

    /// The token, 32 bytes, by which a database knows one identifier of one objection again without knowing either.
    ///
    /// - Parameters:
    ///   - objection: its opaque id, 16 bytes.
    ///   - identifier: the number of the identifier within the objection, from 0.
    public func token(objection: [UInt8], identifier: UInt32) -> [UInt8] {
        precondition(objection.count == 16, "an objection's id has 16 bytes")
        var message = objection
        withUnsafeBytes(of: identifier.bigEndian) { message += $0 }
        return message.withUnsafeBytes(authenticationCode(of:))
    }

    /// Writes the pseudonym of an identifier in its canonical form into the first 32 bytes of `output`: for millions of
    /// them, without an array for each.
    public func write(pseudonymOf canonical: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer) {
        var inner = inner
        inner.update(bufferPointer: canonical)
        var outer = outer
        inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
        outer.finalize().withUnsafeBytes { output.copyMemory(from: $0) }
    }

    func authenticationCode(of message: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            write(pseudonymOf: message, to: UnsafeMutableRawBufferPointer(buffer))
            count = 32
        }
    }
}
