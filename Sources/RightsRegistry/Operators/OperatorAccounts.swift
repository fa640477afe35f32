public import CivilTime
public import Crypto
public import SQLDatabase
import StrictJSON
public import Vault

/// Operators' accounts: made on the machine by commands, used through `OperatorSessions`.
public struct OperatorAccounts: Sendable {
    /// Why an account was not made or changed.
    public enum Failure: Error, Sendable, Hashable {
        case nameNotAllowed
        case nameTaken
        case unknownOperator
        /// A custodian answers for databases that are linked as `manual:`, and nobody else does.
        case databases
        case password(PasswordRules.Problem)
    }

    /// One account as lists show it.
    public struct Listed: Sendable {
        public let name: String
        public let role: String
        public let isDisabled: Bool
        public let createdAt: Instant
    }

    let database: SQLDatabase
    let otpKey: SymmetricKey
    let gate: PasswordGate
    let now: TimeSource
    let random: RandomSource

    /// - Parameter otpKey: seals the one-time-password seeds at rest.
    public init(
        database: SQLDatabase, otpKey: SymmetricKey, gate: PasswordGate, now: @escaping TimeSource,
        random: @escaping RandomSource = systemRandom
    ) {
        self.database = database
        self.otpKey = otpKey
        self.gate = gate
        self.now = now
        self.random = random
    }

    /// Makes an account; returns its one-time-password generator, which is shown once. Throws `Failure`.
    ///
    /// - Parameters:
    ///   - databases: those that a custodian answers for.
    ///   - email: where they can be written to.
    public func add(
        name: String, role: Role, password: String, databases: [String] = [], email: String? = nil
    ) async throws -> OneTimePassword {
        guard Self.isAllowed(name: name) else { throw Failure.nameNotAllowed }
        guard (role == .custodian) == !databases.isEmpty else { throw Failure.databases }
        if let problem = PasswordRules.problem(with: password, operatorName: name) { throw Failure.password(problem) }
        let generator = OneTimePassword.random(from: random)
        let phc = try await gate.hash(password)
        let sealed = try Self.seal(generator, of: name, under: otpKey, random)
        let moment = now()
        let audit = AuditEvent(
            at: moment, actor: "command", role: "command", act: "operator.added", subject: name,
            detail: .object(ofPresent: [
                "role": .string(role.rawValue),
                "databases": databases.isEmpty ? nil : .array(databases.map(JSON.string)),
            ]), random: random)
        let isNew = try await database.write { connection in
            for id in databases {
                let linked = try LinkedDatabaseStore.find(id, on: connection)
                guard linked?.connector == "manual:", linked?.state != .removed else { throw Failure.databases }
            }
            let inserted = try connection.execute(
                """
                INSERT INTO operator_account
                    (name, role, password, sealed_otp_seed, last_otp_step, is_disabled, created_at, email)
                VALUES ($1, $2, $3, $4, 0, 0, $5, $6) ON CONFLICT DO NOTHING
                """, name, role.rawValue, phc, sealed, moment, email)
            if inserted == 1 {
                try CustodianStore.entrust(databases, to: name, on: connection)
                try audit.record(on: connection)
            }
            return inserted == 1
        }
        guard isNew else { throw Failure.nameTaken }
        return generator
    }

    public func list() async throws -> [Listed] {
        try await database.read { connection in
            try connection.query("SELECT name, role, is_disabled, created_at FROM operator_account ORDER BY name").map {
                Listed(
                    name: try $0["name"], role: try $0["role"], isDisabled: try $0["is_disabled"],
                    createdAt: try $0["created_at"])
            }
        }
    }

    /// Sets where an operator can be written to; nil for nowhere. Throws `Failure.unknownOperator`.
    public func setEmail(_ email: String?, of name: String) async throws {
        let audit = AuditEvent(
            at: now(), actor: "command", role: "command", act: "operator.emailChanged", subject: name, random: random)
        let isKnown = try await database.write { connection in
            guard
                try connection.execute("UPDATE operator_account SET email = $1 WHERE name = $2", email, name) == 1
            else { return false }
            try audit.record(on: connection)
            return true
        }
        guard isKnown else { throw Failure.unknownOperator }
    }

    /// Ends an account and every session of it. Throws `Failure.unknownOperator`.
    public func disable(name: String) async throws {
        let audit = AuditEvent(
            at: now(), actor: "command", role: "command", act: "operator.disabled", subject: name, random: random)
        let isKnown = try await database.write { connection in
            guard try connection.execute("UPDATE operator_account SET is_disabled = 1 WHERE name = $1", name) == 1
            else {
                return false
            }
            try connection.execute("DELETE FROM operator_session WHERE operator = $1", name)
            try audit.record(on: connection)
            return true
        }
        guard isKnown else { throw Failure.unknownOperator }
    }

    /// 2 to 40 of `a-z`, `0-9`, `.`, `_` and `-`.
    static func isAllowed(name: String) -> Bool {
        (2...40).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 46 || $0 == 95
            }
    }

    private static func location(of name: String) -> BoxLocation {
        BoxLocation(table: "operator_account", row: name, column: "sealed_otp_seed", version: 1)
    }

    private static func seal(
        _ generator: OneTimePassword, of name: String, under key: SymmetricKey, _ random: RandomSource
    ) throws -> [UInt8] {
        try SealedBox.seal(generator.seed, under: key, at: location(of: name), random: random)
    }

    static func open(_ sealed: [UInt8], of name: String, under key: SymmetricKey) throws -> OneTimePassword {
        OneTimePassword(seed: try SealedBox.open(sealed, under: key, at: location(of: name)))
    }
}
