public import CivilTime
import SQLDatabase
import StrictJSON

/// The print queue: what operators print, put into envelopes and post.
extension OperatorDesk {
    /// The most letters that are printed or noted as posted at once.
    public static let mostLetters = 100

    /// The letters that are not posted, the oldest first, at most `mostLetters`; and how the outbox stands.
    public func letters(for signedIn: Operator) async throws -> (items: [LetterItem], outbox: OutboxOverview) {
        try await demand(.readRequests, of: signedIn, asking: "letters")
        return try await database.read { connection in
            (
                try LetterStore.waiting(limit: Self.mostLetters, on: connection),
                try NoticeStore.overview(on: connection)
            )
        }
    }

    /// How the outbox stands.
    public func outbox(for signedIn: Operator) async throws -> OutboxOverview {
        try await demand(.readRequests, of: signedIn, asking: "outbox")
        return try await database.read { try NoticeStore.overview(on: $0) }
    }

    /// Opens letters to be printed, each with its audit event. Again, where they were printed before.
    ///
    /// Those that carry a code are left aside: no operator sees one. So are those that can't be opened.
    public func openLetters(_ ids: [String], for signedIn: Operator) async throws -> [LetterContent] {
        try await demand(.printLetters, of: signedIn, asking: "letters")
        let (moment, policy, keys, day) = (now(), policy, keys, now().date(in: policy.zone))
        let wanted = Array(ids.prefix(Self.mostLetters))
        let found = try await database.read { connection in
            try wanted.compactMap { try LetterContent.load($0, on: connection) }
        }
        let contents = found.filter { !$0.item.kind.carriesSecret }.compactMap { item, numbers, stored in
            LetterContent(item, telling: numbers, of: stored, keys, policy, today: day)
        }
        let audits = contents.map { letter in
            (
                letter.id,
                event("letter.printed", on: letter.reference, by: signedIn, ["letter": .string(letter.id)], moment)
            )
        }
        let gone = try await database.write { connection in
            // A death may have been recorded since they were read.
            let gone = Set(try audits.map(\.0).filter { try LetterStore.load($0, on: connection)?.isWithheld != false })
            for (id, audit) in audits where !gone.contains(id) {
                _ = try LetterStore.recordPrinted(id, at: moment, on: connection)
                try audit.record(on: connection)
            }
            return gone
        }
        return contents.filter { !gone.contains($0.id) }
    }

    /// Notes the day on which letters were posted; returns how many. Those that were noted before, or were never
    /// printed, are left as they are.
    public func postLetters(_ ids: [String], on day: CalendarDate, by signedIn: Operator) async throws -> Int {
        try await demand(.printLetters, of: signedIn, asking: "letters")
        let moment = now()
        let wanted = Array(ids.prefix(Self.mostLetters))
        let found = try await database.read { connection in
            try wanted.compactMap { try LetterStore.load($0, on: connection) }
        }
        let audits = found.map { letter in
            (
                letter.id,
                event(
                    "letter.posted", on: letter.reference, by: signedIn,
                    ["letter": .string(letter.id), "on": .string(day.description)], moment)
            )
        }
        return try await database.write { connection in
            var count = 0
            for (id, audit) in audits where try LetterStore.recordPosted(id, on: day, on: connection) {
                try audit.record(on: connection)
                count += 1
            }
            return count
        }
    }
}
