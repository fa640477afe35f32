import CivilTime
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import PublicRegistry

private func working(_ date: CalendarDate) -> Bool { date.weekday < 6 }

@Suite("What the register comes to")
struct RegisterFiguresTests {
    private func durations(_ more: String) throws -> [AccessStep: Int] {
        let json = try JSON(parsing: Array(project("P-1", more: more).utf8))
        return AccessStep.durations(of: try #require(Project.read(json).record), isWorkingDay: working)
    }

    @Test("Each step is measured between the dates of the timeline, the first in working days")
    func steps() throws {
        let found = try durations(
            """
            ,"timeline":[{"step":"submitted","date":"2026-01-05"},{"step":"complete","date":"2026-01-14"},
            {"step":"cesreesOpinion","date":"2026-02-13"},{"step":"cnilAuthorisation","date":"2026-04-20"},
            {"step":"delivery","date":"2026-06-01"}]
            """.replacing("\n", with: ""))
        #expect(
            found == [.completeness: 7, .opinion: 30, .authorisation: 66, .delivery: 42, .whole: 147])
    }

    @Test("What the timeline does not say is found among the decisions; what can’t be is left out")
    func decisions() throws {
        let found = try durations(
            """
            ,"timeline":[{"step":"complete","date":"2026-01-14"},{"step":"submitted"}],"authorisations":\
            [{"body":"Cesrees","date":"2026-02-01"},{"body":"CNIL","date":"2026-01-20"}]
            """)
        // The CNIL can't have come before: a slip counts for nothing.
        #expect(found == [.opinion: 18])
        // By reference methodology, data follow a complete file.
        let direct = try durations(
            ",\"timeline\":[{\"step\":\"complete\",\"date\":\"2026-01-14\"},{\"step\":\"delivery\",\"date\":\"2026-01-24\"}]"
        )
        #expect(direct == [.delivery: 10])
        #expect(try durations("").isEmpty)
    }

    @Test("Quartiles are measures, by the nearest rank")
    func quartiles() throws {
        #expect(Quartiles([]) == nil)
        let one = try #require(Quartiles([5]))
        #expect((one.count, one.first, one.median, one.third) == (1, 5, 5, 5))
        let eight = try #require(Quartiles([8, 1, 7, 2, 6, 3, 5, 4]))
        #expect((eight.first, eight.median, eight.third) == (2, 4, 6))
    }

    @Test("Years, statuses, domains and users are counted of what is shown alone", arguments: EngineUnderTest.allCases)
    func counts(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(
                .dataset, #"{"reference":"D","title":{"fr":"Base"}}"#, #"{"reference":"E","title":{"fr":"Autre"}}"#)
            try await register.add(
                .project,
                project("P-1", datasets: ["D"], more: #","startsOn":"2024-03-01","domains":["cancer","pédiatrie"]"#),
                project(
                    "P-2", status: "completed", datasets: ["D", "X"],
                    more: #","startsOn":"2023-03-01","domains":["cancer"]"#),
                project(
                    "P-3", status: "refused", datasets: ["D"],
                    more: #","timeline":[{"step":"submitted","date":"2024-01-01"}]"#),
                project("P-4", status: "underReview"), #"{"reference":"P-5","title":{"fr":"Sans résumé"}}"#)
            let figures = try await RegisterFigures.read(from: register.database, isWorkingDay: working)
            #expect(figures.projects == 4)
            #expect(figures.years.map(\.year) == [2023, 2024, nil])
            #expect(figures.years[1].byStatus == [.active: 1, .refused: 1])
            #expect(figures.domains.map(\.domain) == ["cancer", "pédiatrie", nil])
            #expect(figures.domains.map(\.projects) == [2, 1, 2])
            #expect(figures.uses.map(\.reference) == ["D", "X", "E"])
            #expect(figures.uses.map(\.projects) == [2, 1, 0] && figures.uses.map(\.running) == [1, 0, 0])
            #expect(figures.uses[1].title == nil && figures.uses[2].title?.fr == "Autre")
        }
    }

    @Test("More projects than are read at once are all counted", arguments: EngineUnderTest.allCases)
    func many(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            let lines = (0..<1201).map { project("P-\($0)") }.joined(separator: "\n")
            try await register.add(.project, bytes: Array(lines.utf8))
            #expect(try await RegisterFigures.read(from: register.database, isWorkingDay: working).projects == 1201)
        }
    }
}
