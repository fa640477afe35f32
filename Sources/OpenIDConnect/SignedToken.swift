import StrictJSON
import Vault

/// The algorithms that a provider may sign with. There is no other: neither `none` nor one whose key we share.
enum SigningAlgorithm: String, CaseIterable, Sendable {
    case es256 = "ES256"
    case rs256 = "RS256"
}

/// A JSON Web Token in compact form (RFC 7515 §7.1): read, and not yet believed.
struct SignedToken: Sendable {
    let algorithm: SigningAlgorithm
    let keyID: String?
    let payload: JSON
    let signingInput: [UInt8]
    let signature: [UInt8]

    /// Throws `malformed` for what is no token, and `algorithm` for one that is signed in a way we take from nobody.
    init(_ text: String) throws(OpenIDError) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.object(parts[0]), let signature = Base64URL.decode(parts[2]),
            let name = header["alg"]?.string
        else { throw .refused(.malformed) }
        guard let algorithm = SigningAlgorithm.allCases.first(where: { exactly($0.rawValue, name) }) else {
            throw .refused(.algorithm)
        }
        // An extension that must be understood (RFC 7515 §4.1.11) is one that we don't.
        guard header["crit"] == nil, let payload = Self.object(parts[1]) else { throw .refused(.malformed) }
        self.algorithm = algorithm
        keyID = header["kid"]?.string
        self.payload = payload
        signingInput = Array("\(parts[0]).\(parts[1])".utf8)
        self.signature = signature
    }

    private static func object(_ part: Substring) -> JSON? {
        guard let bytes = Base64URL.decode(part), let json = try? JSON(parsing: bytes), json.object != nil else {
            return nil
        }
        return json
    }
}
