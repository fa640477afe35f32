import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import TransparencyAPI

extension OpenedPortal {
    /// A project on data that nothing reaches, and one on data of a linked database that nothing serves here.
    fileprivate func publish() async throws {
        func project(_ reference: String, _ dataset: String) -> String {
            let record: JSON = [
                "reference": .string(reference), "title": ["fr": .string("Étude \(reference)")],
                "summary": ["fr": "Une étude."], "status": "active", "controllers": [["name": "CHU de Brest"]],
                "datasets": [.string(dataset)],
            ]
            return record.canonical + "\n"
        }
        try await importRegister(.project, project("P-far", "elsewhere") + project("P-near", "urgences"))
        let now = clock.source()
        let isAdded = try await database.write { connection in
            try LinkedDatabaseStore.add(
                id: "urgences", name: LocalizedText(fr: "Les urgences"), connector: "sqlite:/nowhere",
                datasets: ["urgences"], at: now, on: connection)
        }
        #expect(isAdded)
    }

    fileprivate func body(_ scope: JSON) -> JSON {
        [
            "right": "objection", "scope": scope, "capacity": "dataSubject",
            "subject": [
                "birthName": "Kervézec", "givenNames": ["Maëlys"], "birthDate": "1969-05-12", "sex": "F",
                "nir": "269054958815780",
            ],
        ]
    }

    fileprivate func send(_ path: String, _ body: JSON, secret: String? = nil) async throws -> (Int, JSON) {
        var headers: HTTPFields = [.contentType: "application/json"]
        headers[.authorization] = secret.map { "Bearer \($0)" }
        let response = try await client.execute(
            uri: "/api/v1\(path)", method: .post, headers: headers,
            body: ByteBuffer(bytes: body.canonicalBytes))
        return (Int(response.status.code), try JSON(parsing: response.body.readableBytesView))
    }
}

@Suite("What a scope says over HTTP")
struct ScopePagesTests {
    @Test("Each kind of scope is filed, told back and taken back in part", arguments: EngineUnderTest.allCases)
    func filed(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            try await opened.publish()
            let (refused, problem) = try await opened.send(
                "/requests", opened.body(["kind": "databases", "ids": ["urgences", "unknown"]]))
            #expect(refused == 422)
            #expect(problem["errors"]?.array?.compactMap { $0["pointer"]?.string } == ["/scope/ids/1"])
            #expect(problem["errors"]?.array?.compactMap { $0["code"]?.string } == ["scope.unknown"])
            #expect(try await opened.count("rights_request") == 0)

            let scope: JSON = ["kind": "projects", "ids": ["P-far", "P-near", "P-far"]]
            let (created, receipt) = try await opened.send("/requests", opened.body(scope))
            #expect(created == 201)
            #expect(receipt["unreached"] == ["P-far"])
            let reference = try #require(receipt["reference"]?.string)
            let secret = try #require(receipt["secret"]?.string)
            let (status, view) = try await opened.send(
                "/requests/\(reference)/withdrawal",
                ["scope": ["kind": "projects", "ids": ["P-near"]]], secret: secret)
            #expect(status == 200)
            #expect(view["scope"] == ["kind": "projects", "ids": ["P-far", "P-near"]])
            #expect(view["exceptions"] == [["kind": "projects", "ids": ["P-near"]]])
            #expect(view["inForce"] == true)
            #expect(view["outcome"] == "granted")
            let propagation = try #require(view["propagation"]?.array?.first)
            #expect(propagation["database"] == "urgences")
            #expect(propagation["project"] == ["reference": "P-near", "title": ["fr": "Étude P-near"]])
            #expect(propagation["state"] == "removalPending" && propagation["listedSince"] == .null)
            let controller = try #require(view["controllers"]?.array?.first)
            #expect(controller["project"] == "P-far")
            #expect(controller["state"] == "toTell")

            let (wrong, told) = try await opened.send(
                "/requests/\(reference)/withdrawal", ["scope": ["kind": "databases", "ids": ["urgences"]]],
                secret: secret)
            #expect(wrong == 422)
            #expect(told["errors"]?.array?.first?["code"] == "scope.notCovered")
        }
    }

    @Test(
        "An operator notes what a controller was told and answered, and the citizen reads it",
        arguments: EngineUnderTest.allCases)
    func controllers(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            try await opened.publish()
            let (_, receipt) = try await opened.send(
                "/requests", opened.body(["kind": "projects", "ids": ["P-far"]]))
            let reference = try #require(receipt["reference"]?.string)
            let citizen = Browser(opened)
            _ = try await citizen.post(
                "/suivi", ["reference": reference, "secret": try #require(receipt["secret"]?.string)])
            var page = try await citizen.get("/suivi")
            #expect(page.contains("1\u{A0}projet"))
            #expect(page.contains("Aucun connecteur n’atteint toutes ses données. Nous prévenons son responsable"))
            #expect(page.contains("CHU de Brest"))
            #expect(!page.contains("taskSent"))

            let agent = try await opened.browser(of: "agent")
            let address = "/operateur/demandes/\(reference)"
            page = try await agent.get(address)
            #expect(page.contains("Le responsable est prévenu"))
            let sent = try await agent.post("\(address)/actes", ["type": "taskSent", "project": "P-far"])
            #expect(sent.status == 303)
            let again = try await agent.post("\(address)/actes", ["type": "taskSent", "project": "P-far"])
            #expect(again.status == 422)
            #expect(try await citizen.get("/suivi").contains("Nous attendons sa réponse"))
            page = try await agent.get(address)
            #expect(!page.contains("Le responsable est prévenu</button>"))
            #expect(page.contains("Noter sa réponse"))
            let answered = try await agent.post(
                "\(address)/actes", ["type": "taskCompleted", "project": "P-far", "text": "Retiré de l’extraction."])
            #expect(answered.status == 303)
            page = try await citizen.get("/suivi")
            #expect(page.contains("Le responsable d’un projet a répondu."))
            #expect(page.contains("Retiré de l’extraction."))
            #expect(try await Browser(opened).get("/en/follow").status == 200)
        }
    }
}
