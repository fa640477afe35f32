import HTTPTypes
import HummingbirdTesting
import NIOCore
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

private let desk = "/operateur/codes-perdus"

extension Browser {
    /// Says that the code is lost.
    fileprivate func losesCode(of name: String, born: (String, String, String)) async throws {
        let asked = try await post(
            "/suivi/code-perdu/courrier",
            [
                "birthName": name, "givenNames": "Maëlys", "birthDay": born.0, "birthMonth": born.1,
                "birthYear": born.2, "postal": "9 rue Nouvelle\n35000 Ville",
            ])
        #expect(asked.location == "/suivi/code-perdu/courrier/recu")
    }

    /// As an operator: has a new code sent for the one lost code that waits.
    fileprivate func sendsCode(for reference: String, to address: LetterAddress) async throws -> Page {
        let list = try await get(desk)
        let action = list.between("<form class=\"inline-form\" method=\"post\" action=\"", "\"")
        #expect(action.hasPrefix("\(desk)/"))
        let compared = try await post(action, ["act": "compare", "other": reference])
        #expect(compared.status == 200)
        return try await post(action, ["act": "send", "reference": reference, "address": address.rawValue])
    }
}

extension OpenedPortal {
    /// A letter with a code exists, and the lost code no longer waits; or neither.
    fileprivate func expectSent(_ isSent: Bool, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let letters = try await count("letter WHERE kind = 'secretReissued'")
        let waiting = try await count("lost_code WHERE state = 'waiting'")
        #expect([letters, waiting] == (isSent ? [1, 0] : [0, 1]), sourceLocation: sourceLocation)
        let reissued = try await count("request_event WHERE type = 'secretReissued'")
        #expect(reissued == letters, sourceLocation: sourceLocation)
    }
}

@Suite("A new code by letter, where it would reach nobody")
struct LostCodeLetterTests {
    @Test("is refused where nothing prints letters, and the old code stays good", arguments: EngineUnderTest.allCases)
    func noFolder(engine: EngineUnderTest) async throws {
        try await withPortal(engine, printsLetters: false) { opened in
            let citizen = Browser(opened)
            let filed = try await citizen.file()
            try await citizen.losesCode(of: "Kervézec-Canari", born: ("7", "5", "1969"))
            let agent = try await opened.browser(of: "agent")
            #expect(try await agent.get(desk).contains("REGARD_LETTERS"))
            #expect(try await agent.get("/en/operator/lost-codes").contains("REGARD_LETTERS"))
            let refused = try await agent.sendsCode(for: filed.reference, to: .onFile)
            #expect(refused.status == 422)
            #expect(refused.between("class=\"error-summary\"", "</ul>").contains("REGARD_LETTERS"))
            #expect(refused.contains("l’ancien code vaut toujours"))
            try await opened.expectSent(false)
            #expect(try await Browser(opened).open(filed).location == "/suivi")
        }
        try await withPortal(engine) { opened in
            let agent = try await opened.browser(of: "agent")
            #expect(!(try await agent.get(desk).contains("REGARD_LETTERS")))
        }
    }

    @Test("is refused without a postal address, until one is verified", arguments: EngineUnderTest.allCases)
    func noAddress(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let citizen = Browser(opened)
            try await citizen.reachThePerson()
            _ = try await citizen.send(.person, Kervezec.person)
            _ = try await citizen.send(.contact, Kervezec.contact, replacing: ["postal": ""])
            let filed = try await citizen.follow(try await citizen.send(.check)).credentials
            try await citizen.losesCode(of: "Kervézec-Canari", born: ("7", "5", "1969"))
            let agent = try await opened.browser(of: "agent")
            let refused = try await agent.sendsCode(for: filed.reference, to: .onFile)
            #expect(refused.status == 422)
            #expect(refused.between("class=\"error-summary\"", "</ul>").contains("n’a pas d’adresse postale"))
            try await opened.expectSent(false)
            #expect(try await Browser(opened).open(filed).location == "/suivi")

            let sent = try await agent.sendsCode(for: filed.reference, to: .verified)
            #expect(sent.location == "\(desk)?notice=sent")
            try await opened.expectSent(true)
            #expect(try await Browser(opened).open(filed).status == 404)
        }
    }

    @Test(
        "is refused where a parent filed for a child who acts alone by now, whatever address is chosen",
        arguments: EngineUnderTest.allCases)
    func ofAge(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            // Fifteen on 20 March 2026.
            let body: JSON = [
                "right": "objection", "scope": ["kind": "all"], "capacity": "parentalAuthorityHolder",
                "requester": ["name": "Une Mère"], "contact": ["postal": "1 rue des Essais\n35000 Ville"],
                "subject": [
                    "birthName": "Kervézec-Canari", "givenNames": ["Maëlys"], "birthDate": "2011-03-20", "sex": "F",
                ],
            ]
            let filed = try await opened.client.execute(
                uri: "/api/v1/requests", method: .post, headers: [.contentType: "application/json"],
                body: ByteBuffer(bytes: body.canonicalBytes))
            #expect(filed.status == .created)
            let receipt = try JSON(parsing: filed.body.readableBytesView)
            let reference = try #require(receipt["reference"]?.string)
            opened.clock.advance(seconds: 20 * 86_400)
            try await Browser(opened).losesCode(of: "Kervézec-Canari", born: ("20", "3", "2011"))
            let agent = try await opened.browser(of: "agent")
            for address in LetterAddress.allCases {
                let refused = try await agent.sendsCode(for: reference, to: address)
                #expect(refused.status == 422)
                #expect(refused.between("class=\"error-summary\"", "</ul>").contains("l’enfant agit seul désormais"))
                try await opened.expectSent(false)
            }
        }
    }
}
