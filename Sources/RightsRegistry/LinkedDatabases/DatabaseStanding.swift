public import CivilTime
public import SQLDatabase

/// How one linked database stands against the ledger: what it has not confirmed, and since when.
public struct DatabaseStanding: Sendable {
    /// The first of these that holds. Only `current` says that all there is has been confirmed.
    public enum Condition: Sendable, Hashable {
        /// Its custodian has not shown yet that both sides make the same pseudonyms.
        case pending
        case removed
        /// Its list is not what it had confirmed, or is of another ledger: nothing counts as confirmed.
        case stopped
        case paused
        /// It can't be served.
        case failing
        /// It could not take some objections.
        case excepted
        /// Something is on its way, and nothing was ever confirmed.
        case neverConfirmed
        /// Something is on its way.
        case behind
        /// The ledger has nothing for it yet.
        case nothingYet
        case current
    }

    public let linked: LinkedDatabase
    public let condition: Condition
    /// The ledger's last position.
    public let head: Int64
    /// How many entries it has not confirmed.
    public let lag: Int64
    /// When the oldest thing entered the ledger that is not applied there; nil where nothing waits.
    public let waitingSince: Instant?
    /// Open ones, but for those that were declared impossible: nothing waits for them.
    public let exceptions: Int
    /// How many projects it has still to be told of, with what was objected to in them before.
    public let catchingUp: Int
    /// What its mailbox holds; nil where nothing waits there.
    public let mailbox: WaitingMailbox?
    /// The generations of its key, the oldest first; none where it was never changed.
    public let keys: [KeyGeneration]

    /// Whether something has waited for longer than `hours`.
    public func isLate(after hours: Int, at now: Instant) -> Bool {
        waitingSince.map { now.milliseconds - $0.milliseconds > Int64(hours) * 3_600_000 } ?? false
    }
}

/// Reads how linked databases stand. Nothing of it is stored.
public enum DatabaseStandingStore {
    /// Every database that was ever linked, by id.
    public static func all(on connection: any SQLConnection) throws -> [DatabaseStanding] {
        try standings(of: try LinkedDatabaseStore.all(on: connection), on: connection)
    }

    /// Those that objections wait for.
    public static func linked(on connection: any SQLConnection) throws -> [DatabaseStanding] {
        try standings(of: try LinkedDatabaseStore.linked(on: connection), on: connection)
    }

    public static func find(_ id: String, on connection: any SQLConnection) throws -> DatabaseStanding? {
        guard let linked = try LinkedDatabaseStore.find(id, on: connection) else { return nil }
        return try standings(of: [linked], on: connection).first
    }

    private static func standings(
        of databases: [LinkedDatabase], on connection: any SQLConnection
    ) throws -> [DatabaseStanding] {
        guard
            let ledger = try connection.first("SELECT incarnation, since FROM ledger ORDER BY since DESC LIMIT 1")
        else { return [] }
        let reading = Reading(
            incarnation: try ledger["incarnation"], since: try ledger["since"],
            head: try LedgerStore.head(on: connection),
            // Committed, and without a position yet: a moment, unless nobody gives any.
            unnumbered: try connection.first(
                "SELECT MIN(created_at) AS since FROM ledger_entry WHERE position IS NULL")?["since"],
            mailboxes: try MailboxStore.waiting(on: connection), keys: try DatabaseKeyStore.byDatabase(on: connection))
        return try databases.map { try reading.standing(of: $0, on: connection) }
    }

    /// What is the same for all of them.
    private struct Reading {
        let incarnation: String
        let since: Instant
        let head: Int64
        let unnumbered: Instant?
        let mailboxes: [String: WaitingMailbox]
        let keys: [String: [KeyGeneration]]

        func standing(of linked: LinkedDatabase, on connection: any SQLConnection) throws -> DatabaseStanding {
            let isOfThisLedger = linked.incarnation == incarnation
            let lag = isOfThisLedger ? max(0, head - linked.position) : head
            let open = try connection.first(
                """
                SELECT COUNT(*) AS n, MIN(COALESCE(e.created_at, x.opened_at)) AS since FROM delivery_exception x
                LEFT JOIN ledger_entry e ON e.position = x.position
                WHERE x.linked_database = $1 AND x.resolved_at IS NULL
                    AND NOT \(ImpossibilityStore.stands("x.objection", in: "x.linked_database"))
                """, linked.id)
            let exceptions: Int = try open?["n"] ?? 0
            let catchingUp: Int =
                try connection.first(
                    """
                    SELECT COUNT(*) AS n FROM project_reach p WHERE p.linked_database = $1 AND p.served_at IS NULL
                        AND EXISTS (SELECT 1 FROM objection_project o WHERE o.project = p.project)
                    """, linked.id)?["n"] ?? 0
            var moments: [Instant?] = [linked.stoppedAt, try open?["since"], unnumbered]
            if isOfThisLedger {
                moments += try waits(of: linked, on: connection)
            } else if head > 0 {
                moments.append(since)
            }
            let isServed = linked.state == .active || linked.state == .paused
            let waitingSince = isServed ? moments.compactMap { $0 }.min() : nil
            return DatabaseStanding(
                linked: linked,
                condition: condition(
                    of: linked, isOfThisLedger: isOfThisLedger, exceptions: exceptions,
                    waits: waitingSince != nil || lag > 0 || catchingUp > 0),
                head: head, lag: lag, waitingSince: waitingSince, exceptions: exceptions, catchingUp: catchingUp,
                mailbox: mailboxes[linked.id], keys: keys[linked.id] ?? [])
        }

        private func condition(
            of linked: LinkedDatabase, isOfThisLedger: Bool, exceptions: Int, waits: Bool
        ) -> DatabaseStanding.Condition {
            switch linked.state {
            case .pending: return .pending
            case .removed: return .removed
            case .active, .paused: break
            }
            if linked.stoppedAt != nil || !isOfThisLedger { return .stopped }
            if linked.state == .paused { return .paused }
            if linked.failingSince != nil { return .failing }
            if exceptions > 0 { return .excepted }
            if waits { return linked.confirmedAt == nil ? .neverConfirmed : .behind }
            return linked.confirmedAt == nil ? .nothingYet : .current
        }

        /// When the oldest entry came that is still to be handed over, and the oldest that waits in a mailbox. A batch that
        /// changes nothing waits for nobody.
        private func waits(of linked: LinkedDatabase, on connection: any SQLConnection) throws -> [Instant?] {
            let handed = linked.isMailbox ? max(linked.position, linked.handing ?? 0) : linked.position
            let next = try entry(after: handed, on: connection)
            guard linked.isMailbox,
                let batch = try connection.first(
                    """
                    SELECT from_position, to_position, made_at FROM mailbox_batch
                    WHERE linked_database = $1 AND edition = $2 AND number > $3 AND COALESCE(changes, 1) > 0
                    ORDER BY number LIMIT 1
                    """, linked.id, linked.edition, linked.acknowledged)
            else { return [next] }
            let (from, to): (Int64, Int64) = (try batch["from_position"], try batch["to_position"])
            // One that ends where it begins says again what was said before.
            return [next, try batch["made_at"], from < to ? try entry(after: from, on: connection) : nil]
        }

        private func entry(after position: Int64, on connection: any SQLConnection) throws -> Instant? {
            try connection.first(
                "SELECT created_at FROM ledger_entry WHERE position > $1 ORDER BY position LIMIT 1", position
            )?["created_at"]
        }
    }
}
