import CivilTime
import Foundation
import Logging
import Propagation
import PublicRegistry
import RightsRegistry
import SQLDatabase
import Vault

/// What bench/propagation.py measures with: a ledger of as many opt-outs as asked, and the hub carrying it.
///
///     ledger-benchmark fill FOLDER COUNT          makes the ledger
///     ledger-benchmark carry FOLDER URL…          carries it into fresh databases; prints seconds and the most memory, MB
///     ledger-benchmark visible FOLDER COUNT URL…  registers 100 a second; prints in milliseconds, for each, how long it
///                                                 took until its row stood in every database
///
/// A database of FOLDER's own is on SQLite, and so are its keys.
@main struct LedgerBenchmark {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count >= 3, let task = arguments.first else { return usage() }
        let rest = Array(arguments.dropFirst(2))
        let bench = try await LedgerBenchmark(folder: Array(arguments)[1])
        switch (task, rest.first.flatMap(Int.init)) {
        case ("fill", let count?): try await bench.fill(count)
        case ("carry", _): try await bench.carry(rest)
        case ("visible", let count?): try await bench.visible(count, Array(rest.dropFirst()))
        default: usage()
        }
        await bench.database.close()
    }

    private static func usage() {
        FileHandle.standardError.write(Data("ledger-benchmark fill|carry|visible FOLDER …\n".utf8))
        exit(2)
    }

    let database: SQLDatabase
    let keys: KeyStore
    let policy: RightsPolicy

    init(folder: String) async throws {
        keys = try KeyStore.create(at: folder + "/keys")
        try keys.initialise()
        database = try await SQLDatabase.open(
            .sqlite(path: folder + "/regard.sqlite"), logger: Logger(label: "bench"))
        _ = try await database.migrate(
            Sequencer.migrations + PublicRegistry.migrations + RightsSchema.migrations + PropagationSchema.migrations)
        policy = RightsPolicy(
            zone: TimeZone(identifier: "Europe/Paris")!, clock: ClockRules(), holidays: HolidayCalendar([]),
            register: .onFiling, confirm: .byOperator, roles: RoleMatrix([:]))
        try await database.write {
            try LedgerStore.found(on: $0, incarnation: "bench", at: Instant.systemClock())
        }
    }

    private var sequencer: Sequencer {
        Sequencer(database: database, tables: RightsSchema.sequenced, holder: "bench", now: Instant.systemClock)
    }

    /// Registrations of people who exist nowhere, sealed as filings seal them.
    private func registrations(_ numbers: Range<Int>, _ sealer: LedgerSealer) throws -> [SealedRegistration] {
        try numbers.map { number in
            try sealer.registration(
                of: ObjectionID(), identifiers: ["\(1_000_000_000_000 + number)|19700101|1"], scope: .all,
                unreached: [], at: Instant.systemClock())
        }
    }

    private func sealer() throws -> LedgerSealer {
        LedgerSealer(keyring: SegmentKeyring(publicKey: try keys.publicKey(.ledger)), random: systemRandom)
    }

    private func fill(_ count: Int) async throws {
        let sealer = try sealer()
        for start in stride(from: 0, to: count, by: 5000) {
            let made = try registrations(start..<min(count, start + 5000), sealer)
            try await database.write { connection in
                for registration in made { try LedgerStore.register(registration, on: connection) }
            }
            try await sequencer.drain()
        }
    }

    private func link(_ urls: [String]) async throws -> [String] {
        let ids = urls.indices.map { "bench-\($0)" }
        for (id, url) in zip(ids, urls) {
            if !keys.exists(.database(id)) { try keys.createSymmetricKey(.database(id)) }
            _ = try await database.write { connection in
                try LinkedDatabaseStore.add(
                    id: id, name: nil, connector: url, datasets: [], at: Instant.systemClock(), on: connection)
            }
        }
        return ids
    }

    private func hub() throws -> Hub {
        try Hub(
            database: database, keys: keys, policy: policy, holder: "bench", now: Instant.systemClock,
            logger: Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    private func carry(_ urls: [String]) async throws {
        _ = try await link(urls)
        let hub = try hub()
        let start = ContinuousClock.now
        let carrying = Task { await hub.run(every: .milliseconds(20)) }
        while try await lag() > 0 { try await Task.sleep(for: .milliseconds(20)) }
        let taken = start.duration(to: .now)
        carrying.cancel()
        await carrying.value
        print(seconds(taken), mostMemory())
    }

    private func lag() async throws -> Int64 {
        try await database.read { connection in
            let head = try LedgerStore.head(on: connection)
            return try LinkedDatabaseStore.linked(on: connection).map { head - $0.position }.max() ?? 0
        }
    }

    private func visible(_ count: Int, _ urls: [String]) async throws {
        _ = try await link(urls)
        let hub = try hub()
        let carrying = Task { await hub.run() }
        let numbering = Task { await sequencer.run(logger: Logger(label: "bench")) }
        while try await lag() > 0 { try await Task.sleep(for: .milliseconds(20)) }

        let base = try await database.read { try LedgerStore.head(on: $0) }
        let watching = Task { try await watch(urls, until: base + Int64(count)) }
        let sealer = try sealer()
        var written: [String: ContinuousClock.Instant] = [:]
        var next = ContinuousClock.now
        for number in 0..<count {
            let one = try registrations(number..<number + 1, sealer)[0]
            try await database.write { try LedgerStore.register(one, on: $0) }
            written[one.entryID] = .now
            next += .milliseconds(10)
            try await Task.sleep(until: next)
        }
        let seen = try await watching.value
        let positions: [(String, Int64)] = try await database.read { connection in
            try LedgerStore.entries(after: base, limit: count, on: connection).map { ($0.id, $0.position) }
        }
        for (id, position) in positions {
            guard let start = written[id], let end = seen.first(where: { $0.position >= position })?.at else {
                continue
            }
            print(Int(seconds(start.duration(to: end)) * 1000))
        }
        for task in [carrying, numbering] {
            task.cancel()
            await task.value
        }
    }

    /// When every database had come to which position, until it is `last`.
    private func watch(
        _ urls: [String], until last: Int64
    ) async throws -> [(position: Int64, at: ContinuousClock.Instant)] {
        var targets: [SQLDatabase] = []
        for url in urls {
            targets.append(
                try await SQLDatabase.open(
                    .postgresql(url: url, settings: PostgreSQLSettings(connections: 1, requiresByteOrder: false)),
                    logger: Logger(label: "bench")))
        }
        var seen: [(position: Int64, at: ContinuousClock.Instant)] = []
        while (seen.last?.position ?? 0) < last {
            var least = Int64.max
            for target in targets {
                let position: Int64 =
                    try await target.read { try $0.first("SELECT position FROM regard_position")?["position"] } ?? 0
                least = min(least, position)
            }
            if least > (seen.last?.position ?? -1) { seen.append((least, .now)) }
            try await Task.sleep(for: .milliseconds(5))
        }
        for target in targets { await target.close() }
        return seen
    }

    private func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }

    /// The most memory that this process has had, in MB (proc(5), VmHWM).
    private func mostMemory() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0) / 1024
    }
}
