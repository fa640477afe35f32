/// What can go wrong between a store and its engine, in words that both engines share.
///
/// Messages are the engine's own and may name tables; they never carry a bound value.
public enum SQLError: Error, Sendable, Equatable {
    /// A constraint refused the row. Stores prefer `ON CONFLICT`, since PostgreSQL aborts the whole transaction.
    case constraint(String)
    /// The disk, or the quota, is full. Nothing of the write has stayed.
    case storageFull(String)
    /// The engine cannot be reached, or went away before the transaction was committed. Nothing has stayed.
    case unavailable(String)
    /// The connection was lost while committing: the write may or may not have stayed.
    case outcomeUnknown(String)
    /// Concurrent writes kept colliding, and the retries are used up. Nothing has stayed.
    case contention(String)
    /// A statement ran longer than it may.
    case timeout(String)
    /// A cell was not of the type that the code asked for.
    case decoding(String)
    /// The statement or a parameter is wrong: a defect of ours.
    case statement(String)
    /// The database is not one that this program may open. The message says why and what to do.
    case refused(String)
}

extension SQLError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .constraint(let message): "constraint: \(message)"
        case .storageFull(let message): "storage is full: \(message)"
        case .unavailable(let message): "database unavailable: \(message)"
        case .outcomeUnknown(let message): "connection lost while committing: \(message)"
        case .contention(let message): "too much contention: \(message)"
        case .timeout(let message): "timed out: \(message)"
        case .decoding(let message): "unexpected cell: \(message)"
        case .statement(let message): "statement: \(message)"
        case .refused(let message): message
        }
    }
}
