import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import RightsRegistry

/// Letters that hand a tracking code to its owner.
@Suite struct LetterTests {
    @Test(arguments: EngineUnderTest.allCases)
    func theCodeOfALetterStandsSealedUnderTheCasesKeyAlone(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let (caseKey, secret) = (CaseKey(), TrackingSecret())
            let letter = try SecretLetter(
                of: "R-2026-7KQ2MX", .filedOnPaper, secret: secret, under: caseKey, at: house.clock.source(),
                random: systemRandom)
            try await house.database.write { try letter.insert(on: $0) }
            let row = try #require(try await house.database.read { try $0.first("SELECT * FROM letter") })
            let sealed: [UInt8] = try row["sealed"]
            #expect(try row["reference"] == "R-2026-7KQ2MX")
            #expect(try row["kind"] == "filedOnPaper")
            let opened = try JSON(parsing: try caseKey.open(sealed, at: LetterStore.location(of: try row["id"])))
            #expect(opened["secret"]?.string == secret.formatted)
            #expect(!String(decoding: sealed, as: UTF8.self).contains(secret.formatted.prefix(4)))
        }
    }
}
