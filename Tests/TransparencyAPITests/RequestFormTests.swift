import CivilTime
import Foundation
import HTTPTypes
import PublicRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import RightsRegistry
@testable import TransparencyAPI

@Suite("The citizen’s form")
struct RequestFormTests {
    @Test(
        "Step by step, each with its address, an objection is checked and filed once",
        arguments: EngineUnderTest.allCases)
    func filing(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let browser = Browser(opened)
            let first = try await browser.get("/droits/exercer")
            #expect(first.status == 200)
            #expect(first.headers[.cacheControl] == "no-store")
            #expect(first.headers[HTTPField.Name("Referrer-Policy")!] == "same-origin")
            #expect(first.count("type=\"radio\"") == 6)
            #expect(browser.cookie(OpenedDraft.cookieName) == nil, "nothing is kept before something is said")

            let steps: [(RequestStep, KeyValuePairs<String, String>, RequestStep, Int)] = [
                (.right, ["right": "objection"], .capacity, 2), (.capacity, ["capacity": "dataSubject"], .scope, 3),
                (.scope, ["scope": "all"], .person, 4), (.person, Kervezec.person, .contact, 5),
                (.contact, Kervezec.contact, .check, 6),
            ]
            for (step, fields, next, number) in steps {
                let sent = try await browser.send(step, fields)
                #expect(sent.status == 303)
                #expect(sent.location == next.page.path(in: .fr))
                #expect(
                    sent.headers[.setCookie]?.contains("; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=1800")
                        == true)
                let page = try await browser.follow(sent)
                #expect(page.status == 200)
                #expect(page.headers[.cacheControl] == "no-store")
                #expect(page.contains("Étape \(number) sur 6"))
                #expect(page.between("<title>", "</title>").contains("étape \(number) sur 6"))
                #expect(page.count("<h1") == 1)
                #expect(page.contains("gardées jusqu’à <strong>10\u{A0}h\u{A0}30</strong>"))
                #expect(!page.contains("class=\"error-summary\""))
            }
            let check = try await browser.get(RequestStep.check.page.path(in: .fr))
            for text in ["Kervézec-Canari", "Maëlys, Anne-Marie", "7\u{A0}mai 1969", "maelys@exemple.example"] {
                #expect(check.contains(text), "\(text)")
            }
            for anchor in ["birthName", "birthDay", "nir"] {
                #expect(check.contains("href=\"/droits/exercer/personne#\(anchor)\""), "\(anchor)")
            }
            // A step that was sent shows what was said in it.
            #expect(try await browser.get("/droits/exercer/personne").contains("value=\"Kervézec-Canari\""))
            #expect(try await opened.count("rights_request") == 0)

            let token = try #require(browser.cookie(OpenedDraft.cookieName))
            let filed = try await browser.send(.check)
            #expect(filed.status == 303)
            #expect(filed.location == "/suivi/recepisse")
            #expect(filed.headers[.cacheControl] == "no-store")
            let receipt = try await browser.follow(filed)
            let (reference, secret) = receipt.credentials
            #expect(reference.hasPrefix("R-2026-"))
            #expect(secret.filter { $0 != " " }.count == 28)
            #expect(!filed.headerText.contains(secret.prefix(4)))
            #expect(receipt.contains("mardi 7\u{A0}avril 2026"))
            #expect(try await browser.follow(filed).credentials == (reference, secret), "a reload is safe")

            // Sent twice, it is one filing, and its answers are gone.
            browser.set(FollowSession.cookieName, nil)
            let repeated = try await browser.follow(try await browser.send(.check))
            #expect(repeated.credentials == (reference, secret))
            #expect(try await opened.count("rights_request") == 1)
            let left = try #require(try await opened.portal.drafts.open(token))
            let text = String(decoding: left.content, as: UTF8.self)
            for trace in ["1969", "2690549588157", "2 69 05"] { #expect(!text.contains(trace), "\(trace)") }
            let back = try await browser.get("/droits/exercer/personne")
            #expect(back.status == 200 && back.contains(reference) && !back.contains(secret))
        }
    }

    @Test("Two clicks at once file once", arguments: EngineUnderTest.allCases)
    func twoClicks(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let browser = Browser(opened)
            try await browser.reachTheCheck()
            async let one = browser.send(.check)
            async let two = browser.send(.check)
            let (first, second) = try await (one, two)
            #expect(first.location == "/suivi/recepisse")
            #expect(second.location == "/suivi/recepisse")
            #expect(try await opened.count("rights_request") == 1)
        }
    }

    @Test("A step with mistakes comes back with what was typed and a summary that leads to each field")
    func mistakes() async throws {
        try await withPortal(.sqlite) { opened in
            let browser = Browser(opened)
            try await browser.reachThePerson()
            let sent = try await browser.send(
                .person, Kervezec.person,
                replacing: [
                    "birthName": "", "birthDay": "31", "birthMonth": "2", "sex": "", "nir": "269054958815781",
                    "givenNames": "<b>Zoé</b>", "birthPlace": "x",
                ])
            #expect(sent.location == "/droits/exercer/personne#errors")
            let refused = try await browser.follow(sent)
            #expect(refused.between("<title>", "</title>").hasPrefix("Erreur"))
            #expect(refused.contains("id=\"errors\""))
            let summary = refused.between("class=\"error-summary\"", "</ul>")
            for field in ["birthName", "birthDay", "sex", "nir", "birthPlace"] {
                #expect(summary.contains("href=\"#\(field)\""), "\(field)")
                #expect(refused.contains("id=\"\(field)\""), "\(field)")
            }
            #expect(summary.components(separatedBy: "<li>").count == 6)
            // Each has words of its own; the last resort would help nobody.
            #expect(!summary.contains("Vérifiez cette réponse."))
            #expect(refused.contains("value=\"&lt;b&gt;Zoé&lt;/b&gt;\""))
            // What is still to come is not missed yet, and can't be reached.
            #expect(try await browser.get("/droits/exercer/contact").location == "/droits/exercer/personne")
            #expect(try await browser.send(.check).location == "/droits/exercer/personne")
            #expect(try await opened.count("rights_request") == 0)
        }
    }

    @Test("Nothing chosen is said at each question", arguments: Language.allCases)
    func nothingChosen(_ language: Language) async throws {
        try await withPortal(.sqlite) { opened in
            let browser = Browser(opened)
            let questions: [(RequestStep, KeyValuePairs<String, String>)] = [
                (.right, ["right": "objection"]), (.capacity, ["capacity": "dataSubject"]), (.scope, ["scope": "all"]),
            ]
            for (step, answer) in questions {
                let sent = try await browser.send(step, [:], in: language)
                #expect(sent.location == step.page.path(in: language) + "#errors")
                let page = try await browser.follow(sent)
                #expect(page.between("class=\"error-summary\"", "</ul>").contains("href=\"#\(step.rawValue)\""))
                #expect(page.contains("id=\"\(step.rawValue)\""))
                _ = try await browser.send(step, answer, in: language)
            }
        }
    }

    @Test("A draft is sealed under a key that its cookie alone holds", arguments: EngineUnderTest.allCases)
    func sealed(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let browser = Browser(opened)
            try await browser.reachTheCheck()
            let rows: [(id: [UInt8], sealed: [UInt8])] = try await opened.database.read { connection in
                try connection.query("SELECT id, sealed FROM filing_draft").map { (try $0["id"], try $0["sealed"]) }
            }
            #expect(rows.count == 1)
            let token = try #require(browser.cookie(OpenedDraft.cookieName).flatMap(Base64URL.decode))
            for (id, sealed) in rows {
                #expect(id != token)
                let text = String(decoding: sealed, as: UTF8.self)
                for trace in Kervezec.traces { #expect(!text.contains(trace), "\(trace)") }
            }
            // Another token opens nothing, and the row's own id is no token.
            for wrong in [Base64URL.encode(rows[0].id), Base64URL.encode([UInt8](repeating: 7, count: 32)), "x", ""] {
                #expect(try await opened.portal.drafts.open(wrong) == nil)
            }
        }
    }

    @Test("A draft ends by itself, unless it is kept, and is then told and swept", arguments: EngineUnderTest.allCases)
    func ending(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let browser = Browser(opened)
            try await browser.reachThePerson()
            opened.clock.advance(seconds: 1799)
            let kept = try await browser.send(.person, ["birthName": "Kervézec", "act": "keep"])
            #expect(kept.location == "/droits/exercer/personne?notice=kept")
            let page = try await browser.follow(kept)
            #expect(page.contains("Vos réponses sont gardées jusqu’à 10\u{A0}h\u{A0}59"))
            #expect(page.contains("value=\"Kervézec\""), "what was typed is kept with the rest")
            #expect(!page.contains("class=\"error-summary\""), "and not judged")

            opened.clock.advance(seconds: 1799)
            #expect(try await browser.get("/droits/exercer/personne").status == 200)
            let token = browser.cookie(OpenedDraft.cookieName)
            opened.clock.advance(seconds: 1)
            let over = try await browser.get("/droits/exercer/personne")
            #expect(over.status == 410)
            #expect(over.contains("Vos réponses sont effacées"))
            #expect(over.contains("href=\"/droits/exercer\""))
            #expect(!over.contains("Kervézec"))
            #expect(browser.cookie(OpenedDraft.cookieName) == nil)
            // It is not brought back by a form that is still open.
            browser.set(OpenedDraft.cookieName, token)
            #expect(try await browser.send(.person, Kervezec.person).status == 410)
            #expect(try await opened.count("filing_draft") == 1)
            try await opened.portal.drafts.sweep()
            #expect(try await opened.count("filing_draft") == 0)
            // A form sent without any cookie is told the same.
            #expect(try await Browser(opened).send(.contact, Kervezec.contact).status == 410)
        }
    }

    @Test("“Erase” takes row and cookie away at once")
    func erasing() async throws {
        try await withPortal(.sqlite) { opened in
            let browser = Browser(opened)
            try await browser.reachTheCheck()
            let token = browser.cookie(OpenedDraft.cookieName)
            let erased = try await browser.post("/droits/exercer/effacer", Kervezec.person.map { ($0.key, $0.value) })
            #expect(erased.status == 303)
            #expect(browser.cookie(OpenedDraft.cookieName) == nil)
            #expect(try await opened.count("filing_draft") == 0)
            #expect(try await browser.follow(erased).contains("Rien n’en reste"))
            // Another window that still has the cookie saves nothing.
            browser.set(OpenedDraft.cookieName, token)
            #expect(try await browser.send(.contact, Kervezec.contact).status == 410)
            #expect(try await opened.count("filing_draft") == 0)
        }
    }

    @Test("A draft is bounded in size")
    func tooLong() async throws {
        try await withPortal(.sqlite) { opened in
            let browser = Browser(opened)
            try await browser.reachThePerson()
            let long = String(repeating: "x", count: 100_000)
            let answer = try await browser.send(.person, Kervezec.person, replacing: ["birthName": long])
            #expect(answer.status == 413)
            #expect(try await browser.get("/droits/exercer/personne").status == 200)
        }
    }

    @Test("A link chooses the right and a project; nothing is kept until it is sent")
    func links() async throws {
        try await withPortal(.sqlite, seeded: true) { opened in
            let browser = Browser(opened)
            let running = ProjectQuery(facets: [.status: ["active"]])
            let project = try #require(try await opened.portal.projects.search(running).items.first)
            let own = try await browser.get("/projets/\(project.reference)")
            let link = "/droits/exercer/pour-qui?right=objection&amp;project=\(project.reference)"
            #expect(own.contains("href=\"\(link)\""))
            // The form's own address leads there as well.
            let sent = try await browser.get("/droits/exercer?right=objection&project=\(project.reference)")
            #expect(sent.location == "/droits/exercer/pour-qui?right=objection&project=\(project.reference)")
            let whom = try await browser.follow(sent)
            #expect(whom.hidden("right") == "objection")
            #expect(whom.hidden("project") == project.reference)
            #expect(try await opened.count("filing_draft") == 0)
            let next = try await browser.send(
                .capacity, ["capacity": "dataSubject", "right": "objection", "project": project.reference])
            let scope = try await browser.follow(next)
            #expect(scope.contains("value=\"projects\" aria-describedby=\"scope-projects-hint\" checked"))
            #expect(scope.contains("Déjà choisi\u{A0}: 1\u{A0}projet."))
        }
    }

    @Test("Projects are looked for, added and removed without a script, each with what the objection can’t do")
    func projects() async throws {
        try await withPortal(.sqlite, seeded: true) { opened in
            let browser = Browser(opened)
            let found = try await opened.portal.projects.search(ProjectQuery()).items
            let project = try #require(found.first)
            _ = try await browser.send(.capacity, ["right": "objection", "capacity": "dataSubject"])
            _ = try await browser.send(.scope, ["scope": "projects"])
            // The core of the service may not take this scope yet: the page is there once it does.
            let page = try await browser.get("/droits/exercer/projets?q=\(PagePath.encoded(project.reference))")
            guard page.status == 200 else { return }
            let added = try await browser.send(.projects, ["add": project.reference])
            #expect(added.location == "/droits/exercer/projets#chosen")
            let chosen = try await browser.follow(added)
            #expect(chosen.contains("name=\"remove\" value=\"\(project.reference)\""))
            // No database is linked here, so nothing of any project is reached.
            #expect(chosen.contains("class=\"limit\""))
            let removed = try await browser.follow(try await browser.send(.projects, ["remove": project.reference]))
            #expect(!removed.contains("name=\"remove\""))
            let none = try await browser.follow(try await browser.send(.projects, [:]))
            #expect(none.contains("Choisissez au moins un élément."))
        }
    }

    @Test("Another person’s form has the requester’s details, and nothing of the first person")
    func anotherPerson() async throws {
        try await withPortal(.sqlite) { opened in
            let browser = Browser(opened)
            // Before there is anything to take over, it is the form as it is.
            #expect(try await browser.post("/droits/exercer/autre-personne", [:]).location == "/droits/exercer")
            _ = try await browser.file()
            let begun = try await browser.post("/en/rights/request/another-person", [:])
            #expect(begun.status == 303)
            #expect(begun.location == "/en/rights/request/for-whom")
            let token = try #require(browser.cookie(OpenedDraft.cookieName))
            let draft = try #require(try await opened.portal.drafts.open(token))
            let text = String(decoding: draft.content, as: UTF8.self)
            #expect(text.contains("Maëlys Kervézec-Canari"), "who files is known")
            #expect(text.contains("maelys@exemple.example"))
            for trace in ["1969", "2 69 05", "Anne-Marie"] { #expect(!text.contains(trace), "\(trace)") }
        }
    }

    @Test("When filing fails, the answers stay, with a button to send them again")
    func failing() async throws {
        try await withPortal(.sqlite) { opened in
            let browser = Browser(opened)
            try await browser.reachTheCheck()
            _ = try await opened.database.write { try $0.execute("ALTER TABLE filing_answer RENAME TO away") }
            let failed = try await browser.send(.check)
            #expect(failed.status == 500)
            #expect(failed.contains("Votre demande n’est pas partie"))
            #expect(failed.contains("Kervézec-Canari"))
            _ = try await opened.database.write { try $0.execute("ALTER TABLE away RENAME TO filing_answer") }
            #expect(try await browser.send(.check).location == "/suivi/recepisse")
            #expect(try await opened.count("rights_request") == 1)
        }
    }
}
