import HTTPTypes
import HummingbirdTesting
import Propagation
import RightsRegistry
import SQLDatabase
import TestSupport
import Testing

@testable import TransparencyAPI

/// How long a program is kept waiting. Apart from all other tests, so that no other's load decides.
@Suite("Waiting at the door of feeds") struct FeedWaitingTests {
    @Test("Whoever waits is answered as soon as there is something, and not kept beyond what was asked")
    func waiting() async throws {
        try await withPortal(.sqlite) { opened in
            let clinic = try await PulledDatabase(opened, "clinique")
            let start = ContinuousClock.now
            async let answer = clinic.get("?wait=50")
            async let preferred = clinic.get(headers: [HTTPField.Name("Prefer")!: "respond-async, wait=50"])
            try await Task.sleep(for: .milliseconds(700))
            _ = try await Browser(opened).file()
            try await opened.carry()
            #expect(try await answer.status == .ok)
            #expect(try await preferred.status == .ok)
            #expect(ContinuousClock.now - start < .seconds(20))
            let early = ContinuousClock.now
            #expect(try await clinic.get("?after=1&wait=1").status == .noContent)
            let waited = ContinuousClock.now - early
            #expect(waited >= .seconds(1) && waited < .seconds(20))
        }
    }

    @Test("One program that asks again and again takes nobody else’s place")
    func waitingRoom() async throws {
        let room = FeedWaiting(most: 3, mostOfOne: 2)
        let start = ContinuousClock.now
        func wait(_ id: String) async throws -> Int? { try await room.wait(for: id, .seconds(30)) { nil } }
        try await withThrowingTaskGroup(of: String.self) { group in
            // The first two of the same database are sent away by the two that come after them.
            for _ in 0..<4 {
                group.addTask {
                    _ = try await wait("a")
                    return "a"
                }
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try await group.next() == "a")
            #expect(try await group.next() == "a")
            group.addTask {
                _ = try await wait("b")
                return "b"
            }
            try await Task.sleep(for: .milliseconds(50))
            group.addTask {
                _ = try await wait("c")
                return "c"
            }
            // All three places are taken: it is not kept waiting.
            #expect(try await group.next() == "c")
            group.cancelAll()
            while let result = await group.nextResult() { if case .success = result { Issue.record("not cancelled") } }
        }
        #expect(ContinuousClock.now - start < .seconds(20))
    }
}
