import RightsRegistry
import SQLDatabase
import StrictJSON
import Synchronization
import TestSupport
import Vault

@testable import Propagation

/// What a simulation found that may never be.
struct Violation: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A row of a list, by what names it.
struct ListRow: Hashable, Sendable {
    let token: [UInt8]
    let scope: String
}

struct ListState: Hashable, Sendable {
    var pseudonym: [UInt8]
    var isActive: Bool
    var position: Int64
}

/// A database that the hub writes to, behind a network: the real SQL of a target, and a record of what it took.
final class SimulatedTarget: Sendable {
    let id: String
    let list: SQLTarget
    private let taken = Mutex<[(from: Int64, to: Int64)]>([])

    init(id: String, list: SQLTarget) {
        self.id = id
        self.list = list
    }

    func reset() async throws {
        taken.withLock { $0 = [] }
        try await list.database.write {
            try $0.script(
                "DELETE FROM regard_optout; DELETE FROM regard_position; DELETE FROM regard_rejected; DROP TRIGGER IF EXISTS refusing"
            )
        }
    }

    /// A call that has come through.
    func receive(_ batch: TargetBatch) async throws -> [Rejection] {
        let rejections = try await list.apply(batch)
        if !batch.isBeside { taken.withLock { $0.append((batch.from, batch.to)) } }
        return rejections
    }

    /// Throws `Violation` unless what it took is one interval after the other.
    func requireOnce() throws {
        var end: Int64 = 0
        for interval in taken.withLock({ $0 }) {
            guard interval.from == end else {
                throw Violation("\(id) took (\(interval.from), \(interval.to)] when it stood at \(end)")
            }
            end = interval.to
        }
    }

    func rows() async throws -> [ListRow: ListState] {
        try await list.database.read { connection in
            var rows: [ListRow: ListState] = [:]
            for row in try connection.query("SELECT * FROM regard_optout") {
                rows[ListRow(token: try row["token"], scope: try row["scope"])] = ListState(
                    pseudonym: try row["pseudonym"], isActive: try row["active"], position: try row["position"])
            }
            return rows
        }
    }

    /// From now on it can't take the rows of this pseudonym, or can again.
    func refuse(_ pseudonym: [UInt8]?) async throws {
        try await list.database.write { connection in
            try connection.script("DROP TRIGGER IF EXISTS refusing")
            guard let pseudonym else { return }
            try connection.script(
                """
                CREATE TRIGGER refusing BEFORE INSERT ON regard_optout
                WHEN hex(NEW.pseudonym) = upper('\(Hex.encode(pseudonym))') AND NEW.active = 1
                BEGIN SELECT RAISE(ABORT, 'not of ours'); END
                """)
        }
    }
}

/// What one piece of work has of a target: the network is between them.
struct SimulatedConnection: PushConnector {
    let fiber: Fiber
    let target: SimulatedTarget
    /// A fault put in on purpose, done before a batch is handed over.
    let beforeApplying: @Sendable (TargetBatch) async throws -> Void

    func place() async throws -> TargetPlace? {
        let isAnswerLost = try await fiber.pass(.place(target.id))
        let place = try await target.list.place()
        if isAnswerLost { throw SQLError.unavailable("the answer is lost") }
        return place
    }

    func apply(_ batch: TargetBatch) async throws -> [Rejection] {
        try await beforeApplying(batch)
        let isAnswerLost = try await fiber.pass(.apply(target.id, batch))
        let rejections = try await target.receive(batch)
        if isAnswerLost { throw SQLError.outcomeUnknown("the answer is lost") }
        return rejections
    }

    func close() async {}

    func exchange(_ open: [TaskDocument], ended: [String]) async throws -> [TaskWord]? { [] }
}

/// A custodian who comes for the batches, or finds them in a folder, and keeps the list as docs/propagation.md says.
final class SimulatedCustodian: Sendable {
    struct State: Sendable {
        var rows: [ListRow: ListState] = [:]
        var number: Int64 = 0
        var position: Int64 = 0
        var refused: [UInt8]?
        /// What lies in the folder, by number.
        var folder: [Int64: [UInt8]] = [:]
        /// What was said, in the order in which it was said. Of one who comes to a door any of it may arrive at any time, and
        /// again; in a folder it is laid down in its order.
        var words: [Acknowledgement] = []
        /// How many of the words have been laid into the folder.
        var laid = 0
        /// The last batch whose acknowledgement was answered, and what was rejected since.
        var answered: Int64 = 0
        var rejected: [(number: Int64, position: Int64)] = []
    }

    let id: String
    let state = Mutex(State())

    init(id: String) { self.id = id }

    func reset() { state.withLock { $0 = State() } }

    /// Applies a document if it is the next; says so.
    func take(_ document: [UInt8]) throws {
        let lines = String(decoding: document, as: UTF8.self).split(separator: "\n")
        let header = try JSON(parsing: lines[0].utf8)
        guard header["lines"]?.int == lines.count - 1, header["database"]?.string == id,
            let from = header["from"]?.int, let to = header["to"]?.int, let number = header["number"]?.int,
            let edition = header["edition"]?.int, let list = header["list"]?.string,
            let incarnation = header["incarnation"]?.string
        else { throw Violation("\(id) found a batch that is not whole") }
        let changes = try lines.dropFirst().map { try JSON(parsing: $0.utf8) }
        try state.withLock { state in
            guard Int64(number) == state.number + 1 else { return }
            guard Int64(from) == state.position, edition == 1 else {
                throw Violation("\(id) stands at \(state.position), and batch \(number) begins at \(from)")
            }
            state.rejected.removeAll { $0.number <= state.answered }
            state.rejected += Self.apply(changes, to: &state).map { (Int64(number), $0) }
            (state.number, state.position) = (Int64(number), Int64(to))
            state.words.append(
                Acknowledgement(
                    database: id, list: list, incarnation: incarnation, position: Int64(to), edition: Int64(edition),
                    number: Int64(number),
                    rejected: Set(state.rejected.map(\.position)).sorted().map {
                        Rejection(position: $0, reason: "not of ours")
                    }))
        }
    }

    /// Returns the positions that were rejected: nothing of an objection is applied of which the batch holds one.
    private static func apply(_ changes: [JSON], to state: inout State) -> [Int64] {
        func token(_ change: JSON) -> [UInt8] { Hex.decode(change["token"]!.string!)! }
        func position(_ change: JSON) -> Int64 { Int64(change["position"]!.int!) }
        let refused = changes.filter {
            $0["do"]?.string == "register" && state.refused != nil
                && Hex.decode($0["pseudonym"]!.string!) == state.refused
        }
        let rejected = Set(refused.map(position))
        let left = Set(changes.filter { rejected.contains(position($0)) }.map(token))
        for change in changes where !left.contains(token(change)) {
            let row = ListRow(token: token(change), scope: change["scope"]!.string!)
            let isActive = change["do"]!.string! == "register"
            if row.scope == "*" {
                for other in state.rows.keys where other.token == row.token {
                    state.rows[other]?.isActive = isActive
                    state.rows[other]?.position = position(change)
                }
            }
            let known = state.rows[row] ?? state.rows[ListRow(token: row.token, scope: "*")]
            guard let pseudonym = change["pseudonym"]?.string.flatMap(Hex.decode) ?? known?.pseudonym else { continue }
            state.rows[row] = ListState(pseudonym: pseudonym, isActive: isActive, position: position(change))
        }
        return rejected.sorted()
    }
}

/// A folder between the hub and a custodian, as one piece of work sees it.
struct SimulatedFolder: Mailbox {
    let fiber: Fiber
    let custodian: SimulatedCustodian

    func sealed(_ document: BatchDocument) throws -> [UInt8]? { nil }

    func exchange(_ open: [TaskDocument], ended: [String]) async throws -> [TaskWord]? { [] }

    func post(_ document: BatchDocument) async throws {
        let isAnswerLost = try await fiber.pass(.mailbox(custodian.id, .post))
        custodian.state.withLock { state in
            guard let number = document.place?.number, state.folder[number] == nil else { return }
            state.folder[number] = document.bytes
        }
        if isAnswerLost { throw SQLError.unavailable("the folder went away") }
    }

    func holds(edition: Int64, number: Int64) async throws -> Bool {
        _ = try await fiber.pass(.mailbox(custodian.id, .holds))
        return custodian.state.withLock { $0.folder[number] != nil }
    }

    func words(after number: Int64, edition: Int64, late: Set<Int64>) async throws -> [MailboxWord] {
        _ = try await fiber.pass(.mailbox(custodian.id, .word))
        return custodian.state.withLock { state in
            state.words.prefix(state.laid).filter { $0.number! > number }.map {
                .acknowledgement($0, source: "batch \($0.number!)")
            }
        }
    }
}
