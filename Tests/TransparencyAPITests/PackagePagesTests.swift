import CivilTime
import Foundation
import HTTPServer
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Propagation
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import TransparencyAPI

/// A portal with one database whose custodian comes by browser, and a request of access that it has answered.
private struct AnsweredPortal: Sendable {
    let opened: OpenedPortal
    let agent: Browser
    let citizen: Browser
    let reference: String
    let secret: String

    init(_ opened: OpenedPortal, requester: String? = nil) async throws {
        self.opened = opened
        try await opened.link("manuelle", connector: "manual:")
        try await opened.link("muette", connector: "manual:")
        let accounts = OperatorAccounts(
            database: opened.database, otpKey: try opened.store.symmetricKey(.totp),
            gate: PasswordGate(parameters: Argon2Parameters(memoryKiB: 8, passes: 1, lanes: 1), threads: 1),
            now: opened.clock.source)
        let generator = try await accounts.add(
            name: "gilles", role: .custodian, password: OpenedPortal.password, databases: ["manuelle"])
        opened.clock.advance(seconds: 30)
        let custodian = Browser(opened)
        _ = try await custodian.signIn(
            "gilles", OpenedPortal.password, generator.code(step: OneTimePassword.step(at: opened.clock.source())))
        agent = try await opened.browser(of: "agent")
        var body: JSON = [
            "right": "access", "scope": ["kind": "all"], "capacity": "dataSubject",
            "contact": ["postal": "1 rue des Essais\n00000 Ville"],
            "subject": [
                "birthName": "Dubois", "givenNames": ["Angéla"], "birthDate": "1962-08-24", "sex": "F",
                "nir": "262087510700196",
            ],
        ]
        if let requester {
            let members = ["capacity": "authorisedAgent", "requester": ["name": .string(requester)]] as [String: JSON]
            body = .object((body.object ?? [:]).merging(members) { $1 })
        }
        let filed = try await opened.client.execute(
            uri: "/api/v1/requests", method: .post, headers: [.contentType: "application/json"],
            body: ByteBuffer(bytes: body.canonicalBytes))
        #expect(filed.status == .created, "\(String(buffer: filed.body))")
        let receipt = try JSON(parsing: filed.body.readableBytesView)
        reference = try #require(receipt["reference"]?.string)
        secret = try #require(receipt["secret"]?.string)
        citizen = Browser(opened)
        _ = try await citizen.open((reference, secret))

        let page = "/operateur/demandes/\(reference)"
        func act(_ fields: KeyValuePairs<String, String>) async throws {
            let answer = try await agent.post("\(page)/actes", fields)
            #expect(answer.status == 303, "\(fields)")
        }
        try await act(["type": "identityVerified"])
        try await act(["type": "taskSent", "databases": "manuelle"])
        try await opened.carry()
        // Of an access the impossible can be declared, and never the disproportionate.
        let form = try await agent.get(page)
        #expect(form.contains("value=\"impossible\"") && !form.contains("name=\"disproportionate\""))
        try await act(["type": "impossible", "database": "muette", "reasons": "Son gardien a disparu."])

        // The custodian attaches what the database keeps; what is of no type of ours comes back.
        let mine = try await custodian.get("/operateur/bases/manuelle")
        let action = mine.between("<form class=\"form\" method=\"post\" action=\"", "\"")
        #expect(action.hasPrefix("/operateur/bases/manuelle/taches/") && mine.contains("text/csv"))
        let refused = try await custodian.post(
            action, ["answer": "done", "words": "Deux séjours."], file: "files", named: "page.html",
            Array("<html>".utf8))
        #expect(refused.status == 422 && refused.contains("-files-error\"") && refused.contains("page.html"))
        let said = try await custodian.post(
            action, ["answer": "done", "words": "Deux <séjours>."], file: "files", named: "séjours.csv",
            Array("année;nombre\n2019;2\n".utf8))
        #expect(said.location == "/operateur/bases/manuelle?notice=answered")
        #expect(try await agent.get(page).contains("séjours.csv"))
        try await act(["type": "granted", "text": "Voici vos données."])
    }

    func assemble() async throws {
        let portal = opened.portal
        let texts = PackageTexts(
            OutgoingTexts(
                site: portal.site, templates: portal.templates, portal: "https://regard.example"))
        let assembly = PackageAssembly(
            database: opened.database, keys: try RightsKeys(from: opened.store, servesOperators: true),
            policy: portal.policy, render: { texts.documents(for: $0) }, holder: "test", now: opened.clock.source)
        let result = try await assembly.runOnce()
        #expect(result.made == 1 && result.failed.isEmpty, "\(result.failed)")
    }

    func signIn(in browser: Browser, as name: String) async throws {
        let intake = try #require(opened.portal.intake)
        let traits = try #require(
            ProvenTraits(claims: [
                "sub": "x", "family_name": .string(name), "given_name": "Angela Claire", "birthdate": "1962-08-24",
                "gender": "female",
            ]))
        let now = opened.clock.source()
        let session = CitizenSession(traits: traits, idToken: nil, expiresAt: now.adding(seconds: 1800))
        let cookie = try #require(try session.cookie(intake, at: now, random: systemRandom))
        browser.set(cookie.name, cookie.value)
    }

    /// What a letter hands over, read as its addressee would.
    func letter() async throws -> String {
        let folder = opened.folder + "/letters-\(UUID())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let spool = LetterSpool(
            database: opened.database, keys: try RightsKeys(from: opened.store, servesOperators: true),
            policy: opened.portal.policy, folder: folder, print: { Array(($0.secret ?? "").utf8) }, holder: "test",
            now: opened.clock.source)
        #expect(try await spool.runOnce() == 1)
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
        return try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
    }

    func fetch(_ headers: HTTPFields) async throws -> TestResponse {
        try await opened.client.execute(
            uri: "/api/v1/requests/\(reference)/package", method: .get, headers: headers)
    }
}

extension HTTPFields {
    fileprivate static func package(_ secret: String, code: String? = nil, cookie: String? = nil) -> HTTPFields {
        var headers: HTTPFields = [.authorization: "Bearer \(secret)"]
        if let code { headers[HTTPField.Name("Package-Code")!] = code }
        if let cookie { headers[.cookie] = "__Host-identite=\(cookie)" }
        return headers
    }
}

@Suite("The package of a request of access, on pages and in the API")
struct PackagePagesTests {
    @Test(
        "It is asked for, opened both ways without a script, and says the same whichever proof is wrong",
        arguments: EngineUnderTest.allCases)
    func wholeWay(engine: EngineUnderTest) async throws {
        try await withPortal(engine, signsIn: true) { opened in
            let answered = try await AnsweredPortal(opened)
            let citizen = answered.citizen
            let before = try await citizen.get("/suivi")
            #expect(before.contains("Vous serez prévenu dès qu’il est prêt") && !before.contains("Ouvrir mon dossier"))
            #expect(before.contains("Impossible dans cette base, depuis le"))
            #expect(before.contains("Une base ne peut pas faire ce que vous demandez."))
            try await answered.assemble()
            let followed = try await citizen.get("/suivi")
            #expect(followed.contains("href=\"/suivi/dossier\"") && followed.contains("Votre dossier est prêt."))
            #expect(!followed.contains("séjours"))

            let page = try await citizen.get("/suivi/dossier")
            #expect(page.contains("M’identifier avec FranceConnect") && page.contains("Recevoir un code par la poste"))
            #expect(!page.contains("name=\"code\""))
            let asked = try await citizen.post("/suivi/dossier/code", [:])
            #expect(asked.location == "/suivi/dossier?notice=asked")
            let told = try await citizen.get(asked.location)
            #expect(told.contains("La lettre avec le code va partir") && told.contains("5\u{A0}essais possibles"))
            #expect(told.contains("name=\"code\""))
            let soon = try await citizen.post("/suivi/dossier/code", [:])
            #expect(soon.status == 422 && soon.contains("Une lettre est déjà en route."))
            let code = try await answered.letter()

            // On the page: whichever is wrong, the same words.
            let wrongCode = try await citizen.post("/suivi/dossier", ["by": "code", "code": "AAAAA-AAAAA"])
            let nobody = try await citizen.post("/suivi/dossier", ["by": "signIn"])
            try await answered.signIn(in: citizen, as: "LENOIR")
            let wrongPerson = try await citizen.post("/suivi/dossier", ["by": "signIn"])
            for refused in [wrongCode, nobody, wrongPerson] {
                #expect(refused.status == 422 && refused.contains("Cela n’ouvre pas le dossier."))
                #expect(refused.contains("href=\"#code\"") && refused.contains("id=\"code-error\""))
            }
            try await answered.signIn(in: citizen, as: "DUBOIS")
            #expect(try await citizen.get("/suivi/dossier").contains("Angela Claire DUBOIS"))
            for fields in [["by": "signIn"], ["by": "code", "code": code]] as [KeyValuePairs<String, String>] {
                let file = try await citizen.post("/suivi/dossier", fields)
                #expect(file.status == 200 && file.headers[.contentType] == "application/zip")
                #expect(
                    file.headers[.contentDisposition] == "attachment; filename=\"dossier-\(answered.reference).zip\"")
                #expect(file.headers[.cacheControl]?.contains("no-store") == true)
                for words in [
                    "2019;2", "<!doctype html>", "Deux &lt;séjours&gt;.", "Deux <séjours>.", "Son gardien a disparu.",
                    "fichiers/manuelle-1.csv", "Réponse à votre demande d’accès",
                ] {
                    #expect(file.contains(words), "\(words)")
                }
                #expect(!file.contains("<script"))
            }
            let after = try await citizen.get("/suivi")
            #expect(after.count("Votre dossier a été téléchargé.") == 2)
            #expect(after.contains("Avec votre code, et celui de la lettre."))
            // Without the session there is no package, signed in or not.
            let stranger = Browser(opened)
            try await answered.signIn(in: stranger, as: "DUBOIS")
            #expect(try await stranger.post("/suivi/dossier", ["by": "signIn"]).location == "/suivi")
            #expect(try await stranger.post("/suivi/dossier", ["by": "code", "code": code]).location == "/suivi")

            // In the API: neither alone, and the same bytes whichever is wrong.
            let cookie = try #require(citizen.cookie("__Host-identite"))
            let other = TrackingSecret().formatted
            var bodies: Set<String> = []
            for headers in [
                HTTPFields.package(answered.secret), .package(answered.secret, code: "AAAAA-AAAAA"),
                .package(answered.secret, code: "?"), .package(other, code: code), .package(other, cookie: cookie),
                .package(answered.secret, cookie: "x"), .package(other),
            ] {
                let refused = try await answered.fetch(headers)
                #expect(refused.status == .notFound, "\(headers)")
                // Each answer bears its own request's id, and nothing else of its own.
                bodies.insert(String(buffer: refused.body).replacing(/"requestId":"[0-9a-f]+"/, with: ""))
            }
            #expect(bodies.count == 1)
            for headers in [
                HTTPFields.package(answered.secret, code: code), .package(answered.secret, cookie: cookie),
            ] {
                let file = try await answered.fetch(headers)
                #expect(file.status == .ok && String(buffer: file.body).hasPrefix("PK"))
            }
            let told2 = try await opened.client.execute(
                uri: "/api/v1/requests/\(answered.reference)", method: .get,
                headers: [.authorization: "Bearer \(answered.secret)"])
            let package = try #require(try JSON(parsing: told2.body.readableBytesView)["package"])
            #expect(package["state"] == "ready" && package["names"] == nil)
            #expect(package["code"]?["triesLeft"]?.int == 3)

            // The console: by name, and for paper.
            let theCase = try await answered.agent.get("/operateur/demandes/\(answered.reference)")
            #expect(theCase.contains("fichiers/manuelle-1.csv") && !theCase.contains("2019;2"))
            let paper = try await answered.agent.post("/operateur/demandes/\(answered.reference)/dossier", [:])
            #expect(paper.status == 200 && paper.body.hasPrefix("PK"))
            #expect(try await citizen.get("/suivi").contains("Par un agent, pour l’imprimer et vous l’envoyer."))
            let auditor = try await opened.browser(of: "auditeur")
            let theirs = try await auditor.get("/operateur/demandes/\(answered.reference)")
            #expect(theirs.contains("Dossier pour la personne") && !theirs.contains("manuelle-1.csv"))
            #expect(
                try await auditor.post("/operateur/demandes/\(answered.reference)/dossier", [:]).status == 403)

            // Its time is over.
            opened.clock.advance(seconds: 31 * 86_400)
            #expect(try await answered.fetch(.package(answered.secret, code: code)).status == .notFound)
            let late = Browser(opened)
            _ = try await late.open((answered.reference, answered.secret))
            let gone = try await late.get("/suivi/dossier")
            #expect(gone.contains("faites une nouvelle demande d’accès") && !gone.contains("name=\"code\""))
            #expect(try await late.get("/en/follow/package").contains("make a new request of access"))
        }
    }

    @Test("Who acts for another is offered the letter alone, and told why")
    func forAnother() async throws {
        try await withPortal(.sqlite, signsIn: true) { opened in
            let answered = try await AnsweredPortal(opened, requester: "Angela Claire Dubois")
            try await answered.assemble()
            let citizen = answered.citizen
            try await answered.signIn(in: citizen, as: "DUBOIS")
            let page = try await citizen.get("/suivi/dossier")
            #expect(
                page.contains("Vous agissez pour quelqu’un d’autre") && page.contains("Recevoir un code par la poste"))
            #expect(!page.contains("value=\"signIn\"") && !page.contains("M’identifier avec"))
            let english = try await citizen.get("/en/follow/package")
            #expect(english.contains("You act for somebody else") && !english.contains("value=\"signIn\""))
            let refused = try await citizen.post("/suivi/dossier", ["by": "signIn"])
            #expect(refused.status == 422 && refused.contains("Cela n’ouvre pas le dossier."))
            let cookie = try #require(citizen.cookie("__Host-identite"))
            #expect(try await answered.fetch(.package(answered.secret, cookie: cookie)).status == .notFound)
            _ = try await citizen.post("/suivi/dossier/code", [:])
            let file = try await citizen.post("/suivi/dossier", ["by": "code", "code": try await answered.letter()])
            #expect(file.status == 200 && file.body.hasPrefix("PK"))
        }
    }
}
