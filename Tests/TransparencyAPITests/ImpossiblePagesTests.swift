import CivilTime
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

@Suite("What a database can never apply, on pages and in the API")
struct ImpossiblePagesTests {
    @Test(
        "An operator says why, the citizen reads it, and the closing never says that it is done everywhere",
        arguments: EngineUnderTest.allCases)
    func wholeWay(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let now = opened.clock.source()
            try await opened.database.write { connection in
                _ = try LinkedDatabaseStore.add(
                    id: "registre", name: LocalizedText(fr: "Registre du cancer"), connector: "manual:", datasets: [],
                    matching: .insTraits, at: now, on: connection)
            }
            let body: JSON = [
                "right": "objection", "scope": ["kind": "all"], "capacity": "dataSubject",
                "subject": [
                    "birthName": "Kervézec", "givenNames": ["Maëlys"], "birthDate": "1969-05-12", "sex": "F",
                    "nir": "269054958815780",
                ],
            ]
            let filed = try await opened.client.execute(
                uri: "/api/v1/requests", method: .post, headers: [.contentType: "application/json"],
                body: ByteBuffer(bytes: body.canonicalBytes))
            let receipt = try JSON(parsing: filed.body.readableBytesView)
            let reference = try #require(receipt["reference"]?.string)
            let secret = try #require(receipt["secret"]?.string)
            try await opened.sequence()
            func told() async throws -> JSON {
                let answer = try await opened.client.execute(
                    uri: "/api/v1/requests/\(reference)", method: .get,
                    headers: [.authorization: "Bearer \(secret)"])
                return try JSON(parsing: answer.body.readableBytesView)
            }
            let before = try #require(try await told()["propagation"]?.array?.first)
            #expect(before["state"] == "noIdentifier" && before["impossibleSince"] == .null)
            #expect(before["targetHours"]?.int == opened.portal.policy.targets.hours(of: "registre", isByHand: true))

            let agent = try await opened.browser(of: "agent")
            let page = "/operateur/demandes/\(reference)"
            let form = try await agent.get(page)
            #expect(form.contains("<option value=\"registre\">Registre du cancer</option>"))
            // Without reasons nothing is impossible.
            let empty = try await agent.post(
                "\(page)/actes", ["type": "impossible", "database": "registre", "reasons": " "])
            #expect(empty.status == 422 && empty.contains("id=\"impossible-reasons-error\""))
            #expect(empty.contains("href=\"#impossible-reasons\"") && !empty.contains("id=\"reasons-error\""))
            let unknown = try await agent.post(
                "\(page)/actes", ["type": "impossible", "database": "ailleurs", "reasons": "Parce que <b>."])
            #expect(unknown.status == 422 && unknown.contains("id=\"impossible-database-error\""))
            #expect(unknown.contains("Parce que &lt;b&gt;.</textarea>"))
            let declaredAt = opened.clock.source()
            let done = try await agent.post(
                "\(page)/actes",
                ["type": "impossible", "database": "registre", "reasons": "Vous n’avez pas de commune de naissance."])
            #expect(done.location == "\(page)?notice=impossible")
            #expect(!(try await agent.get(page).contains("value=\"impossible\"")), "nothing is left to declare")

            let citizen = Browser(opened)
            _ = try await citizen.open((reference, secret))
            let followed = try await citizen.get("/suivi")
            #expect(followed.contains("Impossible dans cette base : Vous n’avez pas de commune de naissance."))
            #expect(followed.contains("Votre choix ne peut pas être appliqué dans une base."))
            #expect(!followed.contains("id=\"unknown-there\"") && !followed.contains("Objectif :"))
            let item = try #require(try await told()["propagation"]?.array?.first)
            #expect(item["state"] == "impossible" && item["listedSince"] == .null)
            #expect(item["reason"] == "Vous n’avez pas de commune de naissance.")
            #expect(item["impossibleSince"] == .string(declaredAt.description))

            if try await told()["outcome"] == .null {
                for type in ["identityVerified", "granted"] {
                    #expect(try await agent.post("\(page)/actes", ["type": type]).status == 303)
                }
            }
            let closing = RequestClosing(
                database: opened.database, policy: opened.portal.policy, now: opened.clock.source)
            #expect(try await closing.closeComplete() == 1)
            for (path, line, everywhere, next) in [
                (
                    "/suivi", "Registre du cancer : Vous n’avez pas de commune de naissance.",
                    "Chaque base liée l’a confirmé", "Une base ne peut pas l’appliquer"
                ),
                (
                    "/en/follow", ": Vous n’avez pas de commune de naissance.",
                    "Each linked database has confirmed it", "One database cannot apply it"
                ),
            ] {
                let closed = try await citizen.get(path)
                #expect(closed.contains(line) && closed.contains(next), "\(path)")
                #expect(!closed.contains(everywhere) && !closed.contains("Chaque base concernée à ce jour a confirmé"))
            }
            #expect(try await told()["timeline"]?.array?.last?["data"] == ["notApplied": ["registre"]])
        }
    }
}
