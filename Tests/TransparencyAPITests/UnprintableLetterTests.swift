import HTTPTypes
import HummingbirdTesting
import Logging
import NIOCore
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

extension OpenedPortal {
    /// Puts what is due into letters; nothing is mailed.
    fileprivate func tellOnPaper() async throws {
        clock.advance(seconds: 120)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let worker = NoticeWorker(
            database: database, keys: try RightsKeys(from: store, servesOperators: true), policy: portal.policy,
            deliver: nil, now: clock.source, logger: logger)
        while try await worker.runOnce() > 0 {}
    }
}

@Suite("Letters with what no font has")
struct UnprintableLetterTests {
    @Test("are printed beside the others, each with all that can be", arguments: EngineUnderTest.allCases)
    func printed(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let desk = try #require(opened.portal.console).desk
            let odd = "😀 漢字 العربية \u{202E}\u{FFFF} " + String(repeating: "Wx", count: 400)
            for (name, words) in [("Kervézec-漢字😀", odd), ("Kervézec-Canari", "Votre dossier est complet.")] {
                let body: JSON = [
                    "right": "access", "scope": ["kind": "all"], "capacity": "dataSubject",
                    "contact": ["postal": .string("1 rue des Essais \(name)\n35000 Ville")],
                    "subject": [
                        "birthName": .string(name), "givenNames": ["Maëlys"], "birthDate": "1969-05-07", "sex": "F",
                    ],
                ]
                let filed = try await opened.client.execute(
                    uri: "/api/v1/requests", method: .post, headers: [.contentType: "application/json"],
                    body: ByteBuffer(bytes: body.canonicalBytes))
                #expect(filed.status == .created, "\(String(buffer: filed.body))")
                let reference = try #require(try JSON(parsing: filed.body.readableBytesView)["reference"]?.string)
                let act = try OperatorAct(["type": "message", "text": .string(words)], today: opened.portal.today)
                try await desk.perform(act, on: reference, by: Operator(name: "agent", role: .agent))
            }
            try await opened.tellOnPaper()
            let agent = try await opened.browser(of: "agent")
            let letters = try await desk.letters(for: Operator(name: "agent", role: .agent)).items.map(\.id)
            #expect(letters.count == 2)
            let printed = try await agent.post(
                "/operateur/courriers", letters.map { ("letter", $0) } + [("act", "print")])
            #expect(printed.status == 200)
            #expect(printed.headers[.contentType] == "application/pdf")
            #expect(printed.body.hasPrefix("%PDF-"))
            #expect(try await opened.count("letter WHERE printed_at IS NOT NULL AND failure IS NULL") == 2)
        }
    }
}
