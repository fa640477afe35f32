public import CivilTime
import Foundation
public import RightsRegistry
public import SQLDatabase
import StrictJSON
public import Vault

/// A database that somebody answers for, as they see it.
public struct EntrustedDatabase: Sendable {
    public let linked: LinkedDatabase
    /// Nil where nothing waits.
    public let waiting: WaitingMailbox?
    /// The number of a file with all that there is now; nil before the first batch.
    public let newest: FileNumber?
    /// The whole list that was made last.
    public let list: WholeList?
    /// Whether the hub has been asked for another.
    public let isListAsked: Bool
    /// The newest first.
    public let attestations: [Attestation]
    /// When its custodians were last reminded of what waits now; nil where they were not.
    public let remindedAt: Instant?
    /// How many tasks await an answer.
    public let tasks: Int
}

/// A file on its way to a custodian, piece by piece.
public struct CustodianFile: Sendable {
    public let file: FileNumber
    public let pieces: Int
    /// A piece, from 0. Throws where it is there no more: the file is then to be cut off, never to look whole.
    public let piece: @Sendable (Int) async throws -> [UInt8]
}

/// What custodians without a program do in the console: the door of `manual:`.
///
/// It opens batches with the feed's key, and never has a database's own. Whoever answers for one database reaches no other:
/// what they try leaves an audit event.
public struct CustodianDesk: Sendable {
    let database: SQLDatabase
    let keys: KeyStore
    let policy: RightsPolicy
    let now: TimeSource
    let random: RandomSource

    public init(
        database: SQLDatabase, keys: KeyStore, policy: RightsPolicy, now: @escaping TimeSource,
        random: @escaping RandomSource = systemRandom
    ) {
        self.database = database
        self.keys = keys
        self.policy = policy
        self.now = now
        self.random = random
    }

    // MARK: Seeing

    /// The databases that somebody answers for. Throws `RightsError.forbidden`.
    public func databases(for signedIn: Operator) async throws -> [EntrustedDatabase] {
        try await require(signedIn, at: "databases")
        return try await database.read { connection in
            try CustodianStore.databases(of: signedIn.name, on: connection)
                .filter { $0.connector == "manual:" }.map { try Self.entrusted($0, on: connection) }
        }
    }

    /// One of them. Throws `RightsError.forbidden` for any other, whether or not there is such a database.
    public func database(_ id: String, for signedIn: Operator) async throws -> EntrustedDatabase {
        let found = try await databases(for: signedIn).first { $0.linked.id == id }
        guard let found else { throw try await refusal(of: signedIn, at: id) }
        return found
    }

    private static func entrusted(
        _ linked: LinkedDatabase, on connection: any SQLConnection
    ) throws -> EntrustedDatabase {
        let last = try MailboxStore.last(of: linked.id, edition: linked.edition, on: connection)
        let waiting = try MailboxStore.waiting(on: connection)[linked.id]
        let since = try CustodianReminderStore.since(of: linked.id, waiting, on: connection)
        let reminded = try CustodianReminderStore.last(of: linked.id, on: connection)
        return EntrustedDatabase(
            linked: linked, waiting: waiting,
            newest: last.map { FileNumber(edition: $0.edition, number: $0.number) },
            list: try WholeListStore.list(of: linked.id, on: connection),
            isListAsked: try WholeListStore.asked(for: linked.id, on: connection) != nil,
            attestations: try CustodianStore.attestations(of: linked.id, limit: 5, on: connection),
            remindedAt: reminded.flatMap { at in since.flatMap { at >= $0 ? at : nil } },
            tasks: linked.state == .active
                ? try TaskStore.open(in: linked.id, on: connection).filter(\.isSent).count : 0)
    }

    // MARK: Taking away

    /// Asks the hub for the whole list as it now stands. Nothing where that one is there already.
    public func askForList(of id: String, by signedIn: Operator) async throws {
        let found = try await database(id, for: signedIn)
        guard let newest = found.newest, found.list?.file != newest else { return }
        let moment = now()
        try await database.write { try WholeListStore.ask(for: id, at: moment, on: $0) }
    }

    /// The whole list that was made last; nil where none was.
    public func list(of id: String, for signedIn: Operator) async throws -> CustodianFile? {
        guard let list = try await database(id, for: signedIn).list else { return nil }
        let mailbox = try mailbox(of: id)
        try await record(list.file, .list, of: id, by: signedIn)
        return CustodianFile(file: list.file, pieces: list.parts + 1) { [database] piece in
            guard piece > 0 else { return Array(CustodianLine.header.utf8) }
            guard let sealed = try await database.read({ try WholeListStore.part(piece - 1, of: list.list, on: $0) })
            else { throw FeedRefusal.unreadable }
            return try mailbox.opened(sealed, part: piece - 1, of: list.list, database: id)
        }
    }

    /// What was laid down since the last attestation, in its order; nil where nothing waits.
    public func changes(of id: String, for signedIn: Operator) async throws -> CustodianFile? {
        let found = try await database(id, for: signedIn)
        let first = found.linked.acknowledged + 1
        guard let newest = found.newest, newest.number >= first, found.linked.state == .active else { return nil }
        let mailbox = try mailbox(of: id)
        try await record(newest, .changes, of: id, by: signedIn)
        return CustodianFile(file: newest, pieces: Int(newest.number - first) + 2) { [database] piece in
            guard piece > 0 else { return Array(CustodianLine.header.utf8) }
            let batch = try await database.read { connection in
                try MailboxStore.batches(
                    of: id, edition: newest.edition, after: first + Int64(piece) - 2, limit: 1, on: connection)
            }.first
            guard let batch, batch.sealed != nil else { throw FeedRefusal.unreadable }
            let lines = try mailbox.document(of: batch).split(separator: UInt8(ascii: "\n")).dropFirst()
            let rows = try lines.map { try CustodianLine(try JSON(parsing: $0)) }
            return Array(rows.map(\.csvLine).joined().utf8)
        }
    }

    func mailbox(of id: String) throws -> StoredMailbox {
        do {
            return StoredMailbox(FeedKey(try keys.symmetricKey(.feed(id))))
        } catch {
            throw RightsError.sealed
        }
    }

    private func record(
        _ file: FileNumber, _ kind: CustodianStore.FileKind, of id: String, by signedIn: Operator
    ) async throws {
        let moment = now()
        let audit = event(
            "custodian.tookFile", on: id, by: signedIn,
            ["file": .string(file.description), "kind": .string(kind.rawValue)], moment)
        try await database.write { connection in
            try CustodianStore.recordFile(file, kind, of: id, by: signedIn.name, at: moment, on: connection)
            try audit.record(on: connection)
        }
    }

    // MARK: Attesting

    /// Takes a custodian's word that all up to a file was applied at the extraction of a day: it counts as confirmed.
    ///
    /// The same word again changes nothing. Throws `FieldErrors` at `/number` and `/extractedOn`; what was meant and wrong
    /// leaves an audit event.
    public func attest(_ number: String, extractedOn day: String, of id: String, by signedIn: Operator) async throws {
        let found = try await database(id, for: signedIn)
        do {
            let (file, day) = try read(number, day)
            try await attest(file, day, of: found.linked, by: signedIn)
        } catch let errors as FieldErrors {
            let codes = errors.errors.map(\.code)
            if codes.contains(where: { $0.hasPrefix("attestation.") }) {
                let audit = event(
                    "custodian.attestationRefused", on: id, by: signedIn,
                    ["file": .string(String(number.prefix(20))), "errors": .array(codes.map(JSON.string))], now())
                try await database.write { try audit.record(on: $0) }
            }
            throw errors
        }
    }

    private func read(_ number: String, _ day: String) throws(FieldErrors) -> (FileNumber, CalendarDate) {
        var errors: [FieldError] = []
        let file = FileNumber(number)
        if number.isEmpty {
            errors.append(FieldError(pointer: "/number", code: "required"))
        } else if file == nil {
            errors.append(FieldError(pointer: "/number", code: "attestation.number"))
        }
        let date = CalendarDate(day)
        if day.isEmpty {
            errors.append(FieldError(pointer: "/extractedOn", code: "required"))
        } else if date == nil {
            errors.append(FieldError(pointer: "/extractedOn", code: "attestation.date"))
        } else if let date, date > now().date(in: policy.zone) {
            errors.append(FieldError(pointer: "/extractedOn", code: "attestation.future"))
        }
        guard errors.isEmpty, let file, let date else { throw FieldErrors(errors) }
        return (file, date)
    }

    private func attest(
        _ file: FileNumber, _ day: CalendarDate, of linked: LinkedDatabase, by signedIn: Operator
    ) async throws {
        let (moment, id, zone) = (now(), linked.id, policy.zone)
        let audit = event(
            "custodian.attested", on: id, by: signedIn,
            ["file": .string(file.description), "extractedOn": .string(day.description)], moment)
        try await database.write { connection in
            guard let linked = try LinkedDatabaseStore.find(id, on: connection), linked.edition == file.edition,
                try CustodianStore.wasTaken(file, of: id, on: connection),
                let batch = try MailboxStore.batches(
                    of: id, edition: file.edition, after: file.number - 1, limit: 1, withContent: false, on: connection
                ).first, batch.number == file.number
            else { throw Self.wrong("/number", "attestation.number") }
            guard file.number >= linked.acknowledged else { throw Self.wrong("/number", "attestation.done") }
            // Sent twice: the first has said it all.
            if file.number == linked.acknowledged { return }
            guard day >= batch.madeAt.date(in: zone) else { throw Self.wrong("/extractedOn", "attestation.tooEarly") }
            do {
                _ = try MailboxStore.acknowledge(
                    MailboxAcknowledgement(
                        edition: file.edition, number: file.number, incarnation: batch.incarnation,
                        position: batch.to, rejected: []), of: id, at: moment, on: connection)
            } catch is AcknowledgementRefusal {
                throw Self.wrong("/number", "attestation.stopped")
            }
            try CustodianStore.record(
                Attestation(file: file, extractedOn: day, by: signedIn.name, at: moment), of: id, on: connection)
            // What has arrived need not be kept.
            let list = try WholeListStore.list(of: id, on: connection)
            if let list, list.file.edition < file.edition || list.file.number <= file.number {
                try WholeListStore.forget(id, on: connection)
            }
            try audit.record(on: connection)
        }
    }

    private static func wrong(_ pointer: String, _ code: String) -> FieldErrors {
        FieldErrors([FieldError(pointer: pointer, code: code)])
    }

    // MARK: Who may

    private func require(_ signedIn: Operator, at place: String) async throws {
        guard policy.roles.allows(signedIn.role, .attestDatabases) else {
            throw try await refusal(of: signedIn, at: place)
        }
    }

    /// Writes the refusal down, and gives it to be thrown.
    private func refusal(of signedIn: Operator, at place: String) async throws -> RightsError {
        let audit = event("operator.refused", on: String(place.prefix(100)), by: signedIn, [:], now())
        try await database.write { try audit.record(on: $0) }
        return .forbidden(.attestDatabases)
    }

    private func event(
        _ act: String, on subject: String, by signedIn: Operator, _ detail: JSON, _ moment: Instant
    ) -> AuditEvent {
        AuditEvent(
            at: moment, actor: signedIn.name, role: signedIn.role.rawValue, act: act, subject: subject, detail: detail,
            random: random)
    }
}
