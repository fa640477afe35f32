import Glibc

/// Why a key can't be had or made. Each message names the folder or the file, and never shows a key.
public enum KeyStoreError: Error, Hashable, CustomStringConvertible {
    /// No folder of that name.
    case missingFolder(path: String)
    /// No such key here; `neededBy` is the role of a process that reads it.
    case missing(path: String, neededBy: String)
    /// Readable or writable by the group or by others.
    case exposed(path: String, mode: UInt32)
    /// Owned by another user than the one who runs this process.
    case ownedByAnother(path: String, owner: UInt32)
    /// A link, a folder in place of a file, a file in place of a folder.
    case wrongKind(path: String)
    /// Damaged, or another key than its name says.
    case malformed(path: String)
    /// A key is never overwritten.
    case exists(path: String)
    /// A database's id or an epoch that can't name a file.
    case invalidName
    /// The system refused; `code` is its `errno`.
    case system(path: String, operation: String, code: Int32)

    /// In English, for who runs the command.
    public var description: String {
        switch self {
        case .missingFolder(let path):
            "The key folder \(path) does not exist. `regard init` makes it."
        case .missing(let path, let role):
            "The key file \(path) is missing. The role that needs it: \(role). `regard init` makes the standard keys; "
                + "otherwise copy it from where it is kept."
        case .exposed(let path, let mode):
            "\(path) is open to the group or to others (mode \(String(mode, radix: 8))). "
                + "Take their access away: chmod go= \(path)"
        case .ownedByAnother(let path, let owner):
            "\(path) belongs to another user (uid \(owner)). It must belong to the user that runs Regard."
        case .wrongKind(let path):
            "\(path) is not what it should be: the key folder is a folder, and each key an ordinary file, not a link."
        case .malformed(let path):
            "\(path) is not the key that its name says: the content is damaged, or the file was renamed."
        case .exists(let path):
            "\(path) exists already. A key is never overwritten."
        case .invalidName:
            "A linked database's id is of 1 to 40 of a-z, 0-9 and “-”; an epoch is a number from 1."
        case .system(let path, let operation, let code):
            "\(path): \(operation) failed: \(String(cString: strerror(code)))."
        }
    }
}
