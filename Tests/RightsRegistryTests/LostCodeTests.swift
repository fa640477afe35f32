import CivilTime
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

extension House {
    fileprivate var lostCodes: LostCodeDesk {
        get throws {
            LostCodeDesk(
                database: database, keys: try RightsKeys(from: store, servesOperators: true), policy: policy,
                printsLetters: true, now: clock.source)!
        }
    }

    fileprivate func index() async throws {
        let indexing = PersonIndexing(
            database: database, keys: try RightsKeys(from: store, servesOperators: true), policy: policy,
            now: clock.source)!
        while try await indexing.indexNext() > 0 {}
    }

    /// What `person` writes who has lost the code, taken in; its id.
    fileprivate func lose(
        _ person: Person, reference: String? = nil, postal: String = "1 rue des Essais\n00000 Ville"
    ) async throws -> String {
        let asked = try LostCodeRequest(
            .object(ofPresent: [
                "reference": reference.map { .string($0) }, "birthName": .string(person.birthName.uppercased()),
                "givenNames": .string(person.givenName), "birthDate": .string(person.birthDate),
                "postal": .string(postal),
            ]), today: today)
        try await lostCodes.receive(asked)
        return try await lostCodes.waiting(for: House.agent).last!.id
    }

    fileprivate func audited(_ act: String) async throws -> [JSON] {
        try await database.read { connection in
            try connection.query("SELECT detail FROM audit_event WHERE act = $1", act).map {
                try JSON(parsing: (try $0["detail"] as String).utf8)
            }
        }
    }
}

@Suite("A lost code, by letter")
struct LostCodeTests {
    private static let postal: JSON = ["postal": "2 allée du Dossier\n00000 Ville"]

    @Test("is compared, and replaced by a letter that no operator reads", arguments: EngineUnderTest.allCases)
    func letter(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let person = Person(1)
            let receipt = try await house.file(person.body(["contact": Self.postal]))
            _ = try await house.file(Person(2).body())
            try await house.index()
            let id = try await house.lose(person)
            let desk = try house.lostCodes
            let opened = try await desk.open(id, for: House.agent)
            #expect(opened.candidates.map(\.reference) == [receipt.reference])
            #expect(opened.asked.postal == "1 rue des Essais\n00000 Ville")
            let identity = try await desk.identity(of: receipt.reference, for: House.agent)
            #expect(identity["contact"] == Self.postal)

            try await desk.send(id, for: receipt.reference, to: .onFile, by: House.agent)
            await #expect(throws: RightsError.notFound) { try await house.view(receipt) }
            #expect(try await house.count("letter", where: "kind = 'secretReissued' AND sealed IS NOT NULL") == 1)
            #expect(
                try await house.count("lost_code", where: "state = 'sent' AND sealed IS NULL AND wrap IS NULL") == 1)
            #expect(try await house.audited("lostCode.sent") == [["lostCode": .string(id), "address": "onFile"]])
            let view = try await house.operators.request(receipt.reference, for: House.agent)
            #expect(view.events.suffix(2).map(\.event.type) == [.identityOpened, .secretReissued])
            #expect(view.events.last?.event.data == ["by": "letter"] && view.events.last?.event.actor == .agent)
            // Once.
            await #expect(throws: RightsError.notFound) {
                try await desk.send(id, for: receipt.reference, to: .onFile, by: House.agent)
            }
            #expect(try await desk.waiting(for: House.agent).isEmpty)
        }
    }

    @Test(
        "goes to another address only where it was verified, which then stands in the case",
        arguments: EngineUnderTest.allCases)
    func address(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let person = Person(3)
            let receipt = try await house.file(person.body())
            try await house.index()
            let id = try await house.lose(person, reference: receipt.reference.lowercased())
            let desk = try house.lostCodes
            await #expect(
                throws: RightsError.invalid(FieldErrors([FieldError(pointer: "/address", code: "address.none")]))
            ) { try await desk.send(id, for: receipt.reference, to: .onFile, by: House.agent) }
            _ = try await house.view(receipt)
            try await desk.send(id, for: receipt.reference, to: .verified, by: House.agent)
            let identity = try await desk.identity(of: receipt.reference, for: House.agent)
            #expect(identity["contact"]?["postal"] == "1 rue des Essais\n00000 Ville")
            #expect(identity["contact"]?["email"] == .string(person.email))
        }
    }

    @Test("is opened by those who may, and set aside without a trace of who wrote", arguments: EngineUnderTest.allCases)
    func dismissed(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let id = try await house.lose(Person(4))
            let desk = try house.lostCodes
            await #expect(throws: RightsError.forbidden(.openIdentity)) {
                try await desk.open(id, for: House.auditor)
            }
            await #expect(throws: RightsError.forbidden(.verifyIdentity)) {
                try await desk.dismiss(id, by: House.auditor)
            }
            #expect(try await desk.open(id, for: House.agent).candidates.isEmpty)
            try await desk.dismiss(id, by: House.agent)
            #expect(try await house.count("lost_code", where: "sealed IS NULL AND state = 'dismissed'") == 1)
            await #expect(throws: RightsError.outdated) { try await desk.dismiss(id, by: House.agent) }
            #expect(try await house.audited("lostCode.opened").count == 1)
            #expect(try await house.audited("lostCode.dismissed").count == 1)
        }
    }

    @Test("says what is missing, each at its field")
    func errors() throws {
        let today = CalendarDate("2026-03-05")!
        let error = #expect(throws: FieldErrors.self) {
            try LostCodeRequest(["reference": "x", "birthDate": "2030-01-01"], today: today)
        }
        #expect(
            error?.errors.map { "\($0.pointer) \($0.code)" }.sorted() == [
                "/birthDate date.future", "/birthName required", "/givenNames required", "/postal required",
                "/reference reference.invalid",
            ])
    }
}
