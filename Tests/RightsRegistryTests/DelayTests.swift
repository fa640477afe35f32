import CivilTime
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import RightsRegistry

extension House {
    fileprivate func measured() async throws -> MeasuredDelays {
        let moment = clock.source()
        return try await database.read { try PropagationDelays.measure(at: moment, on: $0) }
    }
}

@Suite("The published delay from a choice to its confirmation")
struct DelayTests {
    @Test(
        "It is that of the slowest database in scope; what waits counts with its wait",
        arguments: EngineUnderTest.allCases)
    func everywhere(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await house.link("rapide")
            try await house.link("lente")
            // Ten choices say nothing.
            for number in 1...10 {
                try await house.fileOne(number)
                house.clock.advance(seconds: 10)
                try await house.confirmAll("rapide")
                house.clock.advance(seconds: 50)
                try await house.confirmAll("lente")
            }
            #expect(try await house.measured().everywhere == nil)
            #expect(try await house.measured().byDatabase.isEmpty)
            // The eleventh is confirmed by one of the two alone.
            try await house.fileOne(11)
            house.clock.advance(seconds: 10)
            try await house.confirmAll("rapide")
            house.clock.advance(seconds: 7190)
            let delays = try await house.measured()
            #expect(delays.everywhere == DelayFigures([Int](repeating: 60, count: 10) + [7200]))
            #expect(delays.everywhere?.median == 60 && delays.everywhere?.percentile95 == 7200)
            #expect(delays.byDatabase["rapide"]?.percentile95 == 10)
            #expect(delays.byDatabase["lente"]?.median == 60)
            // A choice of one database waits for that one alone.
            try await house.confirmAll("lente")
            _ = try await house.file(
                Person(12).body(["scope": ["kind": "databases", "ids": ["rapide"]]]))
            try await house.sequencer.drain()
            house.clock.advance(seconds: 5)
            try await house.confirmAll("rapide")
            #expect(try await house.measured().everywhere?.cases == 12)
            #expect(try await house.measured().byDatabase["lente"]?.cases == 11)
        }
    }

    @Test(
        "What was refused counts until it is taken; what came before a database was linked does not count",
        arguments: EngineUnderTest.allCases)
    func beginnings(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await house.link("registre")
            for number in 1...11 { try await house.fileOne(number) }
            house.clock.advance(seconds: 30)
            try await house.confirmAll("registre")
            let moment = house.clock.source()
            try await house.database.write {
                try DeliveryExceptionStore.record("no", at: 1, in: "registre", now: moment, on: $0)
            }
            house.clock.advance(seconds: 970)
            #expect(try await house.measured().everywhere?.percentile95 == 1000)
            #expect(try await house.measured().everywhere?.median == 30)
            // One that joins late is handed all that came before, and is not slow for it.
            house.clock.advance(seconds: 86_400)
            try await house.link("tardive")
            house.clock.advance(seconds: 3600)
            try await house.confirmAll("tardive")
            #expect(try await house.measured().byDatabase["tardive"] == nil)
            // After ninety days nothing of it is told.
            house.clock.advance(seconds: 90 * 86_400)
            #expect(try await house.measured().everywhere == nil)
        }
    }

    @Test("Of many, as many are looked at as say it, at even distances", arguments: EngineUnderTest.allCases)
    func many(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await house.link("registre")
            let start = house.clock.source()
            // Ledger entries alone: what is measured reads nothing else.
            try await house.database.write { connection in
                for position in 1...2500 {
                    try connection.execute(
                        """
                        INSERT INTO ledger_entry (id, objection, ordinal, effect, scope, identifier_count, created_at, position)
                        VALUES ($1, $1, 1, 'register', '{"kind":"all"}', 1, $2, $3)
                        """, "e\(position)", start.adding(seconds: position), position)
                }
                try connection.execute(
                    """
                    INSERT INTO sequence (name, last) VALUES ('ledger_entry', 2500)
                    ON CONFLICT (name) DO UPDATE SET last = 2500
                    """)
            }
            house.clock.advance(seconds: 2500)
            try await house.confirmAll("registre")
            let figures = try #require(try await house.measured().everywhere)
            #expect(figures.cases == 1000)
            #expect(abs(figures.median - 1250) <= 5 && abs(figures.percentile95 - 2375) <= 5)
        }
    }
}
