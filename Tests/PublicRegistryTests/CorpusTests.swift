import Foundation
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import PublicRegistry

/// The real registers that are kept outside the project.
enum Corpus {
    static let folder: URL? = {
        let named = ProcessInfo.processInfo.environment["REGARD_CORPUS"].map { URL(filePath: $0) }
        let beside = URL(filePath: FileManager.default.currentDirectoryPath).appending(path: "../shared/corpus")
        let folder = named ?? beside
        return FileManager.default.fileExists(atPath: folder.appending(path: "projects.jsonl").path) ? folder : nil
    }()

    static func bytes(_ file: String) throws -> [UInt8] {
        Array(try Data(contentsOf: #require(folder).appending(path: file)))
    }
}

@Suite(.enabled(if: Corpus.folder != nil, "SKIPPED: neither $REGARD_CORPUS nor ../shared/corpus has the registers"))
struct CorpusTests {
    @Test(arguments: EngineUnderTest.allCases)
    func theWholeCorpusIsTakenAndASecondTimeChangesNothing(engine: EngineUnderTest) async throws {
        let files: [(RecordKind, String, [Int])] = [
            (.dataset, "datasets.jsonl", [61, 61, 0, 0, 0]), (.project, "projects.jsonl", [838, 527, 311, 0, 0]),
            (.release, "releases.jsonl", [5776, 5776, 0, 0, 0]),
        ]
        try await withRegister(engine) { register in
            for (kind, file, expected) in files {
                let report = try await register.add(kind, bytes: Corpus.bytes(file))
                #expect(report.counts == expected)
                #expect(report.warnings.count == 0)
                #expect(report.notShown.isEmpty)
            }
            for (kind, file, expected) in files {
                let report = try await register.add(kind, bytes: Corpus.bytes(file))
                #expect(report.counts == [expected[0], 0, 0, expected[0], 0])
            }
            #expect(
                try await RegisterChanges(database: register.database).counts()
                    == RegisterCounts(projects: 527, versions: 838, releases: 5776, datasets: 61))
            try await Self.everyProjectIsListedOnceWithItsReleases(register)
        }
    }

    private static func everyProjectIsListedOnceWithItsReleases(_ register: Register) async throws {
        var references: [String] = []
        var query = ProjectQuery(limit: try #require(PageLimit(100)))
        repeat {
            let page = try await register.projects.search(query)
            references += page.items.map(\.reference)
            query.cursor = page.nextCursor
        } while query.cursor != nil
        #expect(references.count == 527)
        #expect(Set(references).count == 527)
        var linked = 0
        var released = 0
        for reference in references {
            let page = try await register.projects.releases(reference, limit: try #require(PageLimit(1000)))
            released += page?.total ?? 0
            linked += page?.items.count { $0.linkedN != nil } ?? 0
        }
        // 205 releases name one of the 27 labels that two versions of a project share.
        #expect(released == 5776)
        #expect(linked == 5776 - 205)
    }
}
