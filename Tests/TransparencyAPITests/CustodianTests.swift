import HTTPTypes
import NIOCore
import Propagation
import RightsRegistry
import SQLDatabase
import TestSupport
import Testing
import Vault

@testable import TransparencyAPI

/// A custodian in a browser.
private struct Custodian: Sendable {
    let opened: OpenedPortal
    let browser: Browser

    /// Links a database and makes somebody answer for it, who signs in.
    init(_ opened: OpenedPortal, _ name: String, of ids: String...) async throws {
        self.opened = opened
        for id in ids { try await opened.link(id, connector: "manual:") }
        let accounts = OperatorAccounts(
            database: opened.database, otpKey: try opened.store.symmetricKey(.totp),
            gate: PasswordGate(parameters: Argon2Parameters(memoryKiB: 8, passes: 1, lanes: 1), threads: 1),
            now: opened.clock.source)
        let generator = try await accounts.add(
            name: name, role: .custodian, password: OpenedPortal.password, databases: ids)
        opened.clock.advance(seconds: 30)
        browser = Browser(opened)
        let page = try await browser.signIn(
            name, OpenedPortal.password, generator.code(step: OneTimePassword.step(at: opened.clock.source())))
        #expect(page.location == "/operateur/bases")
    }

    /// Files an objection that an operator has to look at, and lets the hub carry it.
    @discardableResult
    func filed() async throws -> (reference: String, secret: String) {
        let filed = try await Browser(opened).file()
        try await opened.carry()
        return filed
    }

    func attest(_ number: String, _ day: String, of id: String = "manuelle") async throws -> Browser.Page {
        try await browser.post("/operateur/bases/\(id)/attestation", ["number": number, "extractedOn": day])
    }

    func audited(_ act: String) async throws -> Int { try await opened.count("audit_event WHERE act = '\(act)'") }
}

@Suite("Custodians without a program")
struct CustodianTests {
    @Test("They download what waits and attest it, and then it counts as applied", arguments: EngineUnderTest.allCases)
    func attesting(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let custodian = try await Custodian(opened, "gilles", of: "manuelle")
            let browser = custodian.browser
            #expect(try await browser.get("/operateur/bases").location == "/operateur/bases/manuelle")
            let before = try await browser.get("/operateur/bases/manuelle")
            #expect(before.contains("À jour") && before.contains("Rien n’est à attester."))
            try await custodian.filed()
            try await custodian.filed()
            let page = try await browser.get("/operateur/bases/manuelle")
            #expect(page.contains("À appliquer"))
            #expect(page.contains("2\u{A0}changements attendent depuis le 5\u{A0}mars 2026"))
            #expect(page.contains("Télécharger les changements n° 2"))

            // A number that is right and was never downloaded is a guess.
            #expect(try await custodian.attest("2", "2026-03-05").contains("Aucun fichier téléchargé n’a ce numéro"))
            let file = try await browser.get("/operateur/bases/manuelle/changements.csv")
            #expect(file.headers[.contentDisposition] == "attachment; filename=\"regard-manuelle-changements-2.csv\"")
            #expect(file.headers[.contentType]?.hasPrefix("text/csv") == true)
            let lines = file.body.split(separator: "\r\n")
            #expect(lines.count == 3 && lines[0] == "pseudonym,token,scope,active,position")
            #expect(lines[1].wholeMatch(of: /[0-9a-f]{64},[0-9a-f]{64},\*,1,1/) != nil)

            for (number, day, message) in [
                ("", "2026-03-05", "Indiquez le numéro du fichier appliqué."),
                ("2", "", "Indiquez le jour de l’extraction."),
                ("3", "2026-03-05", "Aucun fichier téléchargé n’a ce numéro"),
                ("deux", "2026-03-05", "Aucun fichier téléchargé n’a ce numéro"),
                ("2", "2026-03-06", "Cette date n’est pas encore arrivée"),
                ("2", "2026-02-30", "Écrivez une date qui existe"),
                ("2", "2026-03-04", "ce fichier n’existait pas encore"),
            ] {
                let refused = try await custodian.attest(number, day)
                #expect(refused.status == 422 && refused.contains(message), "\(message)")
                #expect(refused.contains("name=\"number\"") && refused.contains("value=\"\(day)\""))
                #expect(number.isEmpty || refused.contains("value=\"\(number)\""))
                #expect(refused.contains("<title>Erreur : "))
            }
            func linked() async throws -> LinkedDatabase? {
                try await opened.database.read { try LinkedDatabaseStore.find("manuelle", on: $0) }
            }
            #expect(try await linked()?.acknowledged == 0)
            #expect(try await custodian.audited("custodian.attestationRefused") == 6)

            // A form may be sent twice.
            for _ in 0..<2 {
                let done = try await custodian.attest("2", "2026-03-05")
                #expect(done.location == "/operateur/bases/manuelle?notice=attested")
            }
            #expect(try await linked()?.acknowledged == 2)
            #expect(try await linked()?.position == 2)
            #expect(try await custodian.audited("custodian.attested") == 1)
            #expect(try await custodian.audited("custodian.tookFile") == 1)
            let after = try await browser.get("/operateur/bases/manuelle?notice=attested")
            #expect(after.contains("Votre attestation est enregistrée") && after.contains("À jour"))
            #expect(after.contains("Fichier n° 2, extraction du 5\u{A0}mars 2026"))
            #expect(try await browser.get("/operateur/bases/manuelle/changements.csv").status == 303)
            let english = try await browser.get("/en/operator/databases/manuelle")
            #expect(english.contains("Up to date") && english.contains("Your last attestations"))
        }
    }

    @Test(
        "The whole list is made by the hub, and holds those whose objection is in force",
        arguments: EngineUnderTest.allCases)
    func wholeList(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let custodian = try await Custodian(opened, "gilles", of: "manuelle")
            let browser = custodian.browser
            let first = try await custodian.filed()
            try await custodian.filed()
            let citizen = Browser(opened)
            _ = try await citizen.open(first)
            _ = try await citizen.post("/suivi/retrait", ["confirm": "yes"])
            try await opened.carry()
            #expect(try await browser.get("/operateur/bases/manuelle/liste.csv").status == 303, "none was asked for")
            async let asked = browser.post("/operateur/bases/manuelle/liste", [:])
            while try await opened.database.read({ try WholeListStore.list(of: "manuelle", on: $0) }) == nil {
                try await opened.carry()
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try await asked.location == "/operateur/bases/manuelle?notice=list")
            let page = try await browser.get("/operateur/bases/manuelle?notice=list")
            #expect(page.contains("Télécharger la liste entière n° 3") && page.contains("1\u{A0}ligne, préparée le"))
            #expect(!page.contains("Préparer une liste plus récente"))
            let file = try await browser.get("/operateur/bases/manuelle/liste.csv")
            #expect(file.headers[.contentDisposition] == "attachment; filename=\"regard-manuelle-liste-3.csv\"")
            let lines = file.body.split(separator: "\r\n")
            #expect(lines.count == 2)
            #expect(lines[1].wholeMatch(of: /[0-9a-f]{64},[0-9a-f]{64},\*,1,2/) != nil)
            // Nobody can read it where it is kept.
            let kept: [UInt8]? = try await opened.database.read {
                try $0.first("SELECT sealed FROM whole_list_part")?["sealed"]
            }
            #expect(!String(decoding: try #require(kept), as: UTF8.self).contains(String(lines[1].prefix(64))))

            #expect(try await custodian.attest("3", "2026-03-05").status == 303)
            #expect(try await opened.count("whole_list_part") == 0, "what has arrived is not kept")
            #expect(try await custodian.attest("2", "2026-03-05").contains("Aucun fichier téléchargé"))
        }
    }

    @Test("They reach no request, no queue, no identity and no other database; trying is written down")
    func wall() async throws {
        try await withPortal(.sqlite) { opened in
            let custodian = try await Custodian(opened, "gilles", of: "manuelle")
            _ = try await Custodian(opened, "odile", of: "autre")
            let browser = custodian.browser
            let (reference, _) = try await custodian.filed()
            let page = try await browser.get("/operateur/bases/manuelle")
            #expect(!page.contains("/operateur/demandes") && !page.contains("/operateur/courriers"))
            var refused = 0
            for address in [
                "/operateur/demandes", "/operateur/demandes/\(reference)", "/operateur/courriers",
                "/operateur/codes-perdus", "/operateur/saisie", "/operateur/bases/autre",
                "/operateur/bases/autre/changements.csv", "/operateur/bases/autre/liste.csv",
                "/operateur/bases/inconnue", "/api/v1/operator/requests", "/api/v1/operator/requests/\(reference)",
                "/api/v1/operator/databases", "/api/v1/operator/outbox",
            ] {
                let answer = try await browser.get(address)
                #expect(answer.status == 403, "\(address)")
                for text in Kervezec.traces { #expect(!answer.contains(text)) }
                refused += 1
                #expect(try await custodian.audited("operator.refused") == refused, "\(address)")
            }
            for (address, fields) in [
                ("/operateur/demandes/\(reference)/identite", [("motive", "identityCheck")]),
                ("/operateur/demandes/\(reference)/actes", [("type", "granted")]),
                ("/operateur/bases/autre/attestation", [("number", "1"), ("extractedOn", "2026-03-05")]),
                ("/operateur/bases/autre/liste", []),
            ] {
                #expect(try await browser.post(address, fields).status == 403, "\(address)")
                refused += 1
                #expect(try await custodian.audited("operator.refused") == refused, "\(address)")
            }
            #expect(try await opened.count("request_event") == 1)
            // Of another database and of none the answer is the same.
            func body(_ id: String) async throws -> String {
                try await browser.get("/operateur/bases/\(id)").between("<main", "</main>")
                    .replacing(/À citer si vous nous écrivez[^<]*/, with: "")
            }
            #expect(try await body("autre") == body("inconnue"))
            // And an operator has nothing to attest: they see where it stands.
            let agent = try await opened.browser(of: "agent")
            let seen = try await agent.get("/operateur/bases/manuelle")
            #expect(seen.status == 200 && !seen.contains("/attestation") && !seen.contains(".csv"))
            for place in ["changements.csv", "liste.csv"] {
                #expect(try await agent.get("/operateur/bases/manuelle/\(place)").status == 403)
            }
            #expect(try await browser.post("/operateur/bases/manuelle/exceptions", ["all": "yes"]).status == 403)
            #expect(try await browser.post("/operateur/bases/manuelle/rapprochement", [:]).status == 403)
            #expect(try await browser.post("/operateur/quitter", [:]).location == "/operateur?notice=signedOut")
            #expect(try await browser.get("/operateur/bases").location == "/operateur?notice=signIn")
        }
    }

    @Test("A database that waits too long is shown as late, to its custodian and to operators")
    func late() async throws {
        try await withPortal(.sqlite) { opened in
            let custodian = try await Custodian(opened, "gilles", of: "manuelle")
            try await custodian.filed()
            let agent = try await opened.browser(of: "agent")
            #expect(!(try await agent.get("/operateur/demandes").contains("Objectif publié dépassé")))
            for _ in 0..<31 { opened.clock.advance(seconds: 86_400) }
            let queue = try await (try await opened.browser(of: "superviseur")).get("/operateur/demandes")
            #expect(queue.contains("Objectif publié dépassé"))
            #expect(queue.contains("manuelle</a>\u{A0}: le plus ancien choix y attend depuis le 5\u{A0}mars 2026"))
            #expect(queue.contains("au-delà de l’objectif publié (30\u{A0}jours)"))
            let gilles = try await Custodian(opened, "gilles2", of: "seconde")
            try await opened.database.write { try CustodianStore.entrust(["manuelle"], to: "gilles2", on: $0) }
            let list = try await gilles.browser.get("/operateur/bases")
            #expect(list.contains("En retard"))
            #expect(list.contains("L’objectif publié est de 30\u{A0}jours : il est dépassé."))
            #expect(list.contains("/operateur/bases/seconde"))
            // A reminder leaves a mark on their page, whether or not they can be written to.
            let reminders = CustodianReminders(
                database: opened.database, days: 7, targets: opened.portal.policy.targets, now: opened.clock.source)
            #expect(try await reminders.runOnce() == 1)
            #expect(try await opened.count("service_mail") == 0)
            let reminded = try await gilles.browser.get("/operateur/bases/manuelle")
            #expect(reminded.contains("Un rappel a été fait le 5\u{A0}avril 2026"))
            _ = try await opened.database.write { try LinkedDatabaseStore.set(.paused, of: "manuelle", on: $0) }
            #expect(try await gilles.browser.get("/operateur/bases/manuelle").contains("Rien ne vous est demandé"))
        }
    }

    @Test("A file’s number is read as it is written, and nothing else is one")
    func numbers() {
        #expect(FileNumber("12") == FileNumber(edition: 1, number: 12))
        #expect(FileNumber("2-12") == FileNumber(edition: 2, number: 12))
        for text in ["", "0", "-1", "1-2", "2-", "x", "1.5", "2-1-3"] { #expect(FileNumber(text) == nil, "\(text)") }
        #expect("\(FileNumber(edition: 2, number: 12))" == "2-12")
    }
}
