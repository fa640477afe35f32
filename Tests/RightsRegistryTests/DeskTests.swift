import CivilTime
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@Suite("The desk")
struct DeskTests {
    /// Accounts of the operators that the tests act as, and of one colleague more.
    private func hire(_ house: House) async throws {
        for (name, role) in [
            ("camille", Role.agent), ("dominique", .supervisor), ("louison", .agent), ("eden", .auditor),
        ] {
            _ = try await house.accounts.add(name: name, role: role, password: "un mot de passe assez long")
        }
    }

    /// Objections that wait for an operator: each has a message to answer.
    private func waiting(_ count: Int, in house: House) async throws -> [FilingReceipt] {
        var receipts: [FilingReceipt] = []
        for number in 0..<count { receipts.append(try await house.file(Person(number).body())) }
        return receipts
    }

    private func act(_ body: JSON, _ house: House) throws -> OperatorAct { try OperatorAct(body, today: house.today) }

    private func events(_ type: String, _ house: House) async throws -> Int {
        try await house.count("request_event", where: "type = '\(type)'")
    }

    @Test("A bulk act does to each what it can, and says of each what it did", arguments: EngineUnderTest.allCases)
    func bulk(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await hire(house)
            let receipts = try await waiting(4, in: house)
            try await house.act(["type": "identityVerified"], on: receipts[0])
            try await house.act(["type": "identityVerified"], on: receipts[1])
            try await house.act(["type": "granted"], on: receipts[1])
            let seen = try await house.operators.request(receipts[2].reference, for: House.agent).events.count
            try await house.act(["type": "noted", "note": "vue"], on: receipts[2])
            let cases =
                [SeenCase(receipts[0].reference), SeenCase(receipts[1].reference)]
                + [
                    SeenCase(receipts[2].reference, after: seen), SeenCase(receipts[3].reference),
                    SeenCase("R-2026-000000"),
                ]
                + [SeenCase(receipts[0].reference)]
            let results = try await house.operators.perform(
                try act(["type": "granted"], house), onEach: cases, by: House.agent)
            #expect(results.map(\.reference) == cases.dropLast().map(\.reference), "each once, in their order")
            #expect(results.map(\.isDone) == [true, false, false, false, false])
            var reasons: [RightsError] = []
            for result in results { if case .refused(let reason) = result.outcome { reasons.append(reason) } }
            #expect(
                reasons == [
                    .transition(.alreadyDecided(.granted)), .outdated, .transition(.notIn(.received, .granted)),
                    .notFound,
                ])
            #expect(try await events("granted", house) == 2)
            #expect(try await house.count("audit_event", where: "act = 'requestEvent.granted'") == 2)
        }
    }

    @Test("What stands so already is said to, and nothing written", arguments: EngineUnderTest.allCases)
    func alreadySo(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await hire(house)
            let receipts = try await waiting(3, in: house)
            try await house.act(["type": "identityVerified"], on: receipts[0])
            try await house.act(["type": "assigned"], on: receipts[0], by: House.agent)
            for (type, others) in [("identityVerified", 2), ("assigned", 2)] {
                let results = try await house.operators.perform(
                    try act(["type": .string(type)], house), onEach: receipts.map { SeenCase($0.reference) },
                    by: House.agent)
                #expect(results.map(\.isAlreadySo) == [true, false, false])
                #expect(results.count(where: \.isDone) == others)
                #expect(try await events(type, house) == 3, "one in each case, and no second")
                #expect(try await house.count("audit_event", where: "act = 'requestEvent.\(type)'") == 3)
            }
            // Given to somebody else, it is written.
            let given = try await house.operators.perform(
                try act(["type": "assigned", "assignee": "louison"], house),
                onEach: [SeenCase(receipts[1].reference)], by: House.agent)
            #expect(given.map(\.isDone) == [true])
            // A question of identity that is open again is settled again.
            try await house.act(["type": "identityRequested", "text": "Qui êtes-vous ?"], on: receipts[0])
            let settled = try await house.operators.perform(
                try act(["type": "identityVerified"], house), onEach: [SeenCase(receipts[0].reference)],
                by: House.agent)
            #expect(settled.map(\.isDone) == [true])
        }
    }

    @Test("A bulk act is refused as a whole where nobody may do it, or its words are each case's own")
    func bulkRefused() async throws {
        try await withHouse(.sqlite) { house in
            let receipts = try await waiting(1, in: house)
            let cases = [SeenCase(receipts[0].reference)]
            await #expect(throws: RightsError.forbidden(.note)) {
                try await house.operators.perform(
                    try act(["type": "noted", "note": "x"], house), onEach: cases, by: House.auditor)
            }
            await #expect(throws: RightsError.self) {
                try await house.operators.perform(try act(House.refusal, house), onEach: cases, by: House.supervisor)
            }
            await #expect(throws: RightsError.self) {
                try await house.operators.perform(
                    try act(["type": "assigned"], house),
                    onEach: (0...OperatorDesk.bulkLimit).map { SeenCase("R-\($0)") }, by: House.agent)
            }
            #expect(try await house.count("request_event", where: "type <> 'filed'") == 0)
        }
    }

    @Test("Requests are given to colleagues, whom the citizen never hears of", arguments: EngineUnderTest.allCases)
    func assignment(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await hire(house)
            let receipts = try await waiting(3, in: house)
            try await house.act(["type": "assigned", "assignee": "louison"], on: receipts[0], by: House.agent)
            try await house.act(["type": "assigned"], on: receipts[1], by: House.agent)
            for name in ["personne", "eden"] {
                await #expect(throws: RightsError.self, "neither strangers nor those who only read") {
                    try await house.act(
                        ["type": "assigned", "assignee": .string(name)], on: receipts[2], by: House.agent)
                }
            }
            #expect(try await house.operators.request(receipts[0].reference, for: House.agent).assignee == "louison")
            // Anybody takes a case; nobody but a supervisor gives away what is a colleague's.
            await #expect(throws: RightsError.forbidden(.reassign)) {
                try await house.act(
                    ["type": "assigned", "assignee": "dominique"], on: receipts[0], by: House.agent)
            }
            try await house.act(["type": "assigned", "assignee": "louison"], on: receipts[0], by: House.supervisor)
            let colleagues = try await house.operators.colleagues(for: House.agent)
            #expect(colleagues.map(\.name) == ["camille", "dominique", "louison"])
            #expect(colleagues.map(\.openCases) == [1, 0, 1])
            let told = try await house.view(receipts[0])
            #expect(told.assignee == nil || !told.events.contains { "\($0.event.data)".contains("louison") })
            #expect(!told.events.contains { "\($0.event.data)\(String(describing: $0.words))".contains("louison") })
        }
    }

    @Test("Whoever is away is stood in for, and hands over with a note", arguments: EngineUnderTest.allCases)
    func absence(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await hire(house)
            let (desk, today) = (house.operators, house.today)
            let receipts = try await waiting(2, in: house)
            for receipt in receipts { try await house.act(["type": "assigned"], on: receipt, by: House.agent) }
            let louison = Operator(name: "louison", role: .agent)
            let absence = Absence(from: today, until: today.adding(days: 3), deputy: "louison")
            await #expect(throws: RightsError.forbidden(.reassign)) {
                try await desk.setAbsence(absence, of: "camille", by: louison)
            }
            await #expect(throws: RightsError.self, "it runs backwards") {
                try await desk.setAbsence(
                    Absence(from: today.adding(days: 2), until: today, deputy: nil), of: "camille", by: House.agent)
            }
            try await desk.setAbsence(absence, of: "camille", by: House.agent)
            #expect(try await desk.deputised(by: louison) == ["camille"])
            house.clock.advance(seconds: 4 * 86_400)
            #expect(try await desk.deputised(by: louison) == [], "it is over by itself")

            await #expect(throws: RightsError.forbidden(.reassign), "what is a colleague's is not theirs to give") {
                try await desk.handOver(from: "camille", to: "louison", note: nil, by: louison)
            }
            let results = try await desk.handOver(
                from: "camille", to: "louison", note: "Rappeler lundi.", by: House.supervisor)
            #expect(results.allSatisfy(\.isDone) && results.count == 2)
            for receipt in receipts {
                let view = try await desk.request(receipt.reference, for: louison)
                #expect(view.assignee == "louison")
                #expect(view.events.contains { $0.words?["note"]?.string == "Rappeler lundi." })
            }
            #expect(try await desk.handOver(from: "camille", to: "louison", note: nil, by: House.agent).isEmpty)
        }
    }

    @Test(
        "An identity takes a motive once a day, and each opening is in the audit", arguments: EngineUnderTest.allCases)
    func motive(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await waiting(1, in: house)[0]
            let desk = house.operators
            await #expect(throws: RightsError.self) {
                try await desk.openIdentity(receipt.reference, motive: nil, for: House.agent)
            }
            #expect(try await events("identityOpened", house) == 0)
            _ = try await desk.openIdentity(receipt.reference, motive: .answer, for: House.agent)
            let again = try await desk.openIdentity(receipt.reference, motive: nil, for: House.agent)
            #expect(again["subject"]?["birthName"]?.string == Person(0).birthName)
            #expect(try await desk.request(receipt.reference, for: House.agent).desk?.openedToday == .answer)
            #expect(try await desk.request(receipt.reference, for: House.supervisor).desk?.openedToday == nil)
            #expect(try await events("identityOpened", house) == 1, "the citizen sees one")
            #expect(try await house.count("audit_event", where: "act LIKE '%dentityOpened%'") == 2)
            house.clock.advance(seconds: 86_400)
            await #expect(throws: RightsError.self, "another day, another motive") {
                try await desk.openIdentity(receipt.reference, motive: nil, for: House.agent)
            }
        }
    }

    @Test(
        "People are found by an exact identity, and duplicates without opening any", arguments: EngineUnderTest.allCases
    )
    func people(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let indexing = try #require(
                PersonIndexing(
                    database: house.database, keys: try RightsKeys(from: house.store, servesOperators: true),
                    policy: house.policy, now: house.clock.source)
            )
            let own = try await house.file(Person(0).body())
            let second = try await house.file(Person(0).body(["right": "access"]))
            let other = try await house.file(Person(1).body())
            // A twin under the same number, of another name: perhaps the same, never certainly.
            var twin = Person(0).subject.object ?? [:]
            twin["givenNames"] = ["Youna"]
            let alike = try await house.file(Person(0).body(["subject": .object(twin)]))
            while try await indexing.indexNext() > 0 {}

            func find(_ members: [String: JSON]) async throws -> [String: Bool] {
                var body = ["birthDate": JSON.string(Person(0).birthDate), "sex": .string(Person(0).sex.rawValue)]
                body.merge(members) { $1 }
                let found = try await house.operators.find(
                    try SoughtPerson(.object(body), today: house.today), motive: .dispute, for: House.agent)
                return Dictionary(uniqueKeysWithValues: found.found.map { ($0.reference, $0.isCertain) })
            }
            let names: [String: JSON] = [
                "birthName": .string(Person(0).birthName.uppercased()), "givenNames": .string(Person(0).givenName),
            ]
            let number: [String: JSON] = ["nir": .string(Person(0).nir)]
            #expect(try await find(names) == [own.reference: false, second.reference: false])
            #expect(
                try await find(number) == [own.reference: false, second.reference: false, alike.reference: false])
            #expect(
                try await find(names.merging(number) { $1 })
                    == [own.reference: true, second.reference: true, alike.reference: false])
            #expect(try await find(["birthName": "Personne", "givenNames": "Personne"]) == [:])
            #expect(throws: FieldErrors.self) {
                try SoughtPerson(["birthDate": "1950-01-01", "sex": "F"], today: house.today)
            }
            await #expect(throws: RightsError.forbidden(.openIdentity)) {
                try await house.operators.find(
                    try SoughtPerson(
                        ["birthDate": "1950-01-01", "sex": "F", "nir": .string(Person(0).nir)], today: house.today),
                    motive: .answer, for: House.auditor)
            }
            let facts = try await house.operators.request(own.reference, for: House.agent).desk
            #expect(Set(facts?.alike.map(\.reference) ?? []) == [second.reference, alike.reference])
            #expect(facts?.alike.first { $0.reference == second.reference }?.isCertain == true)
            #expect(facts?.alike.first { $0.reference == alike.reference }?.isCertain == false)
            #expect(try await house.operators.request(other.reference, for: House.agent).desk?.alike.isEmpty == true)
            let audited = try await house.database.read { connection in
                try connection.query("SELECT subject, detail FROM audit_event WHERE act = 'person.sought'").map {
                    "\(try $0["subject"] as String) \(try $0["detail"] as String)"
                }
            }
            #expect(audited.count == 4)
            #expect(!audited.contains { $0.contains(Person(0).birthName) || $0.contains(Person(0).nir) })
        }
    }

    @Test(
        "The next request follows in the order of deadlines, and then from the beginning",
        arguments: EngineUnderTest.allCases)
    func next(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            var receipts: [FilingReceipt] = []
            for number in 0..<3 {
                receipts.append(try await house.file(Person(number).body()))
                house.clock.advance(seconds: 3 * 86_400)
            }
            var query = QueueQuery()
            query.needsOperator = true
            func next(_ index: Int) async throws -> String? {
                try await house.operators.next(after: receipts[index].reference, in: query, for: House.agent)?.reference
            }
            #expect(try await next(0) == receipts[1].reference)
            #expect(try await next(2) == receipts[0].reference)
            for receipt in receipts[1...] {
                try await house.act(["type": "voided", "reasons": "contrefaite"], on: receipt)
            }
            #expect(try await next(0) == nil, "nothing else is left")
        }
    }

    @Test("Colleagues see who has a case open, for some minutes", arguments: EngineUnderTest.allCases)
    func viewing(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await waiting(1, in: house)[0]
            let desk = house.operators
            for _ in 0..<3 { try await desk.noteViewing(of: receipt.reference, by: House.supervisor) }
            func viewers(_ asker: Operator) async throws -> [String] {
                try await desk.request(receipt.reference, for: asker).desk?.viewers.map(\.name) ?? []
            }
            #expect(try await viewers(House.agent) == ["dominique"])
            #expect(try await viewers(House.supervisor) == [], "nobody is told of themselves")
            house.clock.advance(seconds: 301)
            #expect(try await viewers(House.agent) == [])
        }
    }

    @Test(
        "Filters are kept, replaced, shared, and thrown away by their owner alone", arguments: EngineUnderTest.allCases)
    func filters(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let desk = house.operators
            try await desk.keepFilter(named: " Mes  accès ", query: "right=access", isShared: false, for: House.agent)
            try await desk.keepFilter(
                named: "Mes accès", query: "right=access&due=soon", isShared: false, for: House.agent)
            try await desk.keepFilter(named: "Retards", query: "due=late", isShared: true, for: House.supervisor)
            let own = try await desk.filters(for: House.agent)
            #expect(own.map(\.name) == ["Mes accès", "Retards"])
            #expect(own.map(\.query) == ["right=access&due=soon", "due=late"])
            #expect(try await desk.filters(for: House.supervisor).map(\.name) == ["Retards"])
            await #expect(throws: RightsError.notFound) { try await desk.dropFilter(own[1].id, for: House.agent) }
            try await desk.dropFilter(own[0].id, for: House.agent)
            #expect(try await desk.filters(for: House.agent).map(\.name) == ["Retards"])
            for name in ["   ", String(repeating: "x", count: 61)] {
                await #expect(throws: RightsError.self) {
                    try await desk.keepFilter(named: name, query: "", isShared: false, for: House.agent)
                }
            }
        }
    }
}
