public import CivilTime
public import PublicRegistry
public import SQLDatabase

/// How far one objection has come in one linked database: three facts and never one word for all of them.
///
/// Nothing here tells whether the person was found in the database.
public struct PropagationStatus: Sendable {
    /// Where the objection stands in relation to the database's list.
    public enum Listing: Sendable, Hashable {
        /// Not on the list yet.
        case pending
        /// On the list since then.
        case listed(since: Instant)
        /// Still on the list; its removal is on the way.
        case removalPending(listedSince: Instant)
        /// Off the list since then.
        case removed(since: Instant)
        /// The person has no identifier that this database could match; an operator completes it.
        case noIdentifier
        /// The database could not take the entry; operators have been told.
        case exception(reason: String)
    }

    public let database: String
    public let name: LocalizedText?
    public let listing: Listing
    /// Since when the database has not answered; nil while it does.
    public let failingSince: Instant?
    /// The last extraction that was checked against the list, with its certificate. Nil until one was.
    public let lastExtractionChecked: Instant?
    /// Releases of this database's data before it was on the list: they can't be recalled.
    public let releasesBefore: Int

    /// Whether the database has confirmed the objection's current state.
    public var isComplete: Bool {
        switch listing {
        case .listed, .removed: true
        case .pending, .removalPending, .noIdentifier, .exception: false
        }
    }
}

/// Reads how objections have propagated. Nothing of it is stored: it follows from positions.
public enum PropagationView {
    /// One status a linked database, for the objection's latest entry.
    public static func statuses(
        of objection: String, zone: DayOf, on connection: any SQLConnection
    ) throws -> [PropagationStatus] {
        let entries = try connection.query(
            "SELECT * FROM ledger_entry WHERE objection = $1 ORDER BY ordinal", objection)
        guard let latest = entries.last else { return [] }
        let incarnation = try LedgerStore.incarnation(on: connection)
        let count: Int = try latest["identifier_count"]
        let isWithdrawn = try latest["effect"] == LedgerEffect.withdraw.rawValue
        // The last registration: one that was ended and registered again is not on any list for having been there.
        let registered: Int64? = try entries.last { try $0["effect"] == LedgerEffect.register.rawValue }?["position"]
        let last: Int64? = try latest["position"]
        return try LinkedDatabaseStore.linked(on: connection).map { database in
            let isSameLedger = database.incarnation == incarnation
            let listedAt = isSameLedger ? try confirmation(of: registered, in: database, on: connection) : nil
            let latestAt = isSameLedger ? try confirmation(of: last, in: database, on: connection) : nil
            let exception: String? = try connection.first(
                """
                SELECT reason FROM delivery_exception
                WHERE linked_database = $1 AND objection = $2 AND resolved_at IS NULL
                """, database.id, objection)?["reason"]
            let listing: PropagationStatus.Listing =
                if let exception {
                    .exception(reason: exception)
                } else if database.stoppedAt != nil {
                    .exception(reason: database.failure ?? "")
                } else if isWithdrawn {
                    if let latestAt {
                        .removed(since: latestAt)
                    } else if let listedAt, count > 0 {
                        .removalPending(listedSince: listedAt)
                    } else {
                        .pending
                    }
                } else if count == 0 {
                    .noIdentifier
                } else if let listedAt {
                    .listed(since: listedAt)
                } else {
                    .pending
                }
            return PropagationStatus(
                database: database.id, name: database.name, listing: listing, failingSince: database.failingSince,
                lastExtractionChecked: nil,
                releasesBefore: try releases(of: database.datasets, before: listedAt.map(zone), on: connection))
        }
    }

    /// When `database` confirmed `position`; nil while it has not.
    private static func confirmation(
        of position: Int64?, in database: LinkedDatabase, on connection: any SQLConnection
    ) throws -> Instant? {
        guard let position, database.position >= position else { return nil }
        return try connection.first(
            """
            SELECT confirmed_at FROM delivery_batch
            WHERE linked_database = $1 AND incarnation = $2 AND to_position >= $3
            ORDER BY to_position LIMIT 1
            """, database.id, database.incarnation, position)?["confirmed_at"]
    }

    /// Releases of the datasets that happened before `day`, or that bear no date; all of them where `day` is nil.
    private static func releases(
        of datasets: [String], before day: CalendarDate?, on connection: any SQLConnection
    ) throws -> Int {
        guard !datasets.isEmpty else { return 0 }
        let places = datasets.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        var parameters: [any SQLConvertible] = datasets
        var condition = ""
        if let day {
            // No date is an empty text, which stands before every date.
            condition = " AND released_on < $\(datasets.count + 1)"
            parameters.append(day)
        }
        return try connection.query(
            "SELECT count(*) AS n FROM release WHERE shown = 1 AND dataset IN (\(places))\(condition)",
            parameters: parameters
        ).first?["n"] ?? 0
    }
}

/// The day on which an instant falls where the institution is.
public typealias DayOf = @Sendable (Instant) -> CalendarDate
