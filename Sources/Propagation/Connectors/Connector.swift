/// Where a target stands, and whose list it holds.
struct TargetPlace: Sendable, Hashable {
    /// Names the list that this database's key makes.
    let list: String
    let incarnation: String
    let position: Int64
    /// The last batch beside the ledger that it has applied; 0 before the first, and where that is not told.
    var beside: Int64 = 0
    /// What the target could not take of the batch that ends there, where it keeps that: an answer may be lost.
    var rejected: [Rejection] = []

    /// Throws `TargetError` unless it is this list, of this ledger.
    func require(list expectedList: String, incarnation expectedIncarnation: String) throws(TargetError) {
        guard list == expectedList else { throw .otherList }
        guard incarnation == expectedIncarnation else {
            throw .otherIncarnation(found: incarnation, expected: expectedIncarnation)
        }
    }
}

/// An entry that a target could not take: it does not hold up the rest, and becomes an exception.
struct Rejection: Sendable, Hashable {
    /// The entry's position in the ledger.
    let position: Int64
    /// The custodian's word for it, at most 200 characters; for operators.
    let reason: String
}

/// A target that applies a batch while we wait, and says so: PostgreSQL, SQLite, HTTPS.
///
/// The contract, which Tests/PropagationTests holds every one of them to: a batch `(from, to]` is applied whole and once,
/// and only where the target stands at `from` of the same list and ledger, and has not applied a later one beside the ledger;
/// what it stands at is stored with the effect; a batch that comes again or too late changes nothing and throws `TargetError`.
protocol PushConnector: TaskCarrier {
    /// Where the target stands; nil before its first batch.
    func place() async throws -> TargetPlace?

    /// The batch with what can be made of it before its turn, while the one before is under way.
    func arranged(_ batch: TargetBatch) -> TargetBatch

    /// Applies a batch exactly once; returns the entries that the target could not take, the others being applied.
    /// Throws `TargetError` where the target does not stand at its beginning.
    func apply(_ batch: TargetBatch) async throws -> [Rejection]

    /// Ends what is open.
    func close() async
}

extension PushConnector {
    func arranged(_ batch: TargetBatch) -> TargetBatch { batch }
}

/// What a connector's address leads to: a target that is written to while we wait, or a mailbox.
enum ConnectorEnd: Sendable {
    case push(any PushConnector)
    case mailbox(any Mailbox)
}

/// Connects to what an address names.
typealias ConnectorOpening = @Sendable (ConnectorAddress) async throws -> ConnectorEnd
