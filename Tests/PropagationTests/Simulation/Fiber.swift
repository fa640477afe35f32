import Synchronization

@testable import Propagation
@testable import SQLDatabase

/// Where a piece of work stops until the driver lets it on.
enum Gate: Sendable {
    case database(SQLDatabase.Edge)
    case place(String)
    case apply(String, TargetBatch)
    case mailbox(String, MailboxCall)

    enum MailboxCall: Sendable { case post, holds, word }
}

/// What the driver lets happen at a gate.
enum Verdict: Sendable {
    case go
    /// It never happens, or nobody hears of it: after a transaction that is the same thing to whoever asked.
    case fail(SQLError)
    /// It happens, and the answer is lost.
    case loseAnswer
    /// The process ends here.
    case crash
}

/// The end of a process: nothing that it does afterwards has any effect.
struct Crash: Error {}

/// One process's piece of work, which goes from gate to gate as the driver lets it: one piece runs at a time, and so the
/// seed alone decides what happens in which order, whatever threads there are.
final class Fiber: Sendable {
    enum Stop: Sendable {
        case gate(Gate)
        case ended((any Error)?)
    }

    private struct State {
        var isDead = false
        var parked: CheckedContinuation<Verdict, Never>?
        var stop: Stop?
        var driver: CheckedContinuation<Stop, Never>?
    }

    private let state = Mutex(State())

    /// Begins `body`; returns where it first stops.
    func begin(_ body: @escaping @Sendable (Fiber) async throws -> Void) async -> Stop {
        Task {
            do {
                try await body(self)
                report(.ended(nil))
            } catch {
                report(.ended(error))
            }
        }
        return await stop()
    }

    /// Lets it on; returns where it stops next.
    func go(_ verdict: Verdict) async -> Stop {
        state.withLock { state in
            defer { state.parked = nil }
            return state.parked
        }?.resume(returning: verdict)
        return await stop()
    }

    /// Ends its process.
    func kill() async {
        state.withLock { $0.isDead = true }
        _ = await go(.crash)
    }

    /// Waits at a gate; returns whether the answer is to be lost. Throws what is to be seen instead.
    func pass(_ gate: Gate) async throws -> Bool {
        if state.withLock({ $0.isDead }) { throw Crash() }
        let verdict = await withCheckedContinuation { continuation in
            state.withLock { $0.parked = continuation }
            report(.gate(gate))
        }
        switch verdict {
        case .go: return false
        case .loseAnswer: return true
        case .fail(let error): throw error
        case .crash:
            state.withLock { $0.isDead = true }
            throw Crash()
        }
    }

    private func report(_ stop: Stop) {
        let driver = state.withLock { state -> CheckedContinuation<Stop, Never>? in
            guard let driver = state.driver else {
                state.stop = stop
                return nil
            }
            state.driver = nil
            return driver
        }
        driver?.resume(returning: stop)
    }

    private func stop() async -> Stop {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state -> Stop? in
                guard let stop = state.stop else {
                    state.driver = continuation
                    return nil
                }
                state.stop = nil
                return stop
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }
}
