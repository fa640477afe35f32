import CivilTime
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import TransparencyAPI

@Suite("Once a case was erased")
struct ErasedPageTests {
    @Test("its page says so, shows what is in force, and ends it", arguments: EngineUnderTest.allCases)
    func pages(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let browser = Browser(opened)
            let (reference, secret) = try await browser.file()
            try await close(reference, in: opened)
            opened.clock.advance(seconds: 1096 * 86_400)
            let keys = try RightsKeys(from: opened.store, servesOperators: true)
            let erasure = CaseErasure(
                database: opened.database, keys: keys, policy: opened.portal.policy,
                journal: try await ErasureJournal.open(in: opened.store.folder), holder: "test",
                now: opened.clock.source)
            #expect(try await erasure.runOnce() == 1)

            _ = try await browser.post("/suivi", ["reference": reference, "secret": secret])
            let page = try await browser.get("/suivi")
            #expect(page.contains("Ce dossier a été effacé le"))
            #expect(page.contains("Elle reste en vigueur"))
            #expect(page.contains("Retirer mon opposition"))
            #expect(!page.contains("Votre message"))
            #expect(try await browser.get("/en/follow").contains("This case was erased on"))
            let message = try await browser.post("/suivi/message", ["text": "Bonjour."])
            #expect(message.status == 410)
            let ended = try await browser.post("/suivi/retrait", ["confirm": "yes"])
            #expect(ended.status == 303)
            #expect(try await browser.get("/suivi").contains("Votre opposition a pris fin"))

            let console = try await opened.browser(of: "superviseur")
            let seen = try await console.get("/operateur/demandes/\(reference)")
            #expect(seen.contains("Effacé le"))
            #expect(!seen.contains("name=\"type\""), "no act is offered")
            #expect(!seen.contains("Ouvrir l’identité"))
            let identity = try await console.post(
                "/operateur/demandes/\(reference)/identite", ["motive": "answer"])
            #expect(identity.status == 410)
        }
    }

    /// Grants the request, and has the one linked database confirm it.
    private func close(_ reference: String, in opened: OpenedPortal) async throws {
        let desk = try #require(opened.portal.console).desk
        let supervisor = Operator(name: "superviseur", role: .supervisor)
        if try await desk.request(reference, for: supervisor).outcome == nil {
            for type in ["identityVerified", "granted"] {
                let act = try OperatorAct(["type": .string(type)], today: opened.portal.today)
                try await desk.perform(act, on: reference, by: supervisor)
            }
        }
        try await opened.sequence()
        let moment = opened.clock.source()
        _ = try await opened.database.write { connection in
            _ = try LinkedDatabaseStore.add(
                id: "cohorte", name: nil, connector: "manual:", datasets: [], at: moment, on: connection)
            return try connection.execute(
                """
                UPDATE linked_database SET incarnation = (SELECT incarnation FROM ledger ORDER BY since DESC LIMIT 1),
                    position = (SELECT COALESCE(MAX(position), 0) FROM ledger_entry)
                """)
        }
        let closing = RequestClosing(
            database: opened.database, policy: opened.portal.policy, now: opened.clock.source)
        #expect(try await closing.closeComplete() == 1)
        let keys = try RightsKeys(from: opened.store, servesOperators: true)
        _ = try await #require(
            PersonIndexing(
                database: opened.database, keys: keys, policy: opened.portal.policy, now: opened.clock.source)
        ).indexNext()
    }
}
