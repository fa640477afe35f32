import Outbound

/// Mail as it is configured: nothing of it where there is no server.
struct MailSettings: Sendable {
    /// `smtp://host:port` or `smtps://host:port`.
    let server: String
    /// `required`, `opportunistic` or `none`.
    let encryption: String
    let user: String?
    /// A file that only this user can read, with the password in its first line.
    let passwordFile: String?
    /// A file of certificates to trust in place of the system's.
    let trusted: String?
    let from: String?
    let replyTo: String?

    /// Throws `CommandFailure` where a part is missing or makes no sense.
    func sender(threads: OutboundThreads) throws -> (sender: MailSender, from: String, replyTo: String?) {
        guard let encryption = MailServer.Encryption(rawValue: encryption) else {
            throw CommandFailure.usage(
                "REGARD_SMTP_TLS is “\(encryption)”, and must be required, opportunistic or none.")
        }
        guard let from, MailMessage.isAddress(from) else {
            throw CommandFailure.usage("REGARD_SMTP_SERVER needs REGARD_SMTP_FROM, an e-mail address.")
        }
        if let replyTo, !MailMessage.isAddress(replyTo) {
            throw CommandFailure.usage("REGARD_SMTP_REPLY_TO: “\(replyTo)” is no e-mail address.")
        }
        var account: MailServer.Account?
        switch (user, passwordFile) {
        case (let user?, let file?):
            account = MailServer.Account(user: user, password: try SecretFile.firstLine(of: file))
        case (nil, nil): break
        default: throw CommandFailure.usage("REGARD_SMTP_USER and …_PASSWORD_FILE go together.")
        }
        do {
            let server = try MailServer(server, encryption: encryption, account: account, trusted: trusted)
            return (MailSender(server: server, threads: threads), from, replyTo)
        } catch {
            throw CommandFailure.usage("REGARD_SMTP_SERVER: \(error)")
        }
    }
}
