public import Vault

/// What a linked database's list is called.
public enum ListName {
    /// The name by the first key of a database, unless it is `known`. Throws `KeyStoreError` where that key is missing.
    public static func of(
        _ database: String, generation: Int, in keys: KeyStore, orKnown known: String?
    ) throws(KeyStoreError) -> String {
        if let known { return known }
        return PseudonymKey(try keys.symmetricKey(.key(of: database, generation: generation))).listName
    }
}
