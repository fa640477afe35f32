import Foundation
import SQLDatabase
import TestSupport
import Testing

@testable import Propagation

/// What a killed process left beside an output goes at the next run, and what another process writes does not.
@Suite struct AsideFileTests {
    @Test func whatIsNobodysIsRemoved() async throws {
        try await withTemporaryDatabase(.sqlite) { place in
            let path = place.folder + "/kept.csv"
            let left = path + ".0123456789ab.partial"
            let others = [
                path + ".notes.partial", path + "-2.csv.0123456789ab.partial", place.folder + "/kept.csv.partial",
            ]
            for name in [left] + others {
                #expect(FileManager.default.createFile(atPath: name, contents: Data("a".utf8)))
            }
            func partials() throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: place.folder).count { $0.hasSuffix(".partial") }
            }
            let first = try AsideFile(path: path)
            #expect(!FileManager.default.fileExists(atPath: left))
            #expect(others.allSatisfy { FileManager.default.fileExists(atPath: $0) })
            #expect(try partials() == others.count + 1)
            let second = try AsideFile(path: path)
            #expect(try partials() == others.count + 2)
            try first.commit()
            try second.commit()
            #expect(try partials() == others.count)
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }
}
