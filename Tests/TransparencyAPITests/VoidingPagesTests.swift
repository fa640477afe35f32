import Foundation
import HTTPTypes
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

@Suite("Voiding many at once where it takes two, on pages and in the API")
struct VoidingPagesTests {
    private static let page = "/operateur/vagues"
    private static let path = "/api/v1/operator/voidings"

    @Test(
        "It is proposed from the queue, sent back, proposed by a program, and confirmed by another",
        arguments: EngineUnderTest.allCases)
    func takesTwo(engine: EngineUnderTest) async throws {
        try await withPortal(engine, refusals: .confirmed) { opened in
            var references: [String] = []
            for _ in 0..<2 { references.append(try await Browser(opened).file().reference) }
            let (agent, supervisor) = (
                try await opened.browser(of: "agent"), try await opened.browser(of: "superviseur")
            )
            #expect(try await agent.get("/operateur/demandes").contains("value=\"voided\""))
            let fields = [("type", "voided"), ("cases", references.joined(separator: ","))]
            let asked = try await agent.post("/operateur/lot", fields)
            #expect(asked.contains("Rien ne se passe encore") && asked.contains("Le proposer pour"))
            let sent = try await agent.post("/operateur/lot", fields + [("step", "do"), ("words", "Une <main>.")])
            #expect(sent.location == Self.page + "?notice=proposed")
            let own = try await agent.get(sent.location)
            #expect(own.contains("C’est proposé") && own.contains("Une &lt;main&gt;."))
            #expect(own.contains("name=\"takeBack\"") && !own.contains("name=\"confirm\""))

            let queue = try await supervisor.get("/operateur/demandes")
            #expect(queue.contains("à confirmer</strong>"))
            let seen = try await supervisor.get(Self.page)
            #expect(seen.contains("choisies à la main") && seen.contains("Proposé le") && seen.contains(references[0]))
            let id = seen.between("name=\"confirm\" value=\"", "\"")
            let silent = try await supervisor.post(Self.page, ["decline": id, "note": ""])
            #expect(silent.status == 422 && silent.contains("href=\"#note-0\""))
            #expect(try await agent.post(Self.page, ["confirm": id]).status == 403)
            let declined = try await supervisor.post(Self.page, ["decline": id, "note": "Pas sûr."])
            #expect(declined.location == Self.page + "?notice=declined")
            #expect(try await supervisor.post(Self.page, ["confirm": id]).status == 409)
            let back = try await agent.get("/en/operator/waves")
            #expect(back.contains("Sent back on") && back.contains("Pas sûr.") && back.contains("I have read it"))
            #expect(try await agent.post(Self.page, ["takeBack": id]).location == Self.page + "?notice=takenBack")
            #expect(try await opened.count("voiding_proposal") == 0)

            // By programs.
            let chosen = JSON.array(references.map { ["reference": .string($0)] })
            let act: JSON = ["type": "voided", "reasons": "Une main."]
            let bulk = try await supervisor.call(
                .post, "/api/v1/operator/requests/events", ["requests": chosen, "act": act])
            #expect(bulk.status == 422 && bulk.json["errors"]?.array?.first?["code"] == "voiding.confirmed")
            let auditor = try await opened.browser(of: "auditeur")
            #expect(try await auditor.call(.get, Self.path).status == 403)
            let proposal: JSON = ["requests": chosen, "reasons": "Une main."]
            #expect(try await auditor.call(.post, Self.path, proposal).status == 403)
            let made = try await agent.call(.post, Self.path, proposal)
            #expect(made.status == 201 && made.json["items"]?.array?.first?["reasons"] == "Une main.")
            let madeID = try #require(made.json["items"]?.array?.first?["id"]?.string)
            #expect(try await agent.call(.post, "\(Self.path)/\(madeID)/confirmation", [:]).status == 403)
            let done = try await supervisor.call(.post, "\(Self.path)/\(madeID)/confirmation", [:])
            #expect(done.status == 200 && done.json["done"]?.int == 2)
            #expect(try await supervisor.call(.post, "\(Self.path)/\(madeID)/confirmation", [:]).status == 409)
            let after = try await supervisor.get(Self.page)
            #expect(after.contains("sur proposition de agent") && after.contains("name=\"restore\""))
            #expect(!(try await agent.get(Self.page).contains("name=\"restore\"")))
        }
    }
}
