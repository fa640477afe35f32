import CivilTime
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import PublicRegistry

@Suite struct ImportTests {
    @Test(arguments: EngineUnderTest.allCases)
    func aSecondImportChangesNothing(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            let lines = [project("P-1"), project("P-1", version: "2"), project("P-2")].joined(separator: "\n")
            let first = try await register.add(.project, lines)
            #expect(first.counts == [3, 2, 1, 0, 0])
            let second = try await register.add(.project, lines)
            #expect(second.counts == [3, 0, 0, 3, 0])
            #expect(try await register.history(.project, "P-1") == ["1", "2"])
            #expect(try await register.projects.project("P-1")?.n == 2)
        }
    }

    /// The first import's file, the next one's, and the history after both, by source version.
    @Test(
        arguments: EngineUnderTest.allCases,
        [
            (["A", "B", "A"], ["A", "B", "A"], ["A", "B", "A"]),
            (["A", "B", "A", "B"], ["A", "B", "A", "B"], ["A", "B"]),
            (["A", "B", "A", "C"], ["A", "B", "A", "C"], ["A", "B", "C"]),
            (["A", "A", "A"], ["A"], ["A"]),
            (["A", "B", "C"], ["A", "B", "A"], ["A", "B", "C", "A"]),
            (["A", "B", "C"], ["B", "D"], ["A", "B", "C", "D"]),
            (["A", "B"], ["A"], ["A", "B", "A"]),
        ])
    func onlyTheFilesLastLineBringsAnOlderVersionBack(
        engine: EngineUnderTest, files: (first: [String], second: [String], history: [String])
    ) async throws {
        try await withRegister(engine) { register in
            for versions in [files.first, files.second] {
                // Another record's lines stand between, since "the last" is told record by record.
                let lines = versions.flatMap { [project("P", version: $0), project("Q")] }
                let imagined = try await register.add(.project, lines.joined(separator: "\n"), isDryRun: true)
                let report = try await register.add(.project, lines.joined(separator: "\n"))
                #expect(imagined.counts == report.counts)
                #expect(report.added + report.changed + report.skipped == lines.count)
            }
            #expect(try await register.history(.project, "P") == files.history)
            #expect(try await register.history(.project, "Q") == ["1"])
            let shown = try await register.projects.project("P")
            #expect(shown?.project.sourceVersion == files.history.last)
            #expect(shown?.n == files.history.count)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aFileLongerThanABatchKeepsTheRuleAcrossBatches(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            let others = (1...450).map { project("Q-\($0)") }
            let lines =
                [project("P", version: "A"), project("P", version: "B")] + others + [project("P", version: "A")]
            let report = try await register.add(.project, bytes: Array(lines.joined(separator: "\n").utf8))
            #expect(report.counts == [453, 451, 2, 0, 0])
            #expect(try await register.history(.project, "P") == ["A", "B", "A"])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aDryRunWritesNothing(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            let report = try await register.add(.project, project("P-1"), isDryRun: true)
            #expect(report.added == 1)
            #expect(try await register.history(.project, "P-1") == [])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func changesAreNumberedInTheOrderOfTheFile(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            let lines = ["A", "B", "C", "B"].map { project("P", version: $0) } + [project("A-1")]
            try await register.add(.project, bytes: Array(lines.joined(separator: "\n").utf8))
            let sequencer = Sequencer(
                database: register.database, tables: [PublicRegistry.sequenced], holder: "test",
                now: { Register.noon })
            try await sequencer.drain()
            let (latest, changes) = try await register.database.read { connection in
                (try RegisterChanges.latest(connection), try RegisterChanges.after(1, on: connection))
            }
            #expect(latest == 5)
            #expect(changes.map(\.change) == [2, 3, 4, 5])
            #expect(changes.map(\.reference) == ["P", "P", "A-1", "P"])
            #expect(changes.map(\.n) == [2, 3, 1, 4])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func everyRefusedLineIsNamedWithItsNumberAndReason(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            let long = project("LONG", title: String(repeating: "a", count: 1_100_000))
            let bytes: [UInt8] =
                [0xEF, 0xBB, 0xBF] + Array("\(project("P-1"))\r\n\n".utf8)
                + Array("{\"reference\":\"P-2\",\"title\":{\"fr\":\"".utf8) + [0xC3, 0x28] + Array("\"}}\n".utf8)
                + Array("\(long)\n".utf8) + Array("{\"title\":{\"fr\":\"Sans référence\"}}\n   \n".utf8)
                + Array(
                    "{\"reference\":\"P-3\",\"status\":\"asleep\",\"endsOn\":\"2025-02-30\",\"title\":\"x\"}\n".utf8)
                + Array("{\"reference\":\"P/4\"}\n".utf8)
                + Array(
                    "{\"reference\":\"P-5\",\"results\":[{\"title\":{\"fr\":\"R\"},\"url\":\"javascript:x\"}]}\n".utf8)
                + Array("[1]\n{\"reference\":\"P-6\",\"acronym\":\"a\\u0000b\"}\n".utf8) + Array(project("P-7").utf8)
            let report = try await register.add(.project, bytes: bytes, chunk: 1000)
            #expect(report.counts == [10, 2, 0, 0, 8])
            let refused = report.refused.first.map { ($0.line, $0.problems.map { "\($0.pointer) \($0.code)" }) }
            #expect(refused.map(\.0) == [3, 4, 5, 7, 8, 9, 10, 11])
            #expect(
                refused.map(\.1) == [
                    [" json"], [" lineTooLong"], ["/reference required"],
                    ["/title wrongType", "/status notOneOf", "/endsOn date"], ["/reference reference"],
                    ["/results/0/url url"], [" wrongType"], ["/acronym controlCharacter"],
                ])
            #expect(report.refused.first[3].reference == "P-3")
            #expect(report.refused.first[3].description.hasPrefix("line 7 (P-3): /title: must be of type object; "))
            #expect(try await register.projects.project("P-7") != nil)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whatIsUnknownIsLeftOutAndTold(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            let report = try await register.add(
                .project,
                project("P-1", more: #","colour":"red","a/b":1,"purpose":{"de":"Zweck"},"processors":[{"name":" "}]"#))
            #expect([report.added, report.warnings.count] == [1, 1])
            #expect(
                report.warnings.first.first?.problems.map { "\($0.pointer) \($0.code)" } == [
                    "/purpose/de unknownField", "/processors/0/name required", "/a~1b unknownField",
                    "/colour unknownField",
                ])
            let json = try await register.projects.project("P-1")?.json(api: "/api/v1")
            #expect(json?["colour"] == nil)
            #expect(json?["purpose"] == nil)
            #expect(json?["processors"] == nil)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whatLacksAFieldIsStoredButNotShownUntilItHasIt(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            let bare = #"{"reference":"P-1","title":{"en":"Title","fr":null},"summary":{"fr":"  "}}"#
            let report = try await register.add(.project, bare)
            #expect(report.notShown == ["P-1": ["summary", "status", "controllers"]])
            #expect(try await register.projects.project("P-1") == nil)
            #expect(try await register.projects.versions("P-1") == nil)
            #expect(try await register.projects.search(ProjectQuery()).total == 0)
            #expect(try await register.history(.project, "P-1").count == 1)
            let completed = try await register.add(.project, bare, project("P-1", title: "Titre"))
            #expect(completed.notShown.isEmpty)
            #expect(try await register.projects.project("P-1")?.n == 2)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func anImportThatBreaksOffIsRunAgain(engine: EngineUnderTest) async throws {
        struct Broken: Error {}
        try await withRegister(engine) { register in
            let lines = (1...300).map { project("P-\($0)") } + [project("P-1", version: "2"), project("P-1")]
            let bytes = Array(lines.joined(separator: "\n").utf8)
            let (stream, continuation) = AsyncThrowingStream.makeStream(of: [UInt8].self)
            continuation.yield(Array(bytes.prefix(bytes.count * 5 / 6)))
            continuation.finish(throwing: Broken())
            let importer = Importer(database: register.database, kind: .project, now: { Register.noon })
            await #expect(throws: Broken.self) { _ = try await importer.run(stream) }
            #expect(try await register.projects.search(ProjectQuery()).total == 200)
            let report = try await register.add(.project, bytes: bytes)
            #expect(report.counts == [302, 100, 2, 200, 0])
            #expect(try await register.history(.project, "P-1") == ["1", "2", "1"])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func twoImportsAtOnceMakeOneHistory(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            let lines = (1...300).flatMap { [project("P-\($0)"), project("P-\($0)", version: "2")] }
            let bytes = Array(lines.joined(separator: "\n").utf8)
            async let one = register.add(.project, bytes: bytes)
            async let other = register.add(.project, bytes: bytes)
            let reports = try await [one, other]
            #expect(reports.map(\.added).reduce(0, +) == 300)
            #expect(reports.map(\.changed).reduce(0, +) == 300)
            let counts = try await RegisterChanges(database: register.database).counts()
            #expect(counts == RegisterCounts(projects: 300, versions: 600, releases: 0, datasets: 0))
            #expect(try await register.history(.project, "P-300") == ["1", "2"])
        }
    }
}
