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
/// Without rules it asks what its caller names: which addresses may be asked is then the caller's matter.
public struct WebClient: Sendable {
    /// Bytes of body taken, at most, unless its owner says otherwise: documents and tokens are far shorter.
    public static let longestAnswer = 256 * 1024

    private let threads: OutboundThreads
    private let seconds: Int
    private let places: Places
    private let longestAnswer: Int
    private let rules: WebRules?

    /// - Parameters:
    ///   - seconds: within which the other server must have answered.
    ///   - limit: exchanges under way or waiting at once. Beyond it the next is refused, so that a server that does not
    ///     answer makes nobody wait for the others' time.
    public init(threads: OutboundThreads, seconds: Int = 10, limit: Int = 64) {
        self.threads = threads
        self.seconds = seconds
        places = Places(limit: limit)
        longestAnswer = Self.longestAnswer
        rules = nil
    }

    /// A client that asks only what `rules` allow.
    public init(threads: OutboundThreads, rules: WebRules, longestAnswer: Int = WebClient.longestAnswer) {
        self.threads = threads
        self.rules = rules
        self.longestAnswer = longestAnswer
        seconds = rules.seconds
        places = Places(limit: 64)
    }

    /// One request of ours.
    private struct Request: Sendable {
        enum Body: Sendable {
            case form(String)
            case bytes([UInt8])
        }

        let address: WebAddress
        var headers: [String]
        var body: Body?
        var basic: (name: String, password: String)?
    }

    /// GET. Throws `OutboundError`.
    public func get(_ address: WebAddress, accept: String, bearer: String? = nil) async throws -> WebAnswer {
        var headers = ["Accept: \(accept)"]
        if let bearer { headers.append("Authorization: Bearer \(try Self.clean(bearer))") }
        return try await exchange(Request(address: address, headers: headers))
    }

    /// GET with headers of the caller's. Throws `OutboundError`.
    public func get(_ address: WebAddress, headers: [(name: String, value: String)]) async throws -> WebAnswer {
        try await exchange(Request(address: address, headers: headers.map { "\($0.name): \($0.value)" }))
    }

    /// POST of a form. Throws `OutboundError`.
    ///
    /// - Parameter basic: name and password, encoded as RFC 6749 §2.3.1 wants them.
    public func post(
        _ address: WebAddress, form: [(name: String, value: String)], accept: String,
        basic: (name: String, password: String)? = nil
    ) async throws -> WebAnswer {
        try await exchange(
            Request(
                address: address,
                headers: ["Accept: \(accept)", "Content-Type: application/x-www-form-urlencoded"],
                body: .form(WebForm.encode(form)), basic: basic))
    }

    /// POST of bytes, with headers of the caller's. Throws `OutboundError`.
    public func post(
        _ address: WebAddress, bytes: [UInt8], headers: [(name: String, value: String)]
    ) async throws -> WebAnswer {
        // Nothing waits for leave to send: what is refused is refused after it was read.
        let lines = headers.map { "\($0.name): \($0.value)" } + ["Expect:"]
        return try await exchange(Request(address: address, headers: lines, body: .bytes(bytes)))
    }

    private func exchange(_ request: Request) async throws -> WebAnswer {
        if let rules, !rules.allow(request.address) {
            throw OutboundError.refused("\(request.address.host) is not among the hosts that may be asked")
        }
        guard places.take() else { throw OutboundError.refused("too many exchanges at once") }
        defer { places.giveBack() }
        let giveUp = GiveUp()
        return try await withTaskCancellationHandler {
            try await threads.pool.runIfActive { try perform(request, giveUp) }
        } onCancel: {
            giveUp.say()
        }
    }

    private func perform(_ request: Request, _ giveUp: GiveUp) throws(OutboundError) -> WebAnswer {
        let transfer = try CurlTransfer(limit: longestAnswer)
        try transfer.set(CURLOPT_URL, request.address.text)
        try transfer.set(CURLOPT_PATH_AS_IS, 1)
        try transfer.set(CURLOPT_PROTOCOLS_STR, request.address.origin.hasPrefix("https:") ? "https" : "http")
        // No proxy that the environment may name.
        try transfer.set(CURLOPT_PROXY, "")
        try transfer.set(CURLOPT_FOLLOWLOCATION, 0)
        try transfer.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try transfer.set(CURLOPT_CONNECTTIMEOUT, min(seconds, 5))
        try transfer.set(CURLOPT_TIMEOUT, seconds)
        try transfer.set(CURLOPT_HTTPHEADER, request.headers)
        try transfer.heed(giveUp)
        if let rules {
            try transfer.heed(rules)
            if let trusted = rules.trusted { try transfer.set(CURLOPT_CAINFO, trusted) }
        }
        if let basic = request.basic {
            try transfer.set(CURLOPT_USERNAME, WebForm.encode(basic.name))
            try transfer.set(CURLOPT_PASSWORD, WebForm.encode(basic.password))
        }
        switch request.body {
        case nil: break
        case .form(let form): try transfer.set(CURLOPT_COPYPOSTFIELDS, form)
        case .bytes(let bytes): try transfer.post(bytes)
        }
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
