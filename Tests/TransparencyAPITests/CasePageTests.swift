import Foundation
import HTTPServer
import HTTPTypes
import HummingbirdTesting
import NIOCore
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

/// What a first look at a case tells: what is asked, by whom, what is missing, until when, and what can be done.
@Suite("The page of a case")
struct CasePageTests {
    private func file(_ right: String, in opened: OpenedPortal) async throws -> String {
        let body: JSON = [
            "right": .string(right), "scope": ["kind": "all"], "capacity": "dataSubject", "message": "Un mot de plus.",
            "subject": [
                "birthName": "Kervézec-Canari", "givenNames": ["Maëlys"], "birthDate": "1985-05-07", "sex": "M",
                "nir": "185057800608491",
            ],
        ]
        let filed = try await opened.client.execute(
            uri: "/api/v1/requests", method: .post, headers: [.contentType: "application/json"],
            body: ByteBuffer(bytes: body.canonicalBytes))
        #expect(filed.status == .created)
        return try #require(try JSON(parsing: filed.body.readableBytesView)["reference"]?.string)
    }

    @Test("An access is not granted unawares before databases are asked, and the case goes on saying so")
    func askedOfNobody() async throws {
        try await withPortal(.sqlite) { opened in
            for id in ["une", "deux"] { try await opened.link(id, connector: "manual:") }
            let page = "/operateur/demandes/\(try await file("access", in: opened))"
            let agent = try await opened.browser(of: "agent")
            let fresh = try await agent.get(page)
            // In this order, at whatever width.
            let order = [
                "Ce qui est demandé", "Obtenir ses données", "Par qui", "Identité à vérifier.", "Ce qui manque",
                "La vérification de son identité.", "Une réponse à son message.", "aucune n’a été interrogée",
                "Jusqu’à quand", "(dans 33\u{A0}jours)", "Maintenant", ">Prendre en charge<", "id=\"s-identity\"",
                "id=\"s-tasks\"", "id=\"s-acts\"", "id=\"s-events\"",
            ]
            var rest = Substring(fresh.body)
            for words in order {
                let found = rest.range(of: words)
                #expect(found != nil, "\(words)")
                if let found { rest = rest[found.upperBound...] }
            }
            _ = try await agent.post("\(page)/actes", ["type": "identityVerified"])
            let warned = try await agent.get(page)
            #expect(warned.contains("Aucune base n’a été interrogée\u{A0}: accepter maintenant"))
            #expect(warned.contains("Interroger les bases</a>"))
            _ = try await agent.post("\(page)/actes", ["type": "granted", "text": "Voici."])
            let granted = try await agent.get(page)
            #expect(granted.contains("aucune n’a été interrogée") && granted.contains("value=\"taskSent\""))

            _ = try await agent.post("\(page)/actes", ["type": "taskSent", "databases": "une"])
            let asked = try await agent.get(page)
            #expect(
                asked.contains("1\u{A0}base liée à interroger.") && asked.contains("La réponse de 1\u{A0}base liée"))
            #expect(!asked.contains("aucune n’a été interrogée"))
            // What is declared impossible is awaited no more.
            let impossible = try await agent.post(
                "\(page)/actes", ["type": "impossible", "database": "une", "reasons": "Elle a fermé."])
            #expect(impossible.status == 303)
            let declared = try await agent.get(page)
            #expect(declared.contains("Sa réponse n’est plus attendue"))
            #expect(!declared.contains("est attendue le") && !declared.contains("La réponse de 1\u{A0}base liée"))
        }
    }

    @Test("Who may not refuse is told who may, and gives them the case; the timeline names who did what")
    func handedOn() async throws {
        try await withPortal(.sqlite) { opened in
            let page = "/operateur/demandes/\(try await file("objection", in: opened))"
            let agent = try await opened.browser(of: "agent")
            _ = try await agent.post("\(page)/actes", ["type": "assigned"])
            let before = try await agent.get(page)
            #expect(before.contains("Peuvent le faire\u{A0}: superviseur.") && !before.contains("value=\"refused\""))
            let given = try await agent.post("\(page)/actes", ["type": "assigned", "assignee": "superviseur"])
            #expect(given.status == 303)
            let after = try await agent.get(page)
            #expect(after.contains("Confiée à superviseur") && after.contains("agent, agent instructeur"))
            // It is the supervisor's now, and not the agent's to give away.
            #expect(after.contains("superviseur la suit") && !after.contains("id=\"refuser\""))

            let supervisor = try await opened.browser(of: "superviseur")
            let open = try await supervisor.get(page)
            #expect(open.contains("value=\"identityNotEstablished\""))
            _ = try await supervisor.post("\(page)/actes", ["type": "identityVerified"])
            let verified = try await supervisor.get(page)
            #expect(verified.contains("value=\"refused\"") && !verified.contains("value=\"identityNotEstablished\""))
            // No citizen reads a name.
            let auditor = try await opened.browser(of: "auditeur")
            #expect(try await auditor.get(page).contains("Votre rôle lit ce dossier, sans y agir."))
        }
    }

    @Test("All of somebody’s cases are given away after a look")
    func handedOver() async throws {
        try await withPortal(.sqlite) { opened in
            let reference = try await file("objection", in: opened)
            let agent = try await opened.browser(of: "agent")
            _ = try await agent.post("/operateur/demandes/\(reference)/actes", ["type": "assigned"])
            let asked = try await agent.post(
                "/operateur/equipe", ["act": "handOver", "to": "superviseur", "note": "Congé <long>"])
            #expect(asked.status == 200 && asked.contains("Confier 1\u{A0}demande"))
            #expect(asked.contains("value=\"Congé &lt;long&gt;\""))
            #expect(try await opened.count("rights_request WHERE assignee = 'agent'") == 1)
            let wrong = try await agent.post("/operateur/equipe", ["act": "handOver", "to": "agent"])
            #expect(wrong.status == 422)
            let done = try await agent.post(
                "/operateur/equipe",
                ["act": "handOver", "to": "superviseur", "note": "Congé <long>", "confirmed": "yes"])
            #expect(done.contains("Fait pour 1 sur 1"))
            #expect(try await opened.count("rights_request WHERE assignee = 'superviseur'") == 1)
            #expect(try await opened.count("request_event WHERE type = 'noted'") == 1)
        }
    }

    @Test("A form of the console that comes too soon keeps what was typed, and a button to send it again")
    func later() async throws {
        let tight = RateLimit(perAddress: Allowance(burst: 1, perSecond: 0.1))
        try await withPortal(.sqlite, rateLimits: [.editing: tight]) { opened in
            let editor = try await opened.browser(of: "editrice")
            let place = "/operateur/registre/projets/P-1"
            _ = try await editor.post(place, ["/title/fr": "Une étude", "base": "0", "act": "save"])
            let refused = try await editor.post(
                place, ["/title/fr": "Une étude", "/summary/fr": "Ligne 1\r\nLigne 2", "base": "0", "act": "save"])
            #expect(refused.status == 429 && refused.headers[.retryAfter] == "10")
            #expect(refused.contains("name=\"/title/fr\" value=\"Une étude\"") && refused.contains("Ligne 2"))
            #expect(refused.contains("action=\"\(place)\"") && refused.contains("Envoyer de nouveau"))
            // Who has signed out meanwhile signs in first.
            let nobody = Browser(opened)
            #expect(try await nobody.post(place, ["act": "save"]).location == "/operateur?notice=signIn")
        }
    }
}
