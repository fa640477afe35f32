import CivilTime
import PublicRegistry
import SQLDatabase
import Synchronization
import TestSupport
import Testing

@testable import RightsRegistry

extension House {
    func link(_ id: String, _ connector: String? = nil) async throws {
        let (moment, connector) = (clock.source(), connector ?? "sqlite:/nowhere/\(id)")
        let isNew = try await database.write {
            try LinkedDatabaseStore.add(
                id: id, name: nil, connector: connector, datasets: [], at: moment, on: $0)
        }
        #expect(isNew)
    }

    /// Files an objection and gives it its position.
    @discardableResult
    func fileOne(_ number: Int) async throws -> FilingReceipt {
        let receipt = try await file(Person(number).body())
        try await sequencer.drain()
        return receipt
    }

    /// As a hub does once a database has applied everything.
    func confirmAll(_ id: String) async throws {
        let moment = clock.source()
        try await database.write { connection in
            let linked = try #require(try LinkedDatabaseStore.find(id, on: connection))
            let head = try LedgerStore.head(on: connection)
            #expect(
                try LinkedDatabaseStore.recordConfirmation(
                    from: linked.position, to: head, of: linked, at: moment, on: connection))
        }
    }

    func standing(_ id: String) async throws -> DatabaseStanding {
        try #require(try await database.read { try DatabaseStandingStore.find(id, on: $0) })
    }

    fileprivate func set(_ assignment: String, of id: String) async throws {
        try await database.write { try $0.execute("UPDATE linked_database SET \(assignment) WHERE id = $1", id) }
    }

    fileprivate func acts(_ act: String) async throws -> Int { try await count("audit_event", where: "act = '\(act)'") }
}

/// A mail server of the test's own.
private final class Post: Sendable {
    private let box = Mutex((taken: [(ServiceMail, String)](), answer: NoticeDelivery.accepted))

    var taken: [(mail: ServiceMail, address: String)] { box.withLock { $0.taken } }

    func answer(_ delivery: NoticeDelivery) { box.withLock { $0.answer = delivery } }

    var delivery: ServiceMailWorker.Delivery {
        { mail, address in
            self.box.withLock { box in
                box.taken.append((mail, address))
                return box.answer
            }
        }
    }
}

@Suite("Where a linked database stands, and its published target")
struct TargetTests {
    @Test("Only what has been confirmed whole is up to date", arguments: EngineUnderTest.allCases)
    func conditions(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await house.link("registre")
            #expect(try await house.standing("registre").condition == .nothingYet)
            let filedAt = house.clock.source()
            try await house.fileOne(1)
            house.clock.advance(seconds: 60)
            let never = try await house.standing("registre")
            #expect(never.condition == .neverConfirmed && never.lag == 1 && never.waitingSince == filedAt)
            try await house.confirmAll("registre")
            let current = try await house.standing("registre")
            #expect(current.condition == .current && current.lag == 0 && current.waitingSince == nil)
            try await house.fileOne(2)
            #expect(try await house.standing("registre").condition == .behind)
            try await house.confirmAll("registre")

            // What it could not take waits since it was filed, wherever the cursor stands.
            let moment = house.clock.source()
            try await house.database.write {
                try DeliveryExceptionStore.record("too long", at: 1, in: "registre", now: moment, on: $0)
            }
            let excepted = try await house.standing("registre")
            #expect(excepted.condition == .excepted && excepted.exceptions == 1 && excepted.waitingSince == filedAt)
            try await house.set("failing_since = 1, failure = 'x'", of: "registre")
            #expect(try await house.standing("registre").condition == .failing)
            try await house.set("state = 'paused'", of: "registre")
            #expect(try await house.standing("registre").condition == .paused)
            try await house.set("stopped_at = 5", of: "registre")
            let stopped = try await house.standing("registre")
            #expect(stopped.condition == .stopped && stopped.waitingSince == Instant(milliseconds: 5))
            try await house.set("stopped_at = NULL", of: "registre")
            let restored = house.clock.source()
            try await house.database.write { try LedgerStore.beginIncarnation("second", at: restored, on: $0) }
            let elsewhere = try await house.standing("registre")
            #expect(elsewhere.condition == .stopped && elsewhere.lag == 2, "nothing counts in another ledger")
            try await house.set("state = 'removed'", of: "registre")
            #expect(try await house.standing("registre").waitingSince == nil)
        }
    }

    @Test(
        "What a mailbox holds waits until it is acknowledged, but for what changes nothing",
        arguments: EngineUnderTest.allCases)
    func mailboxes(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await house.link("manuelle", "manual:")
            let filedAt = house.clock.source()
            try await house.fileOne(1)
            house.clock.advance(seconds: 3600)
            func lay(_ number: Int64, _ from: Int64, _ to: Int64, changes: Int) async throws {
                let moment = house.clock.source()
                let isNew = try await house.database.write {
                    try MailboxStore.add(
                        MailboxBatch(
                            database: "manuelle", edition: 1, number: number, incarnation: "first", from: from, to: to,
                            madeAt: moment, changes: changes, sealed: []), on: $0)
                }
                #expect(isNew)
            }
            try await lay(1, 0, 1, changes: 1)
            #expect(try await house.standing("manuelle").waitingSince == filedAt)
            let moment = house.clock.source()
            _ = try await house.database.write {
                try MailboxStore.acknowledge(
                    MailboxAcknowledgement(edition: 1, number: 1, incarnation: "first", position: 1, rejected: []),
                    of: "manuelle", at: moment, on: $0)
            }
            #expect(try await house.standing("manuelle").condition == .current)
            try await house.fileOne(2)
            try await lay(2, 1, 2, changes: 0)
            let idle = try await house.standing("manuelle")
            #expect(idle.waitingSince == nil && idle.lag == 1 && idle.condition == .behind)
        }
    }

    @Test("History is what was confirmed by each moment", arguments: EngineUnderTest.allCases)
    func history(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await house.link("registre")
            let start = house.clock.source()
            for number in 1...5 {
                house.clock.advance(seconds: 3600)
                try await house.fileOne(number)
                if number == 3 { try await house.confirmAll("registre") }
            }
            let moments = (0...6).map { start.adding(seconds: $0 * 3600 + 1800) }
            let points = try await house.database.read { connection in
                let linked = try #require(try LinkedDatabaseStore.find("registre", on: connection))
                let heads = try DatabaseHistory.heads(at: moments, on: connection)
                return try DatabaseHistory.points(of: linked, at: moments, heads: heads, on: connection)
            }
            #expect(points.map(\.head) == [0, 1, 2, 3, 4, 5, 5])
            #expect(points.map(\.position) == [0, 0, 0, 3, 3, 3, 3])
            #expect(points.map(\.lag) == [0, 1, 2, 0, 1, 2, 2])
        }
    }

    @Test("A target is by hand longer, and each database’s own where it has one")
    func targets() {
        let targets = PublishedTargets(hours: 24, manualHours: 720, byDatabase: ["lente": 48])
        #expect(targets.hours(of: "registre", isByHand: false) == 24)
        #expect(targets.hours(of: "manuelle", isByHand: true) == 720)
        #expect(targets.hours(of: "lente", isByHand: true) == 48)
    }

    @Test("A target that is passed is told once, and so is that it is over", arguments: EngineUnderTest.allCases)
    func breaches(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await house.link("registre")
            try await house.link("manuelle", "manual:")
            let watch = TargetWatch(database: house.database, targets: PublishedTargets(), now: house.clock.source)
            let filedAt = house.clock.source()
            try await house.fileOne(1)
            house.clock.advance(seconds: 24 * 3600)
            #expect(try await watch.runOnce() == 0, "to the very moment there is time")
            house.clock.advance(seconds: 1)
            #expect(try await watch.runOnce() == 1)
            for _ in 0..<3 {
                house.clock.advance(seconds: 60)
                #expect(try await watch.runOnce() == 0)
            }
            #expect(try await house.acts("database.targetPassed") == 1)
            #expect(try await house.count("service_mail", where: "kind = 'targetPassed'") == 1)
            let breach = try await house.database.read {
                try TargetBreachStore.breaches(of: "registre", limit: 9, on: $0)
            }
            #expect(breach.map(\.waitingSince) == [filedAt] && breach[0].overAt == nil && breach[0].targetHours == 24)

            // A paused database is late all the same: nobody's choice is applied there.
            _ = try await house.database.write { try LinkedDatabaseStore.set(.paused, of: "registre", on: $0) }
            #expect(try await watch.runOnce() == 0)
            try await house.confirmAll("registre")
            #expect(try await watch.runOnce() == 1)
            #expect(try await watch.runOnce() == 0)
            #expect(try await house.acts("database.targetMet") == 1)
            #expect(try await house.count("service_mail") == 2)

            // The next one is another, and one by hand has longer.
            try await house.fileOne(2)
            house.clock.advance(seconds: 25 * 3600)
            #expect(try await watch.runOnce() == 1)
            #expect(try await house.acts("database.targetPassed") == 2)
            house.clock.advance(seconds: 30 * 86_400)
            #expect(try await watch.runOnce() == 1)
            #expect(try await house.count("target_breach", where: "linked_database = 'manuelle'") == 1)
            // One that leaves is late no more.
            _ = try await house.database.write { try LinkedDatabaseStore.set(.removed, of: "registre", on: $0) }
            #expect(try await watch.runOnce() == 1)
        }
    }

    @Test(
        "The data protection officer is mailed, again where the server puts it off, and for five days at most",
        arguments: EngineUnderTest.allCases)
    func mails(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let post = Post()
            let worker = ServiceMailWorker(
                database: house.database, dataProtectionOfficer: "dpo@institut.example", deliver: post.delivery,
                now: house.clock.source)
            func note(_ id: String) async throws {
                let moment = house.clock.source()
                try await house.database.write {
                    try ServiceMailStore.note(
                        ServiceMail(
                            id: id, kind: .targetPassed, database: "registre", recipient: nil, waitingSince: moment,
                            targetHours: 24), at: moment, on: $0)
                }
            }
            func state(_ id: String) async throws -> String? {
                try await house.database.read {
                    try $0.first("SELECT state FROM service_mail WHERE id = $1", id)?["state"]
                }
            }
            try await note("one")
            post.answer(.deferred("451"))
            #expect(try await worker.runOnce() == 1)
            #expect(try await worker.runOnce() == 0, "it waits before it tries again")
            post.answer(.accepted)
            house.clock.advance(seconds: 60)
            #expect(try await worker.runOnce() == 1)
            #expect(post.taken.map(\.mail.id) == ["one", "one"])
            #expect(Set(post.taken.map(\.address)) == ["dpo@institut.example"])
            #expect(try await state("one") == "mailed")
            #expect(try await worker.runOnce() == 0)

            try await note("two")
            post.answer(.unreachable("connect"))
            for _ in 0..<6 {
                _ = try await worker.runOnce()
                house.clock.advance(seconds: 86_400)
            }
            #expect(try await state("two") == "undeliverable")
            try await note("three")
            let mute = ServiceMailWorker(
                database: house.database, dataProtectionOfficer: "dpo@institut.example", deliver: nil,
                now: house.clock.source)
            #expect(try await mute.runOnce() == 1)
            #expect(try await state("three") == "undeliverable", "nothing is kept to be sent months later")
        }
    }
}
