import CivilTime
import Logging
import SQLDatabase
import StrictJSON
import Synchronization
import TestSupport
import Testing
import Vault

@testable import RightsRegistry

/// A mail server of the test's own: it keeps what it is handed, and answers as it is told.
private final class Post: Sendable {
    private struct Box {
        var taken: [MailedNotice] = []
        var answer = NoticeDelivery.accepted
    }

    private let box = Mutex(Box())

    var taken: [MailedNotice] { box.withLock { $0.taken } }

    func answer(_ delivery: NoticeDelivery) { box.withLock { $0.answer = delivery } }

    var delivery: NoticeWorker.Delivery {
        { notice in
            self.box.withLock { box in
                box.taken.append(notice)
                return box.answer
            }
        }
    }
}

extension House {
    fileprivate func worker(_ post: Post?) throws -> NoticeWorker {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return NoticeWorker(
            database: database, keys: try RightsKeys(from: store, servesOperators: true), policy: policy,
            deliver: post?.delivery, now: clock.source, logger: logger)
    }

    /// What is due now, until nothing is.
    fileprivate func tell(_ worker: NoticeWorker) async throws {
        while try await worker.runOnce() > 0 {}
    }

    fileprivate func notices(_ receipt: FilingReceipt) async throws -> [NoticeStatus] {
        try await operators.request(receipt.reference, for: House.agent).notices
    }
}

/// Someone who has a postal address as well.
private let both: JSON = ["email": "k@exemple.example", "postal": "1 rue des Essais\n00000 Ville"]
private let postal: JSON = ["postal": "1 rue des Essais\n00000 Ville"]

@Suite struct NoticeTests {
    @Test(arguments: EngineUnderTest.allCases)
    func whatHappensTogetherIsToldInOneMessageOnceItIsGathered(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let post = Post()
            let worker = try house.worker(post)
            let receipt = try await house.file(Person(1).body(["message": nil, "language": "en"]))
            try await house.tell(worker)
            #expect(post.taken.isEmpty)
            house.clock.advance(seconds: 120)
            try await house.tell(worker)
            #expect(post.taken.map(\.reference) == [receipt.reference])
            #expect(post.taken[0].email == Person(1).email)
            #expect(post.taken[0].language == .en)
            #expect(try await house.notices(receipt).map(\.type) == [.filed, .granted])
            #expect(try await house.notices(receipt).map(\.state) == [.mailed, .mailed])
            try await house.tell(worker)
            #expect(post.taken.count == 1)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whatConcernsTheHouseAloneIsNotTold(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(1).body())
            try await house.act(["type": "assigned"], on: receipt)
            try await house.act(["type": "noted", "note": "Vu."], on: receipt)
            _ = try await house.operators.openIdentity(receipt.reference, motive: .answer, for: House.agent)
            try await house.act(["type": "identityVerified"], on: receipt)
            try await house.following.write(
                ["text": "Bonjour."], to: receipt.reference, secret: try TrackingSecret(entered: receipt.secret))
            #expect(try await house.notices(receipt).map(\.type) == [.filed])
            try await house.act(["type": "message", "text": "Bonjour."], on: receipt)
            try await house.act(["type": "granted"], on: receipt)
            try await house.withdraw(receipt)
            #expect(try await house.notices(receipt).map(\.type) == [.filed, .message, .granted, .withdrawn])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whatNoKeyOpensIsTriedForSomeDaysAndThenPutAway(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let post = Post()
            let worker = try house.worker(post)
            let (receipt, other) = (try await house.file(Person(1).body()), try await house.file(Person(2).body()))
            let wrap = [UInt8](repeating: 1, count: 80)
            _ = try await house.database.write { connection in
                try connection.execute(
                    "UPDATE rights_request SET operator_wrap = $1 WHERE reference = $2", wrap, receipt.reference)
            }
            house.clock.advance(seconds: 120)
            try await house.tell(worker)
            #expect(post.taken.map(\.reference) == [other.reference])
            #expect(try await house.notices(receipt).map(\.failure) == ["sealed"])
            #expect(try await house.database.read { try NoticeStore.unopened(on: $0) }.map(\.isWaiting) == [true])
            house.clock.advance(seconds: 4 * 86_400)
            try await house.tell(worker)
            #expect(try await house.notices(receipt).map(\.state) == [.waiting])
            house.clock.advance(seconds: 2 * 86_400)
            try await house.tell(worker)
            #expect(try await house.notices(receipt).map(\.state) == [.undeliverable])
            #expect(try await house.count("notice", where: "state = 'waiting'") == 0)
            #expect(try await house.count("audit_event", where: "act = 'notice.givenUp'") == 1)
            let unopened = try await house.database.read { try NoticeStore.unopened(on: $0) }
            #expect(unopened.map(\.reference) == [receipt.reference] && unopened.map(\.isWaiting) == [false])
        }
    }

    @Test func whoObjectedBeforeThisPortalIsToldOnceTheyHaveACode() {
        func event(_ n: Int, _ type: EventType, _ data: JSON = [:]) -> RequestEvent {
            RequestEvent(n: n, type: type, at: Instant(milliseconds: Int64(n)), actor: .citizen, data: data)
        }
        let imported = [event(1, .filed, ["channel": "imported"]), event(2, .granted)]
        #expect(!Timeline(imported).hasReader)
        #expect(Timeline(imported + [event(3, .secretReissued)]).hasReader)
        #expect(Timeline([event(1, .filed, ["channel": "post"])]).hasReader)
        #expect(Timeline([event(1, .filed)]).hasReader)
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aServerThatIsDownIsAskedLessAndLessAndGetsTheSameMessageOnceItIsUp(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let post = Post()
            let worker = try house.worker(post)
            post.answer(.unreachable("connect"))
            let receipt = try await house.file(Person(1).body())
            house.clock.advance(seconds: 120)
            try await house.tell(worker)
            #expect(post.taken.count == 1)
            for _ in 0..<30 {
                house.clock.advance(seconds: 60)
                try await house.tell(worker)
            }
            #expect((16...31).contains(post.taken.count))
            let overview = try await house.operators.outbox(for: House.agent)
            #expect(overview.waiting == 1)
            #expect(overview.failing == 1)
            #expect(overview.lastFailure == "connect")
            #expect(overview.failingSince == Instant("2026-03-05T09:02:00Z"))
            // What happens meanwhile goes in a message of its own: the first may have arrived.
            try await house.act(["type": "message", "text": "Bonjour."], on: receipt)
            post.answer(.accepted)
            house.clock.advance(seconds: 180)
            try await house.tell(worker)
            #expect(Set(post.taken.dropLast().map(\.message)).count == 1)
            #expect(post.taken.last?.message != post.taken.first?.message)
            #expect(try await house.notices(receipt).map(\.state) == [.mailed, .mailed])
            #expect(try await house.operators.outbox(for: House.agent).waiting == 0)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aCrashBetweenSendingAndNotingSendsTheSameMessageAgain(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(1).body())
            house.clock.advance(seconds: 120)
            let moment = house.clock.source()
            // A process takes it, hands it over, and dies.
            let taken = try await house.database.write { connection in
                try NoticeStore.take(
                    receipt.reference, message: "before", seconds: 300, at: moment, on: connection)
            }
            #expect(taken?.events == [.filed])
            let post = Post()
            let worker = try house.worker(post)
            try await house.tell(worker)
            #expect(post.taken.isEmpty)
            house.clock.advance(seconds: 300)
            try await house.tell(worker)
            #expect(post.taken.map(\.message) == ["before"])
            #expect(try await house.notices(receipt).map(\.state) == [.mailed])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func severalProcessesTellEachPersonOnce(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let post = Post()
            let workers = try (0..<3).map { _ in try house.worker(post) }
            for number in 1...12 { _ = try await house.file(Person(number).body()) }
            house.clock.advance(seconds: 120)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in workers { group.addTask { try await house.tell(worker) } }
                try await group.waitForAll()
            }
            #expect(post.taken.map(\.reference).sorted() == Set(post.taken.map(\.reference)).sorted())
            #expect(post.taken.count == 12)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aRefusedAddressIsWrittenToOnPaperFromThenOn(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let post = Post()
            let worker = try house.worker(post)
            post.answer(.refused("550 5.1.1"))
            let receipt = try await house.file(Person(1).body(["contact": both]))
            house.clock.advance(seconds: 120)
            try await house.tell(worker)
            #expect(try await house.notices(receipt).map(\.state) == [.lettered])
            #expect(try await house.notices(receipt).map(\.failure) == ["550 5.1.1"])
            post.answer(.accepted)
            try await house.act(["type": "message", "text": "Bonjour."], on: receipt)
            house.clock.advance(seconds: 120)
            try await house.tell(worker)
            #expect(post.taken.count == 1)
            #expect(try await house.notices(receipt).map(\.state) == [.lettered, .lettered])
            #expect(try await house.count("letter", where: "kind = 'notice' AND sealed IS NULL") == 2)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whoCanNotBeToldIsShownToOperators(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let post = Post()
            let worker = try house.worker(post)
            post.answer(.refused("550"))
            let refused = try await house.file(Person(1).body())
            let silent = try await house.file(Person(2).body(["contact": nil]))
            let onPaper = try await house.file(Person(3).body(["contact": postal]))
            house.clock.advance(seconds: 120)
            try await house.tell(worker)
            #expect(try await house.notices(refused).map(\.state) == [.undeliverable])
            #expect(try await house.notices(silent).map(\.state) == [.noContact])
            #expect(try await house.notices(onPaper).map(\.state) == [.lettered])
            #expect(post.taken.map(\.reference) == [refused.reference])
            let overview = try await house.operators.outbox(for: House.agent)
            #expect(overview.undeliverable == [refused.reference])
            #expect(overview.letters == 1)
        }
    }

    @Test(arguments: [NoticeDelivery.deferred("450 4.2.2"), .unreachable("timeout"), nil])
    func whatCanNotBeMailedInFiveDaysGoesByPost(delivery: NoticeDelivery?) async throws {
        try await withHouse(.sqlite) { house in
            let post = Post()
            if let delivery { post.answer(delivery) }
            let worker = try house.worker(delivery == nil ? nil : post)
            let receipt = try await house.file(Person(1).body(["contact": both]))
            house.clock.advance(seconds: 120)
            try await house.tell(worker)
            #expect(try await house.notices(receipt).map(\.state) == [.waiting])
            for _ in 0..<118 {
                house.clock.advance(seconds: 3600)
                try await house.tell(worker)
            }
            #expect(try await house.notices(receipt).map(\.state) == [.waiting])
            for _ in 0..<3 {
                house.clock.advance(seconds: 3600)
                try await house.tell(worker)
            }
            #expect(try await house.notices(receipt).map(\.state) == [.lettered])
        }
    }
}
