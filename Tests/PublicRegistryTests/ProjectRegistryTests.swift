import CivilTime
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import PublicRegistry

@Suite struct ProjectRegistryTests {
    private static func found(_ register: Register, _ query: ProjectQuery) async throws -> [String] {
        try await register.projects.search(query).items.map(\.reference)
    }

    @Test(arguments: EngineUnderTest.allCases)
    func wordsAreFoundWithoutCaseOrAccentsAndTheLastOneFromItsBeginning(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(
                .project, project("P-1", title: "L'œuvre d’Étienne : insuffisance cardiaque"),
                project("P-2", title: "Œdème", more: #","keywords":{"en":["heart failure"]}"#),
                project("DARS-NIC-1", title: "Cardiologie", more: #","purpose":{"en":"To find 100% of \"it\""}"#))
            let expected: [(String, [String])] = [
                ("CARDIAQUE insuff", ["P-1"]), ("cardi", ["DARS-NIC-1", "P-1"]), ("cardi insuffisance", []),
                ("oeuvre etienne", ["P-1"]), ("Œ", ["P-1", "P-2"]), ("e\u{301}tienne", ["P-1"]),
                ("heart fail", ["P-2"]), ("dars-nic", ["DARS-NIC-1"]), ("100%", ["DARS-NIC-1"]),
                ("absent", []), ("chu", ["DARS-NIC-1", "P-1", "P-2"]),
            ]
            for (text, references) in expected {
                #expect(try await Self.found(register, ProjectQuery(text: text, sort: .title)) == references, "\(text)")
            }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func noTextOfAUserIsASyntaxError(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(.project, project("P-1"))
            for noWord in ["", "   ", "\"", "*", "(", "' -- ;", "\\", "\u{0}", "\u{1F600}"] {
                #expect(try await Self.found(register, ProjectQuery(text: noWord)) == ["P-1"], "\(noWord)")
            }
            for itsWord in ["^e", "étude\"*", "!étude", "(é|)&:*", "étude'", "-p", "etude:*", "chu & \"résumé"] {
                #expect(try await Self.found(register, ProjectQuery(text: itsWord)) == ["P-1"], "\(itsWord)")
            }
            for otherWord in ["' OR 1=1 --", "étude AND (b", "NEAR(", "words:étude", "étude NOT", "a:b"] {
                #expect(try await Self.found(register, ProjectQuery(text: otherWord)) == [], "\(otherWord)")
            }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func searchFollowsTheNewestVersion(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(.project, project("P-1", title: "Ancien", datasets: ["old", "both", "both"]))
            try await register.add(
                .project, project("P-1", title: "Nouveau", version: "2", status: "completed", datasets: ["both"]))
            #expect(try await Self.found(register, ProjectQuery(text: "ancien")) == [])
            #expect(try await Self.found(register, ProjectQuery(text: "nouveau")) == ["P-1"])
            #expect(try await Self.found(register, ProjectQuery(facets: [.dataset: ["old"]])) == [])
            #expect(try await Self.found(register, ProjectQuery(facets: [.dataset: ["both"]])) == ["P-1"])
            #expect(try await Self.found(register, ProjectQuery(facets: [.status: ["active"]])) == [])
            let both = ProjectQuery(text: "nouv", facets: [.status: ["completed"], .dataset: ["both"]])
            #expect(try await Self.found(register, both) == ["P-1"])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func pagesFollowOneAnotherInTheOrderOfFoldedTitles(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            let titles = ["Zèbre", "été", "Étage", "eau", "« Abc »", "eau", "œuf", "Ÿ"]
            let lines = titles.enumerated().map { project("P-\($0.offset)", title: $0.element) }
            try await register.add(.project, bytes: Array(lines.joined(separator: "\n").utf8))
            var references: [String] = []
            var query = ProjectQuery(limit: try #require(PageLimit(3)))
            var pages = 0
            repeat {
                let page = try await register.projects.search(query)
                #expect(page.total == titles.count)
                references += page.items.map(\.reference)
                query.cursor = page.nextCursor
                pages += 1
            } while query.cursor != nil
            #expect(references == ["P-4", "P-3", "P-5", "P-2", "P-1", "P-6", "P-7", "P-0"])
            #expect(pages == 3)
            #expect(PageLimit(0) == nil)
            #expect(PageLimit(1001) == nil)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aCursorIsGoodForItsOwnQueryAlone(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(.project, project("P-1"), project("P-2"), project("P-3"))
            let limit = try #require(PageLimit(1))
            let cursor = try #require(try await register.projects.search(ProjectQuery(limit: limit)).nextCursor)
            #expect(cursor.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
            // Another limit is no other filter, and spaces are no words.
            let rest = try await register.projects.search(ProjectQuery(text: "  ", cursor: cursor))
            #expect(rest.items.map(\.reference) == ["P-2", "P-3"])
            #expect(rest.nextCursor == nil)
            for other in [
                ProjectQuery(text: "etude", cursor: cursor),
                ProjectQuery(facets: [.status: ["active"]], cursor: cursor),
                ProjectQuery(facets: [.dataset: ["d"]], cursor: cursor), ProjectQuery(sort: .date, cursor: cursor),
            ] {
                await #expect(throws: CursorError.otherFilters) { try await register.projects.search(other) }
            }
            await #expect(throws: CursorError.otherFilters) {
                try await register.datasets.search(DatasetQuery(cursor: cursor))
            }
            for altered in ["", "x", "AAAA", cursor + "A", String(cursor.dropLast()), "é", cursor.uppercased()] {
                await #expect(throws: CursorError.self, "\(altered)") {
                    try await register.projects.search(ProjectQuery(cursor: altered))
                }
            }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func theHistoryTellsWhatChanged(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(
                .project, project("P-1", title: "L'étude « A »"), project("P-1", title: "L’étude \\\"A\\\" "),
                project("P-1", title: "L'étude B", version: "2", datasets: ["d"]),
                project("P-1", title: "L'étude B", version: "3", datasets: ["d"]))
            let versions = try #require(try await register.projects.versions("P-1"))
            #expect(versions.map(\.n) == [4, 3, 2, 1])
            #expect(versions.map(\.sourceVersion) == ["3", "2", "1", "1"])
            #expect(
                versions.map(\.changedFields) == [["sourceVersion"], ["datasets", "sourceVersion", "title"], [], []])
            #expect(versions.map(\.isTypographyOnly) == [false, false, true, false])
            #expect(try await register.projects.version("P-1", n: 1)?.project.title?.fr == "L'étude « A »")
            #expect(try await register.projects.version("P-1", n: 5) == nil)
            #expect(try await register.projects.version("P-2", n: 1) == nil)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func theJSONIsTheContentWithVersionTimeAndLinks(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(.dataset, #"{"reference":"d-1","title":{"fr":"Base"}}"#)
            try await register.add(.project, project("P-1", datasets: ["d-2", "d-1"]))
            try await register.add(.project, project("P-1", version: "2", datasets: ["d-2", "d-1"]))
            let newest = try #require(try await register.projects.project("P-1"))
            #expect(newest.datasets.map(\.title?.fr) == [nil, "Base"])
            #expect(
                newest.json(api: "/api/v1") == [
                    "reference": "P-1", "sourceVersion": "2", "title": ["fr": "Étude"], "summary": ["fr": "Résumé"],
                    "status": "active", "controllers": [["name": "CHU"]], "datasets": ["d-2", "d-1"], "version": 2,
                    "recordedAt": "2026-01-01T12:00:00Z",
                    "links": [
                        "self": "/api/v1/projects/P-1", "current": "/api/v1/projects/P-1",
                        "versions": "/api/v1/projects/P-1/versions", "releases": "/api/v1/projects/P-1/releases",
                        "datasets": ["/api/v1/datasets/d-1"],
                    ],
                ])
            let first = try #require(try await register.projects.version("P-1", n: 1))
            #expect(first.json(api: "/api/v1")["links"]?["self"] == "/api/v1/projects/P-1/versions/1")
            #expect(first.contentHash != newest.contentHash)
            let summary = try #require(try await register.projects.search(ProjectQuery()).items.first)
            let members: JSON = [
                "reference": "P-1", "title": ["fr": "Étude"], "summary": ["fr": "Résumé"], "status": "active",
                "controllers": [["name": "CHU"]], "version": 2, "recordedAt": "2026-01-01T12:00:00Z",
                "links": ["self": "/projects/P-1"],
            ]
            var text = JSONText()
            summary.write(to: &text, excerpt: nil, api: "")
            #expect(text.bytes == members.canonicalBytes)
            let words = SoughtWords(try #require(SearchText("résumé")))
            let long = String(repeating: "mot ", count: 20) + "un \"Résumé"
            text = JSONText()
            let excerpt = try #require(Excerpt(of: long, field: "summary", language: "fr", words))
            summary.write(to: &text, excerpt: excerpt, api: "")
            let written = try JSON(parsing: text.bytes)
            #expect(written.canonicalBytes == text.bytes)
            #expect(written["excerpt"]?["pieces"]?.array?.last == ["text": "Résumé", "match": true])
        }
    }
}
