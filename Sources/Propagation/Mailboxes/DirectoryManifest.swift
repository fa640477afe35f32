import Crypto
import Foundation
import StrictJSON
import Vault

/// What a batch of a folder is: the file of changes, and the signed manifest that says what that file must be.
///
/// A custodian's program reads a file of changes only once its manifest is there. docs/propagation.md has the formats.
struct DirectoryManifest {
    static let format = "regard-manifest-v1"
    private static let columns = "do,position,pseudonym,token,scope\n"

    /// The changes as CSV: a row of names, then a row a change. No value needs quotes.
    let changes: [UInt8]
    /// What is signed.
    let members: JSON

    init(_ document: BatchDocument) {
        var text = Self.columns
        text.reserveCapacity(text.utf8.count + document.batch.changes.count * 180)
        for change in document.batch.changes {
            switch change {
            case .register(let pseudonym, let token, let scope, _, let position):
                text += "register,\(position),\(Hex.encode(pseudonym)),\(Hex.encode(token)),\(scope)\n"
            case .withdraw(let token, let scope, let position, _):
                text += "withdraw,\(position),,\(Hex.encode(token)),\(scope)\n"
            }
        }
        changes = Array(text.utf8)
        var members = document.header.object ?? [:]
        members["format"] = .string(Self.format)
        members["sha256"] = .string(Hex.encode(Array(SHA256.hash(data: changes))))
        self.members = .object(members)
    }

    /// The manifest's file.
    func signed(by key: Curve25519.Signing.PrivateKey) throws -> [UInt8] {
        let message = Array("\(Self.format)\n".utf8) + members.canonicalBytes
        let document: JSON = [
            "key": .string(key.publicKey.rawRepresentation.base64EncodedString()), "manifest": members,
            "signature": .string(try key.signature(for: message).base64EncodedString()),
        ]
        return document.canonicalBytes + Array("\n".utf8)
    }
}
