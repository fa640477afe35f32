import CivilTime
import Crypto
import SQLDatabase
import StrictJSON
import Synchronization
import TestSupport
import Testing
import Vault

@testable import RightsRegistry

/// What keeps packages whole where several processes work, and where some can't be put together.
@Suite("Packages are built one at a time and for good")
struct PackageBuildTests {
    private struct Broken: Error {}

    private func assembly(
        _ house: House, holder: String, render: @escaping @Sendable (PackageContent) async throws -> Void
    ) throws -> PackageAssembly {
        PackageAssembly(
            database: house.database, keys: try house.keysNow, policy: house.policy,
            render: { content in
                try await render(content)
                return PackageAssembly.Documents(html: content.reference, text: content.reference)
            }, holder: holder, now: house.clock.source)
    }

    @Test("Of two processes that build one, one makes it and tells it once", arguments: EngineUnderTest.allCases)
    func twoAtOnce(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.answered(Person(0))
            let other = try assembly(house, holder: "other") { _ in }
            // The first is slow, and its lease is over while it works: the other one takes over.
            let slow = try assembly(house, holder: "slow") { (_: PackageContent) async throws -> Void in
                house.clock.advance(seconds: 601)
                #expect(try await other.runOnce().made == 1)
            }
            let result = try await slow.runOnce()
            #expect(result.made == 0 && result.failed.isEmpty)
            #expect(try await house.count("request_event", where: "type = 'packageReady'") == 1)
            let builds = try await house.database.read { connection in
                let parts = try connection.query("SELECT DISTINCT build FROM access_package_part")
                return (
                    try parts.map { try $0["build"] as String },
                    try PackageStore.load(receipt.reference, on: connection)?.build
                )
            }
            #expect(builds.0 == [builds.1])
            #expect(try await slow.runOnce().made == 0)
        }
    }

    @Test("A process that lost its turn writes nothing more", arguments: EngineUnderTest.allCases)
    func forsaken(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.answered(Person(0))
            let key = try house.operators.opened(try await house.stored(receipt))
            func archive(_ holder: String, _ build: String) async throws -> SealedArchive {
                let moment = house.clock.source()
                let lease = try await house.database.write {
                    try Lease.take("access-packages", for: holder, seconds: 600, at: moment, on: $0)
                }
                return SealedArchive(
                    database: house.database, lease: try #require(lease), reference: receipt.reference, build: build,
                    key: key, day: house.today, now: house.clock.source, random: systemRandom)
            }
            var lost = try await archive("one", "a")
            try await lost.add("page.html", [UInt8](repeating: 7, count: 100))
            house.clock.advance(seconds: 601)
            _ = try await archive("two", "b")
            await #expect(throws: SealedArchive.Forsaken.self) { try await lost.finish() }
            #expect(try await house.count("access_package_part") == 0)
            // Nor is anything written of a case that is decided otherwise meanwhile.
            house.clock.advance(seconds: 601)
            var late = try await archive("three", "c")
            try await late.add("page.html", [1])
            try await house.withdraw(receipt)
            await #expect(throws: SealedArchive.Forsaken.self) { try await late.finish() }
            #expect(try await house.count("access_package_part") == 0)
        }
    }

    @Test(
        "What is over goes without what is being built, and what was left behind goes with the next run",
        arguments: EngineUnderTest.allCases)
    func overWhileBuilding(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.answered(Person(0))
            #expect(try await house.assembly.runOnce().made == 1)
            try await house.database.write {
                try PackageStore.insertParts([(0, [1])], of: receipt.reference, "another", on: $0)
            }
            house.advance(days: 31)
            #expect(try await house.assembly.destroyOver() == 1)
            #expect(try await house.count("access_package_part") == 1)
            #expect(try await house.count("access_package_part", where: "build = 'another'") == 1)
            #expect(try await house.assembly.runOnce().made == 0)
            #expect(try await house.count("access_package_part") == 0)
        }
    }

    @Test("Those that always fail hold up no other, and leave nothing behind", arguments: EngineUnderTest.allCases)
    func failing(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            var references: [String] = []
            for number in 0..<21 {
                let receipt = try await house.file(Person(number).body(["right": "access"]))
                try await house.act(["type": "identityVerified"], on: receipt)
                try await house.act(["type": "granted", "text": "Voici vos données."], on: receipt)
                references.append(receipt.reference)
            }
            let good = Mutex(Set([references.max() ?? ""]))
            let assembly = try assembly(house, holder: "test") { content in
                if !good.withLock({ $0.contains(content.reference) }) { throw Broken() }
            }
            let first = try await assembly.runOnce()
            #expect(first.made == 0 && first.failed.count == 20)
            #expect(try await assembly.runOnce().made == 1, "the one behind them")
            let again = try await assembly.runOnce()
            #expect(again.made == 0 && again.failed.isEmpty, "they are put off")
            #expect(try await house.count("access_package_part") > 0)
            // Once they are repaired, they are made and forgotten as failures.
            good.withLock { $0 = Set(references) }
            house.clock.advance(seconds: 61)
            #expect(try await assembly.runOnce().made == 20)
            #expect(try await house.count("access_package_failure") == 0)
        }
    }

    @Test("What is taken up again has no package any more", arguments: EngineUnderTest.allCases)
    func reopened(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.answered(Person(0))
            #expect(try await house.assembly.runOnce().made == 1)
            _ = try await RequestClosing(database: house.database, policy: house.policy, now: house.clock.source)
                .closeComplete()
            try await house.act(["type": "reopened", "reasons": "Une base manquait."], on: receipt)
            #expect(try await house.count("access_package_part") == 0)
            #expect(try await house.count("access_package", where: "destroyed_at IS NOT NULL") == 1)
            #expect(try await house.view(receipt).package == nil)
        }
    }
}
