/// What the rule needs to know of one record: all its versions' hashes, and which is the newest.
struct RecordHistory: Sendable {
    private(set) var count = 0
    private(set) var newest: String?
    /// Whether the record was taken out of the register and must not be shown: no line brings it back.
    var isWithheld = false
    private var hashes: Set<String> = []

    func contains(_ hash: String) -> Bool { hashes.contains(hash) }

    mutating func append(_ hash: String) {
        count += 1
        newest = hash
        hashes.insert(hash)
    }
}

/// Decides for each line of a file whether it makes a new version.
///
/// A line already in that record's history is skipped, unless it is the file's last for the record and differs from the
/// newest version: a reversion. What is the last is known at the end alone, so a line that may be one is remembered,
/// one a record, until a later line of that record or the end of the file settles it. One pass, and a second import of
/// the same file changes nothing.
struct VersionRule: Sendable {
    enum Verdict: Equatable {
        /// The record's first version.
        case added
        case changed
        /// Known already; or a reversion that the end of the file will tell.
        case skipped
        /// Its record must not be shown.
        case withheld
    }

    /// A line that brings back an older version, if no other line of its record follows.
    struct Reversion: Sendable, Equatable {
        let reference: String
        let hash: String
        let line: Int
    }

    private var pending: [String: Reversion] = [:]

    /// Judges the next line; `history` is that of its record and takes in the new version.
    mutating func judge(_ reference: String, _ hash: String, line: Int, history: inout RecordHistory) -> Verdict {
        pending[reference] = nil
        if history.isWithheld { return .withheld }
        if history.contains(hash) {
            if history.newest != hash {
                pending[reference] = Reversion(reference: reference, hash: hash, line: line)
            }
            return .skipped
        }
        history.append(hash)
        return history.count == 1 ? .added : .changed
    }

    /// The reversions that the end of the file leaves standing, in the order of their lines.
    var reversions: [Reversion] { pending.values.sorted { $0.line < $1.line } }
}
