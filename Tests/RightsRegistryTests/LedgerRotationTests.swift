import CivilTime
import Foundation
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import RightsRegistry

@Suite("After the ledger's keys were changed")
struct LedgerRotationTests {
    @Test("who was forgotten opens in no backup, and who is not opens", arguments: EngineUnderTest.allCases)
    func backups(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let ended = try await house.file(Person(0).body())
            let live = [try await house.file(Person(1).body()), try await house.file(Person(2).body())]
            try await house.withdraw(ended)
            try await house.sequencer.drain()
            // What a backup of now holds, and keeps.
            let backup = try await house.entries()
            let objection = try await house.stored(ended).objection
            let kept = try #require(backup.first { $0.objection == objection && $0.effect == .register })
            let wrap = try await house.wrap(of: try #require(kept.segment))
            house.advance(days: 30)
            #expect(try await house.forget() == 1)
            #expect(try house.opens(kept, wrap), "the keys are the same")

            let outcome = try await house.ledgerRotation.run()
            #expect(outcome.epoch == 2 && outcome.renewed == 2 && outcome.ended == [1] && outcome.unreadable == [])
            #expect(!house.store.existsLedgerPrivateKey(of: 1))
            #expect(try !house.opens(kept, wrap))
            #expect(try await house.identifiers() == Set([1, 2].map { [Person($0).canonical] }))
            // The segment that all three were in is none of those that the new key opens.
            let segment = try #require(kept.segment)
            #expect(try await house.count("ledger_segment", where: "id = '\(segment)' AND epoch = 2") == 0)
            // `init`, run again, brings no old key back.
            try house.store.initialise()
            #expect(!house.store.existsLedgerPrivateKey(of: 1))
            #expect(try await house.view(live[0]).isInForce)
            let again = try await house.ledgerRotation.run()
            #expect(again.epoch == 3 && again.renewed == 2)
            #expect(try await house.count("ledger_segment", where: "epoch = 1") == 0)
            #expect(try await house.identifiers().count == 2)
        }
    }

    @Test("processes that hold the old one seal nothing for it", arguments: EngineUnderTest.allCases)
    func staleProcesses(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body())
            let reader = try LedgerReader(keysIn: house.store)
            _ = try await house.ledgerRotation.run()
            await #expect(throws: RightsError.keysOutdated) { try await house.file(Person(1).body()) }
            #expect(try await house.count("rights_request") == 1)
            // What seals nothing goes on: an objection can be ended.
            try await house.withdraw(receipt)
            let desk = FilingDesk(
                database: house.database, keys: try house.keysNow, policy: house.policy, now: house.clock.source)
            let body = Person(1).body()
            _ = try await desk.file(
                try Filing(body, today: house.today, parentActsUnderAge: 15), idempotencyKey: nil,
                body: body.canonicalBytes)
            try await house.sequencer.drain()
            // A hub that began before finds the new key in its folder.
            let identifiers = try await reader.identifiers(of: try await house.entries(), in: house.database)
            #expect(Set(identifiers.values) == Set([0, 1].map { [Person($0).canonical] }))
        }
    }

    @Test("that were being changed when the process died, everybody opens", arguments: EngineUnderTest.allCases)
    func interrupted(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            for number in 0..<210 { _ = try await house.file(Person(number).body()) }
            try await house.sequencer.drain()
            let rotation = house.ledgerRotation
            let task = Task {
                try await rotation.run { done, _ in if done > 0 { withUnsafeCurrentTask { $0?.cancel() } } }
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await house.database.read { try LedgerEpochs.standing(on: $0) }.isRotating)
            #expect(try await house.identifiers().count == 210)
            #expect(house.store.existsLedgerPrivateKey(of: 1))
            let outcome = try await house.ledgerRotation.run()
            #expect(outcome.isResumed && outcome.epoch == 2 && outcome.renewed == 10 && outcome.ended == [1])
            #expect(try await house.identifiers().count == 210)
        }
    }

    @Test("what databases are asked goes on being asked", arguments: EngineUnderTest.allCases)
    func tasks(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body(["right": "access"]))
            try await house.act(["type": "identityVerified"], on: receipt)
            try await house.confirmAll()
            try await house.act(
                ["type": "taskSent", "allDatabases": true, "instruction": "Les séjours de 2019."], on: receipt)
            #expect(try await house.ledgerRotation.run().renewed == 1)
            let open = try await house.database.read { try TaskStore.open(in: "cohorte", on: $0) }
            let contents = try await LedgerReader(keysIn: house.store).contents(of: open, in: house.database)
            let task = try #require(open.first)
            let told = try #require(contents[task.id])
            #expect(told.identifiers == [Person(0).canonical])
            #expect(told.instruction == "Les séjours de 2019.")
        }
    }

    @Test("what can't be opened keeps its key, and is named", arguments: EngineUnderTest.allCases)
    func damaged(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            _ = try await house.file(Person(0).body())
            try await house.sequencer.drain()
            let broken = try await house.file(Person(1).body())
            try await house.sequencer.drain()
            let objection = try #require(try await house.stored(broken).objection)
            _ = try await house.database.write {
                try $0.execute(
                    "UPDATE ledger_entry SET sealed = $1 WHERE objection = $2", [1, 2, 3] as [UInt8],
                    objection.description)
            }
            let outcome = try await house.ledgerRotation.run()
            #expect(outcome.unreadable == ["ledger entry 2"] && outcome.ended == [])
            #expect(house.store.existsLedgerPrivateKey(of: 1))
            // It is forgotten at its end like any other, and then the key goes.
            try await house.withdraw(broken)
            try await house.sequencer.drain()
            house.advance(days: 30)
            #expect(try await house.forget() == 1)
            #expect(try await house.ledgerRotation.run().ended == [1])
            #expect(!house.store.existsLedgerPrivateKey(of: 1))
        }
    }

    @Test("no later pair's name is given twice in an older database", arguments: EngineUnderTest.allCases)
    func olderDatabase(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            _ = try await house.file(Person(0).body())
            let path = house.store.folder + "/" + KeyStore.ledgerFiles(of: 1).privateHalf
            let first = try #require(FileManager.default.contents(atPath: path))
            let (entry, segment) = try await house.database.read { connection in
                (
                    try #require(try connection.first("SELECT id, segment, sealed FROM ledger_entry")),
                    try #require(try connection.first("SELECT id, wrap FROM ledger_segment"))
                )
            }
            for epoch in [2, 3] { #expect(try await house.ledgerRotation.run().epoch == epoch) }
            // As it was, and the key that somebody had kept.
            _ = try await house.database.write { connection in
                try connection.execute("DELETE FROM ledger_key_epoch WHERE epoch > 1")
                try connection.execute("UPDATE ledger_key_epoch SET ended_at = NULL, fingerprint = NULL")
                try connection.execute(
                    "INSERT INTO ledger_segment (id, wrap, created_at, epoch) VALUES ($1, $2, 1, 1)",
                    try segment["id"] as String, try segment["wrap"] as [UInt8])
                return try connection.execute(
                    "UPDATE ledger_entry SET segment = $1, sealed = $2", try entry["segment"] as String,
                    try entry["sealed"] as [UInt8])
            }
            #expect(
                FileManager.default.createFile(atPath: path, contents: first, attributes: [.posixPermissions: 0o600]))
            #expect(try await house.ledgerRotation.prepare() == 3)
            let outcome = try await house.ledgerRotation.run()
            #expect(outcome.epoch == 3 && outcome.renewed == 1 && outcome.ended == [1])
            try await house.sequencer.drain()
            #expect(try await house.identifiers() == [[Person(0).canonical]])
        }
    }

    @Test("another database's are left alone", arguments: EngineUnderTest.allCases)
    func anotherFolder(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            _ = try await house.file(Person(0).body())
            let other = try KeyStore.create(at: house.place.folder + "/other")
            try other.initialise()
            let stranger = LedgerRotation(database: house.database, store: other, now: house.clock.source)
            await #expect(throws: RightsError.keysOutdated) { try await stranger.run() }
            _ = try await house.ledgerRotation.run()
            try await stranger.settle()
            #expect(other.existsLedgerPrivateKey(of: 1))
            await #expect(throws: (any Error).self) { try await stranger.run() }
            #expect(try await house.database.read { try LedgerEpochs.standing(on: $0) }.current == 2)
        }
    }
}

extension House {
    fileprivate var ledgerRotation: LedgerRotation {
        LedgerRotation(database: database, store: store, now: clock.source)
    }

    fileprivate func forget() async throws -> Int {
        try await LedgerForgetting(database: database, days: 30, holder: "test", now: clock.source).runOnce()
    }

    fileprivate func entries() async throws -> [LedgerEntry] {
        try await database.read { try LedgerStore.entries(after: 0, limit: 1000, on: $0) }
    }

    fileprivate func identifiers() async throws -> Set<[String]> {
        Set(
            try await LedgerReader(keysIn: store).identifiers(of: try await entries(), in: database).values)
    }

    fileprivate func wrap(of segment: String) async throws -> [UInt8] {
        try #require(
            try await database.read { try $0.first("SELECT wrap FROM ledger_segment WHERE id = $1", segment) })["wrap"]
    }

    /// Whether an entry opens with any key of the folder.
    fileprivate func opens(_ entry: LedgerEntry, _ wrap: [UInt8]) throws -> Bool {
        let (segment, sealed) = (try #require(entry.segment), try #require(entry.sealed))
        return try store.ledgerPrivateKeys().values.contains { key in
            let opener = try? SegmentKey(unwrapping: wrap, id: segment, with: key)
            return (try? opener?.open(sealed, at: LedgerStore.location(of: entry.id))) != nil
        }
    }
}
