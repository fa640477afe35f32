import CCurl
import NIOPosix
import Synchronization

/// What another server answered.
public struct WebAnswer: Sendable {
    public let status: Int
    /// The media type, in lower case and without parameters; empty where none was sent.
    public let contentType: String
    public let body: [UInt8]
}

/// Asks other servers over HTTPS: certificates are verified, redirects not followed, answers bounded in size and time.
///
/// It asks what its caller names: which addresses may be asked is the caller's rule.
public struct WebClient: Sendable {
    /// Bytes of body taken, at most: documents and tokens are far shorter.
    public static let longestAnswer = 256 * 1024

    private let threads: OutboundThreads
    private let seconds: Int
    private let places: Places

    /// - Parameters:
    ///   - seconds: within which the other server must have answered.
    ///   - limit: exchanges under way or waiting at once. Beyond it the next is refused, so that a server that does not
    ///     answer makes nobody wait for the others' time.
    public init(threads: OutboundThreads, seconds: Int = 10, limit: Int = 64) {
        self.threads = threads
        self.seconds = seconds
        places = Places(limit: limit)
    }

    /// GET. Throws `OutboundError`.
    public func get(_ address: WebAddress, accept: String, bearer: String? = nil) async throws -> WebAnswer {
        var headers = ["Accept: \(accept)"]
        if let bearer { headers.append("Authorization: Bearer \(try Self.clean(bearer))") }
        return try await exchange(address, headers, form: nil)
    }

    /// POST of a form. Throws `OutboundError`.
    ///
    /// - Parameter basic: name and password, encoded as RFC 6749 §2.3.1 wants them.
    public func post(
        _ address: WebAddress, form: [(name: String, value: String)], accept: String,
        basic: (name: String, password: String)? = nil
    ) async throws -> WebAnswer {
        try await exchange(
            address, ["Accept: \(accept)", "Content-Type: application/x-www-form-urlencoded"],
            form: WebForm.encode(form), basic: basic)
    }

    private func exchange(
        _ address: WebAddress, _ headers: [String], form: String?, basic: (name: String, password: String)? = nil
    ) async throws -> WebAnswer {
        guard places.take() else { throw OutboundError.refused("too many exchanges at once") }
        defer { places.giveBack() }
        return try await threads.pool.runIfActive {
            try perform(address, headers, form: form, basic: basic)
        }
    }

    private func perform(
        _ address: WebAddress, _ headers: [String], form: String?, basic: (name: String, password: String)?
    ) throws(OutboundError) -> WebAnswer {
        let transfer = try CurlTransfer(limit: Self.longestAnswer)
        try transfer.set(CURLOPT_URL, address.text)
        try transfer.set(CURLOPT_PROTOCOLS_STR, address.origin.hasPrefix("https:") ? "https" : "http")
        // No proxy that the environment may name.
        try transfer.set(CURLOPT_PROXY, "")
        try transfer.set(CURLOPT_FOLLOWLOCATION, 0)
        try transfer.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try transfer.set(CURLOPT_CONNECTTIMEOUT, min(seconds, 5))
        try transfer.set(CURLOPT_TIMEOUT, seconds)
        try transfer.set(CURLOPT_HTTPHEADER, headers)
        if let basic {
            try transfer.set(CURLOPT_USERNAME, WebForm.encode(basic.name))
            try transfer.set(CURLOPT_PASSWORD, WebForm.encode(basic.password))
        }
        if let form { try transfer.set(CURLOPT_COPYPOSTFIELDS, form) }
        let answer = try transfer.perform()
        return WebAnswer(
            status: answer.status, contentType: Self.contentType(in: answer.headers), body: answer.body)
    }

    /// Of the last head: an interim answer (1xx) has its own before it.
    private static func contentType(in headers: [UInt8]) -> String {
        var found = ""
        for line in String(decoding: headers, as: UTF8.self).split(whereSeparator: \.isNewline) {
            if line.hasPrefix("HTTP/") { found = "" }
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "content-type" else { continue }
            found = parts[1].prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace }
        }
        return found
    }

    /// A token comes from elsewhere: it must not become a header of its own.
    private static func clean(_ token: String) throws(OutboundError) -> String {
        guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .refused("no token") }
        return token
    }
}

/// How many exchanges may be under way or waiting.
private final class Places: Sendable {
    private let free: Mutex<Int>

    init(limit: Int) { free = Mutex(limit) }

    func take() -> Bool {
        free.withLock { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
    }

    func giveBack() { free.withLock { $0 += 1 } }
}
