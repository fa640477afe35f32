import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

@Suite("What is told plainly: words that were written, what delays a choice, and where one stands")
struct ToldPlainlyTests {
    @Test(
        "A message written when filing is read again by its writer, and waits for an answer in the console",
        arguments: EngineUnderTest.allCases)
    func filedMessage(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let browser = Browser(opened)
            let credentials = try await browser.file()
            let followed = try await browser.followed(credentials)
            #expect(followed.contains("Vous avez écrit :\nMerci."))
            let agent = try await opened.browser(of: "agent")
            let page = "/operateur/demandes/\(credentials.reference)"
            #expect(try await agent.get("/operateur/demandes").contains("Message sans réponse"))
            let unread = try await agent.get(page)
            #expect(unread.contains("Message sans réponse") && unread.contains("il se lit en ouvrant l’identité"))
            #expect(!unread.contains("Merci."), "what was sealed with the identity is read with it")
            try await opened.act(["type": "message", "text": "Avec plaisir."], on: credentials.reference)
            let answered = try await agent.get(page)
            #expect(!answered.contains("Message sans réponse"))
        }
    }

    @Test(
        "An objection without a number is told to be registered, and not yet applied",
        arguments: EngineUnderTest.allCases)
    func withoutNumber(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let moment = opened.clock.source()
            _ = try await opened.database.write { connection in
                try LinkedDatabaseStore.add(
                    id: "registre", name: LocalizedText(fr: "Registre", en: "Register"), connector: "sqlite:/nowhere",
                    datasets: [], at: moment, on: connection)
            }
            let browser = Browser(opened)
            try await browser.reachTheCheck(["nir": ""])
            let check = try await browser.get("/droits/exercer/verification")
            #expect(check.contains("Registre (elle reconnaît les personnes par leur numéro de sécurité sociale)"))
            #expect(check.contains("qu’une fois qu’un agent l’aura complété"))
            let receipt = try await browser.follow(try await browser.send(.check))
            #expect(receipt.contains("les bases ne peuvent pas encore l’appliquer"))
            #expect(!receipt.contains("Tout de suite, votre opposition part"))
            let followed = try await browser.followed(receipt.credentials)
            #expect(followed.contains("un agent le complète. Si vous l’avez"))
            #expect(!followed.contains("Vous n’avez rien à faire"))
            #expect(followed.contains("Objectif\u{A0}: sous 24\u{A0}heures"), "no date before there is a number")
        }
    }

    @Test("While the clock stands still no date is held out but that of an answer today")
    func pausedClock() async throws {
        try await withPortal(.sqlite) { opened in
            let browser = Browser(opened)
            let credentials = try await browser.file()
            #expect(try await browser.get("/suivi/recepisse").contains("Ajouter l’échéance à mon agenda"))
            opened.advance(days: 3)
            try await opened.act(["type": "identityRequested", "text": "Qui êtes-vous ?"], on: credentials.reference)
            opened.advance(days: 7)
            let paused = try await browser.followed(credentials)
            // Due on Monday 6 April, a holiday, so on the 7th; with seven days, on the 13th.
            for words in [
                "Si vous répondez aujourd’hui, notre réponse vient au plus tard le <strong>lundi 13\u{A0}avril 2026</strong>",
                "Sans cette suspension, l’échéance serait le mardi 7\u{A0}avril 2026",
                "chaque jour d’attente recule cette date d’un jour",
            ] { #expect(paused.contains(words), "\(words)") }
            #expect(!paused.contains("dès le 8\u{A0}avril 2026"), "nor a day for the authority")
            #expect(!paused.contains("échéance à garder"))
            let letters = try await browser.get("/suivi/lettres")
            #expect(
                letters.contains("Le délai est suspendu jusqu’à votre réponse")
                    && !letters.contains("8\u{A0}avril 2026"))
            let receipt = try await browser.get("/suivi/recepisse")
            #expect(!receipt.contains("agenda") && !receipt.contains("7\u{A0}avril"))
            opened.advance(days: 40)
            let late = try await browser.followed(credentials)
            #expect(!late.contains("cette date est passée"), "nobody is late while an answer is awaited")
        }
    }

    @Test("What was granted at once has no due date to put into a calendar")
    func nothingDue() async throws {
        try await withPortal(.sqlite) { opened in
            let browser = Browser(opened)
            try await browser.reachThePerson()
            _ = try await browser.send(.person, Kervezec.person)
            _ = try await browser.send(.contact, ["email": ""])
            let receipt = try await browser.follow(try await browser.send(.check))
            #expect(receipt.contains("et acceptée aussitôt") && !receipt.contains("agenda"))
            #expect(try await browser.get("/suivi/echeance.ics").location == "/suivi/recepisse")
        }
    }

    @Test("Coming back to the form after filing leads to the receipt, and files nothing twice")
    func back() async throws {
        try await withPortal(.sqlite) { opened in
            let browser = Browser(opened)
            let credentials = try await browser.file()
            for step in [RequestStep.right, .capacity, .scope, .person, .contact, .check] {
                let page = try await browser.get(step.page.path(in: .fr))
                #expect(page.status == 200 && page.contains("Votre opposition est déposée"), "\(step)")
                #expect(page.contains(credentials.reference))
            }
            let receipt = try await browser.follow(try await browser.send(.check))
            #expect(receipt.credentials == credentials)
            #expect(try await opened.count("rights_request") == 1)
            // Whoever means to begin another one does.
            #expect(try await browser.get("/droits/exercer?new=yes").contains("Que voulez-vous faire"))
            #expect(
                try await browser.get("/droits/exercer/pour-qui?right=access").contains("<h1 id=\"title\">Pour qui"))
        }
    }

    @Test("Whoever has begun nothing is told where to begin")
    func neverBegun() async throws {
        try await withPortal(.sqlite) { opened in
            let page = try await Browser(opened).get("/droits/exercer/personne")
            #expect(page.status == 410)
            #expect(page.contains("<h1>Commencez ici</h1>") && page.contains("href=\"/droits/exercer\""))
            #expect(!page.contains("sont effacées</h1>"))
            let english = try await Browser(opened).get("/en/rights/request/person")
            #expect(english.contains("<h1>Begin here</h1>"))
        }
    }

    @Test("Without a provider of identities nothing leads to a page that needs one")
    func noProvider() async throws {
        try await withPortal(.sqlite) { opened in
            let browser = Browser(opened)
            let (french, english) = (try await browser.get("/suivi"), try await browser.get("/en/follow"))
            #expect(!french.contains("Voir tous mes choix") && !english.contains("See all my choices"))
        }
    }

    @Test("Guardian, agent and heir are told beforehand and afterwards what they prove; nobody else is")
    func proofs() async throws {
        try await withPortal(.sqlite) { opened in
            #expect(try await Browser(opened).get("/droits").contains("ne se prouve qu’en cas de doute"))
            for (capacity, what) in [("guardian", "copie du jugement"), ("authorisedAgent", "copie du mandat")] {
                let browser = Browser(opened)
                _ = try await browser.send(.capacity, ["right": "objection", "capacity": capacity])
                _ = try await browser.send(.scope, ["scope": "all"])
                _ = try await browser.send(.person, Kervezec.person)
                _ = try await browser.send(.contact, ["requesterName": "Nour Essai", "email": ""])
                let receipt = try await browser.follow(try await browser.send(.check))
                #expect(receipt.contains(what) && !receipt.contains("qu’en cas de doute"), "\(capacity)")
            }
        }
    }

    @Test("Only the grounds that the law knows for a right are offered for refusing it")
    func grounds() async throws {
        #expect(RefusalGrounds.known(for: .objectionWithdrawal) == [.identityNotEstablished])
        for right in Right.allCases {
            let known = RefusalGrounds.known(for: right)
            #expect(known.contains(.compellingGrounds) == (right == .objection), "\(right)")
            #expect(known.contains(.othersRights) == (right == .access), "\(right)")
            #expect(known.contains(.erasureException) == (right == .erasure), "\(right)")
            #expect(known.contains(.identityNotEstablished))
        }
        try await withPortal(.sqlite) { opened in
            let credentials = try await Browser(opened).file()
            try await opened.act(["type": "assigned"], on: credentials.reference)
            let page = try await opened.browser(of: "superviseur").get("/operateur/demandes/\(credentials.reference)")
            #expect(page.contains("value=\"compellingGrounds\"") && !page.contains("value=\"othersRights\""))
        }
    }
}
