import CivilTime
import Logging
import RightsRegistry
import SQLDatabase

/// Hands batch after batch to a target that applies each while we wait.
///
/// The cursor stands where the target has confirmed; at most one batch is under way, and its end is recorded before it is
/// handed over: the only other place where the target may be found.
struct PushDelivery: Sendable {
    private static let largestCatchUp = 200

    let worker: DatabaseWorker
    let lease: Lease
    let maker: BatchMaker
    let target: any PushConnector

    private var database: SQLDatabase { worker.database }
    private var id: String { worker.id }

    func deliverWaiting() async throws {
        try await requirePlace()
        var size = BatchSize(worker.pace)
        var ahead: Prepared?
        var isKeysTurn = true
        while !Task.isCancelled {
            let mayGoOn: Bool
            switch try await next(isKeysTurn) {
            case .nothing: mayGoOn = false
            case .keys(let linked, let page):
                isKeysTurn = false
                // Of what has been gone through since, it would lack lines.
                ahead = nil
                mayGoOn = try await goThrough(page, linked)
            case .batch(let linked, let end):
                isKeysTurn = true
                var prepared = ahead.flatMap { $0.follows(linked) ? $0 : nil }
                ahead = nil
                if prepared == nil {
                    prepared = try await prepare(linked, after: linked.position, upTo: end, limit: size.entries)
                }
                guard let prepared else { return }
                mayGoOn = try await deliver(prepared, to: linked, &size, &ahead)
            case .project(let linked, let project): mayGoOn = try await catchUp(project, linked)
            case .objections(let linked, let objections): mayGoOn = try await redeliver(objections, linked)
            }
            if !mayGoOn { break }
        }
    }

    /// Throws `TargetError` unless the target stands where it was left, and takes back what was said against it.
    private func requirePlace() async throws {
        guard let linked = try await database.read({ try LinkedDatabaseStore.find(id, on: $0) }),
            linked.state == .active
        else { return }
        do {
            if let place = try await alreadyApplied(linked) { try await confirm(linked, at: place) }
        } catch let error as TargetError {
            // Another process may have moved it since the cursor was read, where this one stood still.
            guard try await worker.hasMoved(linked) else { throw error }
            return
        }
        guard linked.failingSince != nil else { return }
        try await database.write { try LinkedDatabaseStore.recordPlace(of: id, on: $0) }
    }

    /// What is to be handed over next.
    private enum Work {
        /// Nothing waits, or the database is not to be served.
        case nothing
        /// The entries after the cursor. A batch whose outcome is not known ends where it ended: the target may stand there.
        case batch(LinkedDatabase, end: Int64?)
        /// What was objected to in a project before it came to use the database.
        case project(LinkedDatabase, String)
        /// Objections that the target could not take, and that are to be tried again.
        case objections(LinkedDatabase, [ObjectionID])
        /// Registrations of before, under a key that comes or goes.
        case keys(LinkedDatabase, KeyPage)
    }

    /// - Parameter isKeysTurn: whether a key's registrations come before entries that wait, so that neither waits for the
    ///   other.
    private func next(_ isKeysTurn: Bool) async throws -> Work {
        try await database.read { connection in
            guard let linked = try worker.current(under: maker.keys, on: connection) else { return .nothing }
            if let handing = linked.handing, handing > linked.position { return .batch(linked, end: handing) }
            // What became of it is not known: nothing else comes before it, so that it is the same once more.
            if let generation = try DatabaseKeyStore.unsettled(in: id, on: connection),
                let kind = KeyPass.Kind(generation.state)
            {
                let pass = KeyPass(
                    generation: generation.number, kind: kind, from: generation.confirmed, upTo: generation.handed)
                return .keys(linked, try KeyPage.again(pass, in: id, at: linked.position, on: connection))
            }
            if let project = try ProjectReach.waiting(in: id, on: connection) { return .project(linked, project) }
            let objections = try DeliveryExceptionStore.waiting(in: id, limit: Self.largestCatchUp, on: connection)
            if !objections.isEmpty { return .objections(linked, objections) }
            let lags = try LedgerStore.head(on: connection) > linked.position
            if !lags || isKeysTurn,
                let generation = try DatabaseKeyStore.waiting(in: id, at: linked.position, on: connection),
                let page = try KeyPage.next(
                    of: generation, in: id, at: linked.position, pace: worker.pace, on: connection)
            {
                return .keys(linked, page)
            }
            return lags ? .batch(linked, end: nil) : .nothing
        }
    }

    // MARK: One batch

    /// A batch that is ready to be handed over, and what it was made for.
    private struct Prepared: Sendable {
        let batch: TargetBatch
        let entryCount: Int
        let reach: Int64

        /// Whether it is still what comes next: projects that came to use the database since would be missing.
        func follows(_ linked: LinkedDatabase) -> Bool {
            batch.from == linked.position && batch.incarnation == linked.incarnation && reach == linked.reach
                && (linked.handing ?? 0) <= linked.position
        }
    }

    /// Reads the entries after `position`, at most `limit` or as far as `end`; nil where there are none. Those that are held
    /// back are passed over.
    private func prepare(
        _ linked: LinkedDatabase, after position: Int64, upTo end: Int64? = nil, limit: Int
    ) async throws -> Prepared? {
        let (entries, last, served, coverage) = try await database.read { connection in
            var entries = try LedgerStore.entries(
                after: position, limit: end.map { Int($0 - position) } ?? limit, on: connection)
            let last = entries.last?.position
            let held = try DeliveryExceptionStore.held(in: id, on: connection)
            if !held.isEmpty { entries.removeAll { held.contains($0.objection) } }
            let named = Set(entries.lazy.flatMap(\.projects))
            return (
                entries, last, try ProjectReach.served(named, in: id, on: connection),
                try KeyCoverage.of(entries, in: id, on: connection)
            )
        }
        guard let last else { return nil }
        return Prepared(
            batch: target.arranged(
                TargetBatch(
                    list: maker.keys.listName, incarnation: linked.incarnation, from: position, to: last,
                    changes: try await maker.changes(entries, served: served, coverage))),
            entryCount: Int(last - position), reach: linked.reach)
    }

    /// Hands one batch over and moves the cursor, making the next one meanwhile; false where another process has the lease.
    private func deliver(
        _ prepared: Prepared, to linked: LinkedDatabase, _ size: inout BatchSize, _ ahead: inout Prepared?
    ) async throws -> Bool {
        let batch = prepared.batch
        var isHanded = false
        do {
            if let place = try await alreadyApplied(linked) {
                try await confirm(linked, at: place)
                return true
            }
            switch try await worker.claim(
                linked, under: lease,
                { [id] _, connection in
                    try LinkedDatabaseStore.recordHanding(to: batch.to, of: id, on: connection)
                    return .made
                })
            {
            case .made: break
            case .cursorMoved: return true
            case .leasedByAnother: return false
            }
            isHanded = true
            let start = ContinuousClock.now
            let (rejections, coming) = try await apply(batch, making: size.entries, linked)
            size.took(ContinuousClock.now - start, for: prepared.entryCount)
            try await confirm(linked, upTo: batch.to, rejections)
            // What was refused just now is held back from now on.
            if rejections.isEmpty { ahead = coming }
            worker.logger.info(
                "batch confirmed", metadata: ["database": "\(id)", "from": "\(batch.from)", "to": "\(batch.to)"])
            return true
        } catch let error as TargetError {
            // An earlier try of this very batch may have arrived late: then it has been applied, and that is found next.
            if isHanded, error == .elsewhere(found: batch.to, expected: batch.from) { return true }
            // This process may have been frozen past its lease: what looks out of place is then another's work.
            guard try await worker.hasMoved(linked) else { throw error }
            return true
        }
    }

    /// Has the target apply a batch, and makes the next one meanwhile. Where that can't be made, it is said once it is its turn.
    private func apply(
        _ batch: TargetBatch, making limit: Int, _ linked: LinkedDatabase
    ) async throws -> ([Rejection], Prepared?) {
        guard case .fixed = worker.pace else {
            async let coming = try? prepare(linked, after: batch.to, limit: limit)
            return (try await target.apply(batch), await coming)
        }
        let coming = try? await prepare(linked, after: batch.to, limit: limit)
        return (try await target.apply(batch), coming)
    }

    /// A target that stands at the end of the very batch that was under way has applied it: its confirmation was lost,
    /// to a crash or a broken connection. Any other place that is not the cursor stops the database.
    private func alreadyApplied(_ linked: LinkedDatabase) async throws -> TargetPlace? {
        guard let place = try await target.place() else {
            guard linked.position == 0 else { throw TargetError.empty(expected: linked.position) }
            return nil
        }
        try place.require(list: maker.keys.listName, incarnation: linked.incarnation)
        if place.position == linked.position { return nil }
        guard place.position > linked.position, place.position == linked.handing else {
            throw TargetError.elsewhere(found: place.position, expected: linked.position)
        }
        return place
    }

    /// Confirms what the target has applied, but for what it says that it rejected of it.
    private func confirm(_ linked: LinkedDatabase, at place: TargetPlace) async throws {
        let rejected = place.rejected.filter { $0.position > linked.position && $0.position <= place.position }
        try await confirm(linked, upTo: place.position, rejected)
    }

    private func confirm(_ linked: LinkedDatabase, upTo end: Int64, _ rejections: [Rejection] = []) async throws {
        let moment = worker.now()
        try await database.write { connection in
            // Where another has moved the cursor meanwhile, it knows what was rejected, and what has become of that.
            guard
                try LinkedDatabaseStore.recordConfirmation(
                    from: linked.position, to: end, of: linked, at: moment, on: connection)
            else { return }
            for rejection in rejections {
                try DeliveryExceptionStore.record(
                    rejection.reason, at: rejection.position, in: linked.id, now: moment, on: connection)
            }
        }
    }

    // MARK: What the cursor has passed

    /// Hands over what was objected to in `project` up to the cursor, then counts the project among those whose entries
    /// the database gets. The cursor stays where it is, and what has been handed over twice changes nothing. False where
    /// another process has the lease.
    private func catchUp(_ project: String, _ linked: LinkedDatabase) async throws -> Bool {
        var after = ""
        var rejections: [Rejection] = []
        while true {
            let (entries, last, served, coverage) = try await database.read { [after] connection in
                let (entries, last) = try ProjectReach.earlierEntries(
                    of: project, after: after, upTo: linked.position, limit: Self.largestCatchUp, on: connection)
                let named = Set(entries.flatMap(\.projects))
                return (
                    entries, last, try ProjectReach.served(named, in: id, on: connection).union([project]),
                    try KeyCoverage.of(entries, in: id, on: connection)
                )
            }
            guard let last else { break }
            after = last
            switch try await handBeside(linked, try await maker.changes(entries, served: served, coverage)) {
            case .applied(let refused): rejections += refused
            case .moved: return true
            case .leasedByAnother: return false
            }
        }
        return try await worker.claim(linked, under: lease) { [id, rejections] moment, connection in
            try ProjectReach.recordServed(project, in: id, at: moment, on: connection)
            try ProjectReach.recordUnconcerned(in: id, at: moment, on: connection)
            for rejection in rejections {
                try DeliveryExceptionStore.record(
                    rejection.reason, at: rejection.position, in: id, now: moment, on: connection)
            }
            return .made
        } != .leasedByAnother
    }

    /// Hands over all that the ledger says of `objections` up to the cursor, and ends their exceptions.
    private func redeliver(_ objections: [ObjectionID], _ linked: LinkedDatabase) async throws -> Bool {
        let (entries, served, coverage) = try await database.read { connection in
            let entries = try DeliveryExceptionStore.current(of: objections, upTo: linked.position, on: connection)
            return (
                entries, try ProjectReach.served(Set(entries.flatMap(\.projects)), in: id, on: connection),
                try KeyCoverage.of(entries, in: id, on: connection)
            )
        }
        switch try await handBeside(linked, try await maker.changes(entries, served: served, coverage)) {
        case .applied(let rejections):
            return try await worker.claim(linked, under: lease) { [id] moment, connection in
                try DeliveryExceptionStore.resolve(objections, in: id, at: moment, on: connection)
                for rejection in rejections {
                    try DeliveryExceptionStore.record(
                        rejection.reason, at: rejection.position, in: id, now: moment, on: connection)
                }
                return .made
            } != .leasedByAnother
        case .moved: return true
        case .leasedByAnother: return false
        }
    }

    /// Hands over what some registrations have come to under a key that comes or goes. That they are on their way is recorded
    /// before: until it is known what became of them, nothing else is handed over.
    private func goThrough(_ page: KeyPage, _ linked: LinkedDatabase) async throws -> Bool {
        let pass = page.pass
        let changes = try await maker.changes(of: page)
        let handed = try await handBeside(linked, changes) { [id] connection in
            try DatabaseKeyStore.recordHanded(pass.generation, to: pass.upTo, in: id, on: connection)
        }
        switch handed {
        case .applied(let rejections):
            return try await worker.claim(linked, under: lease) { [id] moment, connection in
                try DatabaseKeyStore.recordConfirmed(pass, in: id, on: connection)
                for rejection in rejections {
                    try DeliveryExceptionStore.record(
                        rejection.reason, at: rejection.position, in: id, now: moment, on: connection)
                }
                return .made
            } != .leasedByAnother
        case .moved: return true
        case .leasedByAnother: return false
        }
    }

    private enum Beside {
        case applied([Rejection])
        case moved, leasedByAnother
    }

    /// Hands over entries that the cursor has passed; it stays where it is.
    /// - Parameter record: what is recorded before that.
    private func handBeside(
        _ linked: LinkedDatabase, _ changes: [TargetBatch.Change],
        _ record: @escaping @Sendable (any SQLConnection) throws -> Void = { _ in }
    ) async throws -> Beside {
        // Handed over once only: what is handed over again has a number of its own, so that this one can't come after it.
        let last = try await database.read { try LinkedDatabaseStore.find(id, on: $0)?.beside ?? 0 }
        let claim = try await worker.claim(linked, under: lease) { [id] _, connection in
            guard try LinkedDatabaseStore.recordBeside(after: last, of: id, on: connection) else { return .cursorMoved }
            try record(connection)
            return .made
        }
        switch claim {
        case .made: break
        case .cursorMoved: return .moved
        case .leasedByAnother: return .leasedByAnother
        }
        guard !changes.isEmpty else { return .applied([]) }
        do {
            return .applied(
                try await target.apply(
                    TargetBatch(
                        list: maker.keys.listName, incarnation: linked.incarnation, from: linked.position,
                        to: linked.position, beside: last + 1, changes: changes)))
        } catch let error as TargetError {
            guard try await worker.hasMoved(linked) else { throw error }
            return .moved
        }
    }
}

/// How many entries a batch has: as many as the target takes in about a second, so that one that is slow confirms often
/// and one that is fast is not asked often.
struct BatchSize: Sendable {
    static let bounds = 100...20_000
    private(set) var entries = 500
    private let isFixed: Bool

    init(_ pace: DatabaseWorker.Pace = .learnt) {
        switch pace {
        case .learnt: isFixed = false
        case .fixed(let entries):
            isFixed = true
            self.entries = entries
        }
    }

    /// Learns from a batch of `count` entries that took `duration`.
    mutating func took(_ duration: Duration, for count: Int) {
        guard !isFixed else { return }
        if duration > .seconds(2) {
            entries = max(Self.bounds.lowerBound, min(entries, count) / 2)
        } else if duration < .milliseconds(500), count >= entries {
            entries = min(Self.bounds.upperBound, entries * 2)
        }
    }
}
