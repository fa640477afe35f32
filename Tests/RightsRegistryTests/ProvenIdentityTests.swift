import CivilTime
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

/// What somebody who has signed in proves, in the filing and in a request that waits to know who asks.
@Suite("Identity proven by signing in")
struct ProvenIdentityTests {
    private static let person = Person(0)

    /// What a provider says of a person: in capitals, without accents.
    private static func traits(of person: Person = person, _ changes: [String: JSON] = [:]) throws -> ProvenTraits {
        let claims: [String: JSON] = [
            "sub": "the-provider-s-own-name", "given_name": .string(person.givenName.uppercased()),
            "family_name": .string(person.birthName.uppercased().replacing("É", with: "E")),
            "gender": person.sex == .female ? "female" : "male", "birthdate": .string(person.birthDate),
        ]
        return try #require(ProvenTraits(claims: .object(claims.merging(changes) { $1 })))
    }

    private static func file(
        _ body: JSON, provenBy traits: ProvenTraits?, confirm: RightsPolicy.Confirmation = .withoutDoubt,
        in house: House
    ) async throws -> RequestView {
        let policy = RightsPolicy(
            zone: house.policy.zone, clock: house.policy.clock, holidays: house.policy.holidays, register: .onFiling,
            confirm: confirm, roles: House.roles)
        let desk = FilingDesk(
            database: house.database, keys: try RightsKeys(from: house.store, servesOperators: false), policy: policy,
            now: house.clock.source)
        let receipt = try await desk.file(
            try Filing(body, today: house.today, parentActsUnderAge: 15), idempotencyKey: nil,
            body: body.canonicalBytes, provenBy: traits)
        let view = try await house.view(receipt)
        #expect(receipt.isConfirmed == (view.outcome == .granted))
        return view
    }

    private static func events(_ view: RequestView) -> [String] {
        view.events.map { "\($0.event.type.rawValue) \($0.event.actor.rawValue) \($0.event.data.canonical)" }
    }

    private static let filed = "filed citizen {}"
    private static let filedWithWords = #"filed citizen {"message":true}"#
    private static let verified = #"identityVerified system {"by":"signIn"}"#
    private static let granted = "granted system {}"

    @Test("A filing of the very person is verified in its own transaction", arguments: EngineUnderTest.allCases)
    func filing(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let doubtful = try await Self.file(Self.person.body(), provenBy: try Self.traits(), in: house)
            #expect(Self.events(doubtful) == [Self.filedWithWords, Self.verified])
            #expect(doubtful.state == .underReview && doubtful.isIdentityVerified && doubtful.outcome == nil)
            let whole = try await Self.file(
                Self.person.body(["message": nil]), provenBy: try Self.traits(), in: house)
            #expect(Self.events(whole) == [Self.filed, Self.verified, Self.granted])
            // An operator may grant what is left without verifying anything.
            try await house.operators.perform(
                try OperatorAct(["type": "granted"], today: house.today), on: doubtful.reference, by: House.agent)
        }
    }

    @Test("Who signs in as another, or for another, verifies nothing", arguments: EngineUnderTest.allCases)
    func others(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let another = try await Self.file(
                Self.person.body(), provenBy: try Self.traits(of: Person(2)), in: house)
            #expect(Self.events(another) == [Self.filedWithWords])
            let agent = try await Self.file(
                Self.person.body(["capacity": "authorisedAgent", "requester": ["name": "Maëlys000 Kervézec-000"]]),
                provenBy: try Self.traits(), in: house)
            #expect(Self.events(agent) == [Self.filedWithWords])
        }
    }

    @Test(
        "A proof takes away the doubt on who files, and no other",
        arguments: [
            (["nirHolder": "insuredParent"], true), (["nirHolder": "own"], false), (["nir": .null], false),
            (["otherIdentifiers": [["nir": "185057800608491", "birthDate": "1985-05-01", "sex": "M"]]], false),
        ] as [([String: JSON], Bool)])
    func doubts(changes: [String: JSON], isGranted: Bool) async throws {
        try await withHouse(.sqlite) { house in
            var subject = Self.person.body()["subject"]?.object ?? [:]
            // A number that does not go with the date, where it is asked whose it is.
            if changes["nirHolder"] != nil { subject["nir"] = "185057800608491" }
            for (name, value) in changes { subject[name] = value == .null ? nil : value }
            let body = Self.person.body(["message": nil, "subject": .object(subject)])
            let unproven = try await Self.file(body, provenBy: nil, in: house)
            #expect(Self.events(unproven) == [Self.filed])
            let proven = try await Self.file(body, provenBy: try Self.traits(), in: house)
            #expect(Self.events(proven) == [Self.filed, Self.verified] + (isGranted ? [Self.granted] : []))
        }
    }

    @Test("The site may grant at once only what comes from somebody who has signed in, or nothing")
    func policies() async throws {
        try await withHouse(.sqlite) { house in
            let body = Self.person.body(["message": nil])
            for (confirm, proven, outcome) in [
                (RightsPolicy.Confirmation.whenProven, true, RequestOutcome?.some(.granted)),
                (.whenProven, false, nil), (.byOperator, true, nil), (.withoutDoubt, false, .granted),
            ] {
                let traits = proven ? try Self.traits() : nil
                let view = try await Self.file(body, provenBy: traits, confirm: confirm, in: house)
                #expect(view.outcome == outcome, "\(confirm), \(proven)")
                #expect(view.isIdentityVerified == proven)
            }
        }
    }

    // MARK: In a request

    private static func awaiting(_ body: JSON, in house: House) async throws -> FilingReceipt {
        let receipt = try await house.file(body)
        try await house.act(["type": "identityRequested", "text": "Qui êtes-vous ?"], on: receipt)
        return receipt
    }

    private static func prove(
        _ traits: ProvenTraits, _ receipt: FilingReceipt, in house: House
    ) async throws -> FollowDesk.IdentityAnswer {
        try await house.following.proveIdentity(
            traits, for: receipt.reference, secret: try TrackingSecret(entered: receipt.secret))
    }

    @Test(
        "The question of identity is answered and settled at once, and the clock goes on",
        arguments: EngineUnderTest.allCases)
    func answered(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await Self.awaiting(Self.person.body(), in: house)
            house.clock.advance(seconds: 5 * 86_400)
            #expect(try await house.view(receipt).clock.isPaused)
            #expect(try await Self.prove(try Self.traits(), receipt, in: house) == .verified)
            let view = try await house.view(receipt)
            #expect(Self.events(view).suffix(2) == [#"identityProvided citizen {"by":"signIn"}"#, Self.verified])
            #expect(view.state == .underReview && !view.clock.isPaused && view.clock.due > receipt.dueOn)
            await #expect(throws: RightsError.transition(.notIn(.underReview, .identityProvided))) {
                _ = try await Self.prove(try Self.traits(), receipt, in: house)
            }
            try await house.act(["type": "granted"], on: receipt, by: House.agent)
        }
    }

    @Test("Another person changes nothing, and a wrong secret learns nothing", arguments: EngineUnderTest.allCases)
    func refused(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await Self.awaiting(Self.person.body(), in: house)
            let before = Self.events(try await house.view(receipt))
            for traits in [
                try Self.traits(of: Person(2)), try Self.traits(["birthdate": "1930-01-00"]),
                try Self.traits(["gender": "male"]),
            ] {
                #expect(try await Self.prove(traits, receipt, in: house) == .another)
            }
            await #expect(throws: RightsError.notFound) {
                _ = try await house.following.proveIdentity(
                    try Self.traits(), for: receipt.reference, secret: TrackingSecret())
            }
            #expect(Self.events(try await house.view(receipt)) == before)
        }
    }

    @Test(
        "Who acts for another proves who they are, and an operator whether they may",
        arguments: EngineUnderTest.allCases)
    func mandate(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await Self.awaiting(
                Person(4).body(["capacity": "authorisedAgent", "requester": ["name": "Kervézec-000 Maëlys000"]]),
                in: house)
            #expect(try await Self.prove(try Self.traits(of: Person(4)), receipt, in: house) == .another)
            #expect(try await Self.prove(try Self.traits(), receipt, in: house) == .provided)
            let view = try await house.view(receipt)
            #expect(view.events.last?.event.type == .identityProvided)
            #expect(!view.isIdentityVerified)
            await #expect(throws: RightsError.transition(.identityNotVerified)) {
                try await house.act(["type": "granted"], on: receipt)
            }
        }
    }

    @Test("An identity that was put right is what counts")
    func corrected() async throws {
        try await withHouse(.sqlite) { house in
            let receipt = try await Self.awaiting(Person(2).body(), in: house)
            #expect(try await Self.prove(try Self.traits(), receipt, in: house) == .another)
            let subject = Self.person.body()["subject"] ?? .null
            try await house.act(["type": "identityCorrected", "subject": subject], on: receipt)
            #expect(try await Self.prove(try Self.traits(), receipt, in: house) == .verified)
        }
    }
}
