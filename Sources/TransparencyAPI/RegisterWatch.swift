public import Logging
import Propagation
import PublicRegistry
public import SQLDatabase
import Synchronization

/// Knows the number of the register's newest change, so that what was rendered before it is no longer served.
///
/// Polled rather than told, since changes may come from other processes and no engine of ours notifies.
public final class RegisterWatch: Sendable {
    private let database: SQLDatabase
    private let latest = Atomic<Int64>(0)
    private let certified = Atomic<Int64>(0)

    public init(database: SQLDatabase) { self.database = database }

    /// The newest change that this process knows of: a quarter of a second old at most, while the database answers.
    public var generation: Int64 { latest.load(ordering: .relaxed) }

    /// How many certificates of the release gate are registered, as of the same look. They are no part of the register.
    public var certificates: Int64 { certified.load(ordering: .relaxed) }

    /// Looks once.
    public func refresh() async throws {
        let (change, certificates) = try await database.read {
            (try RegisterChanges.latest($0), try CertificateStore.count(on: $0))
        }
        latest.store(change, ordering: .relaxed)
        certified.store(certificates, ordering: .relaxed)
    }

    /// Looks four times a second until the task is cancelled.
    public func run(logger: Logger) async {
        while !Task.isCancelled {
            do {
                try await refresh()
            } catch {
                logger.warning("the register's change number could not be read", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: .milliseconds(250))
        }
    }
}
