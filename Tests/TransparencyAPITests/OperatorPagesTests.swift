import Foundation
import HTTPTypes
import SQLDatabase
import TestSupport
import Testing
import Vault

@testable import TransparencyAPI

private let personal = ["Kervézec", "Maëlys", "2690549588157", "2 69 05", "maelys@", "rue des Essais", "Merci."]

@Suite("The operators’ console")
struct OperatorPagesTests {
    @Test("Nobody sees the console without signing in")
    func withoutSession() async throws {
        try await withPortal(.sqlite) { opened in
            let browser = Browser(opened)
            let (reference, _) = try await browser.file()
            for address in ["/operateur/demandes", "/operateur/demandes/\(reference)"] {
                let page = try await browser.get(address)
                #expect(page.status == 303)
                #expect(page.location == "/operateur?notice=signIn")
                #expect(page.body.isEmpty)
            }
            let english = try await browser.post("/en/operator/requests/\(reference)/events", ["type": "assigned"])
            #expect(english.location == "/en/operator?notice=signIn")
            #expect(try await opened.count("request_event") == 1)
        }
    }

    @Test(
        "A refused sign-in tells nothing of what was wrong, and failures make one wait",
        arguments: EngineUnderTest.allCases)
    func refusedSignIn(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let empty = try await Browser(opened).signIn("", "", "")
            #expect(empty.status == 422)
            for field in ["name", "password", "otp"] { #expect(empty.contains("href=\"#\(field)\"")) }

            var summaries: Set<String> = []
            for (name, password, code) in [
                ("agent", "une-autre-phrase-de-passe", try opened.code(of: "agent")),
                ("personne", OpenedPortal.password, "123456"),
                ("superviseur", OpenedPortal.password, "000000"),
            ] {
                let page = try await Browser(opened).signIn(name, password, code)
                #expect(page.status == 422)
                #expect(page.headers[.setCookie] == nil)
                #expect(!page.contains(password))
                summaries.insert(page.between("class=\"error-summary\"", "</ul>"))
            }
            #expect(summaries.count == 1)
            let early = try await Browser(opened).signIn("agent", OpenedPortal.password, "000000")
            #expect(early.status == 429)
            #expect(early.headers[.retryAfter] != nil)
            #expect(early.contains("Attendez"))
        }
    }

    @Test(
        "The queue is filtered by state, by agent and by due date; leaving ends the session",
        arguments: EngineUnderTest.allCases)
    func queue(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let (first, _) = try await Browser(opened).file()
            let (second, _) = try await Browser(opened).file()
            let agent = try await opened.browser(of: "agent")
            _ = try await agent.post("/operateur/demandes/\(first)/actes", ["type": "assigned"])
            func references(_ query: String) async throws -> Set<String> {
                let page = try await agent.get("/operateur/demandes\(query)")
                #expect(page.status == 200)
                return Set([first, second].filter(page.body.contains))
            }
            #expect(try await references("") == [first, second])
            #expect(try await references("?state=received&nonsense=1") == [second])
            #expect(try await references("?assignee=me") == [first])
            #expect(try await references("?assignee=nobody") == [second])
            #expect(try await references("?q=\(second.lowercased())") == [second])
            #expect(try await references("?due=late") == [])
            #expect(try await references("?due=soon") == [])
            let page = try await agent.get("/operateur/demandes")
            for text in personal { #expect(!page.contains(text), "\(text)") }
            #expect(try await agent.get("/operateur/demandes?cursor=x").status == 400)
            #expect(try await agent.get("/operateur").location == "/operateur/demandes")

            let left = try await agent.post("/operateur/quitter", [:])
            #expect(left.location == "/operateur?notice=signedOut")
            #expect(left.headers[HTTPField.Name("Clear-Site-Data")!] != nil)
            #expect(try await agent.get("/operateur/demandes").status == 303)
        }
    }

    @Test("What is due is found late and soon, and what was decided is neither")
    func dueDates() async throws {
        try await withPortal(.sqlite) { opened in
            let (reference, _) = try await Browser(opened).file()
            // Received on 5 March, due on 7 April.
            opened.clock.advance(seconds: 30 * 86_400)
            let soon = try await opened.browser(of: "superviseur")
            #expect(try await soon.get("/operateur/demandes?due=soon").contains(reference))
            #expect(!(try await soon.get("/operateur/demandes?due=late").contains(reference)))
            opened.clock.advance(seconds: 7 * 86_400)
            let late = try await opened.browser(of: "superviseur")
            let queue = try await late.get("/operateur/demandes?due=late")
            #expect(queue.contains(reference))
            #expect(queue.between("<tbody", "</tbody>").contains("En retard"))
            let page = "/operateur/demandes/\(reference)"
            for type in ["assigned", "identityVerified", "granted"] {
                #expect(try await late.post("\(page)/actes", ["type": type]).status == 303, "\(type)")
            }
            #expect(!(try await late.get("/operateur/demandes?due=late").contains(reference)))
        }
    }

    @Test(
        "An identity is shown in the one answer to its motive, and the citizen sees that it was",
        arguments: EngineUnderTest.allCases)
    func identity(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let citizen = Browser(opened)
            let credentials = try await citizen.file()
            let page = "/operateur/demandes/\(credentials.reference)"
            let agent = try await opened.browser(of: "agent")
            let closed = try await agent.get(page)
            #expect(closed.status == 200)
            for text in personal { #expect(!closed.contains(text), "\(text)") }

            let unmotivated = try await agent.post("\(page)/identite", ["motive": "curiosité"])
            #expect(unmotivated.status == 422)
            for text in personal { #expect(!unmotivated.contains(text), "\(text)") }
            #expect(try await opened.count("request_event WHERE type = 'identityOpened'") == 0)

            let opening = try await agent.post("\(page)/identite", ["motive": "identityCheck"])
            #expect(opening.status == 200)
            #expect(opening.headers[.cacheControl] == "no-store")
            for text in ["Kervézec-Canari", "Maëlys, Anne-Marie", "2\u{A0}69\u{A0}05", "7\u{A0}mai 1969", "Merci."] {
                #expect(opening.contains(text), "\(text)")
            }
            #expect(try await agent.get("\(page)/identite").status == 405)
            let again = try await agent.get(page)
            for text in personal { #expect(!again.contains(text), "\(text)") }
            #expect(again.contains("Identité consultée"))

            _ = try await citizen.open(credentials)
            let followed = try await citizen.get("/suivi")
            #expect(followed.contains("Un agent habilité a consulté votre identité."))
            #expect(followed.contains("Motif\u{A0}: vérifier l’identité"))

            let auditor = try await opened.browser(of: "auditeur")
            #expect(!(try await auditor.get(page).contains("name=\"motive\"")))
            #expect(try await auditor.post("\(page)/identite", ["motive": "identityCheck"]).status == 403)
        }
    }

    @Test("Acts follow the role and the state; who comes second is told", arguments: EngineUnderTest.allCases)
    func acts(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let (reference, _) = try await Browser(opened).file()
            let page = "/operateur/demandes/\(reference)"
            let agent = try await opened.browser(of: "agent")
            let fresh = try await agent.get(page)
            #expect(fresh.contains("value=\"assigned\""))
            // Neither can be done yet, or at all, by this operator.
            #expect(!fresh.contains("value=\"granted\"") && !fresh.contains("value=\"refused\""))

            let done = try await agent.post("\(page)/actes", ["type": "assigned", "after": "1"])
            #expect(done.location == "\(page)?notice=assigned")
            let after = try await agent.get(done.location)
            #expect(after.contains("C’est fait : Prise en charge"))
            #expect(!(try await agent.get("\(page)?notice=granted").contains("C’est fait")))

            let race = try await agent.post("\(page)/actes", ["type": "noted", "note": "Vu.", "after": "1"])
            #expect(race.status == 409)
            #expect(race.contains("La demande a changé entre-temps"))
            let early = try await agent.post("\(page)/actes", ["type": "granted"])
            #expect(early.status == 422)
            #expect(early.contains("Vérifiez d’abord l’identité"))
            let emptyNote = try await agent.post("\(page)/actes", ["type": "noted", "note": " "])
            #expect(emptyNote.status == 422)
            #expect(emptyNote.contains("id=\"note-error\""))
            #expect(try await agent.post("\(page)/actes", ["type": "refused"]).status == 422)
            let refusal: KeyValuePairs = [
                "type": "refused", "grounds": "legalClaims", "reasons": "Non.", "complaint": "CNIL",
                "judicialRemedy": "Tribunal",
            ]
            let forbidden = try await agent.post("\(page)/actes", refusal)
            #expect(forbidden.status == 403)
            #expect(forbidden.count("<h1") == 1)
            #expect(try await agent.post("\(page)/actes", ["type": "nonsense"]).status == 422)

            for type in ["identityVerified", "granted"] {
                #expect(try await agent.post("\(page)/actes", ["type": type]).status == 303, "\(type)")
            }
            #expect(try await agent.post("\(page)/actes", ["type": "granted"]).status == 409)
            let granted = try await agent.get(page)
            #expect(granted.contains("Acceptée"))
            #expect(!granted.contains("value=\"granted\""))
            #expect(try await agent.get("/operateur/demandes/R-2026-000000").status == 404)
        }
    }

    @Test(
        "A refusal without its reasons comes back as it was typed; the citizen reads the whole one",
        arguments: EngineUnderTest.allCases)
    func refusal(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let citizen = Browser(opened)
            let credentials = try await citizen.file()
            let page = "/operateur/demandes/\(credentials.reference)"
            let supervisor = try await opened.browser(of: "superviseur")
            _ = try await supervisor.post("\(page)/actes", ["type": "assigned"])
            // The remedies stand in the form already, from the site's settings.
            #expect(try await supervisor.get(page).between("name=\"complaint\"", "</textarea>").contains("www.cnil.fr"))
            let incomplete = try await supervisor.post(
                "\(page)/actes",
                [
                    "type": "refused", "grounds": "legalClaims", "reasons": "", "complaint": "Saisir <la> CNIL",
                    "judicialRemedy": "x",
                ])
            #expect(incomplete.status == 422)
            #expect(incomplete.contains("href=\"#reasons\""))
            #expect(incomplete.contains("<option value=\"legalClaims\" selected>"))
            #expect(incomplete.contains("Saisir &lt;la&gt; CNIL</textarea>"))
            #expect(incomplete.contains("<details id=\"refusal\" open>"))

            let refused = try await supervisor.post(
                "\(page)/actes",
                [
                    "type": "refused", "grounds": "legalClaims", "reasons": "Un procès est en cours.\r\nIl dure.",
                    "complaint": "La CNIL vous lira.", "judicialRemedy": "Le tribunal vous entendra.",
                ])
            #expect(refused.status == 303)
            _ = try await citizen.open(credentials)
            let followed = try await citizen.get("/suivi")
            for text in [
                "Votre demande est refusée.", "<p>Un procès est en cours.</p><p>Il dure.</p>", "La CNIL vous lira.",
                "Le tribunal vous entendra.",
            ] {
                #expect(followed.contains(text), "\(text)")
            }
            #expect(!followed.contains("id=\"confirm\""))
        }
    }
}
