import Testing

@testable import Vault

/// Light, so that the tests are quick; the standard ones are checked for what they say.
private let light = Argon2Parameters(memoryKiB: 64, passes: 1, lanes: 1)

@Suite("A password's hash")
struct PasswordHashTests {
    @Test(
        "is the one that another implementation of Argon2id computed",
        arguments: [
            (
                "un mot de passe assez long", "sel de seize oct", Argon2Parameters.standard,
                "$argon2id$v=19$m=19456,t=2,p=1$c2VsIGRlIHNlaXplIG9jdA$9hQ6ciYGV9qatXH192HFxZx9OL46FEi5jtGUSg7Bk8Q"
            ),
            (
                "phrase privée très longue", "0123456789abcdef", Argon2Parameters(memoryKiB: 64, passes: 3, lanes: 2),
                "$argon2id$v=19$m=64,t=3,p=2$MDEyMzQ1Njc4OWFiY2RlZg$tBZFKkkTKyGPtiqtnni+3eDin7gdiXhbl2LfxHzOCIA"
            ),
        ])
    func knownAnswer(password: String, salt: String, parameters: Argon2Parameters, expected: String) throws {
        let hash = try PasswordHash.hash(password, parameters: parameters, random: { _ in Array(salt.utf8) })
        #expect(hash == expected)
        #expect(try PasswordHash.verify(password, against: expected))
        #expect(try !PasswordHash.verify(password + " ", against: expected))
    }

    @Test("has a new salt each time")
    func salts() throws {
        let hashes = try (0..<5).map { _ in try PasswordHash.hash("même mot de passe", parameters: light) }
        #expect(Set(hashes).count == 5)
    }

    @Test("is the same for an accent typed as one character or as two")
    func normalised() throws {
        let hash = try PasswordHash.hash("clé de l'é\u{301}té", parameters: light)
        #expect(try PasswordHash.verify("cle\u{301} de l'é\u{301}te\u{301}", against: hash))
    }

    @Test(
        "that can't be read is an error, never a refusal in silence",
        arguments: [
            "", "secret", "$argon2i$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAA", "$2b$12$abcdefghijklmnopqrstuv",
        ])
    func malformed(phc: String) {
        #expect(throws: PasswordHash.Failure.self) { try PasswordHash.verify("x", against: phc) }
        #expect(PasswordHash.needsRehash(phc))
    }

    @Test("is made again when the parameters were raised")
    func rehash() throws {
        let hash = try PasswordHash.hash("un mot de passe", parameters: light)
        #expect(!PasswordHash.needsRehash(hash, parameters: light))
        #expect(PasswordHash.needsRehash(hash, parameters: Argon2Parameters(memoryKiB: 64, passes: 2, lanes: 1)))
        #expect(PasswordHash.needsRehash(hash))
    }

    @Test("of an unknown operator costs the same and no password has it")
    func unmatchable() throws {
        let real = try PasswordHash.hash("un mot de passe", parameters: .standard)
        let unmatchable = PasswordHash.unmatchable(parameters: .standard, random: systemRandom)
        #expect(!PasswordHash.needsRehash(unmatchable))
        #expect(unmatchable.utf8.count == real.utf8.count)
        #expect(try !PasswordHash.verify("un mot de passe", against: unmatchable))
    }

    @Test("costs at least 19 MiB and two passes by default")
    func floor() {
        #expect(Argon2Parameters.standard.memoryKiB >= 19 * 1024 && Argon2Parameters.standard.passes >= 2)
    }
}

@Suite("The gate before passwords")
struct PasswordGateTests {
    @Test("hashes, verifies and refuses")
    func verify() async throws {
        let gate = PasswordGate(parameters: light)
        let hash = try await gate.hash("un mot de passe")
        #expect(try await gate.verify("un mot de passe", hash))
        #expect(try await !gate.verify("un autre mot", hash))
        #expect(!gate.needsRehash(hash))
        try await gate.verifyNothing("un mot de passe")
        await #expect(throws: PasswordHash.Failure.self) { try await gate.verify("un mot de passe", "rien") }
    }

    @Test("lets so many in, tells the next ones that it is busy, and opens again")
    func busy() async throws {
        let gate = PasswordGate(parameters: .standard, threads: 1, waiting: 2)
        let answers = await withTaskGroup(of: Bool?.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    do {
                        try await gate.verifyNothing("un mot de passe")
                        return true
                    } catch is PasswordGate.Busy {
                        return false
                    } catch {
                        return nil
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(!answers.contains(nil))
        #expect(answers.count { $0 == true } >= 3, "those who were let in were all answered")
        #expect(answers.contains(false))
        for _ in 0..<5 { try await gate.verifyNothing("un mot de passe") }
    }
}

@Suite("An operator's password")
struct PasswordRulesTests {
    @Test(
        "is accepted when it is long and its owner's own",
        arguments: [
            "il pleut sur mes tomates vertes", "vK3!pQ9zLm2#xR7", "Le chat d'Anne dort sur le toit",
            "日本語のとても長い合言葉を使います",
            "marie adore les marguerites du jardin", "29481-77213-paris-55190", "motdepasse oublié au fond du lac",
        ])
    func accepted(password: String) {
        #expect(PasswordRules.problem(with: password, operatorName: "Marie Dupont") == nil)
    }

    @Test(
        "is refused with the reason",
        arguments: [
            ("quatorze signe", .tooShort), ("", .tooShort), (String(repeating: "aé9!Zx", count: 60), .tooLong),
            ("Correct-Horse-Battery-Staple", .common), ("MotDePasse!2026", .common), ("Administrateur-2026", .common),
            ("soleil 123456789", .common), ("liberté égalité fraternité", .common),
            ("aaaaaaaaaaaaaaaa", .repetitive), ("abababababababab", .repetitive), ("qwertyqwertyqwerty1", .repetitive),
            ("motdepasse-motdepasse-2026", .repetitive), ("123456789012345", .repetitive),
            ("azertyuiopqsdfg", .repetitive), ("abcdefghijklmnopq", .repetitive), ("1qaz2wsx3edc4rfv", .repetitive),
            ("zyxwvutsrqponmlk", .repetitive), ("!!!!!!!!!!!!!!!!", .repetitive),
            ("marie.dupont.2026", .ownName), ("DupontMarie-1985!", .ownName), ("Dupont-Dupont-Marie-1", .ownName),
        ] as [(String, PasswordRules.Problem)])
    func refused(password: String, reason: PasswordRules.Problem) {
        #expect(PasswordRules.problem(with: password, operatorName: "marie.dupont") == reason)
    }
}
