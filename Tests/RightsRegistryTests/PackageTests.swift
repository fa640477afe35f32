import CivilTime
import Crypto
import Foundation
import PublicRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import RightsRegistry

/// What answers a granted request of access: how it is put together, and what opens it.
@Suite("The package of a request of access")
struct PackageTests {
    private static let postal: JSON = ["postal": "1 rue des Essais\n00000 Ville"]
    private static let stays = "séjour;2019\n"

    /// A house with two databases, and somebody who asks to see what they hold.
    private struct Asked: Sendable {
        let house: House
        let assembly: PackageAssembly
        let receipt: FilingReceipt
        let secret: TrackingSecret

        init(_ house: House, contact: JSON = PackageTests.postal, requester: String? = nil) async throws {
            self.house = house
            assembly = PackageAssembly(
                database: house.database, keys: try RightsKeys(from: house.store, servesOperators: true),
                policy: house.policy,
                render: { content in
                    let lines = content.databases.map { "\($0.id): \($0.finding)" }.joined(separator: "\n")
                    return PackageAssembly.Documents(html: "<!doctype html>\(lines)", text: lines)
                }, holder: "test", now: house.clock.source)
            let moment = house.clock.source()
            try await house.database.write { connection in
                for id in ["cohorte", "registre"] {
                    _ = try LinkedDatabaseStore.add(
                        id: id, name: nil, connector: "manual:", datasets: [], matching: .nir, at: moment,
                        on: connection)
                }
            }
            var filing: JSON = Person(0).body(["right": "access", "contact": contact])
            if let requester {
                filing = Person(0).body([
                    "right": "access", "contact": contact, "capacity": "authorisedAgent",
                    "requester": ["name": .string(requester)],
                ])
            }
            receipt = try await house.file(filing)
            secret = try TrackingSecret(entered: receipt.secret)
            try await house.act(["type": "identityVerified"], on: receipt)
            try await house.act(["type": "taskSent", "allDatabases": true], on: receipt)
        }

        func answer(_ database: String, _ kind: TaskAnswerKind, files: [OfferedFile] = []) async throws {
            let tasks = try await house.operators.request(receipt.reference, for: House.supervisor).tasks.tasks
            let task = try #require(tasks.first { $0.database == database && $0.isOpen })
            let answers = TaskAnswers(
                database: house.database, cases: try house.store.casesKeys(), policy: house.policy,
                now: house.clock.source)
            try await answers.take(
                TaskAnswer(id: task.id, kind: kind, words: "Mots de \(database).", files: files), from: database,
                by: .program(of: database))
        }

        /// Both have answered, the request is granted, and its package is made.
        func ready() async throws {
            let file = OfferedFile(
                name: "séjours.csv", size: PackageTests.stays.utf8.count, content: Array(PackageTests.stays.utf8),
                type: "text/csv")
            try await answer("cohorte", .done, files: [file])
            try await answer("registre", .nothingHeld)
            try await house.act(["type": "granted", "text": "Voici vos données."], on: receipt)
            #expect(try await assembly.runOnce().made == 1)
        }

        func standing() async throws -> PackageStanding? { try await house.view(receipt).package }

        func open(with factor: PackageFactor, secret other: TrackingSecret? = nil) async throws -> [UInt8] {
            let opened = try await house.following.openPackage(
                receipt.reference, secret: other ?? secret, with: factor)
            var bytes: [UInt8] = []
            for part in 0..<opened.parts { bytes += try await opened.content(ofPart: part) }
            #expect(bytes.count == opened.size)
            return bytes
        }

        func isClosed(to factor: PackageFactor, secret other: TrackingSecret? = nil) async throws -> Bool {
            do {
                _ = try await open(with: factor, secret: other)
                return false
            } catch RightsError.notFound {
                return true
            }
        }

        /// Has a code sent, and reads it where it is printed.
        func code() async throws -> String {
            try await house.following.askForPackageCode(receipt.reference, secret: secret)
            let folder = house.place.folder + "/letters-\(UUID())"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let spool = LetterSpool(
                database: house.database, keys: try RightsKeys(from: house.store, servesOperators: true),
                policy: house.policy, folder: folder, print: { Array(($0.secret ?? "").utf8) }, holder: "test",
                now: house.clock.source)
            #expect(try await spool.runOnce() == 1)
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
            return try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        }

        func refusal(_ act: () async throws -> Void) async -> String? {
            do {
                try await act()
                return nil
            } catch RightsError.invalid(let errors) {
                return errors.errors.first?.code
            } catch {
                return "\(error)"
            }
        }
    }

    private func traits(of person: Person) throws -> ProvenTraits {
        try #require(
            ProvenTraits(json: [
                "provenAs": "someone", "birthName": .string(person.birthName),
                "givenNames": [.string(person.givenName)], "birthDate": .string(person.birthDate),
                "sex": .string(person.sex.rawValue),
            ]))
    }

    @Test(
        "It is made once nothing is awaited, told, and opens with the secret and a second proof alone",
        arguments: EngineUnderTest.allCases)
    func wholeWay(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let asked = try await Asked(house)
            let file = OfferedFile(
                name: "séjours.csv", size: Self.stays.utf8.count, content: Array(Self.stays.utf8), type: "text/csv")
            try await asked.answer("cohorte", .done, files: [file])
            let pdf = Array("%PDF-1.4\nstartxref\n%%EOF".utf8)
            let own = try await FileDoor(limits: house.policy.files).check([
                OfferedFile(name: "réponse.pdf", size: pdf.count, content: pdf)
            ])
            let grant: JSON = ["type": "granted", "text": "Voici vos données."]
            try await house.operators.perform(
                try OperatorAct(grant, today: house.today), on: asked.receipt.reference, by: House.supervisor,
                files: own)
            #expect(try await asked.assembly.runOnce().made == 0, "one is still awaited")
            #expect(try await asked.standing()?.state == .assembling)
            try await house.act(
                ["type": "impossible", "database": "registre", "reasons": "Sa clé est détruite."], on: asked.receipt)
            let result = try await asked.assembly.runOnce()
            #expect(result.made == 1 && result.failed.isEmpty, "\(result.failed)")
            #expect(try await asked.assembly.runOnce().made == 0)

            // Told, and shown by name to those who may read words.
            let view = try await house.view(asked.receipt)
            #expect(view.package?.isReady == true && view.package?.names == nil)
            #expect(view.events.last?.event.type == .packageReady)
            #expect(try await house.count("notice", where: "type = 'packageReady'") == 1)
            let names = try await house.operators.request(asked.receipt.reference, for: House.agent).package?.names
            #expect(
                names == [
                    "dossier.html", "dossier.txt", "dossier.json", "reponse/piece-1.pdf", "fichiers/cohorte-1.csv",
                ])
            let audited = try await house.operators.request(asked.receipt.reference, for: House.auditor)
            #expect(audited.package?.isReady == true && audited.package?.names == nil)

            // One proof alone opens nothing, whichever it is.
            let other = try TrackingSecret(entered: try await house.file(Person(5).body()).secret)
            let person = try traits(of: Person(0))
            #expect(try await asked.isClosed(to: .code("")))
            #expect(try await asked.isClosed(to: .code("AAAAA-AAAAA")))
            #expect(try await asked.isClosed(to: .signedIn(try traits(of: Person(1)))))
            #expect(try await asked.isClosed(to: .signedIn(person), secret: other))
            let code = try await asked.code()
            #expect(try await asked.isClosed(to: .code(code), secret: other))
            #expect(try await house.count("request_event", where: "type = 'packageDownloaded'") == 0)

            // Both do, either way.
            for (factor, by) in [
                (PackageFactor.signedIn(person), "signIn"), (.code(code.lowercased()), "code"), (.code(code), "code"),
            ] {
                let text = String(decoding: try await asked.open(with: factor), as: UTF8.self)
                for wanted in [
                    "PK\u{3}\u{4}", "fichiers/cohorte-1.csv", Self.stays, "%%EOF", "Sa clé est détruite.",
                    "Mots de cohorte.", "regard-access-package-v1", "Voici vos données.",
                ] {
                    #expect(text.contains(wanted), "\(wanted)")
                }
                let last = try #require(try await house.view(asked.receipt).events.last?.event)
                #expect(last.type == .packageDownloaded && last.data["by"]?.string == by)
            }
            // An operator opens it for paper alone, and the citizen sees that.
            await #expect(throws: RightsError.forbidden(.printLetters)) {
                _ = try await house.operators.openPackageForPaper(of: asked.receipt.reference, by: House.auditor)
            }
            _ = try await house.operators.openPackageForPaper(of: asked.receipt.reference, by: House.agent)
            #expect(try await house.view(asked.receipt).events.last?.event.data == ["by": "paper"])
            #expect(try await house.count("audit_event", where: "act = 'package.printed'") == 1)

            // The database answers after all: another is made, and told.
            try await asked.answer("registre", .done)
            #expect(try await asked.assembly.runOnce().made == 1)
            #expect(try await asked.standing()?.openedAt == nil)
            let again = String(decoding: try await asked.open(with: .code(code)), as: UTF8.self)
            #expect(again.contains("Mots de registre.") && !again.contains("Sa clé est détruite."))
            let builds = try await house.database.read { connection in
                try connection.query("SELECT DISTINCT build FROM access_package_part").count
            }
            #expect(builds == 1)
        }
    }

    @Test("A code is tried five times, and letters are few", arguments: EngineUnderTest.allCases)
    func tries(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let asked = try await Asked(house)
            func ask() async throws {
                try await house.following.askForPackageCode(asked.receipt.reference, secret: asked.secret)
            }
            #expect(await asked.refusal(ask) == "package.none")
            try await asked.ready()
            let code = try await asked.code()
            #expect(await asked.refusal(ask) == "package.onItsWay")
            for left in (0..<PackageCodeStore.tries).reversed() {
                // What can't be a code takes no try.
                #expect(try await asked.isClosed(to: .code("AAAA")))
                #expect(try await asked.isClosed(to: .code("AAAAA-AAAAA")))
                #expect(try await asked.standing()?.code?.triesLeft == left)
            }
            #expect(try await asked.isClosed(to: .code(code)), "it is spent")
            let second = try await asked.code()
            #expect(try await asked.isClosed(to: .code(code)), "the old one is dead")
            _ = try await asked.open(with: .code(second))
            house.clock.advance(seconds: 8 * 86_400)
            let third = try await asked.code()
            #expect(try await asked.isClosed(to: .code(second)))
            house.clock.advance(seconds: 8 * 86_400)
            #expect(await asked.refusal(ask) == "package.tooMany")
            _ = try await asked.open(with: .code(third))
            #expect(try await house.count("letter", where: "kind = 'packageCode' AND sealed IS NOT NULL") == 0)

            // When its time is over nothing is left of it.
            house.clock.advance(seconds: 15 * 86_400)
            #expect(try await asked.isClosed(to: .code(third)))
            #expect(try await asked.assembly.destroyOver() == 1)
            #expect(try await house.count("access_package_part") == 0)
            #expect(try await house.count("package_code") == 0)
            let standing = try #require(try await asked.standing())
            guard case .destroyed = standing.state else {
                Issue.record("\(standing.state)")
                return
            }
            #expect(try await asked.assembly.runOnce().made == 0)
        }
    }

    @Test(
        "A secret that signing in has given is no second proof beside signing in", arguments: EngineUnderTest.allCases)
    func renewed(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let asked = try await Asked(house)
            try await asked.ready()
            let person = try traits(of: Person(0))
            _ = try await asked.open(with: .signedIn(person))
            let keys = try RightsKeys(from: house.store, servesOperators: true)
            let stored = try #require(
                try await house.database.read { try RequestStore.load(asked.receipt.reference, on: $0) })
            let renewal = try SecretRenewal(of: stored, keys: keys, random: systemRandom)
            let (moment, policy) = (house.clock.source(), house.policy)
            try await house.database.write {
                try renewal.apply(actor: .citizen, data: ["by": "signIn"], at: moment, policy: policy, on: $0)
            }
            #expect(try await asked.isClosed(to: .signedIn(person), secret: renewal.secret))
            #expect(try await asked.isClosed(to: .signedIn(person)))
            let view = try await house.following.follow(asked.receipt.reference, secret: renewal.secret)
            #expect(view.package?.takesSignIn == false)
        }
    }

    @Test(
        "Where somebody acts for another, nobody's sign-in opens it, and the letter does",
        arguments: EngineUnderTest.allCases)
    func forAnother(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let agent = Person(7)
            let asked = try await Asked(house, requester: "\(agent.givenName) \(agent.birthName)")
            try await asked.ready()
            #expect(try await asked.standing()?.letterOnly == .actsForAnother)
            // The agent, a namesake, who has the same name and nothing else of theirs, and the person.
            let namesake = try #require(
                ProvenTraits(json: [
                    "provenAs": "another", "birthName": .string(agent.birthName),
                    "givenNames": [.string(agent.givenName)], "birthDate": "1999-01-01", "sex": "M",
                ]))
            #expect(namesake.agree(withName: "\(agent.givenName) \(agent.birthName)"))
            for traits in [try traits(of: agent), namesake, try traits(of: Person(0))] {
                #expect(try await asked.isClosed(to: .signedIn(traits)))
            }
            #expect(try await house.count("request_event", where: "type = 'packageDownloaded'") == 0)
            _ = try await asked.open(with: .code(try await asked.code()))
            #expect(try await house.view(asked.receipt).events.last?.event.data["by"]?.string == "code")
        }
    }

    @Test(
        "What was about somebody else, or is taken back, is destroyed at once", arguments: EngineUnderTest.allCases)
    func destroyed(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let asked = try await Asked(house, contact: ["email": "a@exemple.example"])
            try await asked.ready()
            #expect(
                await asked.refusal {
                    try await house.following.askForPackageCode(asked.receipt.reference, secret: asked.secret)
                } == "package.noAddress")
            try await house.act(["type": "identityCorrected", "subject": Person(3).subject], on: asked.receipt)
            #expect(try await house.count("access_package_part") == 0)
            #expect(try await asked.isClosed(to: .signedIn(try traits(of: Person(3)))))
            #expect(try await asked.standing()?.state == .assembling)
            #expect(try await asked.assembly.runOnce().made == 0, "nobody has answered about this person")
            try await house.act(["type": "taskSent", "allDatabases": true], on: asked.receipt)
            try await asked.answer("cohorte", .nothingHeld)
            try await asked.answer("registre", .nothingHeld)
            #expect(try await asked.assembly.runOnce().made == 1)
            #expect(try await asked.isClosed(to: .signedIn(try traits(of: Person(0)))))
            _ = try await asked.open(with: .signedIn(try traits(of: Person(3))))
            try await house.withdraw(asked.receipt)
            #expect(try await house.count("access_package_part") == 0)
            #expect(try await asked.standing() == nil)
        }
    }

    @Test("Its checksums and its frame are those of any ZIP file")
    func zip() throws {
        #expect(CRC32.of(Array("123456789".utf8)) == 0xCBF4_3926)
        var writer = ZipWriter(on: try #require(CalendarDate("2026-03-05")))
        let entry = try writer.entry("a/é.txt", Array("é".utf8))
        let end = writer.end()
        #expect(entry.starts(with: [0x50, 0x4B, 3, 4]) && entry.suffix(2) == [0xC3, 0xA9])
        #expect(end.starts(with: [0x50, 0x4B, 1, 2]) && end.suffix(22).starts(with: [0x50, 0x4B, 5, 6]))
        // Where the directory begins: behind the one entry.
        #expect(Array(end.suffix(6).prefix(4)) == [UInt8(entry.count), 0, 0, 0])
    }
}
