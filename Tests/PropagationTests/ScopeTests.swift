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
            #expect(try await circuit.decided(receipt) == .closed)
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
            #expect(try await circuit.decided(receipt) == .underReview)
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
            #expect(try await circuit.decided(receipt) == .closed)
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
            try await circuit.withdraw(receipt, Circuit.projects("P-1"))
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
            #expect(try await circuit.decided(receipt) == .closed)
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
            #expect(try await circuit.decided(receipt) == .closed)
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
                await code { _ = try await circuit.file(Person(0), Circuit.projects("P-9")) }
                    == ["/scope/ids/0 scope.unknown"])
            let receipt = try await circuit.file(Person(0), Self.cohort)
            #expect(
                await code {
                    try await circuit.withdraw(receipt, ["kind": "databases", "ids": ["cohorte", "entrepot"]])
                } == ["/scope/ids/1 scope.notCovered"])
            #expect(
                await code { try await circuit.withdraw(receipt, Circuit.projects("P-9")) }
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
            let second = try await circuit.file(parent, Circuit.projects("P-1"), more: child("Enora", of: parent))
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
