import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@Suite("What is left to operators")
struct QueueTests {
    /// The references of what somebody has to do something about.
    private func queue(_ house: House) async throws -> Set<String> {
        var query = QueueQuery(limit: 1000)
        query.needsOperator = true
        let found = try await house.operators.queue(query, for: House.agent)
        #expect(found.total == found.items.count)
        return Set(found.items.map(\.reference))
    }

    @Test("A day of many filings leaves only the doubtful ones in the queue", arguments: EngineUnderTest.allCases)
    func surge(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let mandate: JSON = ["name": "Association des patients", "organisation": "Entraide"]
            var doubtful: Set<String> = []
            for number in 0..<450 {
                let person = Person(number)
                var without = person.subject.object ?? [:]
                without["nir"] = nil
                let body: JSON
                switch number {
                case 7: body = person.body()
                case 100: body = person.body(["message": nil, "subject": .object(without)])
                case 200:
                    body = person.body(["message": nil, "capacity": "authorisedAgent", "requester": mandate])
                case 300: body = person.body(["message": nil, "right": "access"])
                default: body = person.body(["message": nil])
                }
                let receipt = try await house.file(body)
                if [7, 100, 200, 300].contains(number) { doubtful.insert(receipt.reference) }
                #expect(receipt.isConfirmed == !doubtful.contains(receipt.reference))
            }
            #expect(try await house.count("rights_request") == 450)
            #expect(try await queue(house) == doubtful)
        }
    }

    @Test("Whoever writes comes into the queue until they are answered", arguments: EngineUnderTest.allCases)
    func letters(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(0).body(["message": nil]))
            #expect(try await queue(house) == [])
            try await house.following.write(
                ["text": "Et mon dossier de 2019 ?"], to: receipt.reference,
                secret: try TrackingSecret(entered: receipt.secret))
            #expect(try await queue(house) == [receipt.reference])
            try await house.act(["type": "noted", "note": "à voir"], on: receipt)
            #expect(try await queue(house) == [receipt.reference], "a note answers nobody")
            try await house.act(["type": "message", "text": "Il est couvert aussi."], on: receipt)
            #expect(try await queue(house) == [])
        }
    }

    @Test("What is decided stays while a person has something to do about it", arguments: EngineUnderTest.allCases)
    func unfinished(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            var without = Person(0).subject.object ?? [:]
            without["nir"] = nil
            let unidentified = try await house.file(Person(0).body(["subject": .object(without)]))
            let access = try await house.file(Person(1).body(["right": "access"]))
            let plain = try await house.file(Person(2).body())
            for receipt in [unidentified, access, plain] {
                try await house.act(["type": "identityVerified"], on: receipt)
                try await house.act(["type": "granted", "text": "C’est fait."], on: receipt)
            }
            #expect(try await queue(house) == [unidentified.reference, access.reference])
        }
    }
}
