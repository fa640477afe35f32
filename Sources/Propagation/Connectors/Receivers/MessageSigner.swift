import CivilTime
import Crypto
import Foundation
import Outbound
import Vault

/// Signs requests of ours as RFC 9421 has it, with Ed25519, so that a receiver knows who asks and what was asked.
///
/// docs/propagation.md has the form and a vector.
struct MessageSigner: Sendable {
    private let key: Curve25519.Signing.PrivateKey
    /// Names the key to whoever holds several: the first half of its public half's SHA-256.
    let keyID: String

    init(_ key: Curve25519.Signing.PrivateKey) {
        self.key = key
        keyID = Hex.encode(Array(SHA256.hash(data: key.publicKey.rawRepresentation)).prefix(16))
    }

    /// `fields` with what signs them, the method and the address.
    ///
    /// - Parameter fields: headers in the order in which they are signed, named in lower case.
    func sign(
        _ method: String, _ address: WebAddress, _ fields: [(name: String, value: String)], at moment: Instant
    ) throws -> [(name: String, value: String)] {
        let components =
            [(name: "@method", value: method), (name: "@target-uri", value: address.target)] + fields
        let names = components.map { "\"\($0.name)\"" }.joined(separator: " ")
        let parameters =
            "(\(names));created=\(moment.milliseconds / 1000);keyid=\"\(keyID)\";alg=\"ed25519\""
        let base =
            components.map { "\"\($0.name)\": \($0.value)\n" }.joined() + "\"@signature-params\": \(parameters)"
        let signature = try key.signature(for: Array(base.utf8)).base64EncodedString()
        return fields + [
            (name: "signature-input", value: "regard=\(parameters)"),
            (name: "signature", value: "regard=:\(signature):"),
        ]
    }

    /// What `Content-Digest` says of `body` (RFC 9530).
    static func digest(of body: [UInt8]) -> String {
        "sha-256=:\(Data(SHA256.hash(data: body)).base64EncodedString()):"
    }
}
