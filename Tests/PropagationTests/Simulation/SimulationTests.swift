import Foundation
import RightsRegistry
import SQLDatabase
import TestSupport
import Testing

/// Thousands of short histories, each as its seed has it: registrations and withdrawals, and everything that can go wrong on
/// the way to the lists. `REGARD_SIMULATION_SEED=N` plays one again and tells it; `REGARD_SIMULATION_SEEDS=10000` plays more.
@Suite struct SimulationTests {
    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
    }

    /// Two halves, side by side.
    @Test(arguments: [UInt64(0), 1])
    func nothingIsLostDoubledOrSaidTooEarly(half: UInt64) async throws {
        if let seed = Self.number("REGARD_SIMULATION_SEED") {
            guard half == 0 else { return }
            return try await withStage(.sqlite) { stage in
                let failure = try await Self.play(seed, on: stage, tellsAll: true)
                #expect(failure == nil)
            }
        }
        let seeds = Self.number("REGARD_SIMULATION_SEEDS") ?? 500
        try await withStage(.sqlite) { stage in
            for seed in 1...seeds where seed % 2 == half {
                if let failure = try await Self.play(seed, on: stage) { Issue.record("\(failure)") }
            }
        }
    }

    @Test func theSameHoldsOnPostgreSQL() async throws {
        let seeds = (Self.number("REGARD_SIMULATION_SEEDS") ?? 500) / 20
        try await withStage(.postgresql) { stage in
            for seed in 1...max(1, seeds) {
                if let failure = try await Self.play(seed + 1_000_000, on: stage) { Issue.record("\(failure)") }
            }
        }
    }

    /// What the simulation is worth: it finds what was put in on purpose.
    @Test(arguments: [World.Sabotage.cursorBeforeAcknowledgement, .positionsByWriters])
    func aFaultPutInOnPurposeIsFound(sabotage: World.Sabotage) async throws {
        try await withStage(.sqlite) { stage in
            var found: UInt64?
            for seed in UInt64(1)...100 where found == nil {
                if try await Self.play(seed, on: stage, sabotage: sabotage) != nil { found = seed }
            }
            #expect(found != nil)
        }
    }

    @Test func aSeedIsPlayedTheSameAgain() async throws {
        try await withStage(.sqlite) { stage in
            for seed in UInt64(1)...5 {
                let first = try World(seed: seed, on: stage)
                try await first.play()
                let second = try World(seed: seed, on: stage)
                try await second.play()
                #expect(await first.story == second.story)
            }
        }
    }

    /// What was violated and how it came to it; nil where nothing was.
    private static func play(
        _ seed: UInt64, on stage: Stage, sabotage: World.Sabotage? = nil, tellsAll: Bool = false
    ) async throws -> String? {
        let world = try World(seed: seed, on: stage, sabotage: sabotage)
        var violation: Violation?
        do { try await world.play() } catch let found as Violation { violation = found }
        let story = await world.story
        if tellsAll { for line in story { print(line) } }
        return violation.map { found in
            "REGARD_SIMULATION_SEED=\(seed): \(found)\n" + story.suffix(60).joined(separator: "\n")
        }
    }
}
