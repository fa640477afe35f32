import CivilTime
import Foundation
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import RightsRegistry

@Suite("At the end of its retention a case")
struct ErasureTests {
    @Test("opens for nobody, and its bare timeline stays", arguments: EngineUnderTest.allCases)
    func nothingOpens(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.refused(Person(0))
            let neighbour = try await house.refused(Person(1))
            let secret = try TrackingSecret(entered: receipt.secret)
            house.advance(days: 1000)
            try await house.following.write(
                ["text": "Une question encore."], to: neighbour.reference,
                secret: try TrackingSecret(entered: neighbour.secret))
            house.advance(days: 95)
            let before = try await house.stored(receipt)
            #expect(try await house.erasure().runOnce() == 0, "a day too early")
            house.advance(days: 1)
            #expect(try await house.erasure().runOnce() == 1)
            #expect(try await house.erasure().runOnce() == 0)

            await #expect(throws: RightsError.notFound) {
                try await house.following.follow(receipt.reference, secret: secret)
            }
            await #expect(throws: RightsError.erased) {
                try await house.operators.openIdentity(receipt.reference, motive: .answer, for: House.agent)
            }
            let note: JSON = ["type": "noted", "note": "Rien."]
            await #expect(throws: RightsError.erased) { try await house.act(note, on: receipt) }
            let view = try await house.operators.request(receipt.reference, for: House.supervisor)
            #expect(view.erasedAt == house.clock.source())
            #expect(view.events.map(\.event) == before.timeline.events)
            #expect(view.events.allSatisfy { $0.words == nil })
            #expect(view.outcome == .refused)

            #expect(
                try await house.count(
                    "request_event", where: "reference = '\(receipt.reference)' AND sealed IS NOT NULL") == 0)
            #expect(try await house.count("person_index", where: "reference = '\(receipt.reference)'") == 0)
            #expect(try await house.count("audit_event", where: "act = 'case.erased'") == 1)
            let after = try await house.stored(receipt)
            #expect(after.operatorWrap == nil && after.citizenWrap == nil && after.sealedFiling == nil)
            #expect(after.secretIndex == ErasureStore.noSecret)
            let opened = try house.opens(try await house.stored(neighbour), neighbour)
            #expect(opened.operators && opened.citizen, "whoever wrote since is kept")
        }
    }

    @Test("is outlived by its objection, which its citizen sees and ends", arguments: EngineUnderTest.allCases)
    func objectionStands(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.applied(Person(0).body(["message": nil]))
            house.advance(days: 1096)
            #expect(try await house.erasure().runOnce() == 1)

            let view = try await house.follow(receipt)
            #expect(view.isInForce)
            #expect(view.erasedAt != nil)
            #expect(view.propagation.map(\.database) == ["cohorte"])
            #expect(try await house.count("person_index", where: "reference = '\(receipt.reference)'") > 0)
            await #expect(throws: RightsError.erased) {
                try await house.following.write(
                    ["text": "Bonjour."], to: receipt.reference, secret: try TrackingSecret(entered: receipt.secret))
            }
            try await house.withdraw(receipt)
            #expect(try await !house.follow(receipt).isInForce)
            house.advance(days: 1095)
            _ = try await house.erasure().runOnce()
            #expect(try await house.follow(receipt).outcome == .withdrawn, "it waits for a database, and for its time")
            house.advance(days: 1)
            _ = try await house.erasure().runOnce()
            #expect(try await house.follow(receipt).outcome == .withdrawn, "it waits for a database")
            try await house.confirmAll()
            _ = try await house.erasure().runOnce()
            await #expect(throws: RightsError.notFound) { try await house.follow(receipt) }
            #expect(try await house.count("person_index", where: "reference = '\(receipt.reference)'") == 0)
        }
    }

    @Test(
        "is outlived by a child's objection, and no longer opened by the parent's code",
        arguments: EngineUnderTest.allCases)
    func parents(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            var subject = Person(0).subject.object ?? [:]
            subject["birthDate"] = "2020-01-07"
            subject["nir"] = nil
            let receipt = try await house.file(
                Person(0).body([
                    "subject": .object(subject), "capacity": "parentalAuthorityHolder", "message": nil,
                    "requester": ["name": "Yann Kervézec"],
                ]))
            try await house.act(["type": "identityVerified"], on: receipt)
            try await house.act(
                ["type": "refused", "grounds": "legalClaims", "reasons": "x", "complaint": "y", "judicialRemedy": "z"],
                on: receipt)
            try await house.act(["type": "noted", "note": "À revoir."], on: receipt)
            try await house.confirmAll()
            // As a grant would have left it: in force.
            _ = try await house.database.write {
                try $0.execute("UPDATE ledger_entry SET effect = 'register' WHERE effect = 'withdraw'")
            }
            house.advance(days: 1096)
            #expect(try await house.erasure().runOnce() == 1)
            #expect(try await house.count("rights_request", where: "outlived = 1") == 1)
            await #expect(throws: RightsError.notFound) { try await house.follow(receipt) }
        }
    }

    @Test("is kept while anything waits for it", arguments: EngineUnderTest.allCases)
    func waiting(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let open = try await house.file(Person(0).body(["right": "access"]))
            let reopened = try await house.refused(Person(1))
            try await house.act(["type": "reopened", "reasons": "Une pièce est arrivée."], on: reopened)
            let refusedThere = try await house.applied(Person(3).body(["message": nil]))
            let objection = try #require(try await house.stored(refusedThere).objection).description
            _ = try await house.database.write {
                try $0.execute(
                    """
                    INSERT INTO delivery_exception (linked_database, objection, opened_at, reason)
                    VALUES ('cohorte', $1, 1, 'refused')
                    """, objection)
            }
            // The database has not confirmed the end of this one yet.
            let withdrawn = try await house.applied(Person(2).body(["message": nil]))
            try await house.withdraw(withdrawn)
            try await house.sequencer.drain()
            house.advance(days: 4000)
            #expect(try await house.erasure().runOnce() == 0)
            for receipt in [open, reopened, withdrawn, refusedThere] {
                #expect(try await house.stored(receipt).erasedAt == nil)
            }
        }
    }

    @Test(
        "is erased again in an older database, and never one that was only announced",
        arguments: EngineUnderTest.allCases)
    func replay(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let (erased, announced) = (try await house.refused(Person(0)), try await house.refused(Person(1)))
            let before = try await house.stored(erased)
            try await house.act(["type": "reopened", "reasons": "Une pièce est arrivée."], on: announced)
            house.advance(days: 1096)
            #expect(try await house.erasure().runOnce() == 1)
            // A process that died between its announcement and the transaction; and a line that a crash tore.
            let journal = try await ErasureJournal.open(in: house.store.folder)
            _ = try await journal.append([
                ErasureJournal.Entry(
                    reference: announced.reference, at: house.clock.source(), keepsSecret: true, isDone: false)
            ])
            let file = try #require(FileHandle(forWritingAtPath: house.store.folder + "/erasures.log"))
            try file.seekToEnd()
            try file.write(contentsOf: Data("done \(announced.reference) 17".utf8))
            try file.close()
            #expect(try await house.erasure().replay() == [], "this database has it all")

            // The database as it was before: wraps, and no mark.
            _ = try await house.database.write { connection in
                try connection.execute("DELETE FROM erasure_mark")
                return try connection.execute(
                    """
                    UPDATE rights_request SET erased_at = NULL, operator_wrap = $1, citizen_wrap = $2, sealed_filing = $3,
                        secret_index = $4, state = 'underReview'
                    WHERE reference = $5
                    """, before.operatorWrap, before.citizenWrap, before.sealedFiling, before.secretIndex,
                    erased.reference)
            }
            #expect(try await house.erasure().replay() == [erased.reference])
            #expect(try await house.stored(erased).operatorWrap == nil)
            #expect(try await house.stored(announced).erasedAt == nil)
            #expect(try await house.count("audit_event", where: "act = 'case.erasedAgain'") == 1)
            #expect(try await house.erasure().replay() == [])
        }
    }

    @Test("is forgotten in every table that names it")
    func everyTable() async throws {
        try await withHouse(.sqlite) { house in
            let tables: [String] = try await house.database.read { connection in
                try connection.query(
                    """
                    SELECT DISTINCT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
                    WHERE m.type = 'table' AND c.name = 'reference' ORDER BY m.name
                    """
                ).map { try $0["name"] }
            }
            let known = Set(ErasureStore.forgotten.map(\.table) + ErasureStore.kept + ErasureStore.conditional)
            // The register's own records have references too.
            let register = [
                "dataset", "project", "record_draft", "record_removal", "record_version", "removal", "version_reason",
            ]
            let forgotten = Set(tables).subtracting(known).subtracting(register)
            #expect(forgotten == [], "say in ErasureStore what becomes of these when a case is erased")
        }
    }

    @Test("leaves no answer to its filing behind", arguments: EngineUnderTest.allCases)
    func answers(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            _ = try await house.file(Person(0).body(), key: "0123456789abcdefghijklmnop")
            house.advance(days: 29)
            _ = try await house.file(Person(1).body(), key: "1123456789abcdefghijklmnop")
            house.advance(days: 2)
            _ = try await house.erasure().runOnce()
            #expect(try await house.count("filing_answer") == 1)
        }
    }
}
