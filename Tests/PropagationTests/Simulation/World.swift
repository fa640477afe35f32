import CivilTime
import Outbound
import PublicRegistry
import StrictJSON
import TestSupport
import Vault

@testable import Propagation
@testable import RightsRegistry
@testable import SQLDatabase

/// A ledger, two hubs, two sequencers and linked databases, with everything that can go wrong between them, as one seed
/// has it. The parts are the real ones; the network, the clocks, and the order in which things happen are not.
actor World {
    /// A fault put in on purpose, that the simulation must find.
    enum Sabotage: Sendable {
        /// The cursor moves before the target has answered.
        case cursorBeforeAcknowledgement
        /// Those who write take a position, and commit when they get to it.
        case positionsByWriters
    }

    struct Objection: Sendable {
        let id: ObjectionID
        let identifiers: [String]
        let scope: Scope
    }

    /// A piece of work that stands at a gate.
    struct Run {
        let name: String
        let hub: Int
        let fiber: Fiber
        var stop: Fiber.Stop
    }

    static let people = 4
    static let projects = ["P-1", "P-2", "P-3"]

    let seed: UInt64
    let stage: Stage
    let sabotage: Sabotage?
    var source: SeededSource
    let clocks: [SimulatedClock] = [SimulatedClock(), SimulatedClock()]
    let sealer: LedgerSealer

    // What this world is like.
    let faults: Int
    let crashes: Int
    let pauses: Int
    let batchSize: Int
    var isOver = false

    // Who is there.
    var toLink: [String]
    var linked: [String] = []
    var uses: [String: Set<String>] = [:]
    var objections: [Objection] = []
    var generations = [0, 0]
    var runs: [Run] = []
    var down: Set<String> = []
    var late: [(id: String, batch: TargetBatch)] = []
    /// Positions that were taken by writers who have not committed yet.
    var uncommitted: [(registration: SealedRegistration, position: Int64)] = []

    /// What has happened, for whoever reads a violation.
    var story: [String] = []
    var seen = Seen()
    /// The databases where something may have changed since they were looked at.
    var touched: Set<String> = []
    /// What the lists know objections by, worked out once.
    var marks: [String: [ObjectionID: [Mark]]] = [:]
    /// By database and generation, since a key that is retired is gone from its folder.
    var keys: [String: [Int: PseudonymKey]] = [:]

    init(seed: UInt64, on stage: Stage, sabotage: Sabotage? = nil) throws {
        self.seed = seed
        self.stage = stage
        self.sabotage = sabotage
        var source = SeededSource(seed: seed)
        faults = source.below(4) * 15
        crashes = source.below(3) * 6
        pauses = 20 + source.below(4) * 40
        batchSize = 1 + source.below(6)
        toLink = source.shuffled(Stage.kinds.map(\.id))
        self.source = source
        let random = SeededSource.random(seed: seed, stream: 1)
        sealer = LedgerSealer(
            keyring: SegmentKeyring(publicKey: try stage.keys.publicKey(.ledger), random: random), random: random)
    }

    /// Plays it through. Throws `Violation`.
    func play() async throws {
        try await stage.reset()
        try await link()
        try await link()
        for _ in 0..<(30 + source.below(30)) {
            try await step()
            try await check()
        }
        try await end()
    }

    func tell(_ words: String) { story.append(words) }

    // MARK: Steps

    private func step() async throws {
        switch source.below(100) {
        case 0..<24: try await write()
        case 24..<34: try await run("sequencer", hub: source.below(2))
        case 34..<62: if let id = source.pick(linked) { try await run(id, hub: source.below(2)) }
        case 62..<70: if !runs.isEmpty { try await goOn(with: source.below(runs.count)) }
        case 70..<80: if let id = source.pick(linked) { try await visit(id) }
        case 80..<82: passTime()
        case 82..<84: try await forget()
        case 84..<86: jump()
        case 86..<89: await arrive()
        case 89: try await link()
        case 90..<92: try await use()
        case 92..<94: try await setRefusal()
        case 94..<96: try await retry()
        case 96: try await source.chance(inThousand: 500) ? pauseOrResume() : changeKey()
        case 97:
            if let id = source.pick(linked) {
                tell("\(id) is \(down.contains(id) ? "up" : "down")")
                if down.remove(id) == nil { down.insert(id) }
            }
        case 98: await crash(source.below(2))
        default: takeAway()
        }
    }

    private func passTime() {
        let seconds = source.pick([1, 7, 31, 65])!
        tell("\(seconds) s go by")
        for clock in clocks { clock.advance(seconds: seconds) }
    }

    private func jump() {
        let (hub, seconds) = (source.below(2), source.pick([-3600, -40, 40, 3600])!)
        tell("the clock of hub \(hub) jumps by \(seconds) s")
        clocks[hub].advance(seconds: seconds)
    }

    /// Begins a piece of work on a hub, or goes on with it where it stands at a gate.
    func run(_ name: String, hub: Int) async throws {
        touched.insert(name)
        if let index = runs.firstIndex(where: { $0.name == name && $0.hub == hub }) {
            return try await goOn(with: index)
        }
        let fiber = Fiber()
        let holder = "hub \(hub).\(generations[hub])"
        tell("\(holder) begins with \(name)")
        let (stage, clock, pace) = (stage, clocks[hub], DatabaseWorker.Pace.fixed(batchSize))
        let hurry = hurrying(name)
        let stop = await fiber.begin { fiber in
            let database = stage.database.seen { edge in _ = try await fiber.pass(.database(edge)) }
            if name == "sequencer" {
                return try await Sequencer(
                    database: database, tables: [LedgerStore.sequenced], holder: holder, now: clock.now
                ).drain()
            }
            try await DatabaseWorker(
                id: name, database: database, keys: stage.keys, reader: stage.reader, holder: holder,
                receivers: .nowhere, now: clock.now, logger: Stage.logger,
                opening: { address in
                    switch address {
                    case .pull: .mailbox(StoredMailbox(FeedKey(try stage.keys.symmetricKey(.feed(name)))))
                    case .directory: .mailbox(SimulatedFolder(fiber: fiber, custodian: stage.custodians[name]!))
                    default:
                        .push(
                            SimulatedConnection(fiber: fiber, target: stage.targets[name]!, beforeApplying: hurry))
                    }
                }, pace: pace
            ).serve()
        }
        runs.append(Run(name: name, hub: hub, fiber: fiber, stop: stop))
        try await goOn(with: runs.count - 1)
    }

    /// The cursor moved before the answer, where that is put in on purpose.
    private func hurrying(_ id: String) -> @Sendable (TargetBatch) async throws -> Void {
        let (database, now, hurries) = (stage.database, clocks[0].now(), sabotage == .cursorBeforeAcknowledgement)
        return { batch in
            guard hurries else { return }
            try await database.write { connection in
                guard let linked = try LinkedDatabaseStore.find(id, on: connection) else { return }
                try LinkedDatabaseStore.recordConfirmation(
                    from: batch.from, to: batch.to, of: linked, at: now, on: connection)
            }
        }
    }

    /// Lets a piece of work go from gate to gate until it ends, is left standing, or its process ends.
    func goOn(with index: Int) async throws {
        var run = runs.remove(at: index)
        touched.insert(run.name)
        var isFirst = true
        while case .gate(let gate) = run.stop {
            if !isFirst, !isOver, source.chance(inThousand: pauses) {
                tell("hub \(run.hub) stands still with \(run.name) at \(gate.words)")
                runs.append(run)
                return
            }
            isFirst = false
            let verdict = verdict(at: gate)
            if case .crash = verdict {
                tell("hub \(run.hub) ends with \(run.name) at \(gate.words)")
                runs.append(run)
                return await crash(run.hub)
            }
            run.stop = await run.fiber.go(verdict)
        }
        if case .ended(let error) = run.stop, let error { tell("hub \(run.hub) gave \(run.name) up: \(error)") }
    }

    /// Ends a process: whatever it was doing is not done, and its successor is somebody else.
    private func crash(_ hub: Int) async {
        tell("hub \(hub) is begun anew")
        for run in runs where run.hub == hub { await run.fiber.kill() }
        runs.removeAll { $0.hub == hub }
        generations[hub] += 1
    }

    private func verdict(at gate: Gate) -> Verdict {
        guard !isOver else { return .go }
        if source.chance(inThousand: crashes) { return .crash }
        let fails = source.chance(inThousand: faults)
        switch gate {
        case .database(let edge):
            guard fails, source.chance(inThousand: 300) else { return .go }
            switch edge {
            case .beforeRead, .beforeWrite, .afterRead: return .fail(.unavailable("simulated"))
            case .afterWrite: return .fail(.outcomeUnknown("simulated"))
            }
        case .place(let id):
            return fails || down.contains(id) ? .fail(.unavailable("simulated")) : .go
        case .mailbox(let id, let call):
            if down.contains(id) { return .fail(.unavailable("simulated")) }
            guard fails else { return .go }
            return call == .post && source.chance(inThousand: 500) ? .loseAnswer : .fail(.unavailable("simulated"))
        case .apply(let id, let batch):
            if down.contains(id) { return .fail(.unavailable("simulated")) }
            guard fails || source.chance(inThousand: faults * 2) else { return .go }
            switch source.below(4) {
            case 0:
                tell("\(id) does not get (\(batch.from), \(batch.to)]")
                return .fail(.unavailable("simulated"))
            case 1:
                tell("(\(batch.from), \(batch.to)] will be late at \(id)")
                late.append((id, batch))
                return .fail(.outcomeUnknown("simulated"))
            case 2:
                tell("(\(batch.from), \(batch.to)] goes to \(id) twice")
                late.append((id, batch))
                return .go
            default:
                tell("\(id) answers to (\(batch.from), \(batch.to)], and is not heard")
                return .loseAnswer
            }
        }
    }

    /// A call that had been delayed, or was sent twice, arrives.
    func arrive() async {
        guard !late.isEmpty else { return }
        let call = late.remove(at: source.below(late.count))
        guard let target = stage.targets[call.id] else { return }
        touched.insert(call.id)
        do {
            _ = try await target.receive(call.batch)
            tell("(\(call.batch.from), \(call.batch.to)] arrives late at \(call.id)")
        } catch { tell("(\(call.batch.from), \(call.batch.to)] arrives late at \(call.id): \(error)") }
    }
}

extension Gate {
    var words: String {
        switch self {
        case .database(let edge): "\(edge)"
        case .place: "place"
        case .apply(_, let batch): "apply (\(batch.from), \(batch.to)]"
        case .mailbox(_, let call): "\(call)"
        }
    }
}
