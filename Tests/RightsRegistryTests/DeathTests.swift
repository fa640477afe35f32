import CivilTime
import Logging
import SQLDatabase
import StrictJSON
import Synchronization
import TestSupport
import Testing
import Vault

@testable import RightsRegistry

/// Counts what is handed to the mail server.
private final class Sent: Sendable {
    private let count = Mutex(0)
    var number: Int { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
}

private let death: JSON = ["type": "deathRecorded", "source": "certificate", "diedOn": "2026-03-01"]
private let mistake: JSON = ["type": "deathUnrecorded", "reasons": "La personne a appelé."]
private let postal: JSON = ["postal": "1 rue des Essais\n00000 Ville"]

extension House {
    fileprivate func keys() throws -> RightsKeys { try RightsKeys(from: store, servesOperators: true) }

    /// Tells what is due, once it is gathered.
    fileprivate func tell(_ deliver: NoticeWorker.Delivery?) async throws {
        clock.advance(seconds: 120)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let worker = NoticeWorker(
            database: database, keys: try keys(), policy: policy, deliver: deliver, now: clock.source, logger: logger)
        while try await worker.runOnce() > 0 {}
    }

    fileprivate func states(_ receipt: FilingReceipt) async throws -> [NoticeState] {
        try await operators.request(receipt.reference, for: House.agent).notices.map(\.state)
    }

    fileprivate func index() async throws {
        let indexing = try #require(
            PersonIndexing(database: database, keys: try keys(), policy: policy, now: clock.source))
        while try await indexing.indexNext() > 0 {}
    }
}

@Suite("After a recorded death") struct DeathTests {
    @Test("nothing is written to the person, until it turns out to be a mistake", arguments: EngineUnderTest.allCases)
    func silence(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let sent = Sent()
            let deliver: NoticeWorker.Delivery = { _ in
                sent.add()
                return .accepted
            }
            let receipt = try await house.file(Person(1).body())
            try await house.act(death, on: receipt, by: House.agent)
            try await house.act(["type": "identityRequested", "text": "Qui êtes-vous ?"], on: receipt)
            try await house.tell(deliver)
            #expect(sent.number == 0)
            #expect(try await house.states(receipt) == [.withheld, .withheld])

            let seen = try await house.view(receipt)
            #expect(seen.deathRecordedAt != nil && seen.isInForce && seen.answerBy == nil)
            #expect(!seen.events.contains { [.deathRecorded, .deathUnrecorded].contains($0.event.type) })
            let console = try await house.operators.request(receipt.reference, for: House.agent)
            #expect(console.death?.source == .certificate && console.death?.diedOn == CalendarDate("2026-03-01"))
            #expect(try await house.operators.request(receipt.reference, for: House.auditor).death?.diedOn == nil)
            let stored = try await house.count("request_event", where: "data LIKE '%2026-03-01%'")
            #expect(stored == 0, "the day is sealed")

            // Nobody is reminded, and nothing lapses.
            let reminders = IdentityReminders(
                database: house.database, keys: try house.keys(), policy: house.policy, now: house.clock.source)
            house.clock.advance(seconds: 100 * 86_400)
            #expect(try await reminders.runOnce() == 0)
            await #expect(throws: RightsError.transition(.notIn(.awaitingIdentity, .deathRecorded))) {
                try await house.act(death, on: receipt)
            }

            try await house.act(mistake, on: receipt)
            #expect(try await reminders.runOnce() == 0, "the time to answer begins anew")
            try await house.tell(deliver)
            #expect(sent.number == 1)
            #expect(try await house.states(receipt) == [.mailed, .mailed])
            #expect(try await house.view(receipt).deathRecordedAt == nil)
            house.clock.advance(seconds: 15 * 86_400)
            #expect(try await reminders.runOnce() == 1)
            let audited = try await house.count("audit_event", where: "act LIKE 'requestEvent.death%'")
            #expect(audited == 2)
        }
    }

    @Test("what is being sent goes at most once", arguments: EngineUnderTest.allCases)
    func underWay(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let sent = Sent()
            let (late, taken) = (try await house.file(Person(1).body()), try await house.file(Person(2).body()))
            try await house.tell { notice in
                sent.add()
                let isLate = notice.reference == late.reference
                try? await house.act(death, on: isLate ? late : taken)
                return isLate ? .deferred("4.2.1") : .accepted
            }
            house.clock.advance(seconds: 7200)
            try await house.tell { _ in
                sent.add()
                return .accepted
            }
            #expect(sent.number == 2)
            #expect(try await house.states(late) == [.withheld])
            #expect(try await house.states(taken) == [.mailed])
            // Refused at that moment: no letter in its place either.
            let refused = try await house.file(
                Person(3).body(["contact": ["email": "k@e.example", "postal": "1 rue"]]))
            try await house.tell { _ in
                try? await house.act(death, on: refused)
                return .refused("550")
            }
            #expect(try await house.states(refused) == [.withheld])
            #expect(try await house.count("letter") == 0)
        }
    }

    @Test("letters leave the queue, and none with a code is made", arguments: EngineUnderTest.allCases)
    func letters(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(1).body(["contact": postal]))
            try await house.tell(nil)
            let first = try #require(try await house.operators.letters(for: House.agent).items.first)
            #expect(try await house.operators.openLetters([first.id], for: House.agent).count == 1)
            try await house.act(["type": "message", "text": "Bonjour."], on: receipt)
            try await house.tell(nil)
            let both = try await house.operators.letters(for: House.agent).items.map(\.id)
            #expect(both.count == 2)

            try await house.act(death, on: receipt)
            let queue = try await house.operators.letters(for: House.agent)
            #expect(queue.items.isEmpty && queue.outbox.letters == 0)
            #expect(try await house.operators.openLetters(both, for: House.agent).isEmpty)
            let facts = try await house.operators.request(receipt.reference, for: House.agent).desk
            #expect(facts?.lettersToStop.map(\.id) == [first.id])
            let stored = try #require(
                try await house.database.read { try RequestStore.load(receipt.reference, on: $0) })
            let letter = try SecretLetter(
                of: receipt.reference, .secretReissued, secret: TrackingSecret(),
                under: try house.operators.opened(stored), at: house.clock.source(), random: systemRandom)
            await #expect(throws: RightsError.self) { try await house.database.write { try letter.insert(on: $0) } }

            try await house.act(mistake, on: receipt)
            #expect(Set(try await house.operators.letters(for: House.agent).items.map(\.id)) == Set(both))
        }
    }

    @Test("the same person's other requests follow, and no heir's", arguments: EngineUnderTest.allCases)
    func samePerson(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let own = try await house.file(Person(0).body())
            let second = try await house.file(Person(0).body(["right": "access"]))
            let heirs = try await house.file(
                Person(0).body(["right": "access", "capacity": "heir", "requester": ["name": "Ysé Kervézec"]]))
            let other = try await house.file(Person(1).body())
            var twin = Person(0).subject.object ?? [:]
            twin["givenNames"] = ["Youna"]
            let alike = try await house.file(Person(0).body(["subject": .object(twin)]))
            // Names alone are no certainty: a birth place makes it one, and so does the number.
            try await house.index()

            var body = death.object ?? [:]
            body["samePerson"] = true
            try await house.act(.object(body), on: own)
            func dead() async throws -> [Bool] {
                var found: [Bool] = []
                for receipt in [own, second, heirs, other, alike] {
                    found.append(try await house.view(receipt).deathRecordedAt != nil)
                }
                return found
            }
            #expect(try await dead() == [true, true, false, false, false])
            let seen = try await house.operators.request(second.reference, for: House.agent)
            #expect(seen.death?.from == own.reference && seen.death?.diedOn == CalendarDate("2026-03-01"))
            let facts = try await house.operators.request(heirs.reference, for: House.agent).desk
            #expect(
                Set((facts?.alike ?? []).filter(\.isDeathRecorded).map(\.reference)) == [
                    own.reference, second.reference,
                ])
            await #expect(throws: OperatorDesk.wrong("/type", "death.heir")) { try await house.act(death, on: heirs) }
            try await house.act(["type": "message", "text": "Bonjour."], on: heirs)
            #expect(try await house.states(heirs).last == .waiting)

            await #expect(throws: RightsError.forbidden(.verifyIdentity)) {
                try await house.act(death, on: other, by: House.auditor)
            }
            #expect(try await house.count("audit_event", where: "act = 'operator.refused'") == 1)

            var undone = mistake.object ?? [:]
            undone["samePerson"] = true
            try await house.act(.object(undone), on: second)
            #expect(try await dead() == [false, false, false, false, false])
            #expect(try await house.count("audit_event", where: "act LIKE 'requestEvent.death%'") == 4)
        }
    }

    @Test(
        "a call on the day of the record is asked about, since it may have come after it",
        arguments: EngineUnderTest.allCases)
    func call(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let own = try await house.file(Person(0).body())
            try await house.index()
            try await house.act(death, on: own, by: House.agent)
            house.clock.advance(seconds: 60)
            let body = Person(0).body([
                "right": "access", "channel": "telephone", "receivedOn": .string(house.today.description),
            ])
            let entered = try await house.operators.enter(
                try EnteredFiling(body, today: house.today, policy: house.policy), idempotencyKey: nil,
                body: body.canonicalBytes, by: House.agent)
            try await house.index()
            let seen = try await house.operators.request(entered.reference, for: House.agent)
            #expect(seen.death?.isByItself == true && seen.isDeathDoubted)
        }
    }

    @Test("the queue's indexes have what the queue asks for", arguments: EngineUnderTest.allCases)
    func indexes(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let (definition, table, name) =
                engine == .sqlite
                ? ("sql", "sqlite_master", "name")
                : ("indexdef", "pg_indexes WHERE schemaname = current_schema()", "indexname")
            let definitions = try await house.database.read { connection in
                try connection.query(
                    """
                    SELECT CAST(\(definition) AS TEXT) AS definition FROM (SELECT * FROM \(table)) AS known
                    WHERE \(name) IN ('rights_request_queued', 'rights_request_assignee')
                    """
                ).map { try $0["definition"] as String }
            }
            #expect(definitions.count == 2)
            // A migration that came after made them anew without it, once: each look at the queue read every request.
            for one in definitions { #expect(one.contains("death_doubted") && one.contains("received_at"), "\(one)") }
        }
    }

    @Test(
        "what is filed later is not told either, and an operator says which is wrong; an heir is told",
        arguments: EngineUnderTest.allCases)
    func later(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let sent = Sent()
            let deliver: NoticeWorker.Delivery = { _ in
                sent.add()
                return .accepted
            }
            func seen(_ receipt: FilingReceipt) async throws -> RequestView {
                try await house.operators.request(receipt.reference, for: House.agent)
            }
            func toDo() async throws -> Set<String> {
                var query = QueueQuery()
                query.needsOperator = true
                return Set(
                    try await house.operators.queue(query, for: House.agent).items.filter(\.isDeathDoubted).map(
                        \.reference))
            }
            let own = try await house.file(Person(0).body())
            try await house.index()
            // One that waits to be indexed while the death is recorded came before it.
            let before = try await house.file(Person(0).body(["right": "access"]))
            house.clock.advance(seconds: 60)
            try await house.act(death, on: own, by: House.agent)
            house.clock.advance(seconds: 60)
            let later = try await house.file(Person(0).body(["right": "access"]))
            // Granted in the filing, and closed: it waits for nobody else.
            let granted = try await house.file(Person(0).body(["message": nil]))
            let heirs = try await house.file(
                Person(0).body(["right": "access", "capacity": "heir", "requester": ["name": "Ysé Kervézec"]]))
            // Whoever sends finds it, indexed or not.
            try await house.tell(deliver)
            #expect(sent.number == 1)
            #expect(try await house.states(heirs) == [.mailed])
            for silent in [before, later, granted] {
                #expect(try await house.states(silent).allSatisfy { $0 == .withheld })
                #expect(try await house.view(silent).deathRecordedAt != nil)
                let record = try await seen(silent).death
                #expect(record?.from == own.reference && record?.isByItself == true && record?.source == .certificate)
            }
            #expect(try await seen(heirs).death == nil)
            try await house.confirmAll()
            #expect(try await house.view(granted).state == .closed)
            #expect(try await !seen(before).isDeathDoubted)
            #expect(try await toDo() == [later.reference, granted.reference])
            let audited = try await house.count(
                "audit_event", where: "act = 'requestEvent.deathRecorded' AND actor = 'system'")
            #expect(audited == 3)

            // The death stands: confirmed once.
            try await house.act(death, on: later, by: House.agent)
            #expect(try await toDo() == [granted.reference])
            #expect(try await seen(later).death?.isByItself == false)
            await #expect(throws: RightsError.self) { try await house.act(death, on: later) }
            // Or it is the filing that is wrong: voided, it is nobody's to look into.
            try await house.act(["type": "voided", "reasons": "Une seule main."], on: granted)
            #expect(try await toDo() == [])
            #expect(try await house.view(granted).deathRecordedAt != nil)

            // Or the person lives; that is the last word then, for what comes after as well.
            house.clock.advance(seconds: 60)
            try await house.act(mistake, on: later)
            house.clock.advance(seconds: 60)
            let again = try await house.file(Person(0).body(["right": "access"]))
            try await house.tell(deliver)
            #expect(sent.number == 3)
            #expect(try await house.states(again) == [.mailed])
            // An index that is made anew changes nothing of what was said.
            _ = try await house.database.write { try $0.execute("UPDATE rights_request SET indexing = 'waiting'") }
            try await house.index()
            for told in [later, again] { #expect(try await seen(told).death == nil) }
        }
    }

    @Test func aDeathSaysWhereItIsKnownFromAndLiesNotAhead() throws {
        let today = try #require(CalendarDate("2026-03-05"))
        func codes(_ body: JSON) -> [String] {
            do throws(FieldErrors) {
                _ = try OperatorAct(body, today: today)
                return []
            } catch {
                return error.errors.map { "\($0.pointer) \($0.code)" }
            }
        }
        #expect(codes(["type": "deathRecorded"]) == ["/source required"])
        #expect(codes(["type": "deathRecorded", "source": "relative"]) == [])
        #expect(
            codes(["type": "deathRecorded", "source": "relative", "diedOn": "2026-03-06"]) == ["/diedOn date.future"])
        #expect(codes(["type": "deathRecorded", "source": "relative", "diedOn": "hier"]) == ["/diedOn date.iso"])
        #expect(codes(["type": "deathUnrecorded"]) == ["/reasons required"])
    }
}
