import Foundation
import HTTPTypes
import PublicRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

@Suite("The desk’s statistics in the console")
struct DeskFiguresPageTests {
    @Test(
        "They are drawn with their tables and files, and name other operators to those who may see it",
        arguments: EngineUnderTest.allCases)
    func page(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let (own, _) = try await Browser(opened).file()
            let (others, _) = try await Browser(opened).file()
            let (agent, supervisor) = (
                try await opened.browser(of: "agent"), try await opened.browser(of: "superviseur")
            )
            _ = try await agent.post("/operateur/demandes/\(own)/actes", ["type": "assigned"])
            _ = try await supervisor.post("/operateur/demandes/\(others)/actes", ["type": "assigned"])
            for language in Language.allCases {
                let page = try await supervisor.get(PagePath.operatorStatistics.path(in: language))
                #expect(page.status == 200 && !page.contains(" style="))
                #expect(page.count("<svg class=\"strip\"") == page.count("<desc id=") && page.count("<desc id=") >= 5)
                for table in DeskTable.allCases { #expect(page.contains("href=\"\(table.path)\""), "\(table)") }
                #expect(page.contains("agent") && page.contains("superviseur"))
            }
            // An agent's own name stands in the header, too; nobody else's does anywhere.
            for address in ["/operateur/statistiques"] + DeskTable.allCases.map(\.path) + [
                "/api/v1/operator/statistics"
            ] {
                let answer = try await agent.get(address)
                #expect(answer.status == 200 && !answer.contains("superviseur"), "\(address)")
            }
            #expect(
                try await agent.get(DeskTable.openByOperator.path).body
                    == "operator,requests,overdue\r\nagent,1,0\r\n*,1,0\r\n")
            #expect(
                try await supervisor.get(DeskTable.openByOperator.path).body
                    == "operator,requests,overdue\r\nagent,1,0\r\nsuperviseur,1,0\r\n")
            let figures = try JSON(parsing: try await supervisor.get("/api/v1/operator/statistics").body.utf8)
            #expect(figures["open"]?.int == 2 && figures["tables"]?.object?.count == DeskTable.allCases.count)
            #expect(try await supervisor.get("/api/v1/operator/statistics/nothing.csv").status == 404)

            // Who sees no requests sees no figures of them, and the asking is written down.
            let editor = try await opened.browser(of: "editeur")
            for address in ["/operateur/statistiques", "/api/v1/operator/statistics", DeskTable.weeks.path] {
                #expect(try await editor.get(address).status == 403)
            }
            let refusals = try await opened.database.read { connection -> Int in
                try connection.first(
                    "SELECT count(*) AS n FROM audit_event WHERE act = 'operator.refused' AND actor = 'editeur'")?["n"]
                    ?? 0
            }
            #expect(refusals == 3)
            #expect(try await Browser(opened).get("/operateur/statistiques").status == 303)
            #expect(try await Browser(opened).get("/api/v1/operator/statistics").status == 401)
        }
    }
}
