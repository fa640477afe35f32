import CivilTime
import SQLDatabase
import TestSupport
import Testing

@testable import PublicRegistry

@Suite struct RemovalTests {
    private static let reason = LocalizedText(fr: "Erreur", en: "Mistake")!

    private static func remove(
        _ reference: String, _ kind: RecordKind = .project, keepsContent: Bool = true, in register: Register
    ) async throws -> Removal? {
        try await register.database.write { connection in
            try Removal.remove(
                reference, kind, reason: reason, keepsContent: keepsContent,
                id: "removal-\(reference)-\(keepsContent)", at: Register.noon.adding(seconds: 60), on: connection)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whatIsRemovedLeavesTheListsAndKeepsItsReason(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(.project, project("P-1", datasets: ["d-1"]), project("P-2", datasets: ["d-1"]))
            try await register.add(.dataset, #"{"reference":"d-1","title":{"fr":"Base"}}"#)
            let removal = try #require(try await Self.remove("P-1", in: register))
            #expect(removal.n == 2 && removal.keepsContent && removal.wasShown)
            #expect(removal.removedAt == Register.noon.adding(seconds: 60))
            #expect(removal.reason == Self.reason)
            #expect(try await register.projects.search(ProjectQuery()).items.map(\.reference) == ["P-2"])
            #expect(try await register.projects.project("P-1") == nil)
            #expect(try await register.datasets.dataset("d-1")?.projects == 1)
            #expect(try await Self.remove("d-1", .dataset, in: register)?.wasShown == true)
            #expect(try await register.datasets.search(DatasetQuery()).total == 0)
            #expect(try await Self.remove("P-9", in: register) == nil)
            // Once more changes nothing.
            #expect(try await Self.remove("P-1", in: register) == removal)
            #expect(try await register.history(.project, "P-1").count == 2)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func onlyANewContentBringsItBack(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(.project, project("P-1"))
            _ = try await Self.remove("P-1", in: register)
            #expect(try await register.add(.project, project("P-1")).counts == [1, 0, 0, 1, 0])
            #expect(try await register.projects.project("P-1") == nil)
            #expect(try await register.add(.project, project("P-1", title: "Autre")).counts == [1, 0, 1, 0, 0])
            #expect(try await register.projects.project("P-1")?.n == 3)
            #expect(try await register.database.read { try Removal.find("P-1", .project, on: $0) } == nil)
            #expect(try await register.projects.version("P-1", n: 1)?.n == 1)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func noFileBringsBackWhatMustNotBeShown(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(.project, project("P-1"), project("P-1", title: "Autre"))
            _ = try await Self.remove("P-1", in: register)
            #expect(try await Self.remove("P-1", keepsContent: false, in: register)?.keepsContent == false)
            for line in [project("P-1"), project("P-1", title: "Encore"), project("P-1", title: "Autre")] {
                let report = try await register.add(.project, line)
                #expect(report.counts == [1, 0, 0, 0, 1])
                #expect(
                    report.refused.first.first?.description
                        == "line 1 (P-1): taken out of the register, and must not be shown")
                #expect(try await register.add(.project, line, isDryRun: true).counts == [1, 0, 0, 0, 1])
            }
            #expect(try await register.projects.project("P-1") == nil)
            #expect(try await register.history(.project, "P-1").count == 4)
            #expect(try await register.database.read { try Removal.withheldThrough("P-1", .project, on: $0) } == 4)
        }
    }
}
