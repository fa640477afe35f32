import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import PublicRegistry

@Suite struct DatasetRegistryTests {
    @Test(arguments: EngineUnderTest.allCases)
    func aDatasetKnowsHowManyShownProjectsUseIt(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(
                .dataset, #"{"reference":"b","title":{"fr":"Urgences"},"keywords":{"fr":["épidémies"]}}"#,
                #"{"reference":"a","title":{"fr":"Zoonoses"}}"#, #"{"reference":"c"}"#)
            try await register.add(
                .project, project("P-1", datasets: ["a", "b"]), project("P-2", datasets: ["a"]),
                #"{"reference":"P-3","datasets":["a"]}"#)
            let page = try await register.datasets.search(DatasetQuery())
            #expect(page.items.map(\.reference) == ["b", "a"])
            #expect(page.items.map(\.projects) == [1, 2])
            #expect(page.total == 2)
            #expect(try await register.datasets.search(DatasetQuery(text: "Epidem")).items.map(\.reference) == ["b"])
            let record = try #require(try await register.datasets.dataset("a"))
            #expect(record.projects == 2)
            #expect(
                record.json(api: "") == [
                    "reference": "a", "title": ["fr": "Zoonoses"], "version": 1, "projects": 2,
                    "recordedAt": "2026-01-01T12:00:00Z",
                    "links": ["self": "/datasets/a", "projects": "/projects?dataset=a"],
                ])
            #expect(try await register.datasets.dataset("c") == nil)
            #expect(
                try await RegisterChanges(database: register.database).counts()
                    == RegisterCounts(projects: 2, versions: 2, releases: 0, datasets: 2))
        }
    }
}
