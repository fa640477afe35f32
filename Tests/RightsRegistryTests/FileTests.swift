import CivilTime
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

/// Small files that are whole, and what is made of them.
enum SampleFile {
    static let pdf = Array("%PDF-1.7\n1 0 obj\n<<>>\nendobj\nxref\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n".utf8)
    static let png: [UInt8] = {
        func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
            [0, 0, UInt8(data.count >> 8), UInt8(data.count & 255)] + Array(type.utf8) + data + [0, 0, 0, 0]
        }
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + chunk("IHDR", [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]) + chunk("IDAT", [1, 2, 3]) + chunk("IEND", [])
    }()
    static let jpeg: [UInt8] =
        [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xC0, 0, 5, 8, 0, 1, 0xFF, 0xDA, 0, 3, 0, 0x12, 0xFF, 0, 0x34]
        + [0xFF, 0xD9]

    static func offered(_ content: [UInt8], _ name: String = "piece.pdf") -> OfferedFile {
        OfferedFile(name: name, size: content.count, content: content)
    }

    /// A whole PDF of that many bytes, each part of it different.
    static func pdf(bytes: Int) -> [UInt8] {
        var content = pdf.prefix(9) + []
        while content.count < bytes - pdf.count { content.append(UInt8(truncatingIfNeeded: content.count &* 31 >> 3)) }
        content += pdf.dropFirst(9)
        return content + [UInt8](repeating: 10, count: bytes - content.count)
    }
}

/// The error of one file at the door.
private func refusal(_ files: [OfferedFile], _ door: FileDoor = FileDoor(limits: FileLimits())) async throws -> [String]
{
    do {
        _ = try await door.check(files)
        return []
    } catch RightsError.invalid(let found) {
        return found.errors.map { "\($0.pointer) \($0.code)" }
    }
}

@Suite struct FileDoorTests {
    @Test(arguments: [SampleFile.pdf, SampleFile.png, SampleFile.jpeg, SampleFile.jpeg + [1, 2, 3]])
    func aWholeFileOfOursIsTaken(content: [UInt8]) async throws {
        #expect(try await refusal([SampleFile.offered(content, "sans nom")]) == [])
    }

    @Test(arguments: [SampleFile.pdf, SampleFile.png, SampleFile.jpeg])
    func aFileThatBrokeOffIsNoticedWhereverItBroke(content: [UInt8]) async throws {
        // A PDF may lack the line end after its end.
        for length in 8..<(content.count - 1) {
            let found = try await refusal([SampleFile.offered(Array(content.prefix(length)))])
            #expect(found == ["/files/0 file.damaged"], "\(length) bytes")
        }
    }

    @Test func aFileIsWhatItsBytesSay() async throws {
        let html = Array("<html><script>alert(1)</script>".utf8)
        let archive = Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 0, count: 40)
        for content in [html, archive, Array("GIF89a".utf8), [0x20] + SampleFile.pdf, html + SampleFile.pdf] {
            #expect(try await refusal([SampleFile.offered(content, "carte.pdf")]) == ["/files/0 file.type"])
        }
        #expect(try await refusal([SampleFile.offered(SampleFile.png, "carte.html")]) == [])
        #expect(try await refusal([SampleFile.offered([], "carte.pdf")]) == ["/files/0 file.empty"])
    }

    @Test func lengthAndNumberAreBounded() async throws {
        let door = FileDoor(limits: FileLimits(maximumBytes: 200, perSide: 2))
        let (longest, tooLong) = (SampleFile.pdf(bytes: 200), SampleFile.pdf(bytes: 201))
        #expect(try await refusal([SampleFile.offered(longest)], door) == [])
        #expect(
            try await refusal([SampleFile.offered(longest), SampleFile.offered(tooLong)], door)
                == ["/files/1 file.tooLarge"])
        #expect(
            try await refusal([OfferedFile(name: "a", size: 150, content: [])], door)
                == ["/files/0 file.tooLargeTogether"])
        #expect(
            try await refusal(.init(repeating: SampleFile.offered(longest), count: 3), door)
                == ["/files/0 file.tooMany"])
    }

    @Test func whatTheScannerRefusesOrDoesNotAnswerIsNotTaken() async throws {
        struct Silent: Error {}
        let infected = FileDoor(limits: FileLimits()) { $0 == SampleFile.png ? .infected : .clean }
        #expect(try await refusal([SampleFile.offered(SampleFile.pdf)], infected) == [])
        #expect(
            try await refusal([SampleFile.offered(SampleFile.pdf), SampleFile.offered(SampleFile.png)], infected)
                == ["/files/1 file.infected"])
        let silent = FileDoor(limits: FileLimits()) { _ in throw Silent() }
        await #expect(throws: RightsError.scannerUnavailable) {
            try await silent.check([SampleFile.offered(SampleFile.pdf)])
        }
    }
}

@Suite struct CaseFileTests {
    private func checked(_ contents: [UInt8]..., name: String = "piece.pdf") async throws -> [CheckedFile] {
        try await FileDoor(limits: FileLimits()).check(contents.map { SampleFile.offered($0, name) })
    }

    private func secret(_ receipt: FilingReceipt) throws -> TrackingSecret {
        try TrackingSecret(entered: receipt.secret)
    }

    private func bytes(_ opened: OpenedFile) async throws -> [UInt8] {
        var content: [UInt8] = []
        for number in 0..<opened.parts { content += try await opened.content(ofPart: number) }
        return content
    }

    @Test(arguments: EngineUnderTest.allCases)
    func filesGoBothWaysAndComeBackAsTheyWere(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(1).body())
            let secret = try secret(receipt)
            let long = SampleFile.pdf(bytes: 600_000)
            try await house.following.send(
                try await checked(long, SampleFile.png, name: "../../Éva\u{202E}\u{0}\n\"<b>.pdf"), text: nil,
                to: receipt.reference, secret: secret)
            try await house.operators.perform(
                try OperatorAct(["type": "message", "text": "Voici."], today: house.today), on: receipt.reference,
                by: House.agent, files: try await checked(SampleFile.jpeg))

            let view = try await house.view(receipt)
            #expect(view.files.map(\.name) == ["piece-1.pdf", "piece-2.png", "piece-3.jpg"])
            #expect(view.files.map(\.side) == [.citizen, .citizen, .operator])
            #expect(view.files[0].senderName == "Éva\"<b>.pdf")
            #expect(view.events.map(\.event.type) == [.filed, .message, .message])
            #expect(
                view.events[1].event.data["files"]
                    == [
                        ["n": 1, "type": "pdf", "size": 600_000],
                        ["n": 2, "type": "png", "size": .integer(Int64(SampleFile.png.count))],
                    ])
            for (n, content) in [(1, long), (2, SampleFile.png), (3, SampleFile.jpeg)] {
                #expect(
                    try await bytes(house.following.file(n, of: receipt.reference, secret: secret)) == content)
                #expect(
                    try await bytes(house.operators.openFile(n, of: receipt.reference, for: House.agent)) == content)
            }
            #expect(try await house.count("audit_event", where: "act = 'caseFile.opened'") == 3)
            await #expect(throws: RightsError.forbidden(.openIdentity)) {
                try await house.operators.openFile(1, of: receipt.reference, for: House.auditor)
            }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whatOneCaseHoldsIsNotOpenedWithAnothersSecret(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let (one, other) = (try await house.file(Person(1).body()), try await house.file(Person(2).body()))
            for receipt in [one, other] {
                try await house.following.send(
                    try await checked(SampleFile.pdf), text: "Voir.", to: receipt.reference, secret: try secret(receipt)
                )
            }
            await #expect(throws: RightsError.notFound) {
                try await house.following.file(1, of: one.reference, secret: try secret(other))
            }
            await #expect(throws: RightsError.notFound) {
                try await house.following.file(2, of: one.reference, secret: try secret(one))
            }
            // Not even for one who moves it there.
            try await house.database.write { connection in
                try connection.execute(
                    """
                    UPDATE case_file_part SET sealed = (SELECT sealed FROM case_file_part WHERE reference = $1)
                    WHERE reference = $2
                    """, one.reference, other.reference)
                return ()
            }
            await #expect(throws: SealError.doesNotOpen) {
                try await bytes(house.following.file(1, of: other.reference, secret: try secret(other)))
            }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aCaseHoldsFiveFilesOfEachSide(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(1).body())
            let four = try await checked(SampleFile.pdf, SampleFile.pdf, SampleFile.pdf, SampleFile.pdf)
            let secret = try secret(receipt)
            try await house.following.send(four, text: nil, to: receipt.reference, secret: secret)
            let tooMany = RightsError.invalid(
                FieldErrors([FieldError(pointer: "/files/0", code: "file.tooMany", arguments: ["5"])]))
            await #expect(throws: tooMany) {
                try await house.following.send(
                    try await checked(SampleFile.pdf, SampleFile.pdf), text: "Encore.", to: receipt.reference,
                    secret: secret)
            }
            #expect(try await house.view(receipt).events.count == 2)
            try await house.following.send(
                try await checked(SampleFile.pdf), text: nil, to: receipt.reference, secret: secret)
            await #expect(throws: tooMany) {
                try await house.following.send(
                    try await checked(SampleFile.pdf), text: nil, to: receipt.reference, secret: secret)
            }
            try await house.operators.perform(
                try OperatorAct(["type": "message", "text": "Voici."], today: house.today), on: receipt.reference,
                by: House.agent, files: four)
        }
    }

    @Test func nothingSaidAndNothingSentIsNothing() async throws {
        try await withHouse(.sqlite) { house in
            let receipt = try await house.file(Person(1).body())
            await #expect(throws: FieldErrors.self) {
                try await house.following.send([], text: " \n", to: receipt.reference, secret: try secret(receipt))
            }
            await #expect(throws: RightsError.self) {
                try await house.operators.perform(
                    try OperatorAct(["type": "noted", "note": "x"], today: house.today), on: receipt.reference,
                    by: House.agent, files: try await checked(SampleFile.pdf))
            }
        }
    }
}

@Suite struct ProofTests {
    private func proof() async throws -> [CheckedFile] {
        try await FileDoor(limits: FileLimits()).check([SampleFile.offered(SampleFile.jpeg, "carte.jpg")])
    }

    private func prove(_ house: House, _ receipt: FilingReceipt, text: String? = nil) async throws {
        try await house.following.prove(
            try await proof(), text: text, for: receipt.reference, secret: try TrackingSecret(entered: receipt.secret))
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aProofThatWasAskedForIsCheckedAndDestroyed(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let receipt = try await house.file(Person(1).body())
            #expect(try await house.view(receipt).proof == nil)
            await #expect(throws: RightsError.proofNotAsked) { try await prove(house, receipt) }

            try await house.act(["type": "identityRequested", "text": "Le nom diffère."], on: receipt)
            #expect(try await house.view(receipt).proof == .identity)
            house.clock.advance(seconds: 3 * 86_400)
            try await prove(house, receipt, text: "Voici ma carte.")
            let sent = try await house.view(receipt)
            #expect(sent.state == .underReview)
            #expect(sent.events.last?.event.type == .identityProvided)
            #expect(sent.events.last?.event.actor == .citizen)
            #expect(sent.clock.pausedDays == 3)
            #expect(sent.files.map(\.isProof) == [true])

            let needsMotive = RightsError.invalid(
                FieldErrors([FieldError(pointer: "/motive", code: "required")]))
            await #expect(throws: needsMotive) {
                try await house.operators.openFile(1, of: receipt.reference, for: House.agent)
            }
            let opened = try await house.operators.openFile(
                1, of: receipt.reference, motive: .identityCheck, for: House.agent)
            #expect(try await opened.content(ofPart: 0) == SampleFile.jpeg)
            let event = try #require(try await house.view(receipt).events.last?.event)
            #expect(event.type == .identityOpened)
            #expect(event.data == ["file": 1, "motive": "identityCheck"])

            house.clock.advance(seconds: 60)
            try await house.act(["type": "identityVerified"], on: receipt)
            #expect(try await house.count("case_file_part") == 0)
            #expect(try await house.count("case_file", where: "sealed_name IS NOT NULL") == 0)
            let file = try #require(try await house.view(receipt).files.first)
            #expect(file.checkedAt == house.clock.source())
            #expect(file.destroyedAt == house.clock.source())
            await #expect(throws: RightsError.fileDestroyed) { try await opened.content(ofPart: 0) }
            await #expect(throws: RightsError.fileDestroyed) {
                try await house.operators.openFile(
                    1, of: receipt.reference, motive: .identityCheck, for: House.agent)
            }
            await #expect(throws: RightsError.fileDestroyed) {
                try await house.following.file(
                    1, of: receipt.reference, secret: try TrackingSecret(entered: receipt.secret))
            }
        }
    }

    @Test(arguments: ["guardian", "authorisedAgent", "heir"])
    func whoeverActsForAnotherMayProveItUnasked(capacity: String) async throws {
        try await withHouse(.sqlite) { house in
            let requester: JSON = ["name": "Ysé Tutrice"]
            let receipt = try await house.file(
                Person(1).body(["capacity": .string(capacity), "requester": requester]))
            #expect(try await house.view(receipt).proof == .capacity(try #require(Capacity(rawValue: capacity))))
            try await prove(house, receipt)
            #expect(try await house.view(receipt).state == .received)
            try await house.act(["type": "identityVerified"], on: receipt)
            #expect(try await house.view(receipt).proof == nil)
            #expect(try await house.count("case_file_part") == 0)
        }
    }

    @Test(arguments: [House.refusal, ["type": "voided", "reasons": "Forgée."]])
    func aDecisionDestroysAProofThatNobodyFoundGood(decision: JSON) async throws {
        try await withHouse(.sqlite) { house in
            let receipt = try await house.file(Person(1).body())
            try await house.act(["type": "identityRequested", "text": "Qui ?"], on: receipt)
            try await prove(house, receipt)
            try await house.act(decision, on: receipt)
            let file = try #require(try await house.view(receipt).files.first)
            #expect(file.checkedAt == nil)
            #expect(file.destroyedAt != nil)
            #expect(try await house.count("case_file_part") == 0)
        }
    }

    @Test func aWithdrawalDestroysTheProofAndLeavesTheFiles() async throws {
        try await withHouse(.sqlite) { house in
            let receipt = try await house.file(Person(1).body())
            try await house.following.send(
                try await proof(), text: nil, to: receipt.reference,
                secret: try TrackingSecret(entered: receipt.secret))
            try await house.act(["type": "identityRequested", "text": "Qui ?"], on: receipt)
            try await prove(house, receipt)
            try await house.withdraw(receipt)
            #expect(try await house.view(receipt).files.map { $0.destroyedAt == nil } == [true, false])
            #expect(try await house.count("case_file_part") == 1)
        }
    }
}
