import CivilTime
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

/// Somebody as a provider of identities knows them, and as they file.
private struct Somebody {
    var birthName = "Kervézec-Canari"
    var givenNames = ["Maëlys", "Anne-Marie"]
    var birthDate = "1969-05-07"
    var sex = "F"
    var birthPlace: String? = "29019"
    var nir: String? = "269054958815780"

    var subject: JSON {
        .object(ofPresent: [
            "birthName": .string(birthName), "givenNames": .array(givenNames.map { .string($0) }),
            "birthDate": .string(birthDate), "sex": .string(sex), "birthPlace": birthPlace.map { .string($0) },
            "nir": nir.map { .string($0) },
        ])
    }

    func filing(_ members: KeyValuePairs<String, JSON?> = [:]) -> JSON {
        var body: [String: JSON] = [
            "right": "objection", "scope": ["kind": "all"], "subject": subject, "capacity": "dataSubject",
        ]
        for (key, value) in members { body[key] = value }
        return .object(body)
    }

    var traits: ProvenTraits {
        ProvenTraits(
            claims: .object(ofPresent: [
                "sub": .string("\(birthName)-\(givenNames)"), "family_name": .string(birthName.uppercased()),
                "given_name": .string(givenNames.joined(separator: " ")), "birthdate": .string(birthDate),
                "gender": .string(sex == "F" ? "female" : "male"), "birthplace": birthPlace.map { .string($0) },
                "birthcountry": "99100",
            ]))!
    }

    func claimant(nir: String = "") throws -> Claimant { try Claimant(traits, typedNIR: nir) }
}

extension House {
    fileprivate var choices: ChoicesDesk {
        get throws {
            ChoicesDesk(
                database: database, keys: try RightsKeys(from: store, servesOperators: true), policy: policy,
                now: clock.source)!
        }
    }

    fileprivate var indexing: PersonIndexing {
        get throws {
            PersonIndexing(
                database: database, keys: try RightsKeys(from: store, servesOperators: true), policy: policy,
                now: clock.source)!
        }
    }

    /// Files, and indexes what was filed.
    fileprivate func fileAndIndex(_ body: JSON) async throws -> FilingReceipt {
        let receipt = try await file(body)
        #expect(try await indexing.indexNext() == 1)
        return receipt
    }

    /// The references that somebody finds.
    fileprivate func found(_ claimant: Claimant) async throws -> [String] {
        try await choices.requests(of: claimant).map(\.reference)
    }

    fileprivate func eraseCases() async throws {
        try await database.write {
            _ = try $0.execute(
                "UPDATE rights_request SET sealed_filing = NULL, operator_wrap = NULL, citizen_wrap = NULL")
        }
    }
}

@Suite("Choices of whoever proves who they are")
struct ChoicesTests {
    @Test(
        "are certain by the traits with the birth place, or with a number, and by nothing less",
        arguments: [
            ([], false), ([.traits], false), ([.origin], false), ([.identifier], false),
            ([.identifier, .origin], false), ([.traits, .origin], true), ([.traits, .identifier], true),
            ([.traits, .origin, .identifier], true),
        ] as [([PersonIndexKind], Bool)])
    func rule(shared: [PersonIndexKind], isCertain: Bool) {
        #expect(PersonMatch.isCertain(Set(shared)) == isCertain)
    }

    @Test("are found by the birth place, by the number, and not by the names and the birth date alone")
    func numbers() throws {
        let somebody = Somebody()
        #expect(try somebody.claimant(nir: " ").nir == nil)
        #expect(try somebody.claimant(nir: "2 69 05 29 019 157 36").nir != nil)
        for (nir, code) in [
            ("269054958815781", "nir.key"), ("185057800608491", "nir.another"), ("12", "nir.length"),
            // Of the right sex and month, and born elsewhere.
            ("269054958815780", "nir.another"),
        ] {
            #expect(throws: FieldErrors([FieldError(pointer: "/nir", code: code)])) { try somebody.claimant(nir: nir) }
        }
        // What the code of a place was when the number was given.
        var corsican = Somebody(birthDate: "1970-05-07", birthPlace: "2A004")
        corsican.nir = nil
        #expect(try corsican.claimant(nir: Self.nir("2700520004001")).nir != nil)
        let parisian = Somebody(birthDate: "1960-05-07", birthPlace: "92012")
        #expect(try parisian.claimant(nir: Self.nir("2600575012001")).nir != nil)
        let later = Somebody(birthDate: "1970-05-07", birthPlace: "92012")
        #expect(throws: FieldErrors.self) { try later.claimant(nir: Self.nir("2700575012001")) }
    }

    static func nir(_ thirteen: String) -> String {
        let key = 97 - Int(thirteen)! % 97
        return thirteen + (key < 10 ? "0\(key)" : "\(key)")
    }

    @Test("are seen by the person, whatever the spelling, and by nobody else", arguments: EngineUnderTest.allCases)
    func finding(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let somebody = Somebody()
            let receipt = try await house.fileAndIndex(somebody.filing())
            #expect(try await house.found(somebody.claimant()) == [receipt.reference])
            var spelled = somebody
            spelled.birthName = "KERVEZEC CANARI"
            spelled.givenNames = ["Maelys", "Anne", "Marie", "Louise"]
            #expect(try await house.found(spelled.claimant()) == [receipt.reference])

            var homonym = somebody
            homonym.birthPlace = "75107"
            #expect(try await house.found(homonym.claimant()).isEmpty, "a homonym born elsewhere on the same day")
            var twin = somebody
            twin.givenNames = ["Maëlys-Rose"]
            #expect(try await house.found(twin.claimant()).isEmpty)
            twin.givenNames = ["Maëlys", "Rose"]
            #expect(try await house.found(twin.claimant()).isEmpty)
            for changed in [
                Somebody(birthName: "Canari"), Somebody(birthDate: "1969-05-08"), Somebody(sex: "M"),
            ] {
                #expect(try await house.found(changed.claimant()).isEmpty)
            }
            var unplaced = somebody
            unplaced.birthPlace = nil
            #expect(try await house.found(unplaced.claimant()).isEmpty, "not certain")
            #expect(try await house.found(unplaced.claimant(nir: somebody.nir!)) == [receipt.reference])
        }
    }

    @Test("of twins are apart, under one parent's number too", arguments: EngineUnderTest.allCases)
    func twins(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let parent: JSON = ["name": "Une Mère"]
            func child(_ given: [String]) -> Somebody {
                Somebody(givenNames: given, birthDate: "2012-01-15", nir: "269054958815780")
            }
            func filing(_ child: Somebody) -> JSON {
                var subject = child.subject.object!
                subject["nirHolder"] = "insuredParent"
                return child.filing([
                    "subject": .object(subject), "capacity": "parentalAuthorityHolder", "requester": parent,
                ])
            }
            let (rose, lise) = (child(["Marie-Rose"]), child(["Marie-Lise"]))
            let first = try await house.fileAndIndex(filing(rose))
            let second = try await house.fileAndIndex(filing(lise))
            // 14 years old: a parent acts.
            #expect(try await house.found(rose.claimant()).isEmpty)
            house.clock.advance(seconds: 366 * 86_400)
            #expect(try await house.found(rose.claimant()) == [first.reference])
            #expect(try await house.found(lise.claimant()) == [second.reference])
        }
    }

    @Test("end whole or in part, and tell who ended them", arguments: EngineUnderTest.allCases)
    func ending(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await house.database.write { connection in
                for id in ["a", "b"] {
                    try connection.execute(
                        """
                        INSERT INTO linked_database
                            (id, name, connector, datasets, state, created_at, incarnation, position)
                        VALUES ($1, '{"fr":"B"}', 'sqlite:x', '[]', 'active', 0, 'first', 0)
                        """, id)
                }
            }
            let somebody = Somebody()
            let receipt = try await house.fileAndIndex(
                somebody.filing(["scope": ["kind": "databases", "ids": ["a", "b"]]]))
            let choices = try house.choices
            let claimant = try somebody.claimant()
            await #expect(throws: RightsError.notFound) {
                try await choices.withdraw([:], of: receipt.reference, by: Somebody(sex: "M").claimant())
            }
            try await choices.withdraw(
                ["scope": ["kind": "databases", "ids": ["a"]]], of: receipt.reference, by: claimant)
            var view = try await house.view(receipt)
            #expect(view.isInForce && view.exceptions == [.databases(["a"])])
            #expect(view.events.last?.event.type == .narrowed)
            #expect(view.events.last?.event.data["by"] == "signIn")
            try await choices.withdraw([:], of: receipt.reference, by: claimant)
            view = try await house.view(receipt)
            #expect(!view.isInForce && view.outcome == .withdrawn)
            #expect(view.events.last?.event.actor == .citizen)
            #expect(view.events.last?.event.data == ["by": "signIn"])
            #expect(try await house.found(claimant) == [receipt.reference], "what has ended is still shown")
        }
    }

    @Test("remain when the case is erased, and can be ended then", arguments: EngineUnderTest.allCases)
    func erased(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let somebody = Somebody()
            let receipt = try await house.fileAndIndex(somebody.filing())
            try await house.eraseCases()
            let claimant = try somebody.claimant()
            #expect(try await house.choices.requests(of: claimant).map(\.isInForce) == [true])
            let secret = try await house.choices.reissue(receipt.reference, to: claimant)
            #expect(try await house.following.follow(receipt.reference, secret: secret).isInForce)
            try await house.choices.withdraw([:], of: receipt.reference, by: claimant)
            #expect(try await house.choices.requests(of: claimant).map(\.isInForce) == [false])
        }
    }
}

@Suite("The blind index")
struct PersonIndexTests {
    @Test(
        "takes in each filing once, whoever works at it, and again when the identity is put right",
        arguments: EngineUnderTest.allCases)
    func indexing(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let wrong = Somebody(birthName: "Canari")
            let receipt = try await house.file(wrong.filing(["message": "Bonjour."]))
            for number in 0..<60 { _ = try await house.file(Person(number).body()) }
            let indexing = try house.indexing
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { while try await indexing.indexNext() > 0 {} } }
                try await group.waitForAll()
            }
            #expect(try await house.count("rights_request", where: "indexing = 'done'") == 61)
            #expect(try await house.found(wrong.claimant()) == [receipt.reference])

            var right = Somebody().subject.object!
            right["nirHolder"] = "own"
            try await house.act(["type": "identityCorrected", "subject": .object(right)], on: receipt)
            #expect(try await indexing.indexNext() == 1)
            #expect(try await house.found(wrong.claimant()).isEmpty)
            #expect(try await house.found(Somebody().claimant()) == [receipt.reference])
        }
    }

    @Test("passes over what does not open, and does not stop at it", arguments: EngineUnderTest.allCases)
    func unreadable(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            _ = try await house.file(Person(1).body())
            _ = try await house.file(Person(2).body())
            try await house.eraseCases()
            _ = try await house.file(Somebody().filing())
            #expect(try await house.indexing.indexNext() == 3)
            #expect(try await house.indexing.indexNext() == 0)
            #expect(try await house.count("rights_request", where: "indexing = 'unreadable'") == 2)
            #expect(try await house.found(Somebody().claimant()).count == 1)
        }
    }

    @Test("is told to be another key's", arguments: EngineUnderTest.allCases)
    func anotherKey(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            #expect(try await !house.indexing.isUnderAnotherKey())
            #expect(try await !house.indexing.isUnderAnotherKey())
            let other = try KeyStore.create(at: house.place.folder + "/other-keys")
            try other.initialise()
            let keys = try RightsKeys(from: other, servesOperators: true)
            #expect(
                try await PersonIndexing(
                    database: house.database, keys: keys, policy: house.policy, now: house.clock.source)!
                    .isUnderAnotherKey())
        }
    }

    @Test("is not there without the operators' keys")
    func intake() async throws {
        try await withHouse(.sqlite) { house in
            let keys = try RightsKeys(from: house.store, servesOperators: false)
            #expect(
                PersonIndexing(database: house.database, keys: keys, policy: house.policy, now: house.clock.source)
                    == nil)
            #expect(
                ChoicesDesk(database: house.database, keys: keys, policy: house.policy, now: house.clock.source) == nil)
        }
    }
}

@Suite("A secret in a lost one's place")
struct SecretRenewalTests {
    @Test("opens what was sealed before, and the old one opens nothing", arguments: EngineUnderTest.allCases)
    func renewal(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let somebody = Somebody()
            let receipt = try await house.fileAndIndex(somebody.filing(["message": "Bonjour."]))
            let old = try TrackingSecret(entered: receipt.secret)
            try await house.following.write(["text": "Avant la perte."], to: receipt.reference, secret: old)
            await #expect(throws: RightsError.notFound) {
                try await house.choices.reissue(receipt.reference, to: Somebody(birthPlace: "75107").claimant())
            }
            let new = try await house.choices.reissue(receipt.reference, to: somebody.claimant())
            #expect(new != old)
            let view = try await house.following.follow(receipt.reference, secret: new)
            #expect(view.events.contains { $0.words?["text"] == "Avant la perte." })
            #expect(view.events.last?.event.type == .secretReissued && view.events.last?.event.actor == .citizen)
            #expect(view.events.last?.event.data == ["by": "signIn"])
            for reference in [receipt.reference, "R-2026-000000"] {
                await #expect(throws: RightsError.notFound) {
                    try await house.following.follow(reference, secret: old)
                }
            }
            try await house.following.write(["text": "Après."], to: receipt.reference, secret: new)
            _ = try await house.operators.openIdentity(receipt.reference, motive: .answer, for: House.agent)
        }
    }
}

@Suite("Coming of age")
struct ComingOfAgeTests {
    @Test("closes the case to the parent's secret, and tells nobody else", arguments: EngineUnderTest.allCases)
    func parent(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            // Fifteen on 6 March 2026, the day after the filing.
            let child = Somebody(birthDate: "2011-03-06", nir: nil)
            let receipt = try await house.file(
                child.filing(["capacity": "parentalAuthorityHolder", "requester": ["name": "Une Mère"]]))
            let secret = try TrackingSecret(entered: receipt.secret)
            _ = try await house.view(receipt)
            house.clock.advance(seconds: 86_400)
            await #expect(throws: RightsError.comeOfAge) { try await house.view(receipt) }
            await #expect(throws: RightsError.comeOfAge) { try await house.withdraw(receipt) }
            await #expect(throws: RightsError.comeOfAge) {
                try await house.following.write(["text": "Bonjour"], to: receipt.reference, secret: secret)
            }
            await #expect(throws: RightsError.notFound) {
                try await house.following.follow(receipt.reference, secret: TrackingSecret())
            }
            #expect(try await house.count("ledger_entry", where: "effect = 'withdraw'") == 0)
        }
    }

    @Test("changes nothing for whoever filed for themself", arguments: EngineUnderTest.allCases)
    func minor(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let minor = Somebody(birthDate: "2011-03-05", nir: nil)
            let receipt = try await house.file(minor.filing())
            house.clock.advance(seconds: 86_400)
            _ = try await house.view(receipt)
        }
    }

    @Test(
        "the child who signs in gets a code, which opens the case; the parent's is dead",
        arguments: EngineUnderTest.allCases)
    func childsOwnCode(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let child = Somebody(birthDate: "2011-03-06", nir: nil)
            let receipt = try await house.file(
                child.filing([
                    "capacity": "parentalAuthorityHolder", "requester": ["name": "Une Mère"], "message": "Bonjour.",
                ]))
            while try await house.indexing.indexNext() > 0 {}
            house.clock.advance(seconds: 86_400)
            let secret = try await house.choices.reissue(receipt.reference, to: try child.claimant())
            let view = try await house.following.follow(receipt.reference, secret: secret)
            #expect(view.events.last?.event.type == .secretReissued)
            await #expect(throws: RightsError.notFound) { try await house.view(receipt) }
            await #expect(throws: RightsError.notFound) { try await house.withdraw(receipt) }
            try await house.following.write(["text": "C’est moi."], to: receipt.reference, secret: secret)
            try await house.following.withdraw(receipt.reference, secret: secret)
            #expect(try await house.following.follow(receipt.reference, secret: secret).outcome == .withdrawn)
        }
    }
}
