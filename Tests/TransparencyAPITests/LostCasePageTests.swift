import CivilTime
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

@Suite("Where the keys of a case are gone")
struct LostCasePageTests {
    @Test("its pages say so, and what is in force", arguments: EngineUnderTest.allCases)
    func pages(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let browser = Browser(opened)
            let (reference, secret) = try await browser.file()
            try await opened.sequence()
            // As after a restore without its cases.
            _ = try await opened.database.write {
                try $0.execute("UPDATE key_epoch SET cases_ended_at = 1, pepper_ended_at = 1")
            }
            _ = try await browser.post("/suivi", ["reference": reference, "secret": secret])
            let page = try await browser.get("/suivi")
            #expect(page.contains("id=\"lost\"") && page.contains("Dossier perdu"))
            #expect(page.contains("Votre opposition reste en vigueur"))
            #expect(page.contains("déposez une demande de retrait"))
            #expect(!page.contains("Votre message") && !page.contains("Retirer mon opposition"))
            #expect(try await browser.get("/en/follow").contains("Case lost"))
            #expect(try await browser.post("/suivi/retrait", ["confirm": "yes"]).status == 410)
            #expect(try await browser.post("/suivi/message", ["text": "Bonjour."]).status == 410)

            let console = try await opened.browser(of: "superviseur")
            let seen = try await console.get("/operateur/demandes/\(reference)")
            #expect(seen.contains("Les clés de ce dossier n’existent plus"))
            #expect(!seen.contains("Ouvrir l’identité"))
            let identity = try await console.post(
                "/operateur/demandes/\(reference)/identite", ["motive": "answer"])
            #expect(identity.status == 410)

            // Its end: by who may refuse, with a reason that the person reads.
            let agent = try await opened.browser(of: "agent")
            #expect(!(try await agent.get("/operateur/demandes/\(reference)").contains("Clore ce dossier")))
            #expect(seen.contains("Clore ce dossier illisible"))
            #expect(try await console.get("/operateur/demandes").contains("Illisibles"))
            #expect(try await console.get("/operateur/demandes?state=lost").contains(reference))
            let events = "/operateur/demandes/\(reference)/actes"
            let without = try await console.post(events, ["type": "unreadable", "reason": ""])
            #expect(without.status == 422 && without.contains("href=\"#unreadable-reason\""))
            let batch = try await console.post("/operateur/lot", ["type": "unreadable", "case": reference])
            #expect(batch.contains("Les clés de ce dossier n’existent plus.") && batch.contains("id=\"reason\""))
            #expect(try await console.post(events, ["type": "unreadable", "reason": "keysGone"]).status == 303)
            let after = try await console.get("/operateur/demandes/\(reference)")
            #expect(after.contains("Close, illisible") && !after.contains("Clore ce dossier illisible"))
            #expect(!(try await console.get("/operateur/demandes").contains("Illisibles")))
            let told = try await browser.get("/suivi")
            #expect(told.contains("nous ne pouvons plus la lire") && told.contains("Refaire ma demande"))
            #expect(told.contains("Votre opposition reste en vigueur"))
            #expect(try await browser.get("/en/follow").contains("Make my request again"))
        }
    }
}
