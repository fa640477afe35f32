/// Why a list was not compared or repaired. `description` is for operators.
public enum RepairRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// No such database is linked.
    case notLinked(String)
    /// Another process serves the database, and does not end.
    case busy
    /// The target changed while it was looked at.
    case moved
    /// The target is not where it was left.
    case outOfPlace(TargetError)
    /// The list is out of our reach, and its custodian has told nothing of it.
    case unreadable
    /// The list is out of our reach: what differs can only be mended as a whole.
    case onlyAnew

    public var description: String {
        switch self {
        case .notLinked(let id): "There is no linked database \(id), or it was removed."
        case .busy: "Another process serves this database just now: try again."
        case .moved: "The target changed meanwhile: try again."
        case .outOfPlace(let error): error.description
        case .unreadable:
            "This list can't be read from here, and its custodian has told neither count nor digest of the batch that was "
                + "acknowledged last."
        case .onlyAnew: "This list can't be mended row by row: “regard database resync” hands it over anew."
        }
    }
}
