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

    @Test(
        "waits for its package, and keeps nothing of what databases answered", arguments: EngineUnderTest.allCases)
    func packages(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.answered(Person(0))
            let assembly = try house.assembly
            #expect(try await assembly.runOnce().made == 1)
            try await house.confirmAll()
            #expect(try await house.stored(receipt).timeline.state == .closed)
            #expect(try await house.count("task_file_part") == 1)
            house.advance(days: 1096)
            #expect(try await house.erasure().runOnce() == 0, "it was not put away yet")
            #expect(try await assembly.destroyOver() == 1)
            #expect(try await house.erasure().runOnce() == 1)
            for table in ["task_file", "task_file_part", "access_package_part", "package_code", "filing_sign"] {
                #expect(try await house.count(table) == 0, "\(table)")
            }
            // That it was there stays, and not how much there was to say.
            #expect(try await house.count("access_package", where: "size = 0 AND sealed_names IS NULL") == 1)
            let view = try await house.operatorsNow.request(receipt.reference, for: House.supervisor)
            #expect(view.package?.isReady == false)
            #expect(try await assembly.runOnce().made == 0)
        }
    }

    @Test(
        "waits for what can be recalled; then nothing is done to it any more", arguments: EngineUnderTest.allCases)
    func answering(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let reference = try await house.refused(Person(0)).reference
            let desk = try house.desk(recallSeconds: 60)
            let message = try OperatorAct(["type": "message", "text": "Un mot."], today: house.today)
            let refusal = try OperatorAct(House.refusal, today: house.today)
            try await desk.keepDraft(["note": "Une note."], of: .note, in: reference, by: House.agent)
            house.advance(days: 1096)
            try await desk.send(message, on: reference, by: House.agent)
            let held = try #require(try await desk.answering(reference, for: House.agent).held)
            #expect(try await house.erasure().runOnce() == 0)
            try await desk.recall(held.id, on: reference, by: House.agent)
            #expect(try await house.erasure().runOnce() == 1)
            #expect(try await house.count("operator_draft") == 0)

            let many = try await desk.perform(message, onEach: [SeenCase(reference)], by: House.supervisor)
            #expect(many.map(\.isErased) == [true])
            for act: @Sendable () async throws -> Void in [
                { try await desk.send(message, on: reference, by: House.agent) },
                { try await desk.recall(held.id, on: reference, by: House.agent) },
                { try await desk.keepDraft(["note": "x"], of: .note, in: reference, by: House.agent) },
                { try await house.desk(refusals: .confirmed).propose(refusal, on: reference, by: House.agent) },
                { try await house.desk(refusals: .confirmed).confirm("00", on: reference, by: House.supervisor) },
            ] { await #expect(throws: RightsError.erased) { try await act() } }
            try await desk.noteViewing(of: reference, by: House.agent)
            for table in ["operator_draft", "held_act", "refusal_proposal", "case_viewing"] {
                #expect(try await house.count(table) == 0, "\(table)")
            }
        }
    }

    @Test("is like no other case, and stays out of a wave that is restored", arguments: EngineUnderTest.allCases)
    func neighbours(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let body = Person(0).body(["message": nil])
            let erased = try await house.applied(body)
            house.advance(days: 1096)
            #expect(try await house.erasure().runOnce() == 1)
            let live = try await house.applied(body)
            for receipt in [erased, live] {
                let view = try await house.operatorsNow.request(receipt.reference, for: House.supervisor)
                #expect(view.desk?.alike.isEmpty == true)
            }
            _ = try await house.database.write { connection in
                try connection.execute(
                    "INSERT INTO voided_wave (id, kind, voided_at, voided_by) VALUES ('w', 'rate', 1, 'dominique')")
                try connection.execute(
                    "INSERT INTO voided_wave_case (wave, reference) VALUES ('w', $1)", erased.reference)
                return try connection.execute(
                    "UPDATE rights_request SET outcome = 'voided' WHERE reference = $1", erased.reference)
            }
            let restored = try await house.operatorsNow.restore(wave: "w", reasons: "x", by: House.supervisor)
            #expect(restored.map(\.isErased) == [true])
            #expect(try await house.operatorsNow.voidedWaves(for: House.supervisor).first?.restoredAt != nil)
        }
    }

    @Test("is forgotten in every table that names it")
    func everyTable() async throws {
        try await withHouse(.sqlite) { house in
            // By the case, by one of its tasks, or by an act that waits in it.
            let tables: [String] = try await house.database.read { connection in
                try connection.query(
                    """
                    SELECT DISTINCT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
                    WHERE m.type = 'table' AND (c.name IN ('reference', 'task') OR (c.name = 'act' AND m.name <> 'audit_event'))
                    ORDER BY m.name
                    """
                ).map { try $0["name"] }
            }
            let known = Set(
                ErasureStore.forgotten.map(\.table) + ErasureStore.answering + ErasureStore.kept
                    + ErasureStore.conditional)
            // The register's own records have references too.
            let register = [
                "dataset", "project", "record_draft", "record_removal", "record_version", "removal", "version_reason",
            ]
            let forgotten = Set(tables).subtracting(known).subtracting(register)
            #expect(forgotten == [], "say in ErasureStore what becomes of these when a case is erased")
            #expect(known.subtracting(tables) == [], "and nothing of tables that there are not")
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
