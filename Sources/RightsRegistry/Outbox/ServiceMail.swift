public import CivilTime
public import Logging
public import SQLDatabase

/// A mail to somebody who works for the institution, or with it: never to a citizen, and about no person.
public struct ServiceMail: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        /// A linked database has passed its published target.
        case targetPassed
        /// That is over.
        case targetMet
        /// Changes wait for a custodian.
        case custodianReminded
        /// The time of requests comes to its end, or is over.
        case clocksAlerted
    }

    /// What it is about.
    public enum Matter: Sendable, Hashable {
        /// A linked database by its id: since when something waits there, and its target.
        case database(String, waitingSince: Instant, targetHours: Int)
        /// The clocks that a day's alerts tell of. What is listed is read when the mail goes.
        case clocks(CalendarDate)
    }

    /// Names the message, the same at each attempt.
    public let id: String
    public let kind: Kind
    public let matter: Matter
    /// An operator's name; nil for the data protection officer.
    public let recipient: String?
    /// What a mail about clocks lists; nil in others, and until it goes.
    public internal(set) var digest: ClockDigest?

    init(
        id: String, kind: Kind, database: String, recipient: String?, waitingSince: Instant, targetHours: Int
    ) {
        self.id = id
        self.kind = kind
        matter = .database(database, waitingSince: waitingSince, targetHours: targetHours)
        self.recipient = recipient
    }

    /// About the clocks that the alerts of `day` tell of.
    init(id: String, clocksOf day: CalendarDate, recipient: String?) {
        self.id = id
        kind = .clocksAlerted
        matter = .clocks(day)
        self.recipient = recipient
    }

    init(_ row: Row) throws {
        guard let kind = Kind(rawValue: try row["kind"]) else { throw SQLError.decoding("service_mail.kind") }
        if kind == .clocksAlerted {
            self.init(id: try row["id"], clocksOf: try row["day"], recipient: try row["recipient"])
        } else {
            self.init(
                id: try row["id"], kind: kind, database: try row["linked_database"], recipient: try row["recipient"],
                waitingSince: try row["waiting_since"], targetHours: try row["target_hours"])
        }
    }
}

/// What became of a service mail.
enum ServiceMailState: String {
    case waiting
    case mailed
    /// There is no address, or its operator may sign in no more.
    case noContact
    case undeliverable
    /// What it was to tell had been seen to before it went.
    case overtaken
}

enum ServiceMailStore {
    static func note(_ mail: ServiceMail, at now: Instant, on connection: any SQLConnection) throws {
        let (database, since, hours, day): (String, Instant, Int, CalendarDate?) =
            switch mail.matter {
            case .database(let id, let since, let hours): (id, since, hours, nil)
            case .clocks(let day): ("", now, 0, day)
            }
        try connection.execute(
            """
            INSERT INTO service_mail
                (id, kind, linked_database, recipient, waiting_since, target_hours, day, noted_at, due_at, state)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 'waiting')
            """, mail.id, mail.kind.rawValue, database, mail.recipient, since, hours, day, now)
    }

    /// What is to be sent now, the oldest first.
    static func due(at now: Instant, limit: Int, on connection: any SQLConnection) throws -> [String] {
        try connection.query(
            """
            SELECT id FROM service_mail WHERE state = 'waiting' AND due_at <= $1 AND leased_until <= $1
            ORDER BY due_at, id LIMIT \(limit)
            """, now
        ).map { try $0["id"] }
    }

    /// Takes a mail for `seconds`, with when it was noted and this attempt's number; nil where another process was faster.
    static func take(
        _ id: String, seconds: Int, at now: Instant, on connection: any SQLConnection
    ) throws -> (mail: ServiceMail, notedAt: Instant, attempt: Int)? {
        try connection.first(
            """
            UPDATE service_mail SET leased_until = $1, attempts = attempts + 1
            WHERE id = $2 AND state = 'waiting' AND leased_until <= $3 RETURNING *
            """, now.adding(seconds: seconds), id, now
        ).map { (try ServiceMail($0), try $0["noted_at"], try $0["attempts"]) }
    }

    static func settle(
        _ id: String, as state: ServiceMailState, failure: String?, at now: Instant, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE service_mail SET state = $1, failure = $2, settled_at = $3, leased_until = 0
            WHERE id = $4 AND state = 'waiting'
            """, state.rawValue, failure, now, id)
    }

    static func putOff(
        _ id: String, until dueAt: Instant, failure: String, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE service_mail SET due_at = $1, failure = $2, leased_until = 0 WHERE id = $3 AND state = 'waiting'",
            dueAt, failure, id)
    }
}

/// Sends service mails: each at least once, under the same Message-ID, for five days at most. Nothing waits for it.
public struct ServiceMailWorker: Sendable {
    /// How a mail is rendered and sent.
    public typealias Delivery = @Sendable (_ mail: ServiceMail, _ address: String) async -> NoticeDelivery

    private static let leaseSeconds = 300
    private static let giveUpSeconds = 5 * 24 * 3600

    private let database: SQLDatabase
    private let dataProtectionOfficer: String
    private let deliver: Delivery?
    private let now: TimeSource

    /// - Parameters:
    ///   - dataProtectionOfficer: the address to escalate to.
    ///   - deliver: nil where no mail server is set: then nothing is sent, nor kept to be sent later.
    public init(
        database: SQLDatabase, dataProtectionOfficer: String, deliver: Delivery?, now: @escaping TimeSource
    ) {
        self.database = database
        self.dataProtectionOfficer = dataProtectionOfficer
        self.deliver = deliver
        self.now = now
    }

    /// Sends what is due until the task is cancelled.
    public func run(logger: Logger) async {
        await recurring(every: .seconds(5), failing: "service mails could not be read or noted", logger: logger) {
            while try await runOnce() > 0, !Task.isCancelled {}
        }
    }

    /// Sends some of what is due now; returns how many there were.
    public func runOnce() async throws -> Int {
        let moment = now()
        let due = try await database.read { try ServiceMailStore.due(at: moment, limit: 20, on: $0) }
        for id in due { try await send(id, at: moment) }
        return due.count
    }

    private func send(_ id: String, at moment: Instant) async throws {
        let taken = try await database.write { connection in
            try ServiceMailStore.take(id, seconds: Self.leaseSeconds, at: moment, on: connection)
        }
        guard let (noted, notedAt, attempt) = taken else { return }
        guard let address = try await address(of: noted) else { return try await settle(noted, as: .noContact, nil) }
        guard let deliver else { return try await settle(noted, as: .undeliverable, "notConfigured") }
        guard let mail = try await whole(noted) else { return try await settle(noted, as: .overtaken, nil) }
        switch await deliver(mail, address) {
        case .accepted: try await settle(mail, as: .mailed, nil)
        case .refused(let code): try await settle(mail, as: .undeliverable, code)
        case .deferred(let code), .unreachable(let code):
            let now = now()
            guard now.seconds(since: notedAt) < Self.giveUpSeconds else {
                return try await settle(mail, as: .undeliverable, code)
            }
            let next = now.adding(seconds: min(3600, 60 << min(attempt - 1, 6)))
            try await database.write { try ServiceMailStore.putOff(mail.id, until: next, failure: code, on: $0) }
        }
    }

    /// The mail with what it lists; nil where there is nothing left to list.
    private func whole(_ mail: ServiceMail) async throws -> ServiceMail? {
        guard case .clocks(let day) = mail.matter else { return mail }
        let digest = try await database.write { connection in
            // Who has a case may have changed since the mail was noted.
            if let recipient = mail.recipient { try ClockAlertStore.passOn(from: recipient, of: day, on: connection) }
            return try ClockAlertStore.digest(of: day, for: mail.recipient, on: connection)
        }
        guard digest.total > 0 else { return nil }
        var whole = mail
        whole.digest = digest
        return whole
    }

    /// Read when the mail goes: nil where it goes to somebody who has none, or may sign in no more.
    private func address(of mail: ServiceMail) async throws -> String? {
        guard let name = mail.recipient else { return dataProtectionOfficer }
        return try await database.read { connection in
            try connection.first("SELECT email FROM operator_account WHERE name = $1 AND is_disabled = 0", name)?[
                "email"]
        }
    }

    private func settle(_ mail: ServiceMail, as state: ServiceMailState, _ failure: String?) async throws {
        let moment = now()
        try await database.write {
            try ServiceMailStore.settle(mail.id, as: state, failure: failure, at: moment, on: $0)
        }
    }
}
