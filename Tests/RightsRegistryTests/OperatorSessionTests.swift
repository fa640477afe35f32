import CivilTime
import RightsRegistry
import SQLDatabase
import TestSupport
import Testing
import Vault

@Suite struct OperatorSessionTests {
    private static let password = "un mouton bleu sous la pluie"

    private func code(_ generator: OneTimePassword, in house: House) -> String {
        generator.code(step: OneTimePassword.step(at: house.clock.source()))
    }

    private func signIn(
        _ house: House, _ generator: OneTimePassword, password: String = password, code: String? = nil,
        address: String = "192.0.2.1"
    ) async throws -> OperatorSessions.Session {
        try await house.sessions.signIn(
            name: "camille", password: password, code: code ?? self.code(generator, in: house), address: address)
    }

    @Test(arguments: EngineUnderTest.allCases)
    func anOperatorSignsInAndOut(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let generator = try await house.accounts.add(name: "camille", role: .agent, password: Self.password)
            let session = try await signIn(house, generator)
            #expect(session.signedIn == House.agent)
            #expect(try await house.sessions.operatorOfSession(session.token) == House.agent)
            // The cookie's value is nowhere kept.
            let kept: [UInt8]? = try await house.database.read {
                try $0.first("SELECT token_hash FROM operator_session")?["token_hash"]
            }
            #expect(kept != Base64URL.decode(session.token))

            #expect(
                try await house.sessions.operatorOfSession(Base64URL.encode([UInt8](repeating: 7, count: 32))) == nil)
            #expect(try await house.sessions.operatorOfSession("") == nil)
            try await house.sessions.signOut(session.token, of: session.signedIn)
            #expect(try await house.sessions.operatorOfSession(session.token) == nil)
            let acts: [String] = try await house.database.read {
                try $0.query("SELECT act FROM audit_event ORDER BY act").map { try $0["act"] }
            }
            #expect(acts == ["operator.added", "operator.signedIn", "operator.signedOut"])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whatIsWrongIsNeverTold(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let generator = try await house.accounts.add(name: "camille", role: .agent, password: Self.password)
            // Another address each time, so that no delay stands in the way.
            await #expect(throws: OperatorSessions.Refusal.wrongCredentials) {
                _ = try await signIn(house, generator, password: "un mouton rouge sous la pluie", address: "192.0.2.1")
            }
            await #expect(throws: OperatorSessions.Refusal.wrongCredentials) {
                _ = try await signIn(house, generator, code: "000000", address: "192.0.2.2")
            }
            await #expect(throws: OperatorSessions.Refusal.wrongCredentials) {
                _ = try await house.sessions.signIn(
                    name: "nobody", password: Self.password, code: "000000", address: "192.0.2.3")
            }
            try await house.accounts.disable(name: "camille")
            await #expect(throws: OperatorSessions.Refusal.wrongCredentials) {
                _ = try await signIn(house, generator, address: "192.0.2.4")
            }
            #expect(try await house.count("operator_session") == 0)
            // A name that is no account may be a password typed into the wrong field: it is not written down.
            #expect(try await house.count("audit_event", where: "subject = 'nobody' OR actor = 'nobody'") == 0)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aCodeCountsOnce(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let generator = try await house.accounts.add(name: "camille", role: .agent, password: Self.password)
            let used = code(generator, in: house)
            _ = try await signIn(house, generator, code: used)
            await #expect(throws: OperatorSessions.Refusal.wrongCredentials) {
                _ = try await signIn(house, generator, code: used, address: "192.0.2.2")
            }
            house.clock.advance(seconds: 30)
            _ = try await signIn(house, generator)

            house.clock.advance(seconds: 30)
            let shared = code(generator, in: house)
            let accepted = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<6 {
                    group.addTask {
                        (try? await signIn(house, generator, code: shared, address: "198.51.100.\(number)")) != nil
                    }
                }
                return await group.reduce(into: 0) { if $1 { $0 += 1 } }
            }
            #expect(accepted == 1)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func failuresDelayTheirPairOfAccountAndAddressAlone(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let generator = try await house.accounts.add(name: "camille", role: .agent, password: Self.password)
            func fail(from address: String) async -> OperatorSessions.Refusal? {
                do {
                    _ = try await signIn(house, generator, password: "un mouton rouge sous la pluie", address: address)
                    return nil
                } catch {
                    return error as? OperatorSessions.Refusal
                }
            }
            // 0.4 s, 0.8 s, 1.6 s… and a minute at most, told as the first whole second after it.
            for delay in [1, 1, 2, 4, 7, 13, 26, 52, 61, 61] {
                #expect(await fail(from: "192.0.2.1") == .wrongCredentials)
                #expect(await fail(from: "192.0.2.1") == .tooManyFailures(retryAfter: delay))
                house.clock.advance(seconds: delay)
            }
            // The right password does not get through the delay, and a stranger's failures shut nobody else out.
            #expect(await fail(from: "192.0.2.1") == .wrongCredentials)
            await #expect(throws: OperatorSessions.Refusal.self) { _ = try await signIn(house, generator) }
            _ = try await signIn(house, generator, address: "192.0.2.2")
            // Success clears the pair.
            house.clock.advance(seconds: 61)
            _ = try await signIn(house, generator)
            #expect(await fail(from: "192.0.2.1") == .wrongCredentials)
            house.clock.advance(seconds: 1)
            #expect(await fail(from: "192.0.2.1") == .wrongCredentials)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func guessesThatArriveTogetherAreOneGuess(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let generator = try await house.accounts.add(name: "camille", role: .agent, password: Self.password)
            let refusals = await withTaskGroup(of: OperatorSessions.Refusal?.self) { group in
                for guess in 0..<10 {
                    group.addTask {
                        do {
                            _ = try await signIn(house, generator, code: "00000\(guess)")
                            return nil
                        } catch {
                            return error as? OperatorSessions.Refusal
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(refusals.count { $0 == .wrongCredentials } == 1)
            #expect(refusals.count { $0 == .tooManyFailures(retryAfter: 1) } == 9)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aSessionEndsWhenItIsIdle(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let generator = try await house.accounts.add(name: "camille", role: .agent, password: Self.password)
            let session = try await signIn(house, generator)
            for _ in 0..<3 {
                house.clock.advance(seconds: house.sessions.idleSeconds - 1)
                #expect(try await house.sessions.operatorOfSession(session.token) != nil)
            }
            house.clock.advance(seconds: house.sessions.idleSeconds)
            #expect(try await house.sessions.operatorOfSession(session.token) == nil)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aSessionEndsAfterTwelveHoursHoweverBusy(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let generator = try await house.accounts.add(name: "camille", role: .agent, password: Self.password)
            let session = try await signIn(house, generator)
            for _ in 0..<(12 * 4 - 1) {
                house.clock.advance(seconds: 15 * 60)
                #expect(try await house.sessions.operatorOfSession(session.token) != nil)
            }
            house.clock.advance(seconds: 15 * 60)
            #expect(try await house.sessions.operatorOfSession(session.token) == nil)
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func disablingAnAccountEndsItsSessions(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            let generator = try await house.accounts.add(name: "camille", role: .agent, password: Self.password)
            let session = try await signIn(house, generator)
            try await house.accounts.disable(name: "camille")
            #expect(try await house.sessions.operatorOfSession(session.token) == nil)
            #expect(try await house.accounts.list().map(\.isDisabled) == [true])
            await #expect(throws: OperatorAccounts.Failure.unknownOperator) {
                try await house.accounts.disable(name: "nobody")
            }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func anAccountThatMayNotBeIsRefused(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            _ = try await house.accounts.add(name: "camille", role: .agent, password: Self.password)
            await #expect(throws: OperatorAccounts.Failure.nameTaken) {
                _ = try await house.accounts.add(name: "camille", role: .administrator, password: Self.password)
            }
            await #expect(throws: OperatorAccounts.Failure.nameNotAllowed) {
                _ = try await house.accounts.add(name: "Camille D.", role: .agent, password: Self.password)
            }
            await #expect(throws: OperatorAccounts.Failure.password(.tooShort)) {
                _ = try await house.accounts.add(name: "dominique", role: .agent, password: "short")
            }
            #expect(try await house.accounts.list().map(\.role) == ["agent"])
        }
    }
}
