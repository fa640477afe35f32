import CivilTime
import Foundation
import Logging
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import RightsRegistry

private let postal: JSON = ["postal": "1 rue des Essais\n00000 Ville"]

extension House {
    fileprivate func keys() throws -> RightsKeys { try RightsKeys(from: store, servesOperators: true) }

    /// Puts a letter with a new code into the queue of a case; the code.
    fileprivate func enclose(_ kind: LetterKind, for receipt: FilingReceipt) async throws -> TrackingSecret {
        let secret = TrackingSecret()
        let stored = try #require(
            try await database.read { try RequestStore.load(receipt.reference, on: $0) })
        let letter = try SecretLetter(
            of: receipt.reference, kind, secret: secret, under: try operators.opened(stored), at: clock.source(),
            random: systemRandom)
        try await database.write { try letter.insert(on: $0) }
        return secret
    }

    /// - Parameter jams: whether a letter can't be printed.
    fileprivate func spool(
        jams: @escaping @Sendable (LetterContent) -> Bool = { _ in false }
    ) throws -> (spool: LetterSpool, folder: String) {
        let folder = place.folder + "/letters"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let spool = LetterSpool(
            database: database, keys: try keys(), policy: policy, folder: folder,
            print: { letter in
                if jams(letter) { throw Jam() }
                return Array("\(letter.envelope.joined(separator: "/")) \(letter.secret ?? "")".utf8)
            }, holder: "test", now: clock.source)
        return (spool, folder)
    }

    /// Tells what is due; nothing is mailed.
    fileprivate func tellOnPaper() async throws {
        clock.advance(seconds: 120)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let worker = NoticeWorker(
            database: database, keys: try keys(), policy: policy, deliver: nil, now: clock.source, logger: logger)
        while try await worker.runOnce() > 0 {}
    }
}

/// The printer takes no such letter.
private struct Jam: Error {}

/// Letters: those that tell, and those that hand a tracking code to its owner.
@Suite struct LetterTests {
    @Test(arguments: EngineUnderTest.allCases)
    func theCodeOfALetterStandsSealedUnderTheCasesKeyAlone(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let (caseKey, secret) = (CaseKey(), TrackingSecret())
            let letter = try SecretLetter(
                of: "R-2026-7KQ2MX", .filedOnPaper, secret: secret, under: caseKey, at: house.clock.source(),
                random: systemRandom)
            try await house.database.write { try letter.insert(on: $0) }
            let row = try #require(try await house.database.read { try $0.first("SELECT * FROM letter") })
            let sealed: [UInt8] = try row["sealed"]
            #expect(try row["reference"] == "R-2026-7KQ2MX")
            #expect(try row["kind"] == "filedOnPaper")
            let opened = try JSON(parsing: try caseKey.open(sealed, at: LetterStore.location(of: try row["id"])))
            #expect(opened["secret"]?.string == secret.formatted)
            #expect(!String(decoding: sealed, as: UTF8.self).contains(secret.formatted.prefix(4)))
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aLetterWithACodeIsPrintedIntoTheFolderAndItsCodeDestroyed(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(1).body(["contact": postal]))
            let secret = try await house.enclose(.secretReissued, for: receipt)
            let (spool, folder) = try house.spool()
            #expect(try await spool.runOnce() == 1)
            #expect(try await spool.runOnce() == 0)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(names.count == 1)
            let path = "\(folder)/\(try #require(names.first))"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(
                text == "\(Person(1).givenName) \(Person(1).birthName)/1 rue des Essais/00000 Ville \(secret.formatted)"
            )
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            #expect(try await house.count("letter", where: "sealed IS NULL AND printed_at IS NOT NULL") == 1)
            #expect(try await house.count("audit_event", where: "act = 'letter.spooled'") == 1)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func noOperatorOpensALetterWithACode(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(1).body(["contact": postal]))
            _ = try await house.enclose(.filedOnPaper, for: receipt)
            let letters = try await house.operators.letters(for: House.agent).items
            #expect(letters.map(\.kind) == [.filedOnPaper])
            let opened = try await house.operators.openLetters(letters.map(\.id), for: House.agent)
            #expect(opened.isEmpty)
            // Nor is it noted as posted before it is printed.
            let posted = try await house.operators.postLetters(letters.map(\.id), on: house.today, by: House.agent)
            #expect(posted == 0)
        }
    }

    @Test func aCodeWithoutAnAddressStaysAndSaysSo() async throws {
        try await withHouse(.sqlite) { house in
            let nowhere = try await house.file(Person(1).body())
            _ = try await house.enclose(.secretReissued, for: nowhere)
            let (spool, _) = try house.spool()
            #expect(try await spool.runOnce() == 0)
            #expect(try await house.operators.letters(for: House.agent).items.map(\.failure) == ["noAddress"])
            let somewhere = try await house.file(Person(2).body(["contact": postal]))
            _ = try await house.enclose(.secretReissued, for: somewhere)
            #expect(try await spool.runOnce() == 1)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aLetterTellsAnAdultWhatHappenedAndIsNotedAsPosted(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(1).body(["contact": postal]))
            try await house.act(["type": "message", "text": "Votre dossier est complet."], on: receipt)
            try await house.tellOnPaper()
            let desk = house.operators
            let ids = try await desk.letters(for: House.agent).items.map(\.id)
            #expect(ids.count == 1)
            await #expect(throws: RightsError.forbidden(.printLetters)) {
                _ = try await desk.openLetters(ids, for: House.auditor)
            }
            #expect(try await desk.postLetters(ids, on: house.today, by: House.agent) == 0)
            let letter = try #require(try await desk.openLetters(ids, for: House.agent).first)
            #expect(
                letter.envelope == ["\(Person(1).givenName) \(Person(1).birthName)", "1 rue des Essais", "00000 Ville"])
            #expect(letter.events.map(\.event.type) == [.filed, .message])
            #expect(letter.events.last?.words?["text"]?.string == "Votre dossier est complet.")
            #expect(!letter.isForMinor)
            #expect(letter.secret == nil)
            #expect(try await desk.postLetters(ids, on: house.today, by: House.agent) == 1)
            #expect(try await desk.postLetters(ids, on: house.today, by: House.agent) == 0)
            #expect(try await desk.letters(for: House.agent).items.isEmpty)
            #expect(try await house.view(receipt).notices.map(\.postedOn) == [house.today, house.today])
            #expect(try await house.count("audit_event", where: "act IN ('letter.printed', 'letter.posted')") == 2)
        }
    }

    @Test func aLetterToAMinorSaysNothingAndOneToAParentIsTheParents() async throws {
        try await withHouse(.sqlite) { house in
            func subject(born: String) -> JSON {
                var subject = Person(1).subject.object ?? [:]
                subject["birthDate"] = .string(born)
                subject["nir"] = nil
                return .object(subject)
            }
            _ = try await house.file(Person(1).body(["contact": postal, "subject": subject(born: "2010-03-05")]))
            _ = try await house.file(
                Person(1).body([
                    "contact": ["postal": "Claude Kervézec\n2 rue des Essais\n00000 Ville"],
                    "subject": subject(born: "2015-03-05"), "capacity": "parentalAuthorityHolder",
                    "requester": ["name": "Claude Kervézec"],
                ]))
            try await house.tellOnPaper()
            let ids = try await house.operators.letters(for: House.agent).items.map(\.id)
            let letters = try await house.operators.openLetters(ids, for: House.agent)
            let minors = letters.filter(\.isForMinor)
            let parents = letters.filter { !$0.isForMinor }
            #expect(minors.map(\.envelope.first) == ["\(Person(1).givenName) \(Person(1).birthName)"])
            // The name stands once where it was written with the address.
            #expect(parents.map(\.envelope) == [["Claude Kervézec", "2 rue des Essais", "00000 Ville"]])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aFilingFromPaperIsToldByTheLetterWithItsCode(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(1).body(["contact": postal]))
            _ = try await house.enclose(.filedOnPaper, for: receipt)
            try await house.tellOnPaper()
            #expect(try await house.count("letter") == 1)
            #expect(try await house.view(receipt).notices.map(\.state) == [.lettered])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func lettersThatCanNotBePrintedHoldUpNoOther(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            // More of them than are taken at a time, and all older.
            let jammed = try await house.file(Person(1).body(["contact": postal]))
            for _ in 0..<25 { _ = try await house.enclose(.secretReissued, for: jammed) }
            house.clock.advance(seconds: 60)
            let good = try await house.file(Person(2).body(["contact": postal]))
            _ = try await house.enclose(.secretReissued, for: good)
            let (spool, folder) = try house.spool { $0.reference == jammed.reference }
            #expect(try await spool.runOnce() == 0)
            #expect(try await spool.runOnce() == 1)
            #expect(try await house.count("letter", where: "printed_at IS NOT NULL") == 1)
            #expect(try await house.count("letter", where: "failure = 'print' AND sealed IS NOT NULL") == 25)

            // Once it can be, it is, and the queue no longer says that it failed.
            let (mended, _) = try house.spool()
            while try await mended.runOnce() > 0 {}
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 26)
            #expect(try await house.count("letter", where: "failure IS NULL AND sealed IS NULL") == 26)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whatCanBePrintedIsListedBeforeWhatCanNot(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let nowhere = try await house.file(Person(1).body())
            for _ in 0..<OperatorDesk.mostLetters { _ = try await house.enclose(.secretReissued, for: nowhere) }
            let (spool, _) = try house.spool()
            for _ in 0..<6 { _ = try await spool.runOnce() }
            house.clock.advance(seconds: 60)
            let somewhere = try await house.file(Person(2).body(["contact": postal]))
            try await house.act(["type": "message", "text": "Votre dossier est complet."], on: somewhere)
            try await house.tellOnPaper()
            let items = try await house.operators.letters(for: House.agent).items
            #expect(items.count == OperatorDesk.mostLetters)
            #expect(items.first?.reference == somewhere.reference && items.first?.failure == nil)
            #expect(items.last?.failure == "noAddress")
        }
    }
}
