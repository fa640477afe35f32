import SQLDatabase
import Vault

/// The SQL of letters.
enum LetterStore {
    static func location(of id: String) -> BoxLocation {
        BoxLocation(table: "letter", row: id, column: "sealed", version: 1)
    }
}
