import Foundation
import NIOPosix
import Synchronization

/// The one door to ``PasswordHash`` in a server: on its own threads, behind a bounded queue.
///
/// Argon2id takes a core and 19 MiB for 42 ms, and no more a second whatever the number at once. So as many run as
/// there are cores but one, at most 32 wait, and the next is told ``Busy`` at once: 429 to the client.
public final class PasswordGate: Sendable {
    /// As many wait as may.
    public struct Busy: Error, Hashable, CustomStringConvertible {
        /// In English, for logs.
        public var description: String { "Too many sign-ins at once. Try again in a few seconds." }
    }

    private let parameters: Argon2Parameters
    private let random: RandomSource
    private let unmatchable: String
    private let pool: NIOThreadPool
    private let limit: Int
    /// Those that run and those that wait.
    private let admitted = Mutex(0)

    /// - Parameters:
    ///   - threads: how many run at once; the machine's cores but one where nil.
    ///   - waiting: how many more may wait.
    public init(
        parameters: Argon2Parameters = .standard,
        threads: Int? = nil,
        waiting: Int = 32,
        random: @escaping RandomSource = systemRandom
    ) {
        self.parameters = parameters
        self.random = random
        unmatchable = PasswordHash.unmatchable(parameters: parameters, random: random)
        let threads = threads ?? max(1, ProcessInfo.processInfo.activeProcessorCount - 1)
        pool = NIOThreadPool(numberOfThreads: threads)
        limit = threads + waiting
        pool.start()
    }

    deinit {
        pool.shutdownGracefully { _ in }
    }

    /// The hash to store, in PHC's string form. Throws ``Busy``.
    public func hash(_ password: String) async throws -> String {
        let (parameters, random) = (parameters, random)
        return try await run { try PasswordHash.hash(password, parameters: parameters, random: random) }
    }

    /// Whether `password` is the one of `phc`. Throws ``Busy``, or ``PasswordHash/Failure`` where `phc` is no hash.
    public func verify(_ password: String, _ phc: String) async throws -> Bool {
        try await run { try PasswordHash.verify(password, against: phc) }
    }

    /// Costs what a failed ``verify(_:_:)`` costs, for an operator who does not exist. Throws ``Busy`` as it does.
    public func verifyNothing(_ password: String) async throws {
        _ = try await verify(password, unmatchable)
    }

    /// Whether `phc` was made with other parameters than this gate's.
    public func needsRehash(_ phc: String) -> Bool {
        PasswordHash.needsRehash(phc, parameters: parameters)
    }

    private func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        let isAdmitted = admitted.withLock { admitted in
            guard admitted < limit else { return false }
            admitted += 1
            return true
        }
        guard isAdmitted else { throw Busy() }
        defer { admitted.withLock { $0 -= 1 } }
        return try await pool.runIfActive(body)
    }
}
