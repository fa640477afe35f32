public import CivilTime
public import Logging
public import SQLDatabase
import StrictJSON
import Synchronization
public import Vault

/// A notice to be sent by mail, as far as it may say anything.
public struct MailedNotice: Sendable {
    public let reference: String
    public let email: String
    public let language: FilingLanguage
    /// Names the message, the same at each attempt.
    public let message: String
    /// The last day to answer a question of ours; nil where none is open.
    public let answerBy: CalendarDate?
}

/// What became of a notice that was to be mailed. Reasons are codes; no address stands in them.
public enum NoticeDelivery: Sendable, Hashable {
    case accepted
    /// This address takes no mail, for good.
    case refused(String)
    /// Not now, for this address.
    case deferred(String)
    /// The mail server takes nothing at all just now.
    case unreachable(String)
}

/// Tells citizens what happened: by mail where there is an address, by letter where there is only a postal one.
///
/// It runs where cases can be opened, in as many processes as there are: each takes what is due for a time. Nothing that a
/// citizen or an operator does waits for it. A notice is told at least once: after a crash between sending and noting, the
/// same message goes again under the same Message-ID.
public final class NoticeWorker: Sendable {
    /// How the worker goes about it.
    public struct Pace: Sendable {
        /// What happens within so many seconds goes in one message.
        public var gatherSeconds: Int
        /// How long a process may be at one message: longer than sending may take.
        public var leaseSeconds = 300
        /// After so long without success the mail is given up, and a letter goes.
        public var giveUpSeconds = 5 * 24 * 3600
        /// Messages under way at once.
        public var parallel = 4

        public init(gatherSeconds: Int = 120) { self.gatherSeconds = gatherSeconds }
    }

    /// How a message is rendered and sent; nil where no mail server is configured.
    public typealias Delivery = @Sendable (MailedNotice) async -> NoticeDelivery

    private struct Break {
        var failures = 0
        var until: Instant?
    }

    private let database: SQLDatabase
    private let keys: RightsKeys
    private let policy: RightsPolicy
    private let deliver: Delivery?
    private let pace: Pace
    private let now: TimeSource
    private let random: RandomSource
    private let logger: Logger
    /// Tells before anything is sent whether the person's death is recorded in another request of theirs.
    private let indexing: PersonIndexing?
    /// While the mail server takes nothing: one message at a time finds out whether it does again.
    private let serverBreak = Mutex(Break())

    public init(
        database: SQLDatabase, keys: RightsKeys, policy: RightsPolicy, deliver: Delivery?, pace: Pace = Pace(),
        now: @escaping TimeSource, random: @escaping RandomSource = systemRandom, logger: Logger
    ) {
        self.database = database
        self.keys = keys
        self.policy = policy
        self.deliver = deliver
        self.pace = pace
        self.now = now
        self.random = random
        self.logger = logger
        indexing = PersonIndexing(database: database, keys: keys, policy: policy, now: now, random: random)
    }

    /// Tells what is due until the task is cancelled.
    public func run(every interval: Duration = .seconds(1)) async {
        await recurring(every: interval, failing: "notices could not be read or noted", logger: logger) {
            while try await runOnce() > 0, !Task.isCancelled {}
        }
    }

    /// Tells what is due now, some of it; returns of how many requests.
    public func runOnce() async throws -> Int {
        let moment = now()
        let (isBroken, isProbing) = serverBreak.withLock { pause in
            (pause.until.map { moment < $0 } ?? false, pause.failures > 0)
        }
        guard !isBroken else { return 0 }
        let gathered = moment.adding(seconds: -pace.gatherSeconds)
        let limit = isProbing ? 1 : pace.parallel
        let due = try await database.read { connection in
            try NoticeStore.due(at: moment, gathered: gathered, limit: limit, on: connection)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for reference in due { group.addTask { try await self.serve(reference, at: moment) } }
            try await group.waitForAll()
        }
        return due.count
    }

    private func serve(_ reference: String, at moment: Instant) async throws {
        try await indexing?.index(reference)
        let (message, seconds) = (Hex.encode(random(16)), pace.leaseSeconds)
        let taken: NoticeBatch? = try await database.write { connection in
            try NoticeStore.take(reference, message: message, seconds: seconds, at: moment, on: connection)
        }
        guard let batch = taken else { return }
        let (stored, isRefused): (StoredRequest?, Bool) = try await database.read { connection in
            (
                try RequestStore.load(reference, on: connection),
                try NoticeStore.isAddressRefused(reference, on: connection)
            )
        }
        let opened = stored.flatMap { OpenedCase($0, keys, policy, on: moment.date(in: policy.zone)) }
        // A case under a key that this process has not read yet: another one, or this one once it is started again, tells.
        if opened == nil, stored?.operatorWrap != nil {
            return try await waitForKeys(batch)
        }
        let contact = opened?.contact
        guard let stored, let email = contact?.email, !isRefused else {
            return try await leaveToPost(
                batch, hasAddress: contact?.postal != nil, failure: isRefused ? "refused" : nil, isRefused: false)
        }
        let notice = MailedNotice(
            reference: reference, email: email, language: stored.language, message: batch.message,
            answerBy: policy.identityAbandonedOn(stored.timeline))
        let delivery = await deliver?(notice) ?? .deferred("notConfigured")
        try await note(delivery, of: batch, hasAddress: contact?.postal != nil)
    }

    private func note(_ delivery: NoticeDelivery, of batch: NoticeBatch, hasAddress: Bool) async throws {
        let moment = now()
        switch delivery {
        case .accepted:
            serverBreak.withLock { $0 = Break() }
            try await database.write { try NoticeStore.settle(batch, as: .mailed, at: moment, on: $0) }
        case .refused(let code):
            serverBreak.withLock { $0 = Break() }
            try await leaveToPost(batch, hasAddress: hasAddress, failure: code, isRefused: true)
        case .deferred(let code):
            guard (batch.failingSince ?? moment).adding(seconds: pace.giveUpSeconds) > moment else {
                return try await leaveToPost(batch, hasAddress: hasAddress, failure: code, isRefused: false)
            }
            let longest = min(3600, 60 << min(batch.attempt - 1, 6))
            try await putOff(batch, seconds: Self.jittered(longest), failure: code, at: moment)
        case .unreachable(let code):
            let pause = serverBreak.withLock { pause in
                pause.failures += 1
                let seconds = Self.jittered(min(60, 1 << min(pause.failures, 6)))
                pause.until = moment.adding(seconds: seconds)
                return seconds
            }
            logger.warning("the mail server takes nothing", metadata: ["reason": "\(code)", "pause": "\(pause) s"])
            guard (batch.failingSince ?? moment).adding(seconds: pace.giveUpSeconds) > moment else {
                return try await leaveToPost(batch, hasAddress: hasAddress, failure: code, isRefused: false)
            }
            try await putOff(batch, seconds: pause, failure: code, at: moment)
        }
    }

    /// The case does not open here: another process may have its key. Where none had it in the time in which a mail is given up, its
    /// notice is put away, and the audit, the log and `regard doctor` say so: nothing is tried for ever.
    private func waitForKeys(_ batch: NoticeBatch) async throws {
        let moment = now()
        guard (batch.failingSince ?? moment).adding(seconds: pace.giveUpSeconds) <= moment else {
            let pause = Self.jittered(min(3600, 60 << min(batch.attempt - 1, 6)))
            return try await putOff(batch, seconds: pause, failure: NoticeStore.unopened, at: moment)
        }
        let audit = AuditEvent(
            at: moment, actor: "system", role: "system", act: "notice.givenUp", subject: batch.reference,
            detail: ["reason": .string(NoticeStore.unopened)], random: random)
        try await database.write { connection in
            guard try !Silence.holds(over: batch.reference, on: connection) else {
                return try NoticeStore.settle(batch, as: .withheld, at: moment, on: connection)
            }
            try NoticeStore.settle(
                batch, as: .undeliverable, failure: NoticeStore.unopened, at: moment, on: connection)
            try audit.record(on: connection)
        }
        logger.error(
            "nobody could be told: no key here opens the case", metadata: ["reference": "\(batch.reference)"])
    }

    /// Between half of it and all of it, so that what failed together comes back apart.
    private static func jittered(_ seconds: Int) -> Int { Int.random(in: max(1, seconds / 2)...max(1, seconds)) }

    private func putOff(_ batch: NoticeBatch, seconds: Int, failure: String, at moment: Instant) async throws {
        try await database.write { connection in
            try NoticeStore.putOff(
                batch, until: moment.adding(seconds: seconds), failure: failure, at: moment, on: connection)
        }
    }

    /// No mail goes, or no more: a letter where there is an address, else nobody is told.
    private func leaveToPost(
        _ batch: NoticeBatch, hasAddress: Bool, failure: String?, isRefused: Bool
    ) async throws {
        let (moment, id) = (now(), Hex.encode(random(16)))
        try await database.write { connection in
            guard try !Silence.holds(over: batch.reference, on: connection) else {
                return try NoticeStore.settle(
                    batch, as: .withheld, failure: failure, isRefused: isRefused, at: moment, on: connection)
            }
            guard hasAddress else {
                return try NoticeStore.settle(
                    batch, as: failure == nil ? .noContact : .undeliverable, failure: failure, isRefused: isRefused,
                    at: moment, on: connection)
            }
            let letter = try LetterStore.letter(for: batch, id: id, at: moment, on: connection)
            try NoticeStore.settle(
                batch, as: .lettered, failure: failure, isRefused: isRefused, letter: letter, at: moment,
                on: connection)
        }
    }
}
