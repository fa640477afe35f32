public import CivilTime
public import PublicRegistry
import SQLDatabase
import StrictJSON

/// How far one objection has come in one linked database: three facts and never one word for all of them.
///
/// Nothing here tells whether the person was found in the database.
public struct PropagationStatus: Sendable {
    /// The reason of an exception that is the whole database's, with which nothing is exchanged just now.
    public static let stopped = "stopped"

    /// Where the objection stands in relation to the database's list.
    public enum Listing: Sendable, Hashable {
        /// Not on the list yet.
        case pending
        /// On the list since then.
        case listed(since: Instant)
        /// It has ended, which the database has not confirmed yet; since when it is on the list, nil where it was never confirmed there.
        case removalPending(listedSince: Instant?)
        /// Off the list since then.
        case removed(since: Instant)
        /// The person has given nothing by which this database could know them; an operator completes it.
        case noIdentifier
        /// The database could not take the entry; operators have been told.
        case exception(reason: String)
        /// It can't be applied there, as an operator has declared. The reason is nil where the reader may not read it, or
        /// another request tells it.
        case impossible(since: Instant, reason: String?)
    }

    public let database: String
    public let name: LocalizedText?
    /// Whether a person applies what is sent there, and no program.
    public let isByHand: Bool
    /// The one project in that database that this is about; nil where it is about whatever is done there.
    public let project: ProjectName?
    public internal(set) var listing: Listing
    /// By what the database knows people.
    public var matching: Matching = .nir
    /// Since when the database has not answered; nil while it does.
    public let failingSince: Instant?
    /// The last extraction that was checked against the list, with its certificate. Nil until one was.
    public let lastExtractionChecked: Instant?
    /// Releases of this database's data before it was on the list: they can't be recalled.
    public let releasesBefore: Int
    /// The event of the request in which it stands why it is impossible.
    var reasonEvent: Int?

    /// Whether the database has confirmed the objection's current state.
    public var isComplete: Bool {
        switch listing {
        case .listed, .removed: true
        case .pending, .removalPending, .noIdentifier, .exception, .impossible: false
        }
    }

    /// Whether an operator declared that it can't be applied there.
    public var isImpossible: Bool { if case .impossible = listing { true } else { false } }

    /// Whether the database has not applied it, so that it may turn out to be impossible.
    public var isOpen: Bool {
        switch listing {
        case .pending, .removalPending(nil), .noIdentifier, .exception, .impossible: true
        case .listed, .removalPending, .removed: false
        }
    }

    /// The same with the reasons, where it is impossible and they are among what the reader may read.
    func withReasons(from events: [RequestView.Event]) -> PropagationStatus {
        guard case .impossible(let since, _) = listing, let reasonEvent else { return self }
        var told = self
        told.listing = .impossible(
            since: since, reason: events.first { $0.event.n == reasonEvent }?.words?["reasons"]?.string)
        return told
    }
}

/// A project, as those read of it who follow an objection.
public struct ProjectName: Sendable, Hashable {
    public let reference: String
    /// Nil where the register no longer shows it.
    public let title: LocalizedText?
}

/// Reads how objections have propagated. Nothing of it is stored: it follows from positions.
enum PropagationView {
    /// One status a linked database in scope, for the latest entry that covers it; and one for each project that stands
    /// apart in that database.
    ///
    /// - Parameters:
    ///   - asked: what of the objection to tell of.
    ///   - reference: the request that it is told in.
    static func statuses(
        of objection: ObjectionID, _ history: ObjectionHistory, within asked: Scope, in reference: String, zone: DayOf,
        on connection: any SQLConnection
    ) throws -> [PropagationStatus] {
        guard let scope = history.scope else { return [] }
        let linked = try LinkedDatabaseStore.linked(on: connection)
        let projects = Set(history.entries.flatMap(\.scope.projects)).sorted()
        let reach = try ProjectReach.databases(of: projects, among: linked, on: connection)
        let titles = try ProjectUse.all(of: projects, on: connection)
        let incarnation = try LedgerStore.incarnation(on: connection)
        let impossible = try ImpossibilityStore.all(of: objection, on: connection)
        return try linked.flatMap { database in
            let exception = try exception(of: objection, in: database, on: connection)
            // Why it stopped is for operators, who read it where databases are listed: it may name machines.
            let failure = exception ?? (database.stoppedAt == nil ? nil : PropagationStatus.stopped)
            let impossibility = impossible[database.id]
            var statuses: [PropagationStatus] = []
            func add(project: ProjectName?, servedAt: Instant?) throws {
                guard scope.covers(database: database.id, project: project?.reference),
                    asked.covers(database: database.id, project: project?.reference)
                else { return }
                // In another ledger, its position says nothing.
                let isConfirming = database.incarnation == incarnation && (project == nil || servedAt != nil)
                let confirmed: (ObjectionHistory.Entry?) throws -> Instant? = { entry in
                    guard isConfirming, let position = entry?.position else { return nil }
                    return try confirmation(of: position, in: database, on: connection).map { confirmed in
                        servedAt.map { max($0, confirmed) } ?? confirmed
                    }
                }
                let covering = history.entries.filter {
                    $0.scope.covers(database: database.id, project: project?.reference)
                }
                // A project of which the rest of the objection says the same does not stand apart.
                guard let latest = covering.last, project == nil || latest.scope.part == .project else { return }
                // The last registration: one that was ended and registered again is on no list for having been there.
                let listedAt = try confirmed(covering.last { $0.effect == .register })
                // Where it joined after the identifiers had been destroyed, nothing of it ever was.
                let forgottenAt = latest.forgottenAt.flatMap { forgotten in
                    database.linkedAt.map { $0 >= forgotten } == true ? forgotten : nil
                }
                let latestAt = try confirmed(latest) ?? forgottenAt
                let facts = listing(latest, listedAt: listedAt, latestAt: latestAt, database.matching)
                // What the database has confirmed meanwhile, it has applied.
                let isImpossible =
                    exception != nil || [.pending, .removalPending(listedSince: nil), .noIdentifier].contains(facts)
                statuses.append(
                    PropagationStatus(
                        database: database.id, name: database.name, isByHand: database.isByHand, project: project,
                        listing: impossibility.flatMap {
                            isImpossible ? .impossible(since: $0.declaredAt, reason: nil) : nil
                        } ?? failure.map { .exception(reason: $0) } ?? facts,
                        matching: database.matching,
                        failingSince: database.failingSince, lastExtractionChecked: nil,
                        releasesBefore: try releases(
                            of: database.datasets, to: project?.reference, before: listedAt.map(zone),
                            on: connection),
                        reasonEvent: impossibility.flatMap { $0.reference == reference ? $0.event : nil }))
            }
            try add(project: nil, servedAt: nil)
            for project in projects {
                guard let servedAt = reach[project]?[database.id] else { continue }
                try add(
                    project: ProjectName(reference: project, title: titles[project]?.title), servedAt: servedAt)
            }
            return statuses
        }
    }

    private static func listing(
        _ latest: ObjectionHistory.Entry, listedAt: Instant?, latestAt: Instant?, _ matching: Matching
    ) -> PropagationStatus.Listing {
        let isKnown = matching.knows(identifiers: latest.identifierCount, traits: latest.traitCount)
        switch latest.effect {
        case .withdraw:
            if let latestAt { return .removed(since: latestAt) }
            return .removalPending(listedSince: isKnown ? listedAt : nil)
        case .register:
            if !isKnown { return .noIdentifier }
            return listedAt.map { .listed(since: $0) } ?? .pending
        }
    }

    /// Why the database could not take the objection, whatever it has confirmed.
    private static func exception(
        of objection: ObjectionID, in database: LinkedDatabase, on connection: any SQLConnection
    ) throws -> String? {
        try connection.first(
            """
            SELECT reason FROM delivery_exception
            WHERE linked_database = $1 AND objection = $2 AND resolved_at IS NULL
            """, database.id, objection.description)?["reason"]
    }

    /// When `database` confirmed `position`; nil while it has not.
    private static func confirmation(
        of position: Int64, in database: LinkedDatabase, on connection: any SQLConnection
    ) throws -> Instant? {
        guard database.position >= position else { return nil }
        return try connection.first(
            """
            SELECT confirmed_at FROM delivery_batch
            WHERE linked_database = $1 AND incarnation = $2 AND to_position >= $3
            ORDER BY to_position LIMIT 1
            """, database.id, database.incarnation, position)?["confirmed_at"]
    }

    /// Releases of the datasets, to `project` or to all, that happened before `day`, or that bear no date; all of them
    /// where `day` is nil.
    private static func releases(
        of datasets: [String], to project: String?, before day: CalendarDate?, on connection: any SQLConnection
    ) throws -> Int {
        guard !datasets.isEmpty else { return 0 }
        let places = datasets.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        var parameters: [any SQLConvertible] = datasets
        var condition = ""
        func add(_ term: String, _ value: any SQLConvertible) {
            parameters.append(value)
            condition += " AND \(term) $\(parameters.count)"
        }
        if let project { add("project =", project) }
        // No date is an empty text, which stands before every date.
        if let day { add("released_on <", day) }
        return try connection.query(
            "SELECT count(*) AS n FROM release WHERE shown = 1 AND dataset IN (\(places))\(condition)",
            parameters: parameters
        ).first?["n"] ?? 0
    }
}

/// The day on which an instant falls where the institution is.
public typealias DayOf = @Sendable (Instant) -> CalendarDate
