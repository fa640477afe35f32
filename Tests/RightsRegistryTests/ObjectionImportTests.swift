import CivilTime
import Foundation
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import RightsRegistry

/// A file that arrives in pieces.
private struct Pieces: AsyncSequence, AsyncIteratorProtocol {
    var bytes: ArraySlice<UInt8>

    init(_ text: String) { bytes = ArraySlice(text.utf8) }

    mutating func next() async -> ArraySlice<UInt8>? {
        guard !bytes.isEmpty else { return nil }
        defer { bytes = bytes.dropFirst(50) }
        return bytes.prefix(50)
    }

    func makeAsyncIterator() -> Pieces { self }
}

extension House {
    fileprivate func importObjections(_ text: String, dryRun: Bool = false) async throws -> ObjectionImportReport {
        try await ObjectionImporter(desk: filing, isDryRun: dryRun).run(Pieces(text))
    }

    fileprivate func counts(_ report: ObjectionImportReport) -> [Int] {
        [report.read, report.imported, report.alreadyThere, report.refusedCount]
    }
}

@Suite("Objections that were received before")
struct ObjectionImportTests {
    private static let header = "externalReference,receivedOn,birthName,givenNames,birthDate,sex,nir,scope,email\n"

    private static func line(_ person: Person, _ reference: String, on date: String, scope: String = "") -> String {
        [
            reference, date, person.birthName, person.givenName, person.birthDate, person.sex.rawValue, person.nir,
            scope,
            person.email,
        ].joined(separator: ",") + "\n"
    }

    @Test("Each line is an objection in force, with its true date", arguments: EngineUnderTest.allCases)
    func inForce(engine: EngineUnderTest) async throws {
        // Where objections are registered on grant, these are all the same: they stand already.
        try await withHouse(engine, register: .onGrant) { house in
            let (first, second) = (Person(1), Person(2))
            let file =
                Self.header + Self.line(first, "A-1", on: "2019-07-14")
                + "\"A;2\",2026-03-05,\(second.birthName),\(second.givenName),\(second.birthDate),F,,all,\n"
            let report = try await house.importObjections(file)
            #expect(house.counts(report) == [2, 2, 0, 0])
            try await house.sequencer.drain()
            let ledger = try await house.ledger()
            #expect(ledger.map(\.effect) == ["register", "register"])
            #expect(ledger.map(\.position) == [1, 2])
            let references: [String] = try await house.database.read {
                try $0.query("SELECT reference FROM rights_request ORDER BY received_at").map { try $0["reference"] }
            }
            #expect(references[0].hasPrefix("R-2019-"))
            let view = try await house.operators.request(references[0], for: House.agent)
            #expect(view.receivedAt.date(in: house.policy.zone) == CalendarDate("2019-07-14"))
            #expect(view.events.map(\.event.type) == [.filed, .granted])
            #expect(view.events[0].event.data["channel"] == "imported")
            #expect(view.channel == .imported)
            #expect(view.events[1].event.actor == .system)
            #expect(view.outcome == .granted && view.isInForce)
            let identity = try await house.operators.openIdentity(
                references[0], motive: .answer, for: House.agent)
            #expect(identity["subject"]?["nir"]?.string == first.nir)
            #expect(identity["contact"]?["email"]?.string == first.email)
            // Somebody without a number is taken too; an operator completes it.
            let without = try await house.operators.request(references[1], for: House.agent)
            #expect(without.outcome == .granted)
            let correction = try OperatorAct(
                ["type": "identityCorrected", "subject": second.subject], today: house.today)
            try await house.operators.perform(correction, on: references[1], by: House.supervisor)
            #expect(try await house.operators.request(references[1], for: House.agent).isInForce)
            #expect(try await house.count("audit_event", where: "act = 'objections.imported'") == 1)
        }
    }

    @Test("A second run finds all of it there, whatever the order of columns", arguments: EngineUnderTest.allCases)
    func twice(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let people = (1...450).map(Person.init)
            let file =
                Self.header
                + people.enumerated().map { Self.line($1, $0 < 440 ? "A-\($0)" : "", on: "2024-02-29") }
                .joined()
            let dry = try await house.importObjections(file, dryRun: true)
            #expect(house.counts(dry) == [450, 450, 0, 0])
            for table in ["rights_request", "ledger_entry", "imported_objection", "audit_event"] {
                #expect(try await house.count(table) == 0)
            }
            #expect(house.counts(try await house.importObjections(file)) == [450, 450, 0, 0])
            #expect(house.counts(try await house.importObjections(file)) == [450, 0, 450, 0])
            #expect(house.counts(try await house.importObjections(file, dryRun: true)) == [450, 0, 450, 0])
            // The lines without a reference, with their columns turned round and semicolons between them.
            let turned =
                "\u{FEFF}nir;sex;email;birthDate;givenNames;birthName;receivedOn\r\n"
                + people.suffix(10).map { person in
                    [
                        person.nir, person.sex.rawValue, person.email, person.birthDate, person.givenName,
                        person.birthName, "2024-02-29",
                    ].joined(separator: ";") + "\r\n"
                }.joined()
            #expect(house.counts(try await house.importObjections(turned)) == [10, 0, 10, 0])
            // The same reference twice in one file is one objection.
            let repeated =
                Self.header + Self.line(Person(500), "B-1", on: "2024-02-29")
                + Self.line(Person(500), "B-1", on: "2024-02-29")
            #expect(house.counts(try await house.importObjections(repeated)) == [2, 1, 1, 0])
            #expect(try await house.count("rights_request") == 451)
            #expect(try await house.count("ledger_entry") == 451)
        }
    }

    @Test("A refused line is named with its column and its reason, costs no other, and tells nothing of anybody")
    func refused() async throws {
        try await withHouse(.sqlite) { house in
            let person = Person(3)
            let slip = String(person.nir.dropLast(2)) + (person.nir.hasSuffix("97") ? "01" : "97")
            let lines = [
                Self.line(person, "1", on: "2026-03-06"), Self.line(person, "2", on: "2025-02-29"),
                Self.line(person, "3", on: "1977-01-01"),
                Self.line(person, "4", on: "2025-01-01", scope: "databases:nulle"),
                "5,2025-01-01,\(person.birthName),\(person.givenName),\(person.birthDate),M,\(slip),,pas-une-adresse\n",
                "6,2025-01-01,\(person.birthName)\n", "7,2025-01-01,\"\(person.birthName)\n",
                "8,2025-01-01,\(person.birthName),,2024-01-01,X,,some,\n",
                "9,2025-01-01,\(person.birthName),\(person.givenName),2020-01-01,M,,,\n",
                Self.line(person, "10", on: "2026-03-05"),
            ]
            let report = try await house.importObjections(Self.header + lines.joined())
            #expect(house.counts(report) == [10, 1, 0, 9])
            let found = report.refusals.map { refusal in
                "\(refusal.line) "
                    + refusal.problems.map { "\($0.column?.rawValue ?? "-").\($0.code)" }.joined(separator: " ")
            }
            #expect(
                found == [
                    "2 receivedOn.receivedOn.future", "3 receivedOn.date", "4 receivedOn.date.tooOld",
                    "5 scope.scope.unknown", "6 nir.nir.key email.email", "7 -.fields", "8 -.unclosedQuote",
                    "9 scope.notOneOf givenNames.required sex.notOneOf", "10 capacity.capacity.tooYoung",
                ])
            let words = report.refusals.map(\.description).joined() + report.json.canonical
            for text in [person.birthName, person.givenName, person.nir, slip, person.birthDate, "pas-une-adresse"] {
                #expect(!words.contains(text), "\(text)")
            }
            // Each code has its words: nobody reads a code for a reason.
            for problem in report.refusals.flatMap(\.problems) { #expect(!problem.reason.hasPrefix(problem.code)) }
            // Put right, the file is taken whole, and what was there is not taken twice.
            let fixed =
                Self.header + Self.line(person, "1", on: "2026-03-04") + Self.line(person, "10", on: "2026-03-05")
            #expect(house.counts(try await house.importObjections(fixed)) == [2, 1, 1, 0])
        }
    }

    @Test("A child's objection names the parent who made it; names may hold spaces")
    func children() async throws {
        try await withHouse(.sqlite) { house in
            let file = """
                receivedOn|,birthName,givenNames,birthDate,sex,capacity,requesterName

                """
            await #expect(throws: ObjectionFileError.self) { _ = try await house.importObjections(file) }
            let good = """
                receivedOn,birthName,givenNames,birthDate,sex,capacity,requesterName,language
                2020-05-06,Kervézec,Jean Pierre|Anne-Marie,2010-04-03,F,parentalAuthorityHolder,Yann Kervézec,en
                """
            #expect(house.counts(try await house.importObjections(good)) == [1, 1, 0, 0])
            let reference: String = try await house.database.read {
                try $0.first("SELECT reference FROM rights_request")?["reference"] ?? ""
            }
            let identity = try await house.operators.openIdentity(reference, motive: .answer, for: House.agent)
            #expect(identity["subject"]?["givenNames"] == ["Jean Pierre", "Anne-Marie"])
            #expect(identity["requester"]?["name"] == "Yann Kervézec")
        }
    }

    @Test(
        "A file whose first line is no header is not taken, and what it says of a person is not repeated",
        arguments: [
            ("", "header"), ("Kervézec,Maëlys,1969-05-07\n", "none of the columns"),
            ("receivedOn,birthName,givenNames,birthDate\n", "Missing column: sex"),
            ("receivedOn,birthName,givenNames,birthDate,sex,birthday\n", "Unknown column: “birthday”"),
            ("receivedOn,birthName,givenNames,birthDate,sex,12 rue\n", "Unknown column: number 6"),
            ("receivedOn,birthName,birthName,givenNames,birthDate,sex\n", "twice"),
        ])
    func headers(file: String, words: String) async throws {
        try await withHouse(.sqlite) { house in
            let error = await #expect(throws: ObjectionFileError.self) {
                _ = try await house.importObjections(file)
            }
            #expect(error?.description.contains(words) == true)
            #expect(error?.description.contains("Kervézec") == false)
        }
    }

    @Test("Another line under a known reference is refused, and changes nothing", arguments: EngineUnderTest.allCases)
    func differs(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let known = Self.line(Person(1), "A-1", on: "2024-02-29")
            #expect(house.counts(try await house.importObjections(Self.header + known)) == [1, 1, 0, 0])
            let others = [
                Self.line(Person(2), "A-1", on: "2024-02-29"), Self.line(Person(1), "A-1", on: "2024-03-01"),
                known, Self.line(Person(3), "B-1", on: "2024-02-29"), Self.line(Person(4), "B-1", on: "2024-02-29"),
            ]
            for isDry in [true, false] {
                let report = try await house.importObjections(Self.header + others.joined(), dryRun: isDry)
                #expect(house.counts(report) == [5, 1, 1, 3])
                #expect(report.refusals.map(\.line) == [2, 3, 6])
                for problem in report.refusals.flatMap(\.problems) {
                    #expect(problem.column == .externalReference && problem.code == "externalReference.differs")
                }
            }
            #expect(try await house.count("rights_request") == 2)
            #expect(try await house.count("ledger_entry") == 2)
        }
    }
}
