import Crypto
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import Propagation

extension Circuit {
    /// Begins a change of keys, as `regard database rekey` does.
    func rekey(_ target: Target, generation: Int = 2) async throws {
        try store.createSymmetricKey(.key(of: target.id, generation: generation))
        let now = moment()
        let list = try ListName.of(
            target.id, generation: 1, in: store, orKnown: try await linked(target).list)
        try await database.write {
            try DatabaseKeyStore.begin(generation, of: target.id, list: list, at: now, on: $0)
        }
    }

    /// Ends it, as `regard database rekey --confirm` does.
    func confirmKey(_ target: Target) async throws {
        let now = moment()
        try await database.write { try DatabaseKeyStore.confirm(target.id, at: now, on: $0) }
    }

    /// Takes it back, as `regard database rekey --call-off` does.
    func callOffKey(_ target: Target) async throws {
        let now = moment()
        try await database.write { try DatabaseKeyStore.callOff(target.id, at: now, on: $0) }
    }

    func generations(_ target: Target) async throws -> [KeyGeneration.State] {
        try await database.read { try DatabaseKeyStore.all(of: target.id, on: $0) }.map(\.state)
    }

    /// The pseudonyms of people under each of some keys.
    func pseudonyms(_ people: [Person], in target: Target, _ generations: [Int]) throws -> Set<[UInt8]> {
        Set(
            try generations.flatMap { generation in
                let key = try store.symmetricKey(.key(of: target.id, generation: generation))
                return people.map {
                    Array(HMAC<SHA256>.authenticationCode(for: Array($0.canonical.utf8), using: key))
                }
            })
    }
}

/// A key is changed at every connector without a moment in which somebody is not in force under the key that the custodian
/// matches with.
@Suite struct ConnectorKeyTests {
    private func people(_ numbers: Int...) -> [Person] { numbers.map { Person($0) } }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.allCases)
    func aKeyIsChangedUnderALivingList(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws {
        try await withCustodian(engine, connector) { circuit, custodian in
            let target = custodian.target
            try await circuit.publish("P-1", datasets: ["D"])
            let ending = try await circuit.file(Person(0))
            let partial = try await circuit.file(Person(1))
            try await circuit.withdraw(partial, ["kind": "projects", "ids": ["P-1"]])
            let ended = try await circuit.file(Person(2))
            try await circuit.withdraw(ended)
            let narrow = try await circuit.file(Person(3), ["kind": "projects", "ids": ["P-1"]])
            try await settle(circuit, custodian)
            let old = try circuit.pseudonyms(people(0, 1, 3), in: target, [1])
            #expect(try await custodian.optedOut() == old)

            try await circuit.rekey(target)
            await #expect(throws: KeyChangeRefusal.underWay) {
                let now = circuit.moment()
                try await circuit.database.write {
                    try DatabaseKeyStore.begin(3, of: target.id, list: "x", at: now, on: $0)
                }
            }
            #expect(throws: Never.self) { try circuit.store.symmetricKey(.key(of: target.id, generation: 2)) }
            // What is said meanwhile is said under both.
            _ = try await circuit.file(Person(4))
            try await circuit.withdraw(ending)
            await #expect(throws: KeyChangeRefusal.notConfirmed) { try await circuit.confirmKey(target) }
            if connector.isMailbox {
                // Laid down is not confirmed.
                #expect(try await circuit.carry() == [])
                #expect(try await custodian.optedOut() == old)
                await #expect(throws: KeyChangeRefusal.notConfirmed) { try await circuit.confirmKey(target) }
            }
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == circuit.pseudonyms(people(1, 3, 4), in: target, [1, 2]))
            #expect(
                try await custodian.optedOut(of: "P-1") == circuit.pseudonyms(people(3, 4), in: target, [1, 2]))
            _ = try await circuit.file(Person(5))
            try await circuit.withdraw(narrow)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == circuit.pseudonyms(people(1, 4, 5), in: target, [1, 2]))

            let new = try circuit.pseudonyms(people(1, 4, 5), in: target, [2])
            try await circuit.confirmKey(target)
            #expect(try await custodian.optedOut().isSuperset(of: new))
            _ = try await circuit.file(Person(6))
            try await circuit.withdraw(partial)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == circuit.pseudonyms(people(4, 5, 6), in: target, [2]))
            #expect(try await circuit.generations(target) == [.retired, .active])
            #expect(!circuit.store.exists(.database(target.id)))

            // And once more, the list being called what it always was.
            try await circuit.rekey(target, generation: 3)
            try await settle(circuit, custodian)
            try await circuit.confirmKey(target)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == circuit.pseudonyms(people(4, 5, 6), in: target, [3]))
            #expect(try await circuit.generations(target) == [.retired, .retired, .active])
        }
    }

    /// Nothing of it was told under the new key, though an objection that ends as a whole ends it once more.
    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.allCases)
    func whatHadEndedThereBeforeTheKeyCameEndsAsAWholeLater(
        engine: EngineUnderTest, connector: ConnectorUnderTest
    ) async throws {
        try await withCustodian(engine, connector) { circuit, custodian in
            let target = custodian.target
            for project in ["P-1", "P-2"] { try await circuit.publish(project, datasets: ["D"]) }
            var receipts: [(FilingReceipt, FilingReceipt)] = []
            for number in 0..<2 {
                let everything = try await circuit.file(Person(number))
                try await circuit.withdraw(everything, ["kind": "databases", "ids": [.string(target.id)]])
                let projects = try await circuit.file(
                    Person(10 + number), ["kind": "projects", "ids": ["P-1", "P-2"]])
                try await circuit.withdraw(projects, ["kind": "projects", "ids": ["P-1"]])
                receipts.append((everything, projects))
            }
            try await settle(circuit, custodian)
            try await circuit.rekey(target)
            try await settle(circuit, custodian)
            // While both keys count, and once the new one does alone.
            try await circuit.withdraw(receipts[0].0)
            try await circuit.withdraw(receipts[0].1)
            try await settle(circuit, custodian)
            try await circuit.confirmKey(target)
            try await settle(circuit, custodian)
            #expect(try await circuit.generations(target) == [.retired, .active])
            #expect(
                try await custodian.optedOut(of: "P-2") == circuit.pseudonyms([Person(11)], in: target, [2]))
            try await circuit.withdraw(receipts[1].0)
            try await circuit.withdraw(receipts[1].1)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut(of: "P-2") == [])
            #expect(try await circuit.linked(target).failure == nil)
        }
    }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.allCases)
    func aChangeIsCalledOffBeforeItIsConfirmed(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws {
        try await withCustodian(engine, connector) { circuit, custodian in
            let target = custodian.target
            await #expect(throws: KeyChangeRefusal.notBegun) { try await circuit.callOffKey(target) }
            let ending = try await circuit.file(Person(0))
            for number in 1..<4 { _ = try await circuit.file(Person(number)) }
            try await settle(circuit, custodian)

            // Before anything of it was told.
            try await circuit.rekey(target)
            try await circuit.callOffKey(target)
            await #expect(throws: KeyChangeRefusal.calledOff) { try await circuit.confirmKey(target) }
            await #expect(throws: KeyChangeRefusal.calledOff) { try await circuit.callOffKey(target) }
            try await settle(circuit, custodian)
            #expect(try await circuit.generations(target) == [.active, .retired])
            #expect(!circuit.store.exists(.key(of: target.id, generation: 2)))
            #expect(try await custodian.optedOut() == circuit.pseudonyms(people(0, 1, 2, 3), in: target, [1]))

            // In the middle of it: one part of what was before is told, and what came meanwhile.
            try await circuit.rekey(target, generation: 3)
            _ = try await circuit.file(Person(4))
            try await circuit.withdraw(ending)
            #expect(try await circuit.carry() == [])
            try await circuit.callOffKey(target)
            if connector.isMailbox {
                // Nobody knows yet what became of it: nothing is told to be ended.
                #expect(try await circuit.generations(target) == [.active, .retired, .incoming])
                await #expect(throws: KeyChangeRefusal.calledOff) { try await circuit.confirmKey(target) }
            }
            _ = try await circuit.file(Person(5))
            try await settle(circuit, custodian)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == circuit.pseudonyms(people(1, 2, 3, 4, 5), in: target, [1]))
            #expect(try await circuit.generations(target) == [.active, .retired, .retired])
            #expect(!circuit.store.exists(.key(of: target.id, generation: 3)))
            #expect(circuit.store.exists(.database(target.id)))

            // Another can begin, and come to its end; then there is nothing left to call off.
            try await circuit.rekey(target, generation: 4)
            try await settle(circuit, custodian)
            try await circuit.confirmKey(target)
            await #expect(throws: KeyChangeRefusal.confirmed) { try await circuit.callOffKey(target) }
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == circuit.pseudonyms(people(1, 2, 3, 4, 5), in: target, [4]))
        }
    }

    @Test(arguments: EngineUnderTest.allCases, [ConnectorUnderTest.sqlite, .postgresql])
    func aListIsComparedWhileAChangeIsTakenBack(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws {
        try await withCustodian(engine, connector) { circuit, custodian in
            let target = custodian.target
            for number in 0..<5 { _ = try await circuit.file(Person(number)) }
            try await settle(circuit, custodian)
            try await circuit.rekey(target)
            // As a crash leaves it: two of the five are told under the new key.
            try await circuit.database.write {
                try DatabaseKeyStore.recordHanded(2, to: 2, in: target.id, on: $0)
            }
            try await circuit.callOffKey(target)
            #expect(try await circuit.generations(target) == [.active, .incoming])
            try await settle(circuit, custodian)
            try await settle(circuit, custodian)
            #expect(try await circuit.generations(target) == [.active, .retired])
            #expect(
                try await custodian.optedOut()
                    == circuit.pseudonyms((0..<5).map { Person($0) }, in: target, [1]))
            #expect(try await !circuit.reconcile(target).differs)
            // The rows that were never told were never there to be ended.
            #expect(try await custodian.entries().count == 7)
        }
    }

    @Test(arguments: EngineUnderTest.allCases, [ConnectorUnderTest.pull, .directory])
    func aChangeIsCalledOffAndTheListBegunAnew(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws {
        try await withCustodian(engine, connector) { circuit, custodian in
            let target = custodian.target
            for number in 0..<4 { _ = try await circuit.file(Person(number)) }
            try await settle(circuit, custodian)
            try await circuit.rekey(target)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut().count == 8)
            try await circuit.callOffKey(target)
            circuit.advance(1)
            _ = try await circuit.repair(target).resynchronise(by: "command", role: "command")
            try await settle(circuit, custodian)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == circuit.pseudonyms(people(0, 1, 2, 3), in: target, [1]))
            #expect(try await circuit.generations(target) == [.active, .retired])
        }
    }

    @Test(arguments: EngineUnderTest.allCases, [ConnectorUnderTest.sqlite, .postgresql])
    func aListIsComparedAndMendedUnderBothKeys(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws {
        try await withCustodian(engine, connector) { circuit, custodian in
            let target = custodian.target
            for number in 0..<5 { _ = try await circuit.file(Person(number)) }
            try await settle(circuit, custodian)
            try await circuit.rekey(target)
            // Nothing of the new key is there yet, and nothing is amiss.
            #expect(try await !circuit.reconcile(target).differs)
            try await settle(circuit, custodian)
            #expect(try await !circuit.reconcile(target).differs)
            let both = try circuit.pseudonyms((0..<5).map { Person($0) }, in: target, [1, 2])
            try await target.tamper("DELETE FROM regard_optout WHERE position IN (2, 3)")
            #expect(try await circuit.reconcile(target, repairs: true).missing == 4)
            #expect(try await custodian.optedOut() == both)

            // A list that was emptied comes back under both.
            try await target.tamper("DELETE FROM regard_optout; DELETE FROM regard_position")
            _ = try await circuit.carry()
            await #expect(throws: KeyChangeRefusal.stopped) { try await circuit.confirmKey(target) }
            _ = try await circuit.repair(target).resynchronise(by: "command", role: "command")
            #expect(try await custodian.optedOut() == both)
            try await circuit.confirmKey(target)
            // Resynchronised while the old key goes: what it was to end is ended.
            _ = try await circuit.repair(target).resynchronise(by: "command", role: "command")
            try await settle(circuit, custodian)
            #expect(
                try await custodian.optedOut()
                    == circuit.pseudonyms((0..<5).map { Person($0) }, in: target, [2]))
            #expect(try await circuit.generations(target) == [.retired, .active])
            #expect(try await !circuit.reconcile(target).differs)
        }
    }

    @Test(arguments: EngineUnderTest.allCases, [ConnectorUnderTest.pull, .directory])
    func aListThatIsBegunAnewIsToldUnderBothKeys(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws {
        try await withCustodian(engine, connector) { circuit, custodian in
            let target = custodian.target
            for number in 0..<4 { _ = try await circuit.file(Person(number)) }
            try await settle(circuit, custodian)
            try await circuit.rekey(target)
            #expect(try await circuit.carry() == [])
            circuit.advance(1)
            _ = try await circuit.repair(target).resynchronise(by: "command", role: "command")
            await #expect(throws: KeyChangeRefusal.notConfirmed) { try await circuit.confirmKey(target) }
            try await settle(circuit, custodian)
            let people = (0..<4).map { Person($0) }
            #expect(try await custodian.optedOut() == circuit.pseudonyms(people, in: target, [1, 2]))
            try await circuit.confirmKey(target)
            #expect(try await circuit.carry() == [])
            circuit.advance(1)
            // And anew while the old rows are ended.
            _ = try await circuit.repair(target).resynchronise(by: "command", role: "command")
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == circuit.pseudonyms(people, in: target, [2]))
            #expect(try await circuit.generations(target) == [.retired, .active])
        }
    }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.rejecting)
    func nobodyIsLeftBehindWhoseRowWasRefused(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws {
        try await withCustodian(engine, connector) { circuit, custodian in
            let target = custodian.target
            for number in 0..<3 { _ = try await circuit.file(Person(number)) }
            try await settle(circuit, custodian)
            try await circuit.rekey(target)
            try await custodian.refuse(circuit.pseudonyms([Person(1)], in: target, [2]).first)
            try await settle(circuit, custodian)
            #expect(
                try await custodian.optedOut()
                    == circuit.pseudonyms(people(0, 1, 2), in: target, [1]).union(
                        circuit.pseudonyms(people(0, 2), in: target, [2])))
            // The custodian would no longer find them.
            await #expect(throws: KeyChangeRefusal.exceptions) { try await circuit.confirmKey(target) }
            try await custodian.refuse(nil)
            let now = circuit.moment()
            try await circuit.database.write { connection in
                for exception in try DeliveryExceptionStore.open(in: target.id, on: connection) {
                    _ = try DeliveryExceptionStore.retry(exception.objection, in: target.id, at: now, on: connection)
                }
            }
            try await settle(circuit, custodian)
            try await circuit.confirmKey(target)
            try await settle(circuit, custodian)
            #expect(try await custodian.optedOut() == circuit.pseudonyms(people(0, 1, 2), in: target, [2]))
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func theReleaseGateKnowsWhicheverKeyACohortWasMadeWith(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            try await circuit.link(sqlite)
            _ = try await circuit.file(Person(0))
            #expect(try await circuit.carry() == [])
            func listed() async throws -> Int {
                let path = circuit.folder + "/list"
                let export = try await ListExport(
                    of: sqlite.id, in: circuit.database, keys: circuit.store, maximumAge: 3600, now: circuit.moment)
                return try await export.write(to: path, sequence: circuit.sequencer.drain).pseudonyms
            }
            #expect(try await listed() == 1)
            // From the moment on in which there are two, before anything of it is anywhere.
            try await circuit.rekey(sqlite)
            #expect(try await listed() == 2)
            #expect(try await circuit.carry() == [])
            try await circuit.confirmKey(sqlite)
            #expect(try await listed() == 2)
            #expect(try await circuit.carry() == [])
            #expect(try await listed() == 1)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whatTheLedgerDoesNotExplainIsDecidedOnFirst(engine: EngineUnderTest) async throws {
        try await withCircuit(engine) { circuit, sqlite, _ in
            try await circuit.link(sqlite)
            _ = try await circuit.file(Person(0))
            #expect(try await circuit.carry() == [])
            let stray = Hex.encode([UInt8](repeating: 7, count: 32))
            try await sqlite.tamper(
                "INSERT INTO regard_optout VALUES (x'\(stray)', x'\(stray)', '*', 1, 1)")
            _ = try await circuit.repair(sqlite).resynchronise(by: "command", role: "command")
            try await circuit.rekey(sqlite)
            #expect(try await circuit.carry() == [])
            await #expect(throws: KeyChangeRefusal.strays) { try await circuit.confirmKey(sqlite) }
            let now = circuit.moment()
            _ = try await circuit.database.write {
                try StrayStore.decide(.ended, nil, in: sqlite.id, by: "command", at: now, on: $0)
            }
            _ = try await circuit.reconcile(sqlite, repairs: true)
            try await circuit.confirmKey(sqlite)
            #expect(try await circuit.carry() == [])
            #expect(try await sqlite.optedOut() == circuit.pseudonyms([Person(0)], in: sqlite, [2]))
        }
    }
}
