import CivilTime
import Propagation
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@Suite("Objections by scope") struct ScopeTests {
    private static let cohort: JSON = ["kind": "databases", "ids": ["cohorte"]]
    private static func projects(_ references: String...) -> JSON {
        ["kind": "projects", "ids": .array(references.map(JSON.string))]
    }

    private func decided(_ circuit: Circuit, _ receipt: FilingReceipt) async throws -> RequestState {
        try await circuit.grant(receipt)
        #expect(try await circuit.carry() == [])
        return try await circuit.view(receipt).state
    }

    // MARK: Some databases

    @Test(
        "Some databases: the others get nothing, show nothing and keep nothing open",
        arguments: EngineUnderTest.allCases)
    func someDatabases(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite)
            try await circuit.link(postgresql)
            // Neither down nor paused does a database out of scope matter.
            try await circuit.set(.paused, of: postgresql)
            let receipt = try await circuit.file(
                Person(0), ["kind": "databases", "ids": ["cohorte", "cohorte", "cohorte"]])
            #expect(try await circuit.view(receipt).scope == .databases(["cohorte"]))
            #expect(try await circuit.listings(receipt) == ["cohorte": .pending])
            #expect(try await decided(circuit, receipt) == .closed)
            #expect(try await circuit.listings(receipt) == ["cohorte": .listed(since: circuit.moment())])

            try await circuit.set(.active, of: postgresql)
            #expect(try await circuit.carry() == [])
            #expect(try await circuit.positions(sqlite, postgresql) == [1, 1])
            #expect(try await sqlite.optedOut() == [try circuit.pseudonym(of: Person(0), in: sqlite)])
            #expect(try await postgresql.entries() == [])

            try await circuit.withdraw(receipt)
            #expect(try await circuit.carry() == [])
            #expect(try await sqlite.optedOut() == [])
            #expect(try await postgresql.entries() == [])
            #expect(try await circuit.linked(postgresql).failure == nil)
        }
    }

    @Test("A database in scope keeps the request open until it has confirmed", arguments: EngineUnderTest.allCases)
    func aDatabaseInScopeIsWaitedFor(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite)
            try await circuit.link(postgresql)
            try await circuit.set(.paused, of: sqlite)
            let receipt = try await circuit.file(Person(0), Self.cohort)
            #expect(try await decided(circuit, receipt) == .underReview)
            try await circuit.set(.removed, of: sqlite)
            #expect(try await circuit.carry() == [])
            // Nobody is left who could confirm it.
            #expect(try await circuit.view(receipt).state == .underReview)
        }
    }

    @Test("All, withdrawn for one, all again: the latest covering entry decides", arguments: EngineUnderTest.allCases)
    func allThenOneThenAllAgain(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite)
            try await circuit.link(postgresql)
            let receipt = try await circuit.file(Person(0))
            try await circuit.carry()
            try await circuit.withdraw(receipt, Self.cohort)
            #expect(
                try await circuit.listings(receipt) == [
                    "cohorte": .removalPending(listedSince: circuit.moment()),
                    "entrepot": .listed(since: circuit.moment()),
                ])
            try await circuit.carry()
            #expect(try await sqlite.optedOut() == [])
            #expect(try await postgresql.optedOut() == [try circuit.pseudonym(of: Person(0), in: postgresql)])
            var view = try await circuit.view(receipt)
            #expect(view.isInForce)
            #expect(view.exceptions == [.databases(["cohorte"])])
            #expect(view.outcome == nil)
            #expect(view.events.last?.event.type == .narrowed)
            // A grant confirms what stands; it does not bring back what was taken back.
            #expect(try await decided(circuit, receipt) == .closed)
            #expect(try await sqlite.optedOut() == [])
            #expect(try await circuit.listings(receipt)["cohorte"] == .removed(since: circuit.moment()))

            // Twice changes nothing.
            try await circuit.withdraw(receipt, Self.cohort)
            #expect(try await circuit.view(receipt).events.count == view.events.count + 3)

            let again = try await circuit.file(Person(0))
            try await circuit.carry()
            for target in [sqlite, postgresql] {
                #expect(try await target.optedOut() == [try circuit.pseudonym(of: Person(0), in: target)])
            }
            try await circuit.withdraw(again)
            try await circuit.carry()
            #expect(try await sqlite.optedOut() == [])
            #expect(try await postgresql.optedOut().count == 1)
            view = try await circuit.view(receipt)
            #expect(view.isInForce)

            // The rest ends as a whole.
            try await circuit.withdraw(receipt)
            try await circuit.carry()
            #expect(try await postgresql.optedOut() == [])
            #expect(try await !circuit.view(receipt).isInForce)
        }
    }

    @Test("The same objection, refused and granted after all, is registered whole", arguments: EngineUnderTest.allCases)
    func theSameObjectionAgain(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite, datasets: ["a"])
            try await circuit.link(postgresql)
            try await circuit.publish("P-1", datasets: ["a"])
            let receipt = try await circuit.file(Person(0))
            try await circuit.withdraw(receipt, Self.projects("P-1"))
            try await circuit.withdraw(receipt, ["kind": "databases", "ids": ["entrepot"]])
            try await circuit.carry()
            #expect(try await sqlite.optedOut(of: "P-1") == [])
            #expect(try await sqlite.optedOut(of: "P-2").count == 1)
            #expect(try await postgresql.optedOut() == [])
            #expect(
                try await circuit.view(receipt).exceptions == [.databases(["entrepot"]), .projects(["P-1"])])

            try await circuit.act(["type": "assigned"], on: receipt)
            try await circuit.act(
                [
                    "type": "refused", "grounds": "identityNotEstablished", "reasons": "Doute", "complaint": "CNIL",
                    "judicialRemedy": "Tribunal",
                ], on: receipt)
            try await circuit.carry()
            #expect(try await sqlite.optedOut(of: "P-2") == [])
            #expect(try await circuit.view(receipt).state == .closed)
            try await circuit.act(["type": "reopened", "reasons": "Pièce reçue"], on: receipt)
            #expect(try await decided(circuit, receipt) == .closed)
            for target in [sqlite, postgresql] {
                for project in ["P-1", "P-2"] { #expect(try await target.optedOut(of: project).count == 1) }
            }
            #expect(try await Set(circuit.listings(receipt).keys) == ["cohorte", "entrepot"])
        }
    }

    @Test(
        "A withdrawal without the secret ends what it names, and waits for those databases alone",
        arguments: EngineUnderTest.allCases)
    func aWithdrawalWithoutTheSecret(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite)
            try await circuit.link(postgresql)
            let receipt = try await circuit.file(Person(0))
            #expect(try await decided(circuit, receipt) == .closed)
            try await circuit.set(.paused, of: postgresql)
            let withdrawal = try await circuit.file(Person(0), Self.cohort, right: "objectionWithdrawal")
            try await circuit.act(["type": "identityVerified"], on: withdrawal)
            try await circuit.act(["type": "granted", "objection": .string(receipt.reference)], on: withdrawal)
            #expect(try await circuit.listings(withdrawal).keys.sorted() == ["cohorte"])
            #expect(try await circuit.view(withdrawal).state == .underReview)
            try await circuit.carry()
            #expect(try await circuit.view(withdrawal).state == .closed)
            #expect(try await circuit.listings(withdrawal) == ["cohorte": .removed(since: circuit.moment())])
            let view = try await circuit.view(receipt)
            #expect(view.isInForce)
            #expect(view.outcome == .granted)
            #expect(view.exceptions == [.databases(["cohorte"])])

            let narrow = try await circuit.file(Person(1), Self.cohort)
            let other = try await circuit.file(
                Person(1), ["kind": "databases", "ids": ["entrepot"]], right: "objectionWithdrawal")
            try await circuit.act(["type": "identityVerified"], on: other)
            await #expect(
                throws: RightsError.invalid(
                    FieldErrors([FieldError(pointer: "/objection", code: "scope.notCovered")]))
            ) {
                try await circuit.act(["type": "granted", "objection": .string(narrow.reference)], on: other)
            }
            #expect(try await circuit.view(other).outcome == nil)
        }
    }

    @Test("What the objection does not cover can't be taken back", arguments: EngineUnderTest.allCases)
    func whatIsNotCovered(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite)
            try await circuit.link(postgresql)
            func code(_ body: () async throws -> Void) async -> [String] {
                do { try await body() } catch RightsError.invalid(let found) {
                    return found.errors.map { "\($0.pointer) \($0.code)" }
                } catch { return ["\(error)"] }
                return []
            }
            #expect(
                await code {
                    _ = try await circuit.file(
                        Person(0), ["kind": "databases", "ids": ["cohorte", "x", "cohorte", "y"]])
                } == ["/scope/ids/1 scope.unknown", "/scope/ids/3 scope.unknown"])
            #expect(
                await code { _ = try await circuit.file(Person(0), Self.projects("P-9")) }
                    == ["/scope/ids/0 scope.unknown"])
            let receipt = try await circuit.file(Person(0), Self.cohort)
            #expect(
                await code {
                    try await circuit.withdraw(receipt, ["kind": "databases", "ids": ["cohorte", "entrepot"]])
                } == ["/scope/ids/1 scope.notCovered"])
            #expect(
                await code { try await circuit.withdraw(receipt, Self.projects("P-9")) }
                    == ["/scope/ids/0 scope.notCovered"])
            #expect(try await circuit.view(receipt).isInForce)
            // The last of it ends the whole.
            try await circuit.withdraw(receipt, Self.cohort)
            #expect(try await circuit.view(receipt).outcome == .withdrawn)
            // A part of what is no longer in force can't be taken back: that would end it for good.
            let refused = try await circuit.file(Person(1), ["kind": "databases", "ids": ["cohorte", "entrepot"]])
            try await circuit.act(["type": "assigned"], on: refused)
            try await circuit.act(
                [
                    "type": "refused", "grounds": "identityNotEstablished", "reasons": "Les pièces ne concordent pas.",
                    "complaint": "CNIL", "judicialRemedy": "Tribunal",
                ], on: refused)
            #expect(await code { try await circuit.withdraw(refused, Self.cohort) } == ["/scope scope.notInForce"])
            #expect(try await circuit.view(refused).outcome == .refused)
        }
    }

    // MARK: Some projects

    @Test("A project reaches the databases that it uses, under its reference", arguments: EngineUnderTest.allCases)
    func aProject(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite, datasets: ["a", "b"])
            try await circuit.link(postgresql, datasets: ["c"])
            try await circuit.publish("P-1", datasets: ["a"])
            try await circuit.publish("P-2", datasets: ["b", "c"])
            let one = try await circuit.file(Person(0), Self.projects("P-1"))
            let two = try await circuit.file(Person(1), Self.projects("P-2", "P-1", "P-2"))
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
            #expect(try await decided(circuit, one) == .closed)
            #expect(try await decided(circuit, two) == .closed)

            try await circuit.withdraw(two, Self.projects("P-1"))
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
            try await circuit.withdraw(receipt, Self.projects("P-1"))
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
            for number in 0..<3 { receipts.append(try await circuit.file(Person(number), Self.projects("P-1"))) }
            try await circuit.withdraw(receipts[2])
            try await circuit.carry()
            #expect(try await postgresql.entries() == [])
            #expect(try await circuit.positions(sqlite, postgresql) == [4, 4])

            circuit.advance(60)
            try await circuit.publish("P-1", datasets: ["a", "c"])
            // Known at once, and not confirmed.
            #expect(try await circuit.listings(receipts[0])["entrepot/P-1"] == .pending)
            try await circuit.set(.paused, of: postgresql)
            #expect(try await decided(circuit, receipts[0]) == .underReview)
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
            _ = try await circuit.file(Person(0), Self.projects("P-1"))
            try await circuit.carry()
            let before = try await circuit.linked(sqlite)
            try await circuit.database.write { connection in
                try connection.execute(
                    "UPDATE linked_database SET datasets = $1 WHERE id = 'cohorte'", #"["a"]"#)
            }
            // A batch is under way whose outcome is not known: first it is settled as it was, then the project is served.
            _ = try await circuit.file(Person(1), Self.projects("P-1"))
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
            let far = try await circuit.file(Person(0), Self.projects("P-far"))
            let half = try await circuit.file(Person(1), Self.projects("P-half", "P-far"))
            #expect(far.unreached == ["P-far"])
            #expect(half.unreached == ["P-far", "P-half"])
            #expect(try await decided(circuit, far) == .underReview)
            #expect(try await decided(circuit, half) == .underReview)
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
                        let receipt = try await circuit.file(Person(number), Self.projects("P-1"))
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

    // MARK: One pseudonym, several objections

    @Test(
        "Twins under one number, two parents for one child: each scope ends alone", arguments: EngineUnderTest.allCases)
    func twinsAndParents(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite, datasets: ["a"])
            try await circuit.link(postgresql, datasets: ["a"])
            try await circuit.publish("P-1", datasets: ["a"])
            // Two children of one sex, born on one day, under the number of their parent: one pseudonym.
            func child(_ name: String, of parent: Person) -> [String: JSON] {
                [
                    "capacity": "parentalAuthorityHolder", "requester": ["name": "Parent"],
                    "subject": [
                        "birthName": "Kervézec", "givenNames": [.string(name)], "birthDate": "2020-05-05", "sex": "F",
                        "nir": .string(parent.nir), "nirHolder": "insuredParent",
                    ],
                ]
            }
            let parent = Person(0)
            let twin = try await circuit.file(parent, more: child("Nolwenn", of: parent))
            let other = try await circuit.file(parent, Self.cohort, more: child("Enora", of: parent))
            let second = try await circuit.file(parent, Self.projects("P-1"), more: child("Enora", of: parent))
            try await circuit.carry()
            for target in [sqlite, postgresql] { #expect(try await target.optedOut(of: "P-1").count == 1) }

            try await circuit.withdraw(twin)
            try await circuit.carry()
            #expect(try await sqlite.optedOut(of: "P-2").count == 1)
            #expect(try await postgresql.optedOut(of: "P-2") == [])
            #expect(try await postgresql.optedOut(of: "P-1").count == 1)
            try await circuit.withdraw(other)
            try await circuit.carry()
            #expect(try await sqlite.optedOut(of: "P-2") == [])
            #expect(try await sqlite.optedOut(of: "P-1").count == 1)
            try await circuit.withdraw(second)
            try await circuit.carry()
            for target in [sqlite, postgresql] { #expect(try await target.optedOut() == []) }
        }
    }

    @Test("A corrected identity keeps the scope and what was taken back of it", arguments: EngineUnderTest.allCases)
    func aCorrectedIdentity(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            try await circuit.link(sqlite, datasets: ["a"])
            try await circuit.link(postgresql, datasets: ["c"])
            try await circuit.publish("P-1", datasets: ["a"])
            let receipt = try await circuit.file(Person(0))
            let narrow = try await circuit.file(Person(2), Self.cohort)
            try await circuit.withdraw(receipt, Self.cohort)
            try await circuit.carry()
            for (wrong, right) in [(receipt, Person(1)), (narrow, Person(3))] {
                try await circuit.act(
                    ["type": "identityCorrected", "subject": right.body["subject"] ?? .null], on: wrong)
            }
            try await circuit.carry()
            #expect(try await sqlite.optedOut() == [try circuit.pseudonym(of: Person(3), in: sqlite)])
            #expect(try await postgresql.optedOut() == [try circuit.pseudonym(of: Person(1), in: postgresql)])
            #expect(try await circuit.view(receipt).exceptions == [.databases(["cohorte"])])
        }
    }
}
