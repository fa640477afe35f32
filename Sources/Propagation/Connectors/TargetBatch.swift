public import RightsRegistry

/// What one target gets: the interval `(from, to]` of one incarnation of the ledger, as that database must see it. Where
/// it is empty, the changes catch up with what was left out of earlier intervals, *beside* the ledger.
struct TargetBatch: Sendable {
    /// What happens to one row of the list.
    enum Change: Sendable, Hashable {
        /// The person behind `pseudonym` has opted out; `token` names the objection and the identifier, `scope` the row:
        /// `*`, or a project's reference. Where it is registered again, rows of projects that stand apart may be there.
        case register(pseudonym: [UInt8], token: [UInt8], scope: String, isAgain: Bool, position: Int64)
        /// The objection behind `token` has ended: as a whole where `scope` is `*`, or for one project. Unless it may be
        /// missing, the row is there.
        case withdraw(token: [UInt8], scope: String, position: Int64, mayBeMissing: Bool = false)
    }

    /// The row that speaks of whatever is done in the database.
    static let whole = "*"

    /// Names the list that this database's key makes: a target that holds another's is not written to.
    let list: String
    let incarnation: String
    let from: Int64
    let to: Int64
    /// The number of one that is pushed beside the ledger, which no position tells from one that was overtaken. It grows from
    /// one to the next.
    var beside: Int64?
    let changes: [Change]
    /// How an SQL target will write it; nil where that was not made beforehand.
    var arrangement: SQLArrangement?

    /// Whether it says once more what earlier batches should have said: what it ends may not be there.
    var isBeside: Bool { from == to }

    /// The positions that it speaks of, each once, in order.
    var positions: [Int64] { Set(changes.map(\.position)).sorted() }

    /// Without the entries at `positions`, and without what it says of the same objections besides: that would find what the
    /// left-out entries should have made.
    func leavingOut(_ positions: Set<Int64>) -> TargetBatch {
        let tokens = Set(changes.lazy.filter { positions.contains($0.position) }.map(\.token))
        return TargetBatch(
            list: list, incarnation: incarnation, from: from, to: to, beside: beside,
            changes: changes.filter { !tokens.contains($0.token) })
    }
}

extension TargetBatch.Change {
    var token: [UInt8] {
        switch self {
        case .register(_, let token, _, _, _), .withdraw(let token, _, _, _): token
        }
    }

    /// The entry's.
    var position: Int64 {
        switch self {
        case .register(_, _, _, _, let position), .withdraw(_, _, let position, _): position
        }
    }
}

/// Why a target was not served. `description` is for operators; it holds no identity and no pseudonym.
public enum TargetError: Error, Sendable, Hashable, CustomStringConvertible {
    /// It holds the list of another ledger.
    case otherIncarnation(found: String, expected: String)
    /// It is not where we left it, and no batch of ours explains it.
    case elsewhere(found: Int64, expected: Int64)
    /// It has applied a later batch beside the ledger than the one that reaches it.
    case overtaken
    /// Its list is gone, though it had confirmed entries.
    case empty(expected: Int64)
    /// It holds the list of another linked database, or one made under another key.
    case otherList
    /// What came was meant for another linked database.
    case otherDatabase
    /// An acknowledgement says what can't be.
    case refusedAcknowledgement(AcknowledgementRefusal)
    /// The custodian's program, or its folder, answered what can't be read. The words are ours.
    case unreadable(String)
    /// An objection ends there whose registration, though confirmed, has left no row.
    case missingRow(position: Int64)
    /// The connector's scheme is not one that this version speaks.
    case unknownConnector(String)

    /// Whether what the target has confirmed can no longer be relied upon, rather than that it can't be reached.
    var isOutOfPlace: Bool {
        switch self {
        case .otherIncarnation, .elsewhere, .empty, .otherList, .missingRow: true
        case .overtaken, .otherDatabase, .refusedAcknowledgement, .unreadable, .unknownConnector: false
        }
    }

    /// Whether `regard database resync` mends it.
    var isResynchronisable: Bool {
        switch self {
        case .otherIncarnation, .elsewhere, .empty, .missingRow: true
        case .overtaken, .otherList, .otherDatabase, .refusedAcknowledgement, .unreadable, .unknownConnector: false
        }
    }

    public var description: String {
        switch self {
        case .otherIncarnation(let found, let expected):
            "The target holds the list of another ledger (\(found), not \(expected)): it must be resynchronised."
        case .elsewhere(let found, let expected):
            "The target is at position \(found) and not at \(expected): it must be resynchronised."
        case .overtaken: "The target has applied a later one of the batches that say again what was said."
        case .empty(let expected):
            "The target's list is gone, though it had confirmed position \(expected): it must be resynchronised."
        case .otherList:
            "The target holds a list made under another key: two databases share it, or this one's key was replaced."
        case .otherDatabase: "An acknowledgement is of another database."
        case .refusedAcknowledgement(let refusal): refusal.description
        case .unreadable(let words): words
        case .missingRow(let position):
            "The target has no row for the withdrawal at position \(position): it must be resynchronised."
        case .unknownConnector(let scheme):
            "No connector speaks “\(scheme)”: use postgres://…, sqlite:PATH, https://…, dir:PATH, pull: or manual:."
        }
    }
}
