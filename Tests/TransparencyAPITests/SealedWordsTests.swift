import HTTPTypes
import HummingbirdTesting
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

extension Browser {
    /// A case as the console's API says it, with the browser's session.
    fileprivate func caseJSON(_ reference: String) async throws -> Page {
        try await get("/api/v1/operator/requests/\(reference)", headers: [.accept: "application/json"])
    }
}

extension OpenedPortal {
    /// Who read words of cases, by the audit.
    fileprivate func readers() async throws -> [String] {
        try await database.read { connection in
            try connection.query(
                "SELECT actor, role, subject FROM audit_event WHERE act = 'case.wordsOpened' ORDER BY at, actor"
            ).map { "\(try $0["actor"] as String) \(try $0["role"] as String) \(try $0["subject"] as String)" }
        }
    }
}

@Suite("The words of a case")
struct SealedWordsTests {
    /// Each stands for one kind of words.
    private static let words = ["Zqmessage", "Zqquestion", "Zqreponse", "Zqnote", "Zqpiece"]

    /// Files, writes, is asked, answers and sends a file; reference and secret.
    private func tell(_ opened: OpenedPortal) async throws -> (reference: String, secret: String) {
        let citizen = Browser(opened)
        let filed = try await citizen.file()
        _ = try await citizen.open(filed)
        let written = try await citizen.post(
            "/suivi/message", ["text": "Zqmessage"], file: "files", named: "Zqpiece.pdf",
            Array("%PDF-1.7\n1 0 obj\n<<>>\nendobj\nxref\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n".utf8))
        #expect(written.status == 303)
        let desk = try #require(opened.portal.console).desk
        for act: JSON in [
            ["type": "noted", "note": "Zqnote"], ["type": "identityRequested", "text": "Zqquestion"],
        ] {
            try await desk.perform(
                try OperatorAct(act, today: opened.portal.today), on: filed.reference,
                by: Operator(name: "agent", role: .agent))
        }
        #expect(try await citizen.post("/suivi/justificatif", ["text": "Zqreponse"]).status == 303)
        return filed
    }

    @Test(
        "are read by those alone who may open an identity; others see that there are some",
        arguments: EngineUnderTest.allCases)
    func roles(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let filed = try await tell(opened)
            let page = "/operateur/demandes/\(filed.reference)"
            for name in ["auditeur", "administrateur"] {
                let reader = try await opened.browser(of: name)
                let html = try await reader.get(page)
                let json = try await reader.caseJSON(filed.reference)
                #expect(html.status == 200 && json.status == 200)
                for word in Self.words + Kervezec.traces {
                    #expect(!html.contains(word) && !json.contains(word), "\(word) for \(name)")
                }
                #expect(html.contains("Les textes et les noms des fichiers sont scellés"))
                #expect(html.contains("Identité demandée") && html.contains("piece-1.pdf"))
                #expect(!html.contains("href=\"\(page)/pieces/1\""))
                #expect(try await reader.get("\(page)/pieces/1").status == 403)
                #expect(
                    try await reader.get("/api/v1/operator/requests/\(filed.reference)/attachments/1").status == 403)
                #expect(try await reader.post("\(page)/identite", ["motive": "identityCheck"]).status == 403)
            }
            #expect(try await opened.readers() == [], "what is not read is not noted as read")

            let agent = try await opened.browser(of: "agent")
            let (html, json) = (try await agent.get(page), try await agent.caseJSON(filed.reference))
            for word in Self.words { #expect(html.contains(word) && json.contains(word), "\(word)") }
            #expect(!html.contains("sont scellés"))
        }
    }

    @Test(
        "leave in the audit who read them, once a day, and nothing that the citizen sees",
        arguments: EngineUnderTest.allCases)
    func audited(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let filed = try await tell(opened)
            let bare = try await Browser(opened).file()
            let events = try await opened.count("request_event")
            let page = "/operateur/demandes/\(filed.reference)"
            let agent = try await opened.browser(of: "agent")
            #expect(try await agent.get("/operateur/demandes").status == 200)
            #expect(try await agent.get("/operateur/demandes/\(bare.reference)").status == 200)
            #expect(try await opened.readers() == [], "neither the queue nor a case without words opens any")

            for _ in 0..<3 {
                #expect(try await agent.get(page).status == 200)
                #expect(try await agent.caseJSON(filed.reference).status == 200)
            }
            let (first, second) = (
                "agent agent \(filed.reference)", "superviseur supervisor \(filed.reference)"
            )
            #expect(try await opened.readers() == [first])
            #expect(try await opened.browser(of: "superviseur").get(page).status == 200)
            #expect(try await opened.readers() == [first, second])

            // From ten in the morning to half past midnight in Paris: another day.
            opened.clock.advance(seconds: 14 * 3600 + 1800)
            let nextDay = try await opened.browser(of: "agent")
            _ = try await nextDay.get(page)
            _ = try await nextDay.get(page)
            #expect(try await opened.readers() == [first, second, first])

            #expect(try await opened.count("request_event") == events)
            #expect(try await opened.count("notice WHERE type = 'identityOpened'") == 0)
        }
    }

    @Test("leave one trace where they are read several times at once", arguments: EngineUnderTest.allCases)
    func atOnce(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let filed = try await tell(opened)
            let desk = try #require(opened.portal.console).desk
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        _ = try await desk.request(filed.reference, for: Operator(name: "agent", role: .agent))
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await opened.readers().count == 1)
        }
    }
}
