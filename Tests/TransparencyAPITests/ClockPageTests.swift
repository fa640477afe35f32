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

extension OpenedPortal {
    func act(_ body: JSON, on reference: String) async throws {
        let desk = try #require(portal.console).desk
        try await desk.perform(
            try OperatorAct(body, today: portal.today), on: reference,
            by: Operator(name: "superviseur", role: .supervisor))
    }

    func advance(days: Int) { clock.advance(seconds: days * 86_400) }
}

extension Browser {
    /// `/suivi`, opened anew: a session is over by then.
    func followed(_ credentials: (reference: String, secret: String)) async throws -> Page {
        _ = try await open(credentials)
        return try await get("/suivi")
    }
}

@Suite("The clock on the page")
struct ClockPageTests {
    @Test(
        "What happens at the deadline is told before it, on its day and after it", arguments: EngineUnderTest.allCases)
    func deadline(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            // Received on 5 March 2026: 5 April is Easter Sunday.
            let browser = Browser(opened)
            let credentials = try await browser.file()
            let before = try await browser.followed(credentials)
            for words in [
                "Réponse au plus tard le <strong>mardi 7\u{A0}avril 2026</strong>",
                "Demande reçue le jeudi 5\u{A0}mars 2026.", "Le dimanche 5\u{A0}avril 2026 n’est pas un jour ouvré.",
                "Le lundi 6\u{A0}avril 2026 est férié (Lundi de Pâques).", "Ce qui se passe à l’échéance",
                "signalée 7\u{A0}jours avant, puis comme en retard dès le 8\u{A0}avril 2026",
                "Si rien n’est venu, dès le 8\u{A0}avril 2026\u{A0}: écrivez au délégué à la protection des données.",
                "saisissez la CNIL, ou le juge",
            ] { #expect(before.contains(words), "\(words)") }
            #expect(try await browser.get("/en/follow").contains("What happens when the answer is due"))
            opened.advance(days: 33)
            let onTheDay = try await browser.followed(credentials)
            #expect(onTheDay.contains("L’échéance est aujourd’hui"))
            #expect(!onTheDay.contains("cette date est passée"))
            opened.advance(days: 1)
            let after = try await browser.followed(credentials)
            for words in [
                "La réponse devait venir le <strong>mardi 7\u{A0}avril 2026</strong> au plus tard\u{A0}: cette date est passée.",
                "Que faire maintenant", "Le retard est de notre fait.", "D’abord, écrivez au délégué",
                "Saisissez la CNIL, sans attendre sa réponse.", "Vous pouvez aussi saisir le juge.",
            ] { #expect(after.contains(words), "\(words)") }
        }
    }

    @Test("Pauses and an extension are shown with their reasons and their days")
    func reasons() async throws {
        try await withPortal(.sqlite) { opened in
            let browser = Browser(opened)
            let credentials = try await browser.file()
            let reference = credentials.reference
            opened.advance(days: 1)
            try await opened.act(
                ["type": "identityRequested", "text": "Deux personnes portent ce nom."], on: reference)
            let paused = try await browser.followed(credentials)
            #expect(paused.contains("Le délai est suspendu depuis le 6\u{A0}mars 2026"))
            #expect(paused.contains("Motif\u{A0}: «\u{A0}Deux personnes portent ce nom.\u{A0}»"))
            #expect(paused.contains("la date recule d’autant de jours"))
            opened.advance(days: 14)
            try await opened.act(["type": "identityVerified"], on: reference)
            try await opened.act(["type": "extended", "reasons": "Trois bases sont à interroger."], on: reference)
            let extended = try await browser.followed(credentials)
            for words in [
                "Identité demandée le 6\u{A0}mars 2026, donnée le 20\u{A0}mars 2026\u{A0}: 14\u{A0}jours de plus.",
                "Délai prolongé le 20\u{A0}mars 2026", "Motif\u{A0}: «\u{A0}Trois bases sont à interroger.\u{A0}»",
                // Three months lead to 5 June; with 14 days, to a Friday.
                "Réponse au plus tard le <strong>vendredi 19\u{A0}juin 2026</strong>",
            ] { #expect(extended.contains(words), "\(words)") }
            try await opened.act(
                [
                    "type": "refused", "grounds": "identityNotEstablished", "reasons": "Raisons.",
                    "complaint": "CNIL", "judicialRemedy": "Juge",
                ], on: reference)
            try await opened.sequence()
            let closing = RequestClosing(
                database: opened.database, policy: opened.portal.policy, now: opened.clock.source)
            #expect(try await closing.closeComplete() == 1)
            try await opened.act(["type": "reopened", "reasons": "Nouvelle pièce."], on: reference)
            let reopened = try await browser.followed(credentials)
            #expect(reopened.contains("Demande rouverte le vendredi 20\u{A0}mars 2026"))
            #expect(!reopened.contains("Deux personnes portent ce nom.\u{A0}»"))
        }
    }

    @Test(
        "The answer is one date, its application in a database another, with its target",
        arguments: EngineUnderTest.allCases)
    func twoDates(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let moment = opened.clock.source()
            _ = try await opened.database.write { connection in
                try LinkedDatabaseStore.add(
                    id: "registre", name: LocalizedText(fr: "Registre", en: "Register"), connector: "sqlite:/nowhere",
                    datasets: [], at: moment, on: connection)
            }
            let browser = Browser(opened)
            let credentials = try await browser.file()
            opened.advance(days: 10)
            try await opened.act(["type": "identityVerified"], on: credentials.reference)
            try await opened.act(["type": "granted"], on: credentials.reference)
            opened.advance(days: 2)
            let page = try await browser.followed(credentials)
            for words in [
                "Réponse donnée le <strong>dimanche 15\u{A0}mars 2026</strong>",
                "L’échéance\u{A0}: le mardi 7\u{A0}avril 2026.",
                // In force since it was filed.
                "L’objectif était le 6\u{A0}mars 2026 (sous 24\u{A0}heures)\u{A0}: il est dépassé",
                "l’application dans chaque base en a une autre",
            ] { #expect(page.contains(words), "\(words)") }
            #expect(!page.contains("Ce qui se passe à l’échéance"))
        }
    }

    @Test("Three letters, in their order, each with the time when it can be sent")
    func letters() async throws {
        try await withPortal(.sqlite) { opened in
            let browser = Browser(opened)
            let credentials = try await browser.file()
            let early = try await browser.get("/suivi/lettres")
            let places = ["1. Au délégué", "2. À l’autorité", "3. Au juge"].compactMap {
                early.body.range(of: $0)?.lowerBound
            }
            #expect(places.count == 3 && places == places.sorted())
            #expect(early.count("Dès le 8\u{A0}avril 2026 si rien n’est venu") == 2)
            #expect(early.contains("Tribunal administratif de Démonstration"))
            #expect(early.contains("enjoindre à l’organisme de répondre"))
            opened.advance(days: 34)
            _ = try await browser.open(credentials)
            let late = try await browser.get("/suivi/lettres")
            #expect(late.contains("Dès maintenant, sans attendre le délégué."))
            try await opened.act(["type": "assigned"], on: credentials.reference)
            try await opened.act(
                [
                    "type": "refused", "grounds": "identityNotEstablished", "reasons": "Raisons.",
                    "complaint": "CNIL", "judicialRemedy": "Juge",
                ], on: credentials.reference)
            let refused = try await browser.get("/suivi/lettres")
            #expect(refused.contains("Jusqu’au 8\u{A0}juin 2026\u{A0}: le délai court depuis la réponse."))
            #expect(refused.contains("annuler cette décision"))
            #expect(try await browser.get("/en/follow/letters").contains("3. To the court"))
        }
    }
}
