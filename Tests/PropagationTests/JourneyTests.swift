import CivilTime
import Propagation
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@Suite struct JourneyTests {
    @Test(arguments: EngineUnderTest.allCases)
    func anObjectionReachesBothDatabasesAndTheRequestCloses(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite, name: "La cohorte")
            try await circuit.link(postgresql)
            let person = Person(0)
            let receipt = try await circuit.file(person)
            #expect(try await circuit.listings(receipt) == ["cohorte": .pending, "entrepot": .pending])

            circuit.advance(60)
            #expect(try await circuit.carry() == [])
            let listedAt = circuit.moment()
            for target in [sqlite, postgresql] {
                let entry = try #require(try await target.entries().first)
                #expect(try await target.entries().count == 1)
                #expect(entry.pseudonym == (try circuit.pseudonym(of: person, in: target)))
                #expect(entry.isActive)
                #expect(entry.position == 1)
                #expect(try await target.position() == 1)
                #expect(try await target.optedOut() == [entry.pseudonym])
            }
            let (first, second) = (try await sqlite.entries()[0], try await postgresql.entries()[0])
            #expect(first.pseudonym != second.pseudonym)
            #expect(first.token != second.token)

            #expect(
                try await circuit.listings(receipt)
                    == ["cohorte": .listed(since: listedAt), "entrepot": .listed(since: listedAt)])
            #expect(try await circuit.view(receipt).propagation.first?.name?.fr == "La cohorte")
            #expect(try await circuit.view(receipt).state == .received)

            circuit.advance(60)
            try await circuit.grant(receipt)
            #expect(try await circuit.view(receipt).state == .underReview)
            #expect(try await circuit.carry() == [])
            let closed = try await circuit.view(receipt)
            #expect(closed.state == .closed)
            #expect(closed.outcome == .granted)
            #expect(closed.closedAt == circuit.moment())
            #expect(closed.isInForce)
            #expect(closed.events.last?.event.actor == .system)
            // The grant changed nothing at the targets.
            #expect(try await sqlite.entries() == [first])

            circuit.advance(60)
            try await circuit.withdraw(receipt)
            #expect(
                try await circuit.listings(receipt) == [
                    "cohorte": .removalPending(listedSince: listedAt),
                    "entrepot": .removalPending(listedSince: listedAt),
                ])
            #expect(try await circuit.carry() == [])
            for target in [sqlite, postgresql] {
                let entries = try await target.entries()
                #expect(entries.map(\.isActive) == [false])
                #expect(entries.map(\.position) == [2])
                #expect(try await target.optedOut() == [])
            }
            let removed = circuit.moment()
            #expect(
                try await circuit.listings(receipt)
                    == ["cohorte": .removed(since: removed), "entrepot": .removed(since: removed)])
            let withdrawn = try await circuit.view(receipt)
            #expect(withdrawn.outcome == .withdrawn)
            #expect(withdrawn.state == .closed)
            #expect(!withdrawn.isInForce)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func refusingAForgedFilingLeavesTheTrueOneInForce(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite)
            try await circuit.link(postgresql)
            _ = try await circuit.file(Person(0))
            let forged = try await circuit.file(Person(0))
            try await circuit.carry()
            try await circuit.act(["type": "assigned"], on: forged)
            try await circuit.act(
                [
                    "type": "refused", "grounds": "identityNotEstablished", "reasons": "Fausse pièce",
                    "complaint": "CNIL", "judicialRemedy": "Tribunal",
                ], on: forged)
            try await circuit.carry()
            for target in [sqlite, postgresql] {
                let entries = try await target.entries()
                #expect(entries.map(\.isActive) == [true, false])
                #expect(Set(entries.map(\.pseudonym)).count == 1)
                #expect(try await target.optedOut() == [try circuit.pseudonym(of: Person(0), in: target)])
            }
            #expect(try await circuit.view(forged).state == .closed)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aDatabaseAddedLateGetsTheWholeLedger(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite)
            let people = (0..<6).map(Person.init)
            var receipts: [FilingReceipt] = []
            for person in people { receipts.append(try await circuit.file(person)) }
            try await circuit.withdraw(receipts[5])
            try await circuit.carry()

            try await circuit.link(postgresql)
            #expect(try await circuit.listings(receipts[0])["entrepot"] == .pending)
            #expect(try await circuit.carry() == [])
            #expect(
                try await postgresql.optedOut()
                    == Set(try people.dropLast().map { try circuit.pseudonym(of: $0, in: postgresql) }))
            #expect(try await postgresql.entries().count == 6)
            #expect(try await circuit.listings(receipts[5])["entrepot"] == .removed(since: circuit.moment()))
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aPausedDatabaseGetsNothingAndKeepsTheRequestOpen(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite)
            try await circuit.link(postgresql)
            try await circuit.set(.paused, of: postgresql)
            let receipt = try await circuit.file(Person(0))
            try await circuit.grant(receipt)
            #expect(try await circuit.carry() == [])
            #expect(try await sqlite.entries().count == 1)
            #expect(try await circuit.linked(postgresql).position == 0)
            #expect(try await circuit.view(receipt).state == .underReview)

            try await circuit.set(.active, of: postgresql)
            #expect(try await circuit.carry() == [])
            #expect(try await postgresql.entries().count == 1)
            #expect(try await circuit.view(receipt).state == .closed)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func noRequestWaitsForADatabaseThatWasRemoved(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite)
            try await circuit.link(postgresql)
            let receipt = try await circuit.file(Person(0))
            try await circuit.grant(receipt)
            try await circuit.set(.removed, of: postgresql)
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.view(receipt).state == .closed)
            #expect(try await circuit.view(receipt).propagation.map(\.database) == ["cohorte"])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whatWasReleasedBeforeIsCounted(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite, datasets: ["cohorte-a", "cohorte-b"])
            try await circuit.link(postgresql)
            let releases = [
                ("cohorte-a", "2026-03-04"), ("cohorte-b", ""), ("cohorte-b", "2026-03-05"),
                ("cohorte-a", "2026-03-06"),
                ("another", "2020-01-01"),
            ]
            for (number, (dataset, day)) in releases.enumerated() {
                try await circuit.database.write {
                    try $0.execute(
                        "INSERT INTO release (id, n, recorded_at, shown, dataset, released_on) VALUES ($1, 1, 0, 1, $2, $3)",
                        "release-\(number)", dataset, day)
                }
            }
            let receipt = try await circuit.file(Person(0))
            func counts() async throws -> [Int] { try await circuit.view(receipt).propagation.map(\.releasesBefore) }
            // Not on the list yet: none of them can be recalled.
            #expect(try await counts() == [4, 0])
            try await circuit.carry()
            // On the list since 5 March. A date says no more than the day: what was released on it is not “before”.
            #expect(try await counts() == [2, 0])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func moreThanOneBatchArrivesWholeAndInOrder(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite)
            try await circuit.link(postgresql)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<510 { group.addTask { _ = try await circuit.file(Person(number)) } }
                try await group.waitForAll()
            }
            #expect(try await circuit.carry() == [])
            for target in [sqlite, postgresql] {
                #expect(try await target.entries().map(\.position) == Array(1...510))
                #expect(try await target.optedOut().count == 510)
                #expect(try await circuit.linked(target).position == 510)
            }
            let batches: [[Int64]] = try await circuit.database.read { connection in
                try connection.query(
                    "SELECT * FROM delivery_batch WHERE linked_database = 'cohorte' ORDER BY to_position"
                ).map { [try $0["from_position"], try $0["to_position"]] }
            }
            #expect(batches == [[0, 500], [500, 510]])
        }
    }
}
