import CivilTime
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import RightsRegistry

@Suite("Where an older database was restored without the keys of its cases")
struct LostKeysTests {
    @Test("its citizen is told, and what is in force stays so", arguments: EngineUnderTest.allCases)
    func told(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.applied(Person(0).body(["message": nil]))
            let secret = try TrackingSecret(entered: receipt.secret)
            try await house.loseKeys()
            let view = try await house.follow(receipt)
            #expect(view.lost?.isForOperators == true && view.lost?.isForCode == true)
            #expect(view.isInForce && view.events.count > 1 && view.filed == nil)
            // Nobody can tell it from a parent's.
            #expect(view.lost?.mayEnd == false)
            let following = try house.followingNow
            await #expect(throws: RightsError.lost) { try await following.withdraw(receipt.reference, secret: secret) }
            await #expect(throws: RightsError.lost) {
                try await following.write(["text": "Bonjour."], to: receipt.reference, secret: secret)
            }
            await #expect(throws: RightsError.notFound) {
                try await following.follow(receipt.reference, secret: TrackingSecret(random: systemRandom))
            }
            let desk = try house.operatorsNow
            await #expect(throws: RightsError.lost) {
                try await desk.openIdentity(receipt.reference, motive: .answer, for: House.agent)
            }
            #expect(try await house.count("request_event", where: "type = 'identityOpened'") == 0)
            #expect(try await desk.request(receipt.reference, for: House.agent).isLostForOperators)
            // What is filed now is as ever.
            let filing = FilingDesk(
                database: house.database, keys: try house.keysNow, policy: house.policy, now: house.clock.source)
            let body = Person(1).body()
            let filed = try await filing.file(
                try Filing(body, today: house.today, parentActsUnderAge: 15), idempotencyKey: nil,
                body: body.canonicalBytes)
            #expect(try await house.follow(filed).lost == nil)
        }
    }

    @Test("a code whose pepper is kept still ends it", arguments: EngineUnderTest.allCases)
    func codeIsKept(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.applied(Person(0).body(["message": nil]))
            try await house.loseKeys(keepsPepper: true)
            let view = try await house.follow(receipt)
            #expect(view.lost?.isForOperators == true && view.lost?.isForCode == false)
            try await house.followingNow.withdraw(
                receipt.reference, secret: try TrackingSecret(entered: receipt.secret))
            #expect(try await !house.follow(receipt).isInForce)
        }
    }

    @Test("nobody is set aside for an answer that they can't give", arguments: EngineUnderTest.allCases)
    func notSetAside(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body())
            try await house.act(["type": "identityRequested", "text": "Une pièce, s’il vous plaît."], on: receipt)
            try await house.loseKeys()
            house.advance(days: 400)
            let reminders = IdentityReminders(
                database: house.database, keys: try house.keysNow, policy: house.policy, now: house.clock.source)
            #expect(try await reminders.runOnce() == 0)
            let view = try await house.follow(receipt)
            #expect(view.isInForce && view.answerBy == nil)
        }
    }

    @Test(
        "an operator closes it with a reason, what is in force stays so, and it is erased at its end",
        arguments: EngineUnderTest.allCases)
    func closed(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            func closing(_ reason: String) -> JSON { ["type": "unreadable", "reason": .string(reason)] }
            func perform(_ body: JSON, on receipt: FilingReceipt, by signedIn: Operator) async throws {
                try await house.operatorsNow.perform(
                    try OperatorAct(body, today: house.today), on: receipt.reference, by: signedIn)
            }
            let objection = try await house.file(Person(0).body())
            let access = try await house.file(Person(1).body(["right": "access"]))
            try await house.act(["type": "identityVerified"], on: access)
            try await house.confirmAll()
            try await house.act(["type": "taskSent", "allDatabases": true], on: access)
            try await house.act(["type": "granted", "text": "Voici."], on: access)
            let closed = try await house.refused(Person(2))
            // Not while anybody reads it: the process that has its key may be another one.
            await #expect(throws: OperatorDesk.wrong("/type", "case.readable")) {
                try await perform(closing("keysGone"), on: objection, by: House.supervisor)
            }
            try house.store.createEpoch(2)
            try house.store.destroyCasesPrivateKey(of: 1)
            await #expect(throws: OperatorDesk.wrong("/type", "case.readable")) {
                try await perform(closing("keysGone"), on: objection, by: House.supervisor)
            }
            #expect(try await house.database.read { try LostCases.load(on: $0) }.count == 0)
            try house.store.destroy(.pepper(1))
            try await house.rotation.takeUpNewest()
            let lost = try await house.database.read {
                (try LostCases.load(on: $0), try LostCases.load(under: [2], on: $0))
            }
            #expect(lost.0.count == 3 && lost.0.open == 2 && lost.1.count == 0)

            await #expect(throws: RightsError.forbidden(.refuse)) {
                try await perform(closing("keysGone"), on: objection, by: House.agent)
            }
            var query = QueueQuery()
            query.isLost = true
            let desk = try house.operatorsNow
            #expect(
                Set(try await desk.queue(query, for: House.agent).items.map(\.reference)) == [
                    objection.reference, access.reference,
                ])
            let all = [objection, access, closed].map { SeenCase($0.reference) }
            let results = try await desk.perform(
                try OperatorAct(closing("filedAgain"), today: house.today), onEach: all, by: House.supervisor)
            #expect(results.map(\.isDone) == [true, true, false], "one was closed before")
            #expect(try await desk.queue(query, for: House.agent).total == 0)
            #expect(try await !desk.hasOpenLostCases(for: House.agent))
            #expect(try await house.count("audit_event", where: "act = 'requestEvent.unreadable'") == 2)
            #expect(try await house.count("rights_request", where: "alert_on IS NOT NULL") == 0)
            #expect(try await house.count("request_task", where: "state IN ('waiting', 'sent')") == 0)
            #expect(try await house.count("notice", where: "type = 'unreadable'") == 0, "nobody knows to where")

            let view = try await house.follow(objection)
            #expect(view.outcome == .unreadable && view.state == .closed && view.isInForce && !view.canReopen)
            #expect(view.events.last?.event.data == ["reason": "filedAgain"])
            await #expect(throws: RightsError.self) {
                try await perform(["type": "reopened", "reasons": "x"], on: objection, by: House.supervisor)
            }
            // Whoever signs in ends it, closed or not.
            let ended = try await house.stored(objection)
            let moment = house.clock.source()
            let policy = house.policy
            try await house.database.write {
                try RequestStore.end(
                    ended, .all, entryID: String(repeating: "0", count: 32), data: [:], at: moment, policy: policy,
                    on: $0)
            }
            #expect(try await !house.follow(objection).isInForce)
            try await house.confirmAll()
            house.advance(days: 1096)
            #expect(try await house.erasure().runOnce() == 3)
        }
    }

    @Test("one that can't be read any more holds up no record of a death", arguments: EngineUnderTest.allCases)
    func death(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            func index() async throws -> Int {
                let indexing = PersonIndexing(
                    database: house.database, keys: try house.keysNow, policy: house.policy, now: house.clock.source)
                return try await #require(indexing).indexNext()
            }
            let lost = try await house.file(Person(0).body())
            #expect(try await index() == 1)
            try await house.loseKeys()
            let keys = try house.keysNow
            let body = Person(0).body(["right": "access"])
            let filed = try await FilingDesk(
                database: house.database, keys: keys, policy: house.policy, now: house.clock.source
            ).file(
                try Filing(body, today: house.today, parentActsUnderAge: 15), idempotencyKey: nil,
                body: body.canonicalBytes)
            #expect(try await index() == 1)
            let act: JSON = [
                "type": "deathRecorded", "source": "certificate", "diedOn": "2026-03-01", "samePerson": true,
            ]
            try await house.operatorsNow.perform(
                try OperatorAct(act, today: house.today), on: filed.reference, by: House.agent)
            #expect(try await house.stored(filed).timeline.deathRecordedAt != nil)
            #expect(try await house.stored(lost).timeline.deathRecordedAt == nil)
        }
    }

    @Test("closed and with a message that nobody answered, it is nobody's to do", arguments: EngineUnderTest.allCases)
    func unanswered(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.refused(Person(0))
            _ = try await house.database.write { try $0.execute("UPDATE rights_request SET awaits_reply = 1") }
            var query = QueueQuery()
            query.needsOperator = true
            #expect(
                try await house.operatorsNow.queue(query, for: House.agent).items.map(\.reference) == [
                    receipt.reference
                ])
            try await house.loseKeys()
            #expect(try await house.operatorsNow.queue(query, for: House.agent).total == 0)
        }
    }

    @Test("a case that was never indexed is erased at its end all the same", arguments: EngineUnderTest.allCases)
    func indexing(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.refused(Person(0))
            _ = try await house.database.write {
                try $0.execute("UPDATE rights_request SET indexing = 'waiting'")
            }
            try await house.loseKeys()
            house.advance(days: 1096)
            #expect(try await house.erasure().runOnce() == 0)
            let indexing = try #require(
                PersonIndexing(
                    database: house.database, keys: try house.keysNow, policy: house.policy, now: house.clock.source))
            #expect(try await indexing.indexNext() == 1)
            #expect(try await indexing.indexNext() == 0)
            #expect(try await house.erasure().runOnce() == 1)
            #expect(try await house.stored(receipt).lost == nil)
        }
    }

    @Test("one that was made in the middle of a rotation opens by half", arguments: EngineUnderTest.allCases)
    func inTheMiddle(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let old = try await house.refused(Person(0))
            let rotation = house.rotation
            let task = Task { try await rotation.run { _, _ in withUnsafeCurrentTask { $0?.cancel() } } }
            await #expect(throws: CancellationError.self) { try await task.value }
            let filing = FilingDesk(
                database: house.database, keys: try house.keysNow, policy: house.policy, now: house.clock.source)
            let body = Person(1).body()
            let new = try await filing.file(
                try Filing(body, today: house.today, parentActsUnderAge: 15), idempotencyKey: nil,
                body: body.canonicalBytes)
            #expect(try await house.rotation.destroyedEpochs() == [])
            // Elsewhere it came to its end.
            try house.store.destroyCasesPrivateKey(of: 1)
            try house.store.destroy(.pepper(1))
            #expect(try await house.rotation.destroyedEpochs() == [1])
            try await house.rotation.takeUpNewest()
            #expect(try await house.rotation.destroyedEpochs() == [])
            #expect(try await house.follow(old).lost?.isForOperators == true)
            #expect(try await house.follow(new).lost == nil)
            let opens = try house.opens(try await house.stored(new), new)
            #expect(opens.operators && opens.citizen)
            let outcome = try await house.rotation.run()
            #expect(outcome.epoch == 3 && outcome.unreadable == [])
            #expect(try await house.follow(new).filed != nil)
        }
    }

    @Test("an answer is not sealed to a key of the right number that is another's", arguments: EngineUnderTest.allCases)
    func otherKey(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body(["right": "access"]))
            try await house.act(["type": "identityVerified"], on: receipt)
            try await house.confirmAll()
            try await house.act(["type": "taskSent", "allDatabases": true], on: receipt)
            let task = try #require(
                try await house.operators.request(receipt.reference, for: House.agent).tasks.tasks.first)
            _ = try await house.rotation.run()
            let other = try KeyStore.create(at: house.place.folder + "/other")
            try other.initialise()
            try other.createEpoch(2)
            func take(_ store: KeyStore) async throws {
                let answers = TaskAnswers(
                    database: house.database, cases: try store.casesKeys(), policy: house.policy,
                    now: house.clock.source)
                try await answers.take(
                    TaskAnswer(id: task.id, kind: .done, words: "Douze séjours."), from: "cohorte",
                    by: .program(of: "cohorte"))
            }
            await #expect(throws: RightsError.keysOutdated) { try await take(other) }
            #expect(try await house.count("request_task", where: "answer_words IS NOT NULL") == 0)
            try await take(house.store)
            let told = try await house.operatorsNow.request(receipt.reference, for: House.agent).tasks.tasks.first
            #expect(told?.words == "Douze séjours.")
        }
    }
}

@Suite("In an older database")
struct OlderDatabaseTests {
    @Test(
        "the erased is erased again, whoever died with the lease, and wherever the mark is",
        arguments: EngineUnderTest.allCases)
    func replay(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.refused(Person(0))
            let before = try await house.stored(receipt)
            house.advance(days: 1096)
            #expect(try await house.erasure().runOnce() == 1)
            let moment = house.clock.source()
            #expect(
                try await house.database.write {
                    try Lease.take("case-erasure", for: "dead", seconds: 600, at: moment, on: $0) != nil
                })
            // Beyond the end of the file, and within a line.
            for mark in [1_000_000, 30] {
                _ = try await house.database.write { connection in
                    try connection.execute("UPDATE erasure_mark SET position = $1", mark)
                    return try connection.execute(
                        """
                        UPDATE rights_request SET erased_at = NULL, operator_wrap = $1, citizen_wrap = $2,
                            sealed_filing = $3, secret_index = $4
                        WHERE reference = $5
                        """, before.operatorWrap, before.citizenWrap, before.sealedFiling, before.secretIndex,
                        receipt.reference)
                }
                #expect(try await house.erasure().replay() == [receipt.reference])
                #expect(try await house.stored(receipt).operatorWrap == nil)
            }
            #expect(try await house.erasure().replay() == [])
        }
    }

    @Test("what outlived a case that is not closed there is forgotten at its end", arguments: EngineUnderTest.allCases)
    func outlived(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.applied(Person(0).body(["message": nil]))
            house.advance(days: 1096)
            #expect(try await house.erasure().runOnce() == 1)
            // It was erased again where it had not been closed yet.
            _ = try await house.database.write {
                try $0.execute("DELETE FROM request_event WHERE type = 'closed'")
            }
            try await house.withdraw(receipt)
            try await house.confirmAll()
            house.advance(days: 1095)
            _ = try await house.erasure().runOnce()
            #expect(try await house.follow(receipt).outcome == .withdrawn, "a day too early")
            house.advance(days: 1)
            _ = try await house.erasure().runOnce()
            await #expect(throws: RightsError.notFound) { try await house.follow(receipt) }
            #expect(try await house.count("person_index") == 0)
        }
    }
}

extension House {
    /// As after a restore of a database from before a rotation, whose keys were destroyed by it.
    fileprivate func loseKeys(keepsPepper: Bool = false) async throws {
        try store.createEpoch(2)
        try store.destroyCasesPrivateKey(of: 1)
        if !keepsPepper { try store.destroy(.pepper(1)) }
        try await rotation.takeUpNewest()
    }
}
