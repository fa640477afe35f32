import CivilTime
import Crypto
import SQLDatabase
import Vault

/// Signing in and out, and who a session belongs to.
public struct OperatorSessions: Sendable {
    /// Why a sign-in was refused. Which of name, password and code was wrong is never told.
    public enum Refusal: Error, Sendable, Hashable {
        case wrongCredentials
        /// Too many failures for this account from this address; try again after so many seconds.
        case tooManyFailures(retryAfter: Int)
    }

    /// A new session: the token goes into a cookie and is not kept.
    public struct Session: Sendable {
        public let token: String
        public let signedIn: Operator
    }

    /// Seconds without a request after which a session ends.
    public let idleSeconds: Int
    /// Seconds after which a session ends in any case.
    public let absoluteSeconds: Int

    private let accounts: OperatorAccounts

    public init(accounts: OperatorAccounts, idleSeconds: Int = 30 * 60, absoluteSeconds: Int = 12 * 3600) {
        self.accounts = accounts
        self.idleSeconds = idleSeconds
        self.absoluteSeconds = absoluteSeconds
    }

    // MARK: Signing in

    private struct Account: Sendable {
        let role: Role
        let password: String
        let sealedSeed: [UInt8]
        let lastStep: Int64
    }

    /// Signs an operator in. Throws `Refusal`, and `PasswordGate.Busy` where too many sign in at once.
    ///
    /// After n failures the pair of account and address waits min(60, 0.2·2ⁿ) seconds; another address does not.
    public func signIn(name: String, password: String, code: String, address: String) async throws -> Session {
        let pair = Array(
            HMAC<SHA256>.authenticationCode(for: Array("\(name)\0\(address)".utf8), using: accounts.otpKey))
        let moment = accounts.now()
        try await admit(pair, at: moment)
        guard let account = try await accounts.database.read({ try Self.account(name, on: $0) }) else {
            try await accounts.gate.verifyNothing(password)
            throw try await refusal(of: name, isKnown: false)
        }
        let isPassword = try await accounts.gate.verify(password, account.password)
        let generator = try OperatorAccounts.open(account.sealedSeed, of: name, under: accounts.otpKey)
        let step = generator.verify(code, at: moment, lastStep: account.lastStep)
        guard isPassword, let step else { throw try await refusal(of: name, isKnown: true) }

        let tokenBytes = accounts.random(32)
        let session = Session(
            token: Base64URL.encode(tokenBytes), signedIn: Operator(name: name, role: account.role))
        let audit = AuditEvent(
            at: moment, actor: name, role: account.role.rawValue, act: "operator.signedIn", subject: name,
            random: accounts.random)
        let isAccepted = try await accounts.database.write { connection in
            // A code counts once: of two sign-ins with the same one, the second changes no row.
            guard
                try connection.execute(
                    "UPDATE operator_account SET last_otp_step = $1 WHERE name = $2 AND last_otp_step < $1", step, name)
                    == 1
            else { return false }
            try connection.execute("DELETE FROM sign_in_failure WHERE pair = $1", pair)
            try connection.execute(
                "DELETE FROM operator_session WHERE created_at < $1", moment.adding(seconds: -absoluteSeconds))
            try connection.execute(
                "INSERT INTO operator_session (token_hash, operator, created_at, seen_at) VALUES ($1, $2, $3, $3)",
                Self.hash(tokenBytes), name, moment)
            try audit.record(on: connection)
            return true
        }
        guard isAccepted else { throw try await refusal(of: name, isKnown: true) }
        return session
    }

    private static func account(_ name: String, on connection: any SQLConnection) throws -> Account? {
        guard
            let row = try connection.first(
                "SELECT * FROM operator_account WHERE name = $1 AND is_disabled = 0", name),
            let role = Role(rawValue: try row["role"])
        else { return nil }
        return Account(
            role: role, password: try row["password"], sealedSeed: try row["sealed_otp_seed"],
            lastStep: try row["last_otp_step"])
    }

    /// Counts an attempt as a failure before it is judged, so that many at once are no more tries than one after
    /// another; success takes it back. Throws `Refusal.tooManyFailures` while the pair waits.
    private func admit(_ pair: [UInt8], at moment: Instant) async throws {
        let blockedUntil: Instant? = try await accounts.database.write { connection in
            let earlier = try connection.first(
                "SELECT failures, blocked_until FROM sign_in_failure WHERE pair = $1", pair)
            if let blockedUntil: Instant = try earlier?["blocked_until"], blockedUntil > moment { return blockedUntil }
            let failures: Int = try earlier?["failures"] ?? 0
            // 0.2·2ⁿ seconds, n failures so far counting this one; beyond 2⁹ it is a minute in any case.
            let milliseconds = min(60_000, 200 << min(failures + 1, 9))
            try connection.execute(
                """
                INSERT INTO sign_in_failure (pair, failures, blocked_until) VALUES ($1, $2, $3)
                ON CONFLICT (pair) DO UPDATE SET failures = $2, blocked_until = $3
                """, pair, failures + 1, Instant(milliseconds: moment.milliseconds + Int64(milliseconds)))
            try connection.execute(
                "DELETE FROM sign_in_failure WHERE blocked_until < $1", moment.adding(seconds: -86_400))
            return nil
        }
        if let blockedUntil {
            throw Refusal.tooManyFailures(retryAfter: blockedUntil.seconds(since: moment) + 1)
        }
    }

    /// Writes the refusal down, and gives it to be thrown.
    private func refusal(of name: String, isKnown: Bool) async throws -> Refusal {
        let audit = AuditEvent(
            at: accounts.now(), actor: isKnown ? name : "unknown", role: "none", act: "operator.signInRefused",
            subject: isKnown ? name : "unknown", random: accounts.random)
        try await accounts.database.write { try audit.record(on: $0) }
        return .wrongCredentials
    }

    // MARK: Sessions

    /// Who the session of `token` belongs to; nil where there is none, or its time is up.
    public func operatorOfSession(_ token: String) async throws -> Operator? {
        guard let bytes = Base64URL.decode(token), bytes.count == 32 else { return nil }
        let hash = Self.hash(bytes)
        let moment = accounts.now()
        let found: (Operator, Instant)? = try await accounts.database.read { connection in
            guard
                let row = try connection.first(
                    """
                    SELECT s.operator, s.created_at, s.seen_at, a.role
                    FROM operator_session s JOIN operator_account a ON a.name = s.operator AND a.is_disabled = 0
                    WHERE s.token_hash = $1
                    """, hash),
                let role = Role(rawValue: try row["role"])
            else { return nil }
            let (createdAt, seenAt): (Instant, Instant) = (try row["created_at"], try row["seen_at"])
            guard moment < createdAt.adding(seconds: absoluteSeconds),
                moment < seenAt.adding(seconds: idleSeconds)
            else { return nil }
            return (Operator(name: try row["operator"], role: role), seenAt)
        }
        guard let (signedIn, seenAt) = found else { return nil }
        if moment.seconds(since: seenAt) >= 60 {
            try await accounts.database.write {
                try $0.execute("UPDATE operator_session SET seen_at = $1 WHERE token_hash = $2", moment, hash)
            }
        }
        return signedIn
    }

    /// Ends the session of `token`.
    public func signOut(_ token: String, of signedIn: Operator) async throws {
        guard let bytes = Base64URL.decode(token) else { return }
        let audit = AuditEvent(
            at: accounts.now(), actor: signedIn.name, role: signedIn.role.rawValue, act: "operator.signedOut",
            subject: signedIn.name, random: accounts.random)
        try await accounts.database.write { connection in
            try connection.execute("DELETE FROM operator_session WHERE token_hash = $1", Self.hash(bytes))
            try audit.record(on: connection)
        }
    }

    private static func hash(_ token: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: token)) }
}
