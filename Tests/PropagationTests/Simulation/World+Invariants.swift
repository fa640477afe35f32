import CivilTime
import Foundation
import SQLDatabase
import Synchronization
import TestSupport
import Vault

@testable import Propagation
@testable import RightsRegistry

/// What holds after every step, and at the end. What the lists should hold is worked out here, from the ledger alone.
extension World {
    struct Entry: Sendable {
        let objection: String
        let effect: LedgerEffect
        let scope: Scope
        let position: Int64?
        let isForgotten: Bool
    }

    /// One linked database, and what its custodian holds.
    struct Standing: Sendable {
        let linked: LinkedDatabase
        /// Where the custodian's list stands: never behind the cursor.
        let reached: Int64
        let rows: [ListRow: ListState]
        let open: Set<String>
        let served: Set<String>
        let generations: [KeyGeneration]

        /// The generations of its key under which its custodian finds everybody: the active one, and one that is coming once
        /// it may take over.
        var whole: [Int] {
            generations.filter { generation in
                generation.state == .active
                    || generation.state == .incoming && generation.isGoneThrough && linked.position >= generation.due
            }.map(\.number)
        }
    }

    /// One identifier of an objection, as one database knows it.
    struct Mark: Sendable {
        let token: [UInt8]
        let pseudonym: [UInt8]
    }

    private func marks(of objection: Objection, in id: String, _ generation: Int) -> [Mark] {
        let place = "\(id).\(generation)"
        if let known = marks[place]?[objection.id] { return known }
        let key = keys[id]![generation]!
        let marks = objection.identifiers.enumerated().map { number, identifier in
            Mark(
                token: key.token(objection: objection.id.bytes, identifier: UInt32(number)),
                pseudonym: key.pseudonym(of: identifier))
        }
        self.marks[place, default: [:]][objection.id] = marks
        return marks
    }

    /// What was seen after the step before.
    struct Seen {
        var positions: [String: Int64] = [:]
        var furthest: Int64 = 0
        var cursors: [String: Int64] = [:]
    }

    /// Looks at what may have changed, and now and then at everything, which is slow.
    func check(isLast: Bool = false) async throws {
        let entries = try await entries()
        try checkPositions(entries)
        try checkForgotten(entries)
        let looksAtAll = isLast || source.chance(inThousand: 50)
        var standings: [Standing] = []
        for id in linked where looksAtAll || touched.contains(id) { standings.append(try await standing(id)) }
        touched = []
        for standing in standings {
            try check(standing, entries)
            seen.furthest = max(seen.furthest, standing.reached)
        }
        if looksAtAll { try await checkViews(standings) }
    }

    private func entries() async throws -> [(id: String, entry: Entry)] {
        try await stage.database.read { connection in
            try connection.query("SELECT * FROM ledger_entry ORDER BY objection, ordinal").map { row in
                (
                    try row["id"],
                    Entry(
                        objection: try row["objection"], effect: LedgerEffect(rawValue: try row["effect"])!,
                        scope: try Scope(stored: try row["scope"]), position: try row["position"],
                        isForgotten: try row["forgotten_at"] as Int64? != nil)
                )
            }
        }
    }

    /// Positions are given once, without gaps, and never behind what somebody has already gone past.
    private func checkPositions(_ entries: [(id: String, entry: Entry)]) throws {
        var positions: [String: Int64] = [:]
        for (id, entry) in entries {
            guard let position = entry.position else { continue }
            positions[id] = position
            if let before = seen.positions[id] {
                guard before == position else { throw Violation("an entry went from \(before) to \(position)") }
            } else if position <= seen.furthest {
                throw Violation("position \(position) was given when a database had come to \(seen.furthest)")
            }
        }
        guard seen.positions.keys.allSatisfy({ positions[$0] != nil }) else { throw Violation("an entry is gone") }
        if sabotage != .positionsByWriters {
            guard positions.values.sorted() == (0..<positions.count).map({ Int64($0) + 1 }) else {
                throw Violation("positions have gaps: \(positions.values.sorted())")
            }
        }
        seen.positions = positions
    }

    /// Nothing is forgotten of what is in force.
    private func checkForgotten(_ entries: [(id: String, entry: Entry)]) throws {
        for objection in objections {
            let own = entries.map(\.entry).filter { $0.objection == objection.id.description }
            guard let newest = own.lastIndex(where: { $0.effect == .register }), own[newest].isForgotten else {
                continue
            }
            guard own[newest...].contains(where: { $0.effect == .withdraw && $0.scope == objection.scope }) else {
                throw Violation("objection \(objections.firstIndex { $0.id == objection.id }!) was forgotten in force")
            }
        }
    }

    private func standing(_ id: String) async throws -> Standing {
        let (linked, open, served, generations) = try await stage.database.read { connection in
            (
                try LinkedDatabaseStore.find(id, on: connection)!,
                Set(try DeliveryExceptionStore.open(in: id, on: connection).map(\.objection.description)),
                Set<String>(
                    try connection.query(
                        "SELECT project FROM project_reach WHERE linked_database = $1 AND served_at IS NOT NULL", id
                    ).map { try $0["project"] }), try DatabaseKeyStore.all(of: id, on: connection)
            )
        }
        if let custodian = stage.custodians[id] {
            let state = custodian.state.withLock { $0 }
            return Standing(
                linked: linked, reached: state.position, rows: state.rows, open: open, served: served,
                generations: generations)
        }
        let target = stage.targets[id]!
        try target.requireOnce()
        return Standing(
            linked: linked, reached: try await target.list.place()?.position ?? 0, rows: try await target.rows(),
            open: open, served: served, generations: generations)
    }

    /// What one database has confirmed is there, and nothing else is.
    private func check(_ standing: Standing, _ entries: [(id: String, entry: Entry)]) throws {
        let (id, cursor) = (standing.linked.id, standing.linked.position)
        guard cursor <= standing.reached else {
            throw Violation("\(id) counts as having confirmed \(cursor), and holds \(standing.reached)")
        }
        guard cursor >= seen.cursors[id, default: 0] else { throw Violation("the cursor of \(id) went back") }
        seen.cursors[id] = cursor
        if let custodian = stage.custodians[id] {
            let number = custodian.state.withLock { $0.number }
            guard standing.linked.acknowledged <= number else {
                throw Violation("batch \(standing.linked.acknowledged) of \(id) counts as taken, \(number) is")
            }
        }
        guard standing.linked.stoppedAt == nil else {
            throw Violation("\(id) is said to be out of place: \(standing.linked.failure ?? "")")
        }
        for objection in objections {
            let name = objection.id.description
            let own = entries.map(\.entry).filter { $0.objection == name && $0.position != nil }
            // Between the custodian's taking it and our hearing of it, what holds there is not known.
            guard !standing.open.contains(name),
                !own.contains(where: { $0.position! > cursor && $0.position! <= standing.reached })
            else { continue }
            // Who joined since is told nothing of what was forgotten, and has still to come to its end.
            if own.contains(where: { $0.position! > cursor && $0.isForgotten }) { continue }
            let confirmed = own.filter { $0.position! <= cursor }
            try compare(objection, confirmed, nil, standing)
            for project in standing.served { try compare(objection, confirmed, project, standing) }
        }
    }

    private func compare(
        _ objection: Objection, _ entries: [Entry], _ project: String?, _ standing: Standing
    ) throws {
        let id = standing.linked.id
        let deciding = entries.last { $0.scope.covers(database: id, project: project) }
        let should = deciding?.effect == .register
        for (number, generation) in objection.identifiers.indices.flatMap({ number in
            standing.whole.map { (number, $0) }
        }) {
            guard isActive(objection, number, project, standing, generation) != should else { continue }
            let index = objections.firstIndex { $0.id == objection.id }!
            throw Violation(
                "objection \(index) should be \(should ? "" : "not ")in force in \(id) under key \(generation)"
                    + (project.map { " for \($0)" } ?? "") + ", which stands at \(standing.linked.position)")
        }
    }

    /// Whether the list holds an identifier of an objection, under the right pseudonym, for a project or whatever else.
    private func isActive(
        _ objection: Objection, _ number: Int, _ project: String?, _ standing: Standing, _ generation: Int
    ) -> Bool {
        let mark = marks(of: objection, in: standing.linked.id, generation)[number]
        let row =
            project.flatMap { standing.rows[ListRow(token: mark.token, scope: $0)] }
            ?? standing.rows[ListRow(token: mark.token, scope: TargetBatch.whole)]
        guard let row, row.isActive else { return false }
        return row.pseudonym == mark.pseudonym
    }

    /// Nobody is told that something is done which is not so in the list.
    private func checkViews(_ standings: [Standing]) async throws {
        let ids = objections.map(\.id)
        let statuses = try await stage.database.read { connection in
            try ids.map { id in
                try PropagationView.statuses(
                    of: id, ObjectionHistory.load(id, on: connection), within: .all, in: "",
                    zone: { $0.date(in: .gmt) }, on: connection)
            }
        }
        for (objection, statuses) in zip(objections, statuses) {
            for status in statuses where status.isComplete {
                guard let standing = standings.first(where: { $0.linked.id == status.database }) else { continue }
                let isListed = if case .listed = status.listing { true } else { false }
                for generation in standing.whole {
                    for number in objection.identifiers.indices
                    where isActive(objection, number, status.project?.reference, standing, generation) != isListed {
                        throw Violation(
                            "a citizen is told \(status.listing) of \(status.database), whose list says otherwise")
                    }
                }
            }
        }
    }

    // MARK: The end

    /// Faults end: everything gets where it should.
    func end() async throws {
        tell("faults end")
        isOver = true
        down = []
        try await commitAll()
        for clock in clocks { clock.advance(seconds: 61) }
        for id in linked {
            try await refuse(nil, in: id)
            try await stage.database.write { _ = try LinkedDatabaseStore.set(.active, of: id, on: $0) }
        }
        // What stood still goes on in the middle of what others do; what was under way arrives.
        while !runs.isEmpty || !late.isEmpty {
            switch source.below(3) {
            case 0 where !runs.isEmpty: try await goOn(with: source.below(runs.count))
            case 1: await arrive()
            default: if let id = source.pick(linked) { try await run(id, hub: source.below(2)) }
            }
            try await check()
        }
        try await settleAll()
        // Who joins once everything is forgotten gets what is in force, and nothing else.
        try await forget()
        if !toLink.isEmpty {
            try await link()
            try await settleAll()
        }
        try await check(isLast: true)
        try await checkEnd()
    }

    private func settleAll() async throws {
        for _ in 0..<12 {
            try await run("sequencer", hub: 0)
            for id in linked { try await settle(id) }
            try await check()
            if try await isSettled() { break }
        }
    }

    /// Whether everything has been confirmed, and nothing waits to be sent again.
    private func isSettled() async throws -> Bool {
        try await stage.database.read { connection in
            let head = try LedgerStore.head(on: connection)
            guard try LedgerStore.waiting(on: connection).isEmpty else { return false }
            return try LinkedDatabaseStore.linked(on: connection).allSatisfy { database in
                let last = try MailboxStore.last(of: database.id, edition: 1, on: connection)?.number ?? 0
                return try database.position == head && database.acknowledged == last && database.failure == nil
                    && ProjectReach.waiting(in: database.id, on: connection) == nil
                    && DeliveryExceptionStore.open(in: database.id, limit: 1, on: connection).isEmpty
                    && DatabaseKeyStore.all(of: database.id, on: connection).allSatisfy {
                        $0.state == .active || $0.state == .retired
                    }
            }
        }
    }

    private func settle(_ id: String) async throws {
        for clock in clocks { clock.advance(seconds: 61) }
        let now = clocks[0].now()
        try await stage.database.write { connection in
            for exception in try DeliveryExceptionStore.open(in: id, on: connection) where exception.retryAt == nil {
                _ = try DeliveryExceptionStore.retry(exception.objection, in: id, at: now, on: connection)
            }
        }
        try await run(id, hub: 0)
        if let custodian = stage.custodians[id] {
            try await take(custodian, atMost: 100)
            try await sayAll(custodian)
            try await run(id, hub: 0)
        }
        let all = try await stage.database.read { try DatabaseKeyStore.all(of: id, on: $0) }
        if all.contains(where: { $0.state == .incoming }) { try await confirmKey(of: id) }
    }

    /// Targets equal the ledger, row by row of what is in force.
    private func checkEnd() async throws {
        let entries = try await entries().map(\.entry)
        guard entries.allSatisfy({ $0.position != nil }) else { throw Violation("an entry was never numbered") }
        for id in linked {
            let standing = try await standing(id)
            guard standing.linked.position == Int64(entries.count), standing.linked.failure == nil else {
                throw Violation(
                    "\(id) never gets beyond \(standing.linked.position) of \(entries.count): "
                        + (standing.linked.failure ?? "nobody knows why"))
            }
            guard standing.open.isEmpty else { throw Violation("\(id) never takes what it could not take") }
            guard standing.served == uses[id, default: []] else {
                throw Violation("\(id) is never caught up with its projects")
            }
            guard let active = standing.generations.last, active.state == .active, standing.whole.count == 1 else {
                throw Violation("the key of \(id) is never changed")
            }
            for retired in standing.generations.dropLast()
            where stage.keys.exists(.key(of: id, generation: retired.number)) {
                throw Violation("key \(retired.number) of \(id) is still there")
            }
            let should = Set(objections.flatMap { rows(of: $0, entries, in: id, active.number) })
            let are = Set(standing.rows.filter(\.value.isActive).keys)
            guard are == should else {
                throw Violation(
                    "at the end \(id) lacks \(should.subtracting(are).count) rows of \(should.count), and has "
                        + "\(are.subtracting(should).count) that the ledger does not have")
            }
        }
    }

    /// The rows of an objection that are in force, by the words of docs/propagation.md.
    private func rows(
        of objection: Objection, _ entries: [Entry], in id: String, _ generation: Int
    ) -> [ListRow] {
        var scopes: [String: Bool] = [:]
        for entry in entries where entry.objection == objection.id.description {
            let isActive = entry.effect == .register
            switch entry.scope {
            case .databases(let ids) where !ids.contains(id): continue
            case .all, .databases:
                scopes[TargetBatch.whole] = isActive
                for scope in scopes.keys { scopes[scope] = isActive }
            case .projects(let projects):
                for project in projects where uses[id, default: []].contains(project) { scopes[project] = isActive }
            }
        }
        return marks(of: objection, in: id, generation).flatMap { mark in
            scopes.filter(\.value).keys.map { ListRow(token: mark.token, scope: $0) }
        }
    }
}
