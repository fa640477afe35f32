import CivilTime
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import PublicRegistry

@Suite struct HistoryTests {
    private static let reason = LocalizedText(fr: "Fusionné", en: "Merged")!

    private static func remove(_ reference: String, keepsContent: Bool, in register: Register) async throws {
        try await register.database.write { connection in
            _ = try Removal.remove(
                reference, .project, reason: reason, keepsContent: keepsContent, id: "z-\(reference)",
                at: Register.noon.adding(seconds: 60), on: connection)
        }
    }

    private static func number(_ register: Register) async throws {
        try await Sequencer(
            database: register.database, tables: [PublicRegistry.sequenced], holder: "test", now: { Register.noon }
        ).drain()
    }

    private func fill(_ register: Register) async throws {
        try await register.add(
            .project, project("P-1", title: "L'étude « A »"), project("P-2"),
            project("P-1", title: "L’étude \\\"A\\\""),
            project("P-1", title: "L'étude B", version: "2", datasets: ["d"], more: #","effectiveOn":"2025-12-01""#),
            project("P-3"))
        // Each import is numbered before the next: the clock stands still.
        try await Self.number(register)
        try await register.add(.project, #"{"reference":"P-9","title":{"fr":"Pas montré"}}"#)
        try await register.add(.dataset, #"{"reference":"d","title":{"fr":"Base"}}"#)
        try await Self.number(register)
        try await Self.remove("P-2", keepsContent: true, in: register)
        try await Self.remove("P-3", keepsContent: false, in: register)
        try await Self.remove("P-9", keepsContent: true, in: register)
        try await Self.number(register)
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aChronicleTellsVersionsAndRemovals(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await fill(register)
            let history = RegisterHistory(database: register.database)
            let one = try #require(try await history.chronicle("P-1", .project))
            #expect(one.versions.map(\.n) == [3, 2, 1])
            #expect(
                one.versions.map(\.changedFields) == [["datasets", "effectiveOn", "sourceVersion", "title"], [], []])
            #expect(one.versions.map(\.isTypographyOnly) == [false, true, false])
            #expect(one.versions[0].effectiveOn == CalendarDate("2025-12-01"))
            let two = try #require(try await history.chronicle("P-2", .project))
            #expect(two.removal?.reason == Self.reason && two.versions.count == 2)
            #expect(two.versions[0].removal?.keepsContent == true && !two.versions[0].isWithheld)
            let three = try #require(try await history.chronicle("P-3", .project))
            #expect(three.title == nil && three.versions.allSatisfy(\.isWithheld))
            #expect(try await history.chronicle("P-9", .project) == nil)
            #expect(try await history.chronicle("d", .dataset)?.versions.count == 1)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func versionsAndDifferencesOfWhatIsWithheldAreNotTold(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await fill(register)
            let history = RegisterHistory(database: register.database)
            #expect(try await history.version("P-2", .project, n: 1)?.content["title"] == ["fr": "Étude"])
            #expect(try await history.version("P-3", .project, n: 1) == nil)
            #expect(try await history.difference("P-3", .project, from: 1, to: 2, isRaw: false) == nil)
            #expect(try await history.tombstone("P-2", .project)?.content?.n == 2)
            let gone = try #require(try await history.tombstone("P-3", .project))
            #expect(gone.content == nil && gone.title == nil)
            #expect(try await history.tombstone("P-1", .project) == nil)
            #expect(try await history.tombstone("P-9", .project) == nil)
            let folded = try #require(
                try await history.difference("P-1", .project, from: 1, to: 2, isRaw: false))
            #expect(folded.fields.isEmpty && folded.typographyFields == ["title"])
            let raw = try #require(try await history.difference("P-1", .project, from: 1, to: 2, isRaw: true))
            #expect(raw.fields.map(\.field) == ["title"])
            #expect(raw.json(api: "/api/v1")["raw"] == true)
            #expect(try await history.difference("P-1", .project, from: 1, to: 9, isRaw: false) == nil)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func theLogTellsEachChangeOnceAndNothingUnseen(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await fill(register)
            let log = ChangeLog(database: register.database)
            let all = try await log.page(ChangeQuery(limit: PageLimit(100)!))
            #expect(
                all.items.map { "\($0.reference) \($0.n) \($0.act.rawValue)" } == [
                    "P-1 1 added", "P-2 1 added", "P-1 2 typography", "P-1 3 changed", "P-3 1 added", "d 1 added",
                    "P-2 2 removed", "P-3 2 removed",
                ])
            #expect(all.total == 8 && all.nextCursor == nil)
            #expect(all.items.filter { $0.reference == "P-3" }.allSatisfy { $0.title == nil && $0.isWithheld })
            #expect(all.items[6].reason == Self.reason)
            // Page by page, either way, it is the same.
            for order in [ChangeQuery.Order.oldestFirst, .newestFirst] {
                var query = ChangeQuery(order: order, limit: PageLimit(3)!)
                var changes: [Int64] = []
                repeat {
                    let page = try await log.page(query)
                    changes += page.items.map(\.change)
                    query.cursor = page.nextCursor
                } while query.cursor != nil
                #expect(changes.sorted() == all.items.map(\.change))
                #expect(changes == (order == .oldestFirst ? changes.sorted() : changes.sorted(by: >)))
            }
            func found(_ query: ChangeQuery) async throws -> [String] {
                try await log.page(query).items.map { "\($0.reference) \($0.n)" }
            }
            #expect(try await found(ChangeQuery(since: all.items[5].change)) == ["P-2 2", "P-3 2"])
            #expect(try await found(ChangeQuery(kinds: [.dataset])) == ["d 1"])
            #expect(try await found(ChangeQuery(act: .removed)) == ["P-2 2", "P-3 2"])
            #expect(try await found(ChangeQuery(act: .changed)) == ["P-1 2", "P-1 3"])
            #expect(try await found(ChangeQuery(from: Register.noon.adding(seconds: 1))) == ["P-2 2", "P-3 2"])
            #expect(try await found(ChangeQuery(until: Register.noon)) == [])
            #expect(try await found(ChangeQuery(kinds: [.project], reference: "P-2")) == ["P-2 1", "P-2 2"])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func theWholeHistoryIsALineAVersion(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await fill(register)
            let log = ChangeLog(database: register.database)
            var (after, lines): (Int64, [JSON]) = (0, [])
            while let part = try await log.lines(after: after, through: 1000) {
                lines += try part.lines.map { try JSON(parsing: $0.utf8.dropLast()) }
                after = part.last
            }
            #expect(lines.map { $0["reference"]?.string } == ["P-1", "P-2", "P-1", "P-1", "P-3", "d", "P-2", "P-3"])
            #expect(lines[3]["effectiveOn"] == "2025-12-01" && lines[3]["version"] == 3)
            #expect(lines[4]["contentWithheld"] == true && lines[4]["content"] == nil)
            #expect(lines[6]["removed"] == true && lines[6]["reason"] == ["fr": "Fusionné", "en": "Merged"])
            #expect(lines[6]["content"]?["title"] == ["fr": "Étude"])
        }
    }
}
