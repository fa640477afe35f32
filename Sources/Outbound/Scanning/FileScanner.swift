// The socket's constants belong to whichever C module brings them first: built whole, that is this one.
import CCurl
import Glibc
import NIOCore
import NIOPosix

/// A scanner of files that listens on this machine or beside it, in clamd's protocol (`clamd(8)`, INSTREAM).
///
/// The file goes to it over the socket and is written nowhere. Whatever is no clear verdict is thrown: whoever asks takes
/// no file then.
public struct FileScanner: Sendable {
    /// What the scanner says of a file.
    public enum Verdict: Sendable, Hashable {
        case clean
        case infected
    }

    /// Where it listens.
    public enum Address: Sendable, Hashable {
        case unix(String)
        case tcp(host: String, port: Int)

        /// Reads `unix:/path` or `tcp:host:port`; nil for anything else.
        public init?(_ text: String) {
            if text.hasPrefix("unix:/") {
                self = .unix(String(text.dropFirst(5)))
            } else if text.hasPrefix("tcp:") {
                let rest = text.dropFirst(4)
                guard let colon = rest.lastIndex(of: ":"), let port = Int(rest[colon...].dropFirst()),
                    (1...65_535).contains(port)
                else { return nil }
                let host = rest[..<colon]
                let bare = host.hasPrefix("[") && host.hasSuffix("]") ? host.dropFirst().dropLast() : host
                guard !bare.isEmpty else { return nil }
                self = .tcp(host: String(bare), port: port)
            } else {
                return nil
            }
        }
    }

    /// Why there is no verdict, without a byte of the file.
    public struct NoVerdict: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    private let address: Address
    private let threads: OutboundThreads
    private let seconds: Int

    /// - Parameter seconds: within which it must have answered, once a thread is free.
    public init(address: Address, threads: OutboundThreads, seconds: Int = 30) {
        self.address = address
        self.threads = threads
        self.seconds = seconds
    }

    /// Shows it a file. Throws `NoVerdict`.
    public func scan(_ content: [UInt8]) async throws -> Verdict {
        do {
            return try await threads.pool.runIfActive { try ask(content) }
        } catch let error as NoVerdict {
            throw error
        } catch {
            throw NoVerdict(description: "\(error)")
        }
    }

    private func ask(_ content: [UInt8]) throws -> Verdict {
        let connection = try ScannerConnection(address, seconds: seconds)
        try connection.send(Array("zINSTREAM\0".utf8)[...])
        for start in stride(from: 0, to: content.count, by: Self.chunk) {
            let chunk = content[start..<min(start + Self.chunk, content.count)]
            try connection.send(Self.length(chunk.count))
            try connection.send(chunk)
        }
        try connection.send(Self.length(0))
        let answer = try connection.answer()
        if answer == "stream: OK" { return .clean }
        if answer.hasPrefix("stream: "), answer.hasSuffix(" FOUND") { return .infected }
        throw NoVerdict(description: "the scanner answered “\(answer.prefix(80))”")
    }

    private static let chunk = 64 * 1024

    /// Four bytes, in network order.
    private static func length(_ count: Int) -> ArraySlice<UInt8> {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) }[...]
    }
}

/// One connection to the scanner. It lives on one thread and may block it.
private final class ScannerConnection {
    private let descriptor: CInt
    private let deadline: ContinuousClock.Instant

    init(_ address: FileScanner.Address, seconds: Int) throws {
        let socketAddress: SocketAddress =
            switch address {
            case .unix(let path): try SocketAddress(unixDomainSocketPath: path)
            case .tcp(let host, let port): try SocketAddress.makeAddressResolvingHost(host, port: port)
            }
        deadline = ContinuousClock.now + .seconds(seconds)
        descriptor = socket(
            CInt(socketAddress.protocol.rawValue), CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Self.failure("no socket") }
        // From here on the object is whole: what throws has it closed by `deinit`, and by nobody else.
        // Linux bounds connecting by the time for sending.
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            guard
                setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size)) == 0
            else { throw Self.failure("no time limit") }
        }
        try socketAddress.withSockAddr { pointer, size in
            guard connect(descriptor, pointer, socklen_t(size)) == 0 else { throw Self.failure("no connection") }
        }
    }

    deinit { close(descriptor) }

    func send(_ bytes: ArraySlice<UInt8>) throws {
        var rest = bytes
        while !rest.isEmpty {
            guard ContinuousClock.now < deadline else { throw FileScanner.NoVerdict(description: "it takes too long") }
            let sent = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            if sent > 0 {
                rest = rest.dropFirst(sent)
            } else if errno != EINTR {
                throw Self.failure("it takes no more")
            }
        }
    }

    /// What it answers, up to the byte 0 that ends it.
    func answer() throws -> String {
        var answer: [UInt8] = []
        while answer.last != 0 {
            var buffer = [UInt8](repeating: 0, count: 512)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0, answer.count <= 4096, ContinuousClock.now < deadline else {
                throw Self.failure("no answer")
            }
            answer += buffer[..<count]
        }
        return String(decoding: answer.dropLast(), as: UTF8.self)
    }

    private static func failure(_ what: String) -> FileScanner.NoVerdict {
        FileScanner.NoVerdict(description: "\(what): \(String(cString: strerror(errno)))")
    }
}
