import CivilTime
import Propagation
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@Suite("Objections to projects") struct ProjectScopeTests {
    @Test("A project reaches the databases that it uses, under its reference", arguments: EngineUnderTest.allCases)
    func aProject(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite, datasets: ["a", "b"])
            try await circuit.link(postgresql, datasets: ["c"])
            try await circuit.publish("P-1", datasets: ["a"])
            try await circuit.publish("P-2", datasets: ["b", "c"])
            let one = try await circuit.file(Person(0), Circuit.projects("P-1"))
            let two = try await circuit.file(Person(1), Circuit.projects("P-2", "P-1", "P-2"))
            #expect(one.unreached == [])
            #expect(try await circuit.listings(one) == ["cohorte/P-1": .pending])
            #expect(try await circuit.carry() == [])
            let listed = PropagationStatus.Listing.listed(since: circuit.moment())
            #expect(try await circuit.listings(one) == ["cohorte/P-1": listed])
            #expect(
                try await circuit.listings(two)
                    == ["cohorte/P-1": listed, "cohorte/P-2": listed, "entrepot/P-2": listed])
            #expect(try await circuit.view(one).propagation[0].project?.title?.fr == "Projet P-1")

            let (first, second) = (
                try circuit.pseudonym(of: Person(0), in: sqlite), try circuit.pseudonym(of: Person(1), in: sqlite)
            )
            #expect(try await sqlite.optedOut(of: "P-1") == [first, second])
            #expect(try await sqlite.optedOut(of: "P-2") == [second])
            #expect(try await sqlite.optedOut(of: "P-3") == [])
            #expect(try await postgresql.entries().map(\.scope) == ["P-2"])
            #expect(try await circuit.decided(one) == .closed)
            #expect(try await circuit.decided(two) == .closed)

            try await circuit.withdraw(two, Circuit.projects("P-1"))
            try await circuit.carry()
            #expect(try await sqlite.optedOut(of: "P-1") == [first])
            #expect(try await sqlite.optedOut(of: "P-2") == [second])
            #expect(try await circuit.listings(two)["cohorte/P-1"] == .removed(since: circuit.moment()))
            try await circuit.withdraw(two)
            try await circuit.carry()
            #expect(try await sqlite.optedOut(of: "P-2") == [])
            #expect(try await postgresql.optedOut() == [])
            #expect(try await circuit.linked(postgresql).failure == nil)
        }
    }

    @Test("All but one project: that project stands apart where it is used", arguments: EngineUnderTest.allCases)
    func allButOneProject(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite, datasets: ["a"])
            try await circuit.link(postgresql, datasets: ["c"])
            try await circuit.publish("P-1", datasets: ["a"])
            let receipt = try await circuit.file(Person(0))
            let bystander = try await circuit.file(Person(2))
            try await circuit.carry()
            try await circuit.withdraw(receipt, Circuit.projects("P-1"))
            try await circuit.carry()
            let bystanders = try circuit.pseudonym(of: Person(2), in: sqlite)
            #expect(try await sqlite.optedOut(of: "P-1") == [bystanders])
            #expect(try await sqlite.optedOut(of: "P-2").count == 2)
            // Where the project is not used, nothing was said of it.
            #expect(try await postgresql.entries().map(\.scope) == ["*", "*"])
            let now = circuit.moment()
            #expect(
                try await circuit.listings(receipt) == [
                    "cohorte": .listed(since: now), "cohorte/P-1": .removed(since: now),
                    "entrepot": .listed(since: now),
                ])
            #expect(try await circuit.listings(bystander).count == 2)
        }
    }

    @Test(
        "A project that comes to use a database later takes along what was objected to before",
        arguments: EngineUnderTest.allCases)
    func aProjectThatGrows(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite, datasets: ["a"])
            try await circuit.link(postgresql, datasets: ["c"])
            try await circuit.publish("P-1", datasets: ["a"])
            var receipts: [FilingReceipt] = []
            for number in 0..<3 { receipts.append(try await circuit.file(Person(number), Circuit.projects("P-1"))) }
            try await circuit.withdraw(receipts[2])
            try await circuit.carry()
            #expect(try await postgresql.entries() == [])
            #expect(try await circuit.positions(sqlite, postgresql) == [4, 4])

            circuit.advance(60)
            try await circuit.publish("P-1", datasets: ["a", "c"])
            // Known at once, and not confirmed.
            #expect(try await circuit.listings(receipts[0])["entrepot/P-1"] == .pending)
            try await circuit.set(.paused, of: postgresql)
            #expect(try await circuit.decided(receipts[0]) == .underReview)
            try await circuit.set(.active, of: postgresql)
            try await circuit.carry()
            #expect(try await postgresql.optedOut(of: "P-1").count == 2)
            #expect(try await postgresql.entries().count == 3)
            #expect(try await circuit.positions(sqlite, postgresql) == [4, 4])
            #expect(try await circuit.listings(receipts[0])["entrepot/P-1"] == .listed(since: circuit.moment()))
            #expect(try await circuit.view(receipts[0]).state == .closed)
            try await circuit.withdraw(receipts[0])
            try await circuit.carry()
            #expect(try await postgresql.optedOut(of: "P-1").count == 1)

            // One that is linked late gets it with its backfill.
            #expect(try await circuit.linked(postgresql).failure == nil)
        }
    }

    @Test(
        "A batch made before a project came to use the database does not go out after",
        arguments: EngineUnderTest.allCases)
    func aBatchOfBefore(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            try await circuit.link(sqlite)
            try await circuit.publish("P-1", datasets: ["a"])
            _ = try await circuit.file(Person(0), Circuit.projects("P-1"))
            try await circuit.carry()
            let before = try await circuit.linked(sqlite)
            try await circuit.database.write { connection in
                try connection.execute(
                    "UPDATE linked_database SET datasets = $1 WHERE id = 'cohorte'", #"["a"]"#)
            }
            // A batch is under way whose outcome is not known: first it is settled as it was, then the project is served.
            _ = try await circuit.file(Person(1), Circuit.projects("P-1"))
            try await circuit.sequencer.drain()
            try await circuit.database.write { try LinkedDatabaseStore.recordHanding(to: 2, of: "cohorte", on: $0) }
            try await circuit.carry()
            #expect(try await circuit.linked(sqlite).reach == before.reach + 1)
            #expect(try await sqlite.optedOut(of: "P-1").count == 2)
            #expect(try await circuit.positions(sqlite) == [2])
        }
    }

    @Test(
        "A project that no connector reaches is told to its controller, and never done before the answer",
        arguments: EngineUnderTest.allCases)
    func aProjectOutOfReach(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite, datasets: ["a"])
            try await circuit.link(postgresql)
            try await circuit.publish("P-far", datasets: ["elsewhere"])
            try await circuit.publish("P-half", datasets: ["a"], unlisted: ["Registre local"])
            let far = try await circuit.file(Person(0), Circuit.projects("P-far"))
            let half = try await circuit.file(Person(1), Circuit.projects("P-half", "P-far"))
            #expect(far.unreached == ["P-far"])
            #expect(half.unreached == ["P-far", "P-half"])
            #expect(try await circuit.decided(far) == .underReview)
            #expect(try await circuit.decided(half) == .underReview)
            #expect(try await circuit.listings(far) == [:])
            #expect(try await circuit.listings(half).keys.sorted() == ["cohorte/P-half"])
            var tasks = try await circuit.view(far).controllerTasks
            #expect(tasks.map(\.state) == [.toTell])
            #expect(tasks[0].controllers == ["CHU de Brest"])

            // Not answered before it was told.
            await #expect(throws: RightsError.self) {
                try await circuit.act(
                    ["type": "taskCompleted", "project": "P-far", "text": "Appliqué"], on: far)
            }
            try await circuit.act(["type": "taskSent", "project": "P-far"], on: far)
            try await circuit.carry()
            tasks = try await circuit.view(far).controllerTasks
            #expect(tasks.map(\.state) == [.told(since: circuit.moment())])
            #expect(try await circuit.view(far).state == .underReview)
            try await circuit.act(["type": "taskCompleted", "project": "P-far", "text": "Appliqué"], on: far)
            try await circuit.carry()
            #expect(try await circuit.view(far).state == .closed)
            #expect(try await circuit.view(far).events.contains { $0.words?["text"]?.string == "Appliqué" })
            #expect(try await circuit.view(half).state == .underReview)

            // Whoever was told of it is told of its end; nobody else.
            try await circuit.withdraw(far)
            try await circuit.withdraw(half)
            try await circuit.carry()
            tasks = try await circuit.view(far).controllerTasks
            #expect(tasks.map(\.effect) == [.withdraw])
            #expect(tasks.map(\.state) == [.toTell])
            #expect(try await circuit.view(half).controllerTasks.isEmpty)
            #expect(try await circuit.view(half).state == .closed)
            try await circuit.act(["type": "taskSent", "project": "P-far"], on: far)
        }
    }

    @Test(
        "Filings to one project that arrive together, while the hub works, are all filed and all arrive",
        arguments: EngineUnderTest.allCases)
    func filingsThatArriveTogether(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite, datasets: ["a"])
            try await circuit.link(postgresql, datasets: ["a"])
            try await circuit.publish("P-1", datasets: ["a"])
            let hub = try circuit.hub()
            let serving = Task { await hub.run(every: .milliseconds(5)) }
            let numbering = Task { await circuit.sequencer.run(every: .milliseconds(5), logger: Circuit.silence) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        let receipt = try await circuit.file(Person(number), Circuit.projects("P-1"))
                        if number.isMultiple(of: 3) { try await circuit.withdraw(receipt) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await circuit.eventually { try await circuit.positions(sqlite, postgresql) == [80, 80] })
            for work in [serving, numbering] {
                work.cancel()
                await work.value
            }
            for target in [sqlite, postgresql] {
                #expect(try await target.optedOut(of: "P-1").count == 40)
                #expect(try await target.entries().count == 60)
            }
        }
    }
}
