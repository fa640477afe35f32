import CivilTime
import Logging
import RightsRegistry
import SQLDatabase

/// Lays batch after batch into a mailbox, and takes the custodian's word for what was applied.
///
/// Any number of batches may wait. Each is recorded before it is laid down, so that one that is missing is made again as it
/// was; nothing is confirmed until its number has been acknowledged.
struct MailboxDelivery: Sendable {
    let worker: DatabaseWorker
    let lease: Lease
    let maker: BatchMaker
    let mailbox: any Mailbox

    private var database: SQLDatabase { worker.database }
    private var id: String { worker.id }
    private var largestBatch: Int {
        switch worker.pace {
        case .learnt: 5000
        case .fixed(let entries): entries
        }
    }

    /// A word that can't be taken delays no batch; it is thrown once everything has been laid down.
    func deliverWaiting() async throws {
        let problem = try await takeWord()
        try await skipUnconcerned()
        try await layAgain()
        var isKeysTurn = true
        while !Task.isCancelled {
            guard let (linked, work) = try await next(isKeysTurn), try await lay(work, linked) else { break }
            isKeysTurn = work.page == nil
        }
        if let problem { throw problem }
        let linked = try await database.read { [id] in try LinkedDatabaseStore.find(id, on: $0) }
        if linked?.failingSince != nil {
            try await database.write { [id] in try LinkedDatabaseStore.recordPlace(of: id, on: $0) }
        }
    }

    /// Takes what has been acknowledged in the mailbox itself; returns what is wrong with it.
    ///
    /// An acknowledgement speaks for all batches up to its own, and each may reject entries: so none is passed over,
    /// and one that comes after a later one is still heard.
    private func takeWord() async throws -> TargetError? {
        let found = try await database.read { [id] connection in
            try LinkedDatabaseStore.find(id, on: connection).map { linked in
                (
                    linked,
                    try MailboxStore.unanswered(
                        of: id, edition: linked.edition, upTo: linked.acknowledged, on: connection)
                )
            }
        }
        guard let (linked, late) = found else { return nil }
        var problem: TargetError?
        for word in try await mailbox.words(after: linked.acknowledged, edition: linked.edition, late: late) {
            switch word {
            case .acknowledgement(let word, let source):
                guard let refusal = try await take(word) else { continue }
                return .unreadable("\(source): \(refusal)")
            case .unreadable(let found): return found
            case .stray(let found): problem = problem ?? found
            }
        }
        return problem
    }

    /// What is wrong with an acknowledgement, or nil where it has been taken.
    private func take(_ word: Acknowledgement) async throws -> String? {
        guard word.list == maker.keys.listName else { return "An acknowledgement is of another list." }
        guard let acknowledged = word.mailbox else { return "An acknowledgement names no batch." }
        let moment = worker.now()
        do {
            try await database.write { [id] connection in
                _ = try MailboxStore.acknowledge(acknowledged, of: id, at: moment, on: connection)
            }
            return nil
        } catch let refusal as AcknowledgementRefusal {
            return refusal.description
        }
    }

    /// A project that nobody has objected to needs no batch.
    private func skipUnconcerned() async throws {
        let moment = worker.now()
        let isWaiting = try await database.read { [id] in try ProjectReach.waiting(in: id, on: $0) != nil }
        guard isWaiting else { return }
        try await database.write { [id] in try ProjectReach.recordUnconcerned(in: id, at: moment, on: $0) }
    }

    /// What a batch is to hold.
    private struct Work: Sendable {
        var end: Int64
        var entries: [LedgerEntry] = []
        var served: Set<String> = []
        var project: String?
        var objections: [ObjectionID] = []
        /// Registrations of before, under a key that comes or goes.
        var page: KeyPage?
        /// Under which keys the entries are told.
        var coverage = KeyCoverage.none
    }

    /// The next batch's content; nil where nothing waits.
    ///
    /// - Parameter isKeysTurn: whether a key's registrations come before entries that wait, so that neither waits for the
    ///   other.
    private func next(_ isKeysTurn: Bool) async throws -> (LinkedDatabase, Work)? {
        try await database.read { [id] connection in
            guard let linked = try worker.current(under: maker.keys, on: connection) else { return nil }
            let from = linked.handing ?? linked.position
            if let project = try ProjectReach.waiting(in: id, on: connection) {
                return (linked, try Self.work(project, upTo: from, in: id, on: connection))
            }
            let objections = try DeliveryExceptionStore.waiting(in: id, limit: 200, on: connection)
            if !objections.isEmpty {
                return (linked, try Self.work(objections, upTo: from, in: id, on: connection))
            }
            let lags = try LedgerStore.head(on: connection) > from
            if !lags || isKeysTurn,
                let generation = try DatabaseKeyStore.waiting(in: id, at: from, on: connection),
                let page = try KeyPage.next(of: generation, in: id, at: from, pace: worker.pace, on: connection)
            {
                return (linked, Work(end: from, page: page))
            }
            let work = try Self.work(after: from, limit: largestBatch, in: id, on: connection)
            return work.map { (linked, $0) }
        }
    }

    private static func work(
        after position: Int64, limit: Int, in id: String, on connection: any SQLConnection
    ) throws -> Work? {
        var entries = try LedgerStore.entries(after: position, limit: limit, on: connection)
        guard let last = entries.last else { return nil }
        let held = try DeliveryExceptionStore.held(in: id, on: connection)
        entries.removeAll { held.contains($0.objection) }
        return Work(
            end: last.position, entries: entries,
            served: try ProjectReach.served(Set(entries.flatMap(\.projects)), in: id, on: connection),
            coverage: try KeyCoverage.of(entries, in: id, on: connection))
    }

    /// Everything that was objected to in `project`, in one batch: such a project has few objections.
    private static func work(
        _ project: String, upTo end: Int64, in id: String, on connection: any SQLConnection
    ) throws -> Work {
        var (after, entries): (String, [LedgerEntry]) = ("", [])
        while true {
            let page = try ProjectReach.earlierEntries(
                of: project, after: after, upTo: end, limit: 200, on: connection)
            guard let last = page.last else { break }
            entries += page.entries
            after = last
        }
        let named = Set(entries.flatMap(\.projects))
        return Work(
            end: end, entries: entries,
            served: try ProjectReach.served(named, in: id, on: connection).union([project]), project: project,
            coverage: try KeyCoverage.of(entries, in: id, on: connection))
    }

    private static func work(
        _ objections: [ObjectionID], upTo end: Int64, in id: String, on connection: any SQLConnection
    ) throws -> Work {
        let entries = try DeliveryExceptionStore.current(of: objections, upTo: end, on: connection)
        return Work(
            end: end, entries: entries,
            served: try ProjectReach.served(Set(entries.flatMap(\.projects)), in: id, on: connection),
            objections: objections, coverage: try KeyCoverage.of(entries, in: id, on: connection))
    }

    /// Records the next batch, then lays it down; false where another process has the lease.
    private func lay(_ work: Work, _ linked: LinkedDatabase) async throws -> Bool {
        let last = try await database.read { [id] in
            try MailboxStore.last(of: id, edition: linked.edition, on: $0)
        }
        let number = max(last?.number ?? 0, linked.acknowledged) + 1
        let from = linked.handing ?? linked.position
        let document = try await self.document(work, linked, number: number, from: from)
        let batch = MailboxBatch(
            database: id, edition: linked.edition, number: number, incarnation: linked.incarnation, from: from,
            to: work.end, project: work.project, objections: work.objections, keyPass: work.page?.pass,
            madeAt: worker.now(),
            changes: document.batch.changes.count, sealed: try mailbox.sealed(document))
        switch try await worker.claim(
            linked, under: lease,
            { [id, mailbox] _, connection in
                // Its token may have been changed since this process read the key: nobody could open what it seals.
                if let index = mailbox.feedIndex, try !LinkedDatabaseStore.isFeed(index, of: id, on: connection) {
                    throw TargetError.unreadable(
                        "feed-\(id).key is not the key of this feed's token any more: copy it from where it was changed."
                    )
                }
                return try MailboxStore.add(batch, on: connection) ? .made : .cursorMoved
            })
        {
        case .made: break
        case .cursorMoved: return true
        case .leasedByAnother: return false
        }
        try await mailbox.post(document)
        return true
    }

    private func document(
        _ work: Work, _ linked: LinkedDatabase, number: Int64, from: Int64
    ) async throws -> BatchDocument {
        let changes: [TargetBatch.Change]
        if let page = work.page {
            changes = try await maker.changes(of: page)
        } else {
            changes = try await maker.changes(work.entries, served: work.served, work.coverage)
        }
        return BatchDocument(
            database: id,
            batch: TargetBatch(
                list: maker.keys.listName, incarnation: linked.incarnation, from: from, to: work.end,
                changes: changes),
            place: (linked.edition, number))
    }

    /// Lays down again what was recorded and is not there: a crash came between, or somebody took it away.
    private func layAgain() async throws {
        guard let linked = try await database.read({ try worker.current(under: maker.keys, on: $0) }) else { return }
        var after = linked.acknowledged
        while true {
            let batches = try await database.read { [id, after] in
                try MailboxStore.batches(
                    of: id, edition: linked.edition, after: after, limit: 100, withContent: false, on: $0)
            }
            guard let last = batches.last else { return }
            after = last.number
            for batch in batches where try await !mailbox.holds(edition: batch.edition, number: batch.number) {
                let work: Work? = try await database.read { [id] connection in
                    if let project = batch.project {
                        return try Self.work(project, upTo: batch.to, in: id, on: connection)
                    }
                    if let pass = batch.keyPass {
                        let page = try KeyPage.again(pass, in: id, at: batch.to, on: connection)
                        return Work(end: batch.to, page: page)
                    }
                    if !batch.objections.isEmpty {
                        return try Self.work(batch.objections, upTo: batch.to, in: id, on: connection)
                    }
                    return try Self.work(
                        after: batch.from, limit: Int(batch.to - batch.from), in: id, on: connection)
                }
                guard let work else { continue }
                try await mailbox.post(
                    try await document(work, linked, number: batch.number, from: batch.from))
            }
        }
    }
}
