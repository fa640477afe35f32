import CCurl
import NIOPosix

/// What became of a message that was to be sent. Reasons are codes of SMTP or of ours: no address stands in them.
public enum MailOutcome: Sendable, Hashable {
    /// The server has taken it.
    case accepted
    /// The server will never take it for this address: `550 5.1.1`.
    case refused(String)
    /// Not now, for this address: a full mailbox, a grey list, a rule of the server's own.
    case deferred(String)
    /// The server takes nothing: down, slow, another certificate, another password.
    case unreachable(String)
}

/// Sends messages through one mail server, each over a connection of its own.
///
/// The certificate is verified, no proxy is used, and whatever the server does, an answer comes within twice `seconds`. Where it
/// came too late, the message may have been taken all the same: it is sent again under the same Message-ID.
public struct MailSender: Sendable {
    private let server: MailServer
    private let threads: OutboundThreads
    private let seconds: Int

    /// - Parameter seconds: for a whole message, and again for the server's goodbye.
    public init(server: MailServer, threads: OutboundThreads, seconds: Int = 60) {
        self.server = server
        self.threads = threads
        self.seconds = seconds
    }

    /// Sends one message, and gives up within a second once its task is cancelled.
    public func send(_ message: MailMessage) async -> MailOutcome {
        guard MailMessage.isAddress(message.recipient) else { return .refused("address") }
        let giveUp = GiveUp()
        return await withTaskCancellationHandler {
            do {
                return try await threads.pool.runIfActive { perform(message, giveUp) }
            } catch {
                return .unreachable("ending")
            }
        } onCancel: {
            giveUp.say()
        }
    }

    private func perform(_ message: MailMessage, _ giveUp: GiveUp) -> MailOutcome {
        let transfer: CurlTransfer
        do {
            transfer = try CurlTransfer(limit: 64 * 1024)
            try prepare(transfer, message)
            try transfer.heed(giveUp)
        } catch {
            return .unreachable("\(Self.code(error))")
        }
        do {
            _ = try transfer.perform()
            return .accepted
        } catch {
            return Self.outcome(of: error, transfer)
        }
    }

    private func prepare(_ transfer: CurlTransfer, _ message: MailMessage) throws(OutboundError) {
        // What stands after the slash is how we greet.
        try transfer.set(CURLOPT_URL, "\(server.address)/\(message.domain)")
        try transfer.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        // No proxy that the environment may name.
        try transfer.set(CURLOPT_PROXY, "")
        let use =
            switch server.encryption {
            case .required: CURLUSESSL_ALL
            case .opportunistic: CURLUSESSL_TRY
            case .none: CURLUSESSL_NONE
            }
        try transfer.set(CURLOPT_USE_SSL, Int(use.rawValue))
        try transfer.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let trusted = server.trusted { try transfer.set(CURLOPT_CAINFO, trusted) }
        if let account = server.account {
            try transfer.set(CURLOPT_USERNAME, account.user)
            try transfer.set(CURLOPT_PASSWORD, account.password)
        }
        try transfer.set(CURLOPT_CONNECTTIMEOUT, min(seconds, 10))
        try transfer.set(CURLOPT_TIMEOUT, seconds)
        // The last goodbye has a time of its own; and it is said here, where it can be cut short.
        try transfer.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, seconds)
        try transfer.set(CURLOPT_FORBID_REUSE, 1)
        try transfer.set(CURLOPT_MAIL_FROM, "<\(message.sender.address)>")
        try transfer.set(CURLOPT_MAIL_RCPT, ["<\(message.recipient)>"])
        try transfer.set(CURLOPT_UPLOAD, 1)
        let bytes = message.bytes
        try transfer.set(CURLOPT_INFILESIZE, bytes.count)
        try transfer.send(bytes)
    }

    /// Whose fault it is: the address's where the server refused it or the whole message, the server's otherwise.
    private static func outcome(of error: OutboundError, _ transfer: CurlTransfer) -> MailOutcome {
        guard case .transfer(let number, _) = error,
            [CURLE_SEND_ERROR, CURLE_WEIRD_SERVER_REPLY].contains(where: {
                Int($0.rawValue) == number
            })
        else { return .unreachable(code(error)) }
        let answer = SMTPAnswer(transfer.lastStatus, in: transfer.answeredLines)
        guard transfer.detail.hasPrefix("RCPT failed") || transfer.hasSentAll else { return .unreachable(answer.text) }
        return answer.isFinal ? .refused(answer.text) : .deferred(answer.text)
    }

    private static func code(_ error: OutboundError) -> String {
        guard case .transfer(let number, _) = error else { return "curl" }
        switch CURLcode(rawValue: UInt32(number)) {
        case CURLE_COULDNT_RESOLVE_HOST: return "resolve"
        case CURLE_COULDNT_CONNECT: return "connect"
        case CURLE_OPERATION_TIMEDOUT: return "timeout"
        case CURLE_ABORTED_BY_CALLBACK: return "ending"
        case CURLE_LOGIN_DENIED: return "login"
        case CURLE_USE_SSL_FAILED, CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION: return "tls"
        default: return "curl \(number)"
        }
    }
}

/// A server's answer, without its words: they may hold the address.
struct SMTPAnswer: Sendable, Hashable {
    let status: Int
    /// RFC 3463: `5.1.1`; nil where the server says none.
    let enhanced: String?

    init(_ status: Int, in lines: [UInt8]) {
        self.status = status
        let code = Array("\(status) ".utf8)
        let last = lines.split(whereSeparator: { $0 == 10 || $0 == 13 }).last { $0.starts(with: code) }
        let words = (last ?? []).split(separator: UInt8(ascii: " "), maxSplits: 2)
        let second = words.count > 1 ? String(decoding: words[1], as: UTF8.self) : ""
        let parts = second.split(separator: ".", omittingEmptySubsequences: false)
        let isCode = parts.count == 3 && parts.allSatisfy { (1...3).contains($0.count) && $0.allSatisfy(\.isNumber) }
        enhanced = isCode ? second : nil
    }

    var text: String { enhanced.map { "\(status) \($0)" } ?? "\(status)" }

    /// Whether the address is at fault for good. A rule of the server's (`5.7`: it does not relay for us, say) is none of
    /// the address's.
    var isFinal: Bool { (500..<600).contains(status) && enhanced?.hasPrefix("5.7.") != true }
}
