import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import PublicRegistry

@Suite struct ReleaseTests {
    private func release(_ id: String, version: String? = nil, date: String? = nil) -> String {
        let version = version.map { ",\"projectVersion\":\"\($0)\"" } ?? ""
        let date = date.map { ",\"releasedOn\":\"\($0)\"" } ?? ""
        return """
            {"id":"\(id)","project":"P-1","dataset":"d-1","recipient":"CHU","optOutsApplied":true\(version)\(date)}
            """
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aReleaseLinksToAVersionOnlyWhereItsLabelIsUnique(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(
                .project, project("P-1", version: "1"), project("P-1", title: "Autre", version: "1"),
                project("P-1", version: "2"), project("P-2", version: "2"))
            try await register.add(
                .release, release("R-1", version: "1"), release("R-2", version: "2"), release("R-3", version: "9"),
                release("R-4"))
            let page = try #require(try await register.projects.releases("P-1"))
            #expect(page.items.map(\.id) == ["R-4", "R-3", "R-2", "R-1"])
            #expect(page.items.map(\.linkedN) == [nil, nil, 3, nil])
            #expect(page.items[2].json(api: "")["links"]?["projectVersion"] == "/projects/P-1/versions/3")
            #expect(page.items[3].json(api: "")["links"]?["projectVersion"] == nil)
            // A label that stops being unique stops being linked.
            try await register.add(.project, project("P-1", title: "Encore", version: "2"))
            #expect(try await register.projects.releases("P-1")?.items[2].linkedN == nil)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func releasesComeNewestFirstPageByPage(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(.project, project("P-1"), project("P-2"))
            try await register.add(.dataset, #"{"reference":"d-1","title":{"en":"Data"}}"#)
            try await register.add(
                .release, release("A", date: "2025-01-31"), release("B"), release("C", date: "2026-01-01"),
                release("D", date: "2025-01-31"))
            let limit = try #require(PageLimit(2))
            let first = try #require(try await register.projects.releases("P-1", limit: limit))
            #expect(first.items.map(\.id) == ["C", "D"])
            #expect(first.items.first?.dataset == NamedDataset(reference: "d-1", title: LocalizedText(en: "Data")))
            #expect(first.total == 4)
            let second = try #require(
                try await register.projects.releases("P-1", limit: limit, cursor: first.nextCursor))
            #expect(second.items.map(\.id) == ["A", "B"])
            #expect(second.nextCursor == nil)
            await #expect(throws: CursorError.otherFilters) {
                try await register.projects.releases("P-2", cursor: first.nextCursor)
            }
            #expect(try await register.projects.releases("P-2")?.total == 0)
            #expect(try await register.projects.releases("P-3") == nil)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aReleaseWithoutProjectOrRecipientIsNotShown(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(.project, project("P-1"))
            let report = try await register.add(.release, #"{"id":"R-1","project":"P-1"}"#)
            #expect(report.notShown == ["R-1": ["dataset", "recipient"]])
            #expect(try await register.projects.releases("P-1")?.total == 0)
        }
    }
}
