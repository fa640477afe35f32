import CivilTime
import Foundation
import Logging
import RightsRegistry
import SQLDatabase
import StrictJSON
import Synchronization
import TestSupport
import Testing
import Vault

@Suite struct FilingTests {
    @Test(arguments: EngineUnderTest.allCases)
    func aFilingIsThereOnceItIsAnswered(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body())
            #expect(receipt.receivedAt == house.clock.source())
            // A month after Thursday 5 March 2026 is a Sunday.
            #expect(receipt.dueOn.description == "2026-04-06")
            #expect(receipt.reference.hasPrefix("R-2026-"))

            // What a power cut would leave is read by another process than ours.
            let survivor: SQLDatabase
            switch engine {
            case .sqlite:
                let folder = house.place.folder + "/survivor"
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
                for file in ["regard.sqlite", "regard.sqlite-wal"] {
                    try FileManager.default.copyItem(
                        atPath: "\(house.place.folder)/\(file)", toPath: "\(folder)/\(file)")
                }
                survivor = try await SQLDatabase.open(
                    .sqlite(path: folder + "/regard.sqlite"), logger: Logger(label: "test"))
            case .postgresql: survivor = try await house.place.open()
            }
            let row = try await survivor.read { connection in
                try connection.first(
                    """
                    SELECT r.state, r.due_on, r.event_count, e.type, l.effect, l.identifier_count FROM rights_request r
                    JOIN request_event e ON e.reference = r.reference AND e.n = 1
                    JOIN ledger_entry l ON l.objection = r.objection
                    JOIN ledger_segment s ON s.id = l.segment
                    WHERE r.reference = $1
                    """, receipt.reference)
            }
            await survivor.close()
            let stored = try #require(row)
            #expect(try stored["state"] == "received")
            #expect(try stored["due_on"] == receipt.dueOn)
            #expect(try stored["event_count"] == 1)
            #expect(try stored["type"] == "filed")
            #expect(try stored["effect"] == "register")
            #expect(try stored["identifier_count"] == 1)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func theSecretOpensTheRequestAndNothingElseDoes(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body(["language": "en"]))
            let other = try await house.file(Person(1).body())
            let view = try await house.view(receipt)
            #expect(view.reference == receipt.reference)
            #expect(view.right == .objection)
            #expect(view.language == .en)
            #expect(view.state == .received)
            #expect(view.outcome == nil)
            #expect(view.isInForce)
            #expect(view.events.map(\.event.type) == [.filed])
            #expect(view.clock.due == receipt.dueOn)

            let secret = try TrackingSecret(entered: receipt.secret)
            for (reference, secret) in [
                (receipt.reference, TrackingSecret()), (receipt.reference, try TrackingSecret(entered: other.secret)),
                ("R-2026-000000", secret), (other.reference, secret), ("", secret),
            ] {
                await #expect(throws: RightsError.notFound) {
                    try await house.following.follow(reference, secret: secret)
                }
                await #expect(throws: RightsError.notFound) {
                    try await house.following.withdraw(reference, secret: secret)
                }
            }
            #expect(try await house.view(other).state == .received)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aReferenceThatIsTakenIsDrawnAgain(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            // References alone are drawn six bytes at a time: the first three come out the same.
            let draws = Mutex(0)
            let desk = FilingDesk(
                database: house.database, keys: try RightsKeys(from: house.store, servesOperators: false),
                policy: house.policy, now: house.clock.source,
                random: { count in
                    guard count == 6 else { return systemRandom(count) }
                    let draw = draws.withLock { draws in
                        draws += 1
                        return draws
                    }
                    return [UInt8](repeating: draw <= 3 ? 0 : UInt8(draw), count: 6)
                })
            var receipts: [FilingReceipt] = []
            for number in 0..<2 {
                receipts.append(
                    try await desk.file(
                        try Filing(Person(number).body(), today: house.today, parentActsUnderAge: 15),
                        idempotencyKey: nil, body: []))
            }
            #expect(receipts.map(\.reference) == ["R-2026-000000", "R-2026-444444"])
            for receipt in receipts { #expect(try await house.view(receipt).isInForce) }
            #expect(try await house.count("ledger_entry") == 2)
        }
    }

    // MARK: Repetitions

    @Test(arguments: EngineUnderTest.allCases)
    func theSameKeyAndBodyGetTheSameAnswer(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let body = Person(0).body()
            let first = try await house.file(body, key: "k-0123456789abcdef0123")
            house.clock.advance(seconds: 3600)
            let second = try await house.file(body, key: "k-0123456789abcdef0123")
            #expect(second == first)
            #expect(try await house.view(second).events.count == 1)
            #expect(try await house.count("rights_request") == 1)
            #expect(try await house.count("ledger_entry") == 1)

            await #expect(throws: RightsError.idempotencyKeyReused) {
                _ = try await house.file(Person(1).body(), key: "k-0123456789abcdef0123")
            }
            #expect(try await house.count("rights_request") == 1)

            let third = try await house.file(body, key: "k-another-89abcdef0123")
            #expect(third.reference != first.reference)
            #expect(third.secret != first.secret)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func twinsThatArriveTogetherAreFiledOnce(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let body = Person(0).body()
            let receipts = try await withThrowingTaskGroup(of: FilingReceipt.self) { group in
                for _ in 0..<20 { group.addTask { try await house.file(body, key: "k-0123456789abcdef0123") } }
                return try await group.reduce(into: Set<FilingReceipt>()) { $0.insert($1) }
            }
            #expect(receipts.count == 1)
            #expect(try await house.count("rights_request") == 1)
            #expect(try await house.count("request_event") == 1)
            #expect(try await house.count("ledger_entry") == 1)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func differentFilingsThatArriveTogetherAreAllFiled(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipts = try await withThrowingTaskGroup(of: FilingReceipt.self) { group in
                for number in 0..<40 { group.addTask { try await house.file(Person(number).body()) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(receipts.map(\.reference)).count == 40)
            #expect(Set(receipts.map(\.secret)).count == 40)
            #expect(try await house.count("rights_request") == 40)
            #expect(try await house.count("ledger_segment") == 1)
            for receipt in receipts { #expect(try await house.view(receipt).isInForce) }
        }
    }

    // MARK: What is refused

    private static let today = CalendarDate("2026-03-05")!

    private func errors(_ body: JSON) -> [FieldError] {
        do throws(FieldErrors) {
            _ = try Filing(body, today: Self.today, parentActsUnderAge: 15)
            return []
        } catch {
            return error.errors
        }
    }

    private func subject(_ members: KeyValuePairs<String, JSON>) -> JSON {
        var subject = Person(0).subject.object ?? [:]
        for (key, value) in members { subject[key] = value }
        return .object(subject)
    }

    @Test func aFieldThatIsWrongIsNamed() {
        let person = Person(0)
        let wrongKey = String(person.nir.dropLast(2)) + (person.nir.hasSuffix("01") ? "02" : "01")
        let cases: [(JSON, String, String)] = [
            (person.body(["subject": subject(["nir": .string(wrongKey)])]), "/subject/nir", "nir.key"),
            (person.body(["subject": subject(["nir": "123"])]), "/subject/nir", "nir.length"),
            (person.body(["subject": subject(["birthDate": "1985-02-30"])]), "/subject/birthDate", "date"),
            (person.body(["subject": subject(["birthDate": "2026-03-06"])]), "/subject/birthDate", "date.future"),
            (person.body(["subject": subject(["shoeSize": 42])]), "/subject/shoeSize", "unknownField"),
            (person.body(["extra": true]), "/extra", "unknownField"),
            (person.body(["subject": nil]), "/subject", "required"),
            (person.body(["right": "rectification"]), "/details", "required"),
            (person.body(["capacity": "guardian"]), "/requester", "required"),
            (person.body(["scope": ["kind": "databases", "ids": []]]), "/scope/ids", "required"),
            (person.body(["scope": ["kind": "databases"]]), "/scope/ids", "required"),
            (person.body(["scope": ["kind": "projects", "ids": [1]]]), "/scope/ids/0", "wrongType"),
            (person.body(["scope": ["kind": "all", "ids": ["snds"]]]), "/scope/ids", "unknownField"),
            (person.body(["message": .string(String(repeating: "a", count: 5001))]), "/message", "tooLong"),
            (person.body(["message": 1]), "/message", "wrongType"),
            (person.body(["contact": ["email": "no address"]]), "/contact/email", "email"),
        ]
        for (body, pointer, code) in cases {
            let found = errors(body)
            #expect(found.map(\.pointer) == [pointer], "\(pointer) \(code)")
            #expect(found.map(\.code) == [code], "\(pointer) \(code)")
        }
        #expect(errors(person.body(["scope": ["kind": "everything"]])).map(\.pointer) == ["/scope/kind"])
    }

    @Test func everyErrorIsToldAtOnce() {
        let found = errors([
            "right": "objection", "scope": ["kind": "all"], "capacity": "dataSubject", "more": 1,
            "subject": ["birthName": "", "givenNames": [], "birthDate": "yesterday", "sex": "X"],
        ])
        #expect(
            Set(found.map(\.pointer)) == [
                "/more", "/subject/birthName", "/subject/givenNames", "/subject/birthDate", "/subject/sex",
            ])
    }

    @Test(arguments: EngineUnderTest.allCases)
    func someoneWithoutANumberCanObject(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let body = Person(0).body([
                "subject": ["birthName": "Le Goff", "givenNames": ["Anne"], "birthDate": "1970-01-01", "sex": "F"]
            ])
            let receipt = try await house.file(body)
            #expect(try await house.view(receipt).isInForce)
            #expect(try await house.count("ledger_entry", where: "identifier_count = 0") == 1)
        }
    }
}
