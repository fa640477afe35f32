import CivilTime
import Crypto
import Foundation
import Logging
import Outbound
import Propagation
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import Synchronization
import TestSupport
import Testing
import Vault

/// A person who exists nowhere, with a number whose key fits.
struct Person: Sendable {
    let nir: String
    let birthDate: String
    let sex: String

    init(_ number: Int) {
        let (year, month) = (40 + number % 50, 10 + number % 3)
        birthDate = "19\(year)-\(month)-15"
        sex = number.isMultiple(of: 2) ? "F" : "M"
        let thirteen = "\(sex == "M" ? 1 : 2)\(year)\(month)29019\(String(1000 + number).dropFirst())"
        let key = 97 - Int(thirteen)! % 97
        nir = thirteen + (key < 10 ? "0\(key)" : "\(key)")
    }

    /// What the pseudonyms are made of, put together by hand.
    var canonical: String { "\(nir.prefix(13))|\(birthDate.replacing("-", with: ""))|\(sex == "M" ? 1 : 2)" }

    var body: JSON {
        [
            "right": "objection", "scope": ["kind": "all"], "capacity": "dataSubject",
            "subject": [
                "birthName": "Kervézec", "givenNames": ["Maël"], "birthDate": .string(birthDate), "sex": .string(sex),
                "nir": .string(nir),
            ],
        ]
    }
}

/// The private half of a portal and its hub, between a real database and real targets.
struct Circuit: Sendable {
    let database: SQLDatabase
    let store: KeyStore
    /// Of this circuit alone.
    let folder: String
    /// Receivers of tests: on this machine, with a certificate that stands in the circuit's folder.
    let receivers: WebRules
    let policy: RightsPolicy
    let filing: FilingDesk
    let following: FollowDesk
    let operators: OperatorDesk
    let sequencer: Sequencer
    let moment: @Sendable () -> Instant
    let advance: @Sendable (_ seconds: Int) -> Void

    static let agent = Operator(name: "camille", role: .agent)

    init(in place: TemporaryDatabase, _ database: SQLDatabase) throws {
        self.database = database
        folder = place.folder
        receivers = WebRules(hosts: ["127.0.0.1"], trusted: "\(place.folder)/receiver.pem") { $0 == "127.0.0.1" }
        store = try KeyStore.create(at: place.folder + "/keys")
        try store.initialise()
        let clock = Mutable(Instant("2026-03-05T09:00:00Z")!)
        moment = { clock.value.withLock { $0 } }
        advance = { seconds in clock.value.withLock { $0 = $0.adding(seconds: seconds) } }
        policy = RightsPolicy(
            zone: TimeZone(identifier: "Europe/Paris")!, clock: ClockRules(), holidays: HolidayCalendar([]),
            register: .onFiling, confirm: .byOperator,
            roles: RoleMatrix([
                .readRequests: [.agent], .openIdentity: [.agent], .attestDatabases: [.custodian], .assign: [.agent],
                .message: [.agent], .verifyIdentity: [.agent],
                .decide: [.agent], .refuse: [.agent],
            ]))
        let keys = try RightsKeys(from: store, servesOperators: true)
        filing = FilingDesk(database: database, keys: keys, policy: policy, now: moment)
        following = FollowDesk(database: database, keys: keys, policy: policy, now: moment)
        operators = OperatorDesk(database: database, keys: keys, policy: policy, now: moment)
        sequencer = Sequencer(database: database, tables: RightsSchema.sequenced, holder: "test", now: moment)
    }

    private final class Mutable: Sendable {
        let value: Mutex<Instant>
        init(_ value: Instant) { self.value = Mutex(value) }
    }

    func hub(_ holder: String = "hub") throws -> Hub {
        try Hub(
            database: database, keys: store, policy: policy, holder: holder, receivers: receivers, now: moment,
            logger: Self.silence)
    }

    static let silence = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    func link(
        _ target: Target, name: String? = nil, datasets: [String] = [], matching: Matching = .nir
    ) async throws {
        if !store.exists(.database(target.id)) { try store.createSymmetricKey(.database(target.id)) }
        var feedIndex: [UInt8]?
        if LinkedDatabaseStore.placeless.contains(target.connector) {
            if !store.exists(.feed(target.id)) { try store.createSymmetricKey(.feed(target.id)) }
            feedIndex = FeedKey(try store.symmetricKey(.feed(target.id))).index
        }
        let now = moment()
        let isAdded = try await database.write { [feedIndex] in
            try LinkedDatabaseStore.add(
                id: target.id, name: name.flatMap { LocalizedText(fr: $0, en: nil) }, connector: target.connector,
                datasets: datasets, feedIndex: feedIndex, matching: matching, at: now, on: $0)
        }
        precondition(isAdded)
    }

    func set(_ state: LinkedDatabase.State, of target: Target) async throws {
        let isSet = try await database.write { try LinkedDatabaseStore.set(state, of: target.id, on: $0) }
        precondition(isSet)
    }

    func linked(_ target: Target) async throws -> LinkedDatabase {
        try await database.read { try LinkedDatabaseStore.find(target.id, on: $0)! }
    }

    /// How far each of `targets` has confirmed.
    func positions(_ targets: Target...) async throws -> [Int64] {
        var positions: [Int64] = []
        for target in targets { positions.append(try await linked(target).position) }
        return positions
    }

    /// The pseudonym of `person` in `target`, by another HMAC than the hub's.
    func pseudonym(of person: Person, in target: Target) throws -> [UInt8] {
        try pseudonym(of: person.canonical, in: target)
    }

    /// The same of an identifier that was put together by hand.
    func pseudonym(of canonical: String, in target: Target) throws -> [UInt8] {
        let key = try store.symmetricKey(.database(target.id))
        return Array(HMAC<SHA256>.authenticationCode(for: Array(canonical.utf8), using: key))
    }

    // MARK: Acts

    func file(
        _ person: Person, _ scope: JSON = ["kind": "all"], right: String = "objection", more: [String: JSON] = [:]
    ) async throws -> FilingReceipt {
        var members = person.body.object ?? [:]
        members["scope"] = scope
        members["right"] = .string(right)
        let body = JSON.object(members.merging(more) { $1 })
        return try await filing.file(
            try Filing(body, today: moment().date(in: policy.zone), parentActsUnderAge: 15), idempotencyKey: nil,
            body: [])
    }

    func grant(_ receipt: FilingReceipt) async throws {
        for type in ["identityVerified", "granted"] { try await act(["type": .string(type)], on: receipt) }
    }

    func act(_ body: JSON, on receipt: FilingReceipt) async throws {
        try await operators.perform(
            try OperatorAct(body, today: moment().date(in: policy.zone)), on: receipt.reference, by: Self.agent)
    }

    func withdraw(_ receipt: FilingReceipt, _ scope: JSON) async throws {
        try await following.withdraw(
            ["scope": scope], of: receipt.reference, secret: try TrackingSecret(entered: receipt.secret))
    }

    func withdraw(_ receipt: FilingReceipt) async throws {
        try await following.withdraw(receipt.reference, secret: try TrackingSecret(entered: receipt.secret))
    }
    /// The scope of an objection to some projects.
    static func projects(_ references: String...) -> JSON {
        ["kind": "projects", "ids": .array(references.map(JSON.string))]
    }

    /// What a request has come to once it is granted and everything is carried.
    func decided(_ receipt: FilingReceipt) async throws -> RequestState {
        try await grant(receipt)
        #expect(try await carry() == [])
        return try await view(receipt).state
    }

    func view(_ receipt: FilingReceipt) async throws -> RequestView {
        try await following.follow(receipt.reference, secret: try TrackingSecret(entered: receipt.secret))
    }

    /// By database, or by database and project where a project stands apart.
    func listings(_ receipt: FilingReceipt) async throws -> [String: PropagationStatus.Listing] {
        Dictionary(
            uniqueKeysWithValues: try await view(receipt).propagation.map { status in
                (status.database + (status.project.map { "/" + $0.reference } ?? ""), status.listing)
            })
    }

    /// Takes a version of a project into the register, and has it numbered.
    func publish(_ reference: String, datasets: [String], unlisted: [String] = []) async throws {
        let line: JSON = [
            "reference": .string(reference), "title": ["fr": .string("Projet \(reference)")],
            "summary": ["fr": "Un projet."], "status": "active", "controllers": [["name": "CHU de Brest"]],
            "datasets": .array(datasets.map(JSON.string)),
            "unlistedDatasets": .array(unlisted.map { ["fr": .string($0)] }),
        ]
        let importer = Importer(database: database, kind: .project, now: moment)
        let report = try await importer.run(
            AsyncStream { continuation in
                continuation.yield(line.canonicalBytes + Array("\n".utf8))
                continuation.finish()
            })
        precondition(report.refused.count == 0 && report.notShown.isEmpty)
    }

    /// Numbers what was written and serves every database once; returns those that could not be served.
    @discardableResult
    func carry(_ hub: Hub? = nil) async throws -> [String] {
        try await sequencer.drain()
        return try await (hub ?? self.hub()).runOnce()
    }

    /// Waits until `condition` holds, for a minute at most: the machine may be busy with other tests.
    func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<1200 {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        return false
    }
}

/// Lends `body` a circuit on `engine` with one SQLite and one PostgreSQL target that are not linked yet.
func withCircuit<T>(
    _ engine: EngineUnderTest, isolation: isolated (any Actor)? = #isolation,
    _ body: (Circuit, _ sqlite: Target, _ postgresql: Target) async throws -> T
) async throws -> T {
    try await withTemporaryDatabase(.postgresql) { targetPlace in
        try await withTemporaryDatabase(engine) { place in
            let database = try await place.open()
            let result: Result<T, any Error>
            do {
                _ = try await database.migrate(
                    Sequencer.migrations + PublicRegistry.migrations + RightsSchema.migrations
                        + PropagationSchema.migrations)
                let circuit = try Circuit(in: place, database)
                let now = circuit.moment()
                try await database.write { try LedgerStore.found(on: $0, incarnation: "first", at: now) }
                result = .success(
                    try await body(
                        circuit, Target(id: "cohorte", connector: "sqlite:\(targetPlace.folder)/target.sqlite"),
                        Target(id: "entrepot", connector: targetPlace.url)))
            } catch {
                result = .failure(error)
            }
            await database.close()
            return try result.get()
        }
    }
}
