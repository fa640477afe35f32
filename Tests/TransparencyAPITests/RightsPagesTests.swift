import CivilTime
import Foundation
import HTTPTypes
import PublicRegistry
import SQLDatabase
import TestSupport
import Testing
import Vault

@testable import RightsRegistry
@testable import TransparencyAPI

extension Browser {
    /// Opens `/suivi`.
    func open(_ credentials: (reference: String, secret: String)) async throws -> Page {
        try await post("/suivi", ["reference": credentials.reference, "secret": credentials.secret])
    }
}

@Suite("Citizens’ pages")
struct RightsPagesTests {
    @Test(
        "Receipt, file and calendar are for whoever has the request open; the calendar tells nothing of it",
        arguments: EngineUnderTest.allCases)
    func keeping(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let browser = Browser(opened)
            let (reference, secret) = try await browser.file()
            let groups = secret.replacing(" ", with: "-")
            for (address, words) in [
                ("/suivi/recepisse.txt", "Référence : \(reference)\r\nCode : \(groups)\r\n"),
                ("/en/follow/receipt.txt", "Reference: \(reference)\r\nCode : \(groups)\r\n"),
            ] {
                let file = try await browser.get(address)
                #expect(file.contains(words))
                #expect(file.headers[.cacheControl] == "no-store")
                #expect(file.headers[.contentDisposition] == "attachment; filename=\"regard-\(reference).txt\"")
            }
            let calendar = try await browser.get("/suivi/echeance.ics")
            #expect(calendar.contains("DTSTART;VALUE=DATE:20260407\r\n"))
            #expect(calendar.contains("SUMMARY:Réponse attendue (\(reference))\r\n"))
            for word in [String(secret.prefix(4)), "santé", "pposition", "Kervézec"] {
                #expect(!calendar.contains(word), "\(word)")
            }
            #expect(calendar.body.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 75 })
            for address in ["/suivi/recepisse", "/suivi/recepisse.txt", "/suivi/echeance.ics"] {
                let stranger = try await Browser(opened).get(address)
                #expect(stranger.status == 303)
                #expect(stranger.location == "/suivi")
            }
        }
    }

    @Test("Letters are filled in with what the case says, and say nothing of who it is about")
    func letters() async throws {
        try await withPortal(.sqlite) { opened in
            let browser = Browser(opened)
            let (reference, secret) = try await browser.file()
            let early = try await browser.get("/suivi/lettres")
            #expect(early.contains("Une réponse est due le 7\u{A0}avril 2026 au plus tard."))
            #expect(early.count(reference) >= 4)
            #expect(early.contains("CNIL") && !early.contains("Kervézec"))
            #expect(try await browser.get("/en/follow/letters").contains("To the data protection officer"))
            opened.clock.advance(seconds: 34 * 86_400)
            _ = try await browser.open((reference, secret))
            #expect(try await browser.get("/suivi/lettres").contains("Le délai est passé sans réponse."))
            let stranger = try await Browser(opened).get("/suivi/lettres")
            #expect(stranger.location == "/suivi")
        }
    }

    @Test("A right or a capacity that does not exist is refused, and never taken for another")
    func unknownChoices() async throws {
        try await withPortal(.sqlite) { opened in
            let browser = Browser(opened)
            for choice in ["right", "capacity"] {
                let sent = try await browser.send(
                    .capacity, ["right": "objection", "capacity": "dataSubject"], replacing: [choice: "nothing"])
                #expect(sent.status == 303, "\(choice)")
                let asked = try await browser.follow(sent)
                #expect(asked.contains("id=\"\(choice)\" name=\"\(choice)\""), "\(choice)")
                #expect(!asked.contains("name=\"birthName\""), "\(choice)")
                #expect(try await opened.count("rights_request") == 0)
            }
        }
    }

    @Test("What another site makes a browser send is refused, with a page")
    func crossSite() async throws {
        try await withPortal(.sqlite) { opened in
            let browser = Browser(opened)
            let refused = try await browser.post("/suivi", ["reference": "R", "secret": "s"], from: "cross-site")
            #expect(refused.status == 403)
            #expect(refused.contains("<html lang=\"fr\">"))
            #expect(refused.contains("ne semble pas venir de ce site"))
        }
    }

    @Test("What was mistyped is told apart from what matches nothing")
    func followMistakes() async throws {
        try await withPortal(.sqlite) { opened in
            let (reference, secret) = try await Browser(opened).file()
            let browser = Browser(opened)
            let swapped = String(secret.dropLast()) + (secret.last == "0" ? "1" : "0")
            let stranger = TrackingSecret().formatted
            let cases: [(String, String, Int, String)] = [
                (reference, swapped, 422, "faute de frappe"), (reference, "ABCD", 422, "28 caractères"),
                (reference, secret.replacing(secret.prefix(1), with: "!"), 422, "que des lettres et des chiffres"),
                ("R-20", secret, 422, "La référence a cette forme"), ("", "", 422, "Indiquez la référence"),
                (reference, stranger, 404, "Aucune demande ne correspond"),
                ("R-2026-000000", secret, 404, "Aucune demande ne correspond"),
            ]
            for (reference, secret, status, words) in cases {
                let page = try await browser.post("/suivi", ["reference": reference, "secret": secret])
                #expect(page.status == status, "\(words)")
                #expect(page.between("class=\"error-summary\"", "</ul>").contains(words), "\(words)")
                #expect(browser.cookie(FollowSession.cookieName) == nil)
            }
        }
    }

    @Test("A request is followed with a sealed cookie that ends by itself", arguments: EngineUnderTest.allCases)
    func following(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let browser = Browser(opened)
            let credentials = try await browser.file()
            let opening = try await browser.open((credentials.reference.lowercased(), credentials.secret.lowercased()))
            #expect(opening.status == 303)
            #expect(opening.location == "/suivi")
            let bare = credentials.secret.filter { $0 != " " }
            for text in [bare, credentials.secret, credentials.secret.replacing(" ", with: "-"), credentials.reference]
            {
                #expect(!opening.headerText.contains(text))
            }
            #expect(
                opening.headers[.setCookie]?.contains("; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=1800")
                    == true)

            for (address, words) in [("/suivi", "Nous avons reçu votre demande."), ("/en/follow", "We have received")] {
                let page = try await browser.get(address)
                #expect(page.status == 200)
                #expect(page.contains(words))
                #expect(page.contains(credentials.reference))
                #expect(page.headers[.cacheControl] == "no-store")
                #expect(page.count("<h1") == 1)
                for text in ["Kervézec", "2690549588157", "maelys@", bare, credentials.secret] {
                    #expect(!page.contains(text), "\(text)")
                }
            }

            let sealed = try #require(browser.cookie(FollowSession.cookieName))
            browser.set(FollowSession.cookieName, (sealed.first == "A" ? "B" : "A") + sealed.dropFirst())
            #expect(try await browser.get("/suivi").contains("name=\"secret\""))
            browser.set(FollowSession.cookieName, sealed)
            opened.clock.advance(seconds: 1799)
            #expect(try await browser.get("/suivi").contains(credentials.reference))
            opened.clock.advance(seconds: 1)
            let over = try await browser.get("/suivi")
            #expect(over.contains("Votre suivi s’est refermé"))
            #expect(!over.contains(credentials.reference))
            #expect(browser.cookie(FollowSession.cookieName) == nil)
        }
    }

    @Test(
        "An objection is withdrawn once the box is ticked, and leaving forgets the rest",
        arguments: EngineUnderTest.allCases)
    func withdrawing(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let browser = Browser(opened)
            #expect(try await browser.post("/suivi/retrait", ["confirm": "yes"]).location == "/suivi")
            _ = try await browser.open(try await browser.file())
            // The address alone claims nothing.
            #expect(!(try await browser.get("/suivi?notice=withdrawn").contains("Votre opposition est retirée")))
            let unticked = try await browser.post("/suivi/retrait", [:])
            #expect(unticked.status == 422)
            #expect(unticked.contains("Cochez la case"))
            #expect(unticked.contains("id=\"confirm\""))

            let withdrawn = try await browser.post("/en/follow/withdrawal", ["confirm": "yes"])
            #expect(withdrawn.status == 303)
            let page = try await browser.get(withdrawn.location)
            #expect(page.contains("Your objection is withdrawn"))
            #expect(!page.contains("id=\"confirm\""))
            // Again, from a page that was open elsewhere: nothing changes, nothing breaks.
            #expect(try await browser.post("/suivi/retrait", ["confirm": "yes"]).status == 303)
            #expect(try await opened.count("request_event WHERE type = 'withdrawn'") == 1)

            let left = try await browser.post("/suivi/quitter", [:])
            #expect(left.status == 303)
            #expect(left.headers[HTTPField.Name("Clear-Site-Data")!]?.contains("\"cookies\"") == true)
            #expect(browser.cookie(FollowSession.cookieName) == nil)
            #expect(try await browser.get(left.location).contains("Vous avez quitté votre suivi"))
        }
    }

    @Test("A database’s card says what it has confirmed, and nothing more")
    func progress() throws {
        let moment = try #require(Instant("2026-03-31T22:30:00Z"))
        let zone = try #require(TimeZone(identifier: "Europe/Paris"))
        func card(_ listing: PropagationStatus.Listing, isConsole: Bool = false) -> DatabaseProgress {
            DatabaseProgress(
                PropagationStatus(
                    database: "ville", name: LocalizedText(en: "Community care"), isByHand: false, project: nil,
                    listing: listing,
                    failingSince: moment, lastExtractionChecked: nil, releasesBefore: 1),
                targetHours: 24, zone: zone, isConsole: isConsole, language: .fr)
        }
        let cases: [(PropagationStatus.Listing, Bool, String)] = [
            (.pending, false, "pas encore confirmé"), (.listed(since: moment), true, "depuis le 1er\u{A0}avril 2026"),
            (.removalPending(listedSince: moment), false, "la fin de ce choix est en route"),
            (.removalPending(listedSince: nil), false, "pas encore confirmé"),
            (.removed(since: moment), true, "Ce choix est sorti de sa liste le 1er\u{A0}avril 2026"),
            (.noIdentifier, false, "numéro de sécurité sociale"), (.exception(reason: "trop long"), false, "un agent"),
        ]
        for (listing, stands, words) in cases {
            let shown = card(listing)
            #expect(shown.name == "Community care")
            #expect(shown.listed.stands == stands)
            #expect(shown.listed.text.contains(words), "\(shown.listed.text)")
            #expect(!shown.checked.stands)
            #expect(shown.released == "1\u{A0}mise à disposition pour des projets\u{A0}: rien ne peut en être rappelé")
            // The target is a promise about what is still to be applied.
            #expect((shown.target == nil) == (stands || listing == .removalPending(listedSince: nil)))
            // What stands in the way is for operators.
            #expect(shown.technical == nil)
        }
        #expect(card(.exception(reason: "trop long"), isConsole: true).technical == "trop long")
        #expect(card(.pending, isConsole: true).technical?.contains("1er\u{A0}avril 2026") == true)
    }
}

extension String {
    fileprivate func count(_ text: String) -> Int { components(separatedBy: text).count - 1 }
}
