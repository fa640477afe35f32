import CivilTime
import Foundation
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import TransparencyAPI

@Suite("After the death of its person was recorded")
struct DeathPageTests {
    @Test("a request that comes later says so to operators, who settle it", arguments: EngineUnderTest.allCases)
    func later(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let intake = try #require(opened.portal.intake)
            let keys = try RightsKeys(from: opened.store, servesOperators: true)
            let indexing = try #require(
                PersonIndexing(
                    database: opened.database, keys: keys, policy: opened.portal.policy, now: opened.clock.source))
            func file() async throws -> String {
                let body: JSON = [
                    "right": "objection", "scope": ["kind": "all"], "capacity": "dataSubject",
                    "subject": [
                        "birthName": "Kervézec-Canari", "givenNames": ["Maëlys"], "birthDate": "1969-05-07",
                        "sex": "F", "nir": "269054958815780",
                    ],
                ]
                let receipt = try await intake.filing.file(
                    try Filing(body, today: opened.portal.today, parentActsUnderAge: 15), idempotencyKey: nil,
                    body: body.canonicalBytes)
                _ = try await indexing.indexNext()
                opened.clock.advance(seconds: 60)
                return receipt.reference
            }
            let first = try await file()
            try await opened.act(["type": "deathRecorded", "source": "certificate"], on: first)
            opened.clock.advance(seconds: 60)
            let second = try await file()
            let console = try await opened.browser(of: "agent")
            #expect(try await console.get("/operateur/demandes").contains("Décès à vérifier"))
            let page = try await console.get("/operateur/demandes/\(second)")
            #expect(page.contains("Déposée après un décès enregistré") && page.contains("demandes/\(first)"))
            #expect(page.contains("Votre rôle ne le fait pas"))
            #expect(page.contains("Confirmer le décès") && page.contains("Annuler ce décès"))
            #expect(page.body.components(separatedBy: "id=\"form-death\"").count == 2)
            let english = try await console.get("/en/operator/requests/\(second)")
            #expect(english.contains("Filed after a recorded death"))
            let events = "/operateur/demandes/\(second)/actes"
            #expect(
                try await console.post(events, ["type": "deathRecorded", "source": "deathRegister"]).status == 303)
            let settled = try await console.get("/operateur/demandes/\(second)")
            #expect(!settled.contains("Déposée après un décès enregistré") && settled.contains("id=\"death\""))
            #expect(!(try await console.get("/operateur/demandes").contains("Décès à vérifier")))
        }
    }
}
