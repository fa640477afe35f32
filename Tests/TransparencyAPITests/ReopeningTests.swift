import CivilTime
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

@Suite("Taking up again what was set aside")
struct ReopeningTests {
    @Test("A request that was set aside is taken up again from its page", arguments: EngineUnderTest.allCases)
    func fromThePage(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let browser = Browser(opened)
            let (reference, secret) = try await browser.file()
            let agent = Operator(name: "agent", role: .agent)
            let desk = try #require(opened.portal.console).desk
            let asking = try OperatorAct(
                ["type": "identityRequested", "text": "Envoyez-nous une copie."], today: opened.portal.today)
            try await desk.perform(asking, on: reference, by: agent)
            let asked = try await browser.get("/suivi")
            #expect(asked.contains("Nous attendons votre réponse"))
            #expect(asked.contains("lundi 4\u{A0}mai 2026"))
            #expect(!asked.contains("/suivi/reprise"))
            let early = try await browser.post("/suivi/reprise", [:])
            #expect(early.location == "/suivi")

            let reminders = IdentityReminders(
                database: opened.database, keys: try RightsKeys(from: opened.store, servesOperators: true),
                policy: opened.portal.policy, now: opened.clock.source)
            for _ in 0..<61 {
                opened.clock.advance(seconds: 24 * 3600)
                _ = try await reminders.runOnce()
            }
            // The session is long over: the reference and the code are what opens it, as before.
            let gone = try await browser.post("/suivi/reprise", [:])
            #expect(gone.location == "/suivi")
            _ = try await browser.post("/suivi", ["reference": reference, "secret": secret])
            let aside = try await browser.get("/suivi")
            #expect(aside.contains("Classée sans suite"))
            #expect(aside.contains("votre opposition ne s’applique plus"))
            #expect(aside.contains("action=\"/suivi/reprise\""))
            let english = try await browser.get("/en/follow")
            #expect(english.contains("action=\"/en/follow/reopening\""))

            let taken = try await browser.post("/suivi/reprise", [:])
            #expect(taken.status == 303)
            #expect(taken.location == "/suivi?notice=reopened")
            let again = try await browser.follow(taken)
            #expect(again.contains("Votre demande est reprise"))
            #expect(again.contains("Votre opposition s’applique de nouveau."))
            #expect(again.contains("Vous avez repris votre demande."))
            let timeline = again.between("<ol class=\"timeline\">", "</ol>")
            #expect(timeline.ranges(of: "Envoyez-nous une copie.").count == 2, "it was asked twice")
            #expect(!again.contains("action=\"/suivi/reprise\""))
        }
    }
}
