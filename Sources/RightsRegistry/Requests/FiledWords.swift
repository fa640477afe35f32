import StrictJSON
import Vault

/// What a citizen wrote when filing, for the citizen to read again.
public struct FiledWords: Sendable, Hashable {
    public let message: String?
    /// What is to be rectified, restricted, erased or shown.
    public let details: String?
    /// Whether there is a number under which databases can find the person.
    public let hasNumber: Bool
    /// Whether somebody files for the person.
    public let actsForAnother: Bool

    /// Nil where the filing can't be read: it was erased, or the key is not its own.
    init?(of stored: StoredRequest, under key: CaseKey?) {
        guard let key, let sealed = stored.sealedFiling,
            let opened = try? key.open(sealed, at: CaseLocation.filing(stored.reference)),
            let filing = try? JSON(parsing: opened)
        else { return nil }
        message = filing["message"]?.string
        details = filing["details"]?.string
        let others = filing["subject"]?["otherIdentifiers"]?.array ?? []
        actsForAnother = filing["capacity"]?.string != Capacity.dataSubject.rawValue
        hasNumber = filing["subject"]?["nir"]?.string != nil || !others.isEmpty
    }
}
