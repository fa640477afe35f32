import CivilTime
import Crypto
import Foundation
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import Synchronization
import TestSupport
import Vault

/// A clock that stands until it is moved.
final class SetClock: Sendable {
    private let moment: Mutex<Instant>

    init(_ text: String) { moment = Mutex(Instant(text)!) }

    var source: TimeSource { { self.moment.withLock { $0 } } }

    func advance(seconds: Int) { moment.withLock { $0 = $0.adding(seconds: seconds) } }
}

/// A person who exists nowhere, with a number whose key fits.
struct Person: Sendable {
    let birthName: String
    let givenName: String
    let birthDate: String
    let sex: Sex
    let nir: String
    let email: String

    /// The person of that number from 0: each with names, a birth date and a NIR of its own.
    init(_ number: Int) {
        let digits = String(1000 + number).dropFirst()
        let (year, month, day) = (1930 + number % 60, 1 + number % 12, 1 + number % 28)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        birthName = "Kervézec-\(digits)"
        givenName = "Maëlys\(digits)"
        email = "kervezec.\(digits)@exemple.example"
        birthDate = "\(year)-\(two(month))-\(two(day))"
        sex = number.isMultiple(of: 2) ? .female : .male
        let thirteen = "\(sex.digit)\(two(year % 100))\(two(month))29019\(digits)"
        nir = thirteen + two(97 - Int(thirteen)! % 97)
    }

    /// What the pseudonyms are made of, put together by hand.
    var canonical: String { "\(nir.prefix(13))|\(birthDate.replacing("-", with: ""))|\(sex == .male ? 1 : 2)" }

    var subject: JSON {
        [
            "birthName": .string(birthName), "givenNames": [.string(givenName)], "birthDate": .string(birthDate),
            "sex": .string(sex.rawValue), "nir": .string(nir),
        ]
    }

    /// The body of a filing, with members replaced, added, or left out where nil.
    func body(_ members: KeyValuePairs<String, JSON?> = [:]) -> JSON {
        var body: [String: JSON] = [
            "right": "objection", "scope": ["kind": "all"], "subject": subject, "capacity": "dataSubject",
            "contact": ["email": .string(email)], "message": .string("Je suis \(birthName)."),
        ]
        for (key, value) in members { body[key] = value }
        return .object(body)
    }
}

/// The private half of a portal on a real database, at a moment of the test's choosing.
struct House: Sendable {
    let database: SQLDatabase
    let place: TemporaryDatabase
    let store: KeyStore
    let clock: SetClock
    let policy: RightsPolicy
    let filing: FilingDesk
    let following: FollowDesk
    let operators: OperatorDesk
    let accounts: OperatorAccounts
    let sessions: OperatorSessions
    let sequencer: Sequencer

    static let agent = Operator(name: "camille", role: .agent)
    static let supervisor = Operator(name: "dominique", role: .supervisor)
    static let auditor = Operator(name: "eden", role: .auditor)

    static let roles = RoleMatrix([
        .readRequests: [.agent, .supervisor, .auditor], .openIdentity: [.agent, .supervisor],
        .verifyIdentity: [.agent, .supervisor], .assign: [.agent, .supervisor], .reassign: [.supervisor],
        .note: [.agent, .supervisor],
        .message: [.agent, .supervisor], .enterRequests: [.agent, .supervisor],
        .decide: [.agent, .supervisor], .refuse: [.supervisor], .printLetters: [.agent, .supervisor],
        .proposeRefusal: [.agent, .supervisor], .confirmRefusal: [.supervisor], .editTemplates: [.supervisor],
        .readStatistics: [.agent, .supervisor, .auditor], .readOperatorStatistics: [.supervisor, .auditor],
    ])

    init(in place: TemporaryDatabase, _ database: SQLDatabase, register: RightsPolicy.Registration) throws {
        self.database = database
        self.place = place
        store = try KeyStore.create(at: place.folder + "/keys")
        try store.initialise()
        clock = SetClock("2026-03-05T09:00:00Z")
        policy = RightsPolicy(
            zone: TimeZone(identifier: "Europe/Paris")!, clock: ClockRules(), holidays: HolidayCalendar([]),
            register: register, roles: Self.roles)
        let keys = try RightsKeys(from: store, servesOperators: true)
        filing = FilingDesk(database: database, keys: keys, policy: policy, now: clock.source)
        following = FollowDesk(database: database, keys: keys, policy: policy, now: clock.source)
        operators = OperatorDesk(database: database, keys: keys, policy: policy, now: clock.source)
        // The smallest Argon2id there is: these tests are about accounts, not about its cost.
        let gate = PasswordGate(parameters: Argon2Parameters(memoryKiB: 8, passes: 1, lanes: 1), threads: 1)
        accounts = OperatorAccounts(
            database: database, otpKey: try store.symmetricKey(.totp), gate: gate, now: clock.source)
        sessions = OperatorSessions(accounts: accounts)
        sequencer = Sequencer(
            database: database, tables: RightsSchema.sequenced, holder: "test", now: clock.source)
    }

    var today: CalendarDate { clock.source().date(in: policy.zone) }

    /// Files `body` as it would arrive.
    func file(_ body: JSON, key: String? = nil) async throws -> FilingReceipt {
        try await filing.file(
            try Filing(body, today: today, parentActsUnderAge: 15), idempotencyKey: key, body: body.canonicalBytes)
    }

    func view(_ receipt: FilingReceipt) async throws -> RequestView {
        try await following.follow(receipt.reference, secret: try TrackingSecret(entered: receipt.secret))
    }

    func withdraw(_ receipt: FilingReceipt) async throws {
        try await following.withdraw(receipt.reference, secret: try TrackingSecret(entered: receipt.secret))
    }

    func act(_ body: JSON, on receipt: FilingReceipt, by signedIn: Operator = supervisor) async throws {
        try await operators.perform(try OperatorAct(body, today: today), on: receipt.reference, by: signedIn)
    }

    static let refusal: JSON = [
        "type": "refused", "grounds": "identityNotEstablished", "reasons": "Les pièces ne concordent pas.",
        "complaint": "CNIL, 3 place de Fontenoy", "judicialRemedy": "Tribunal administratif",
    ]

    func count(_ table: String, where condition: String = "1 = 1") async throws -> Int {
        try await database.read { try $0.first("SELECT count(*) AS n FROM \(table) WHERE \(condition)")?["n"] ?? -1 }
    }

    /// Effect, ordinal and position of every ledger entry, in the order of positions.
    func ledger() async throws -> [(effect: String, objection: String, ordinal: Int, position: Int?)] {
        try await database.read { connection in
            try connection.query("SELECT * FROM ledger_entry ORDER BY position, created_at, ordinal").map {
                (try $0["effect"], try $0["objection"], try $0["ordinal"], try $0["position"])
            }
        }
    }
}

/// Lends `body` a portal's private half on `engine`.
func withHouse<T>(
    _ engine: EngineUnderTest, register: RightsPolicy.Registration = .onFiling,
    isolation: isolated (any Actor)? = #isolation, _ body: (House) async throws -> T
) async throws -> T {
    try await withTemporaryDatabase(engine) { place in
        let database = try await place.open()
        let result: Result<T, any Error>
        do {
            _ = try await database.migrate(
                Sequencer.migrations + PublicRegistry.migrations + RightsSchema.migrations)
            let house = try House(in: place, database, register: register)
            let moment = house.clock.source()
            try await database.write { try LedgerStore.found(on: $0, incarnation: "first", at: moment) }
            result = .success(try await body(house))
        } catch {
            result = .failure(error)
        }
        await database.close()
        return try result.get()
    }
}
