import Crypto
import JWTKit
import StrictJSON

/// The keys that a provider publishes (RFC 7517), as far as they may sign tokens for us.
struct ProviderKeys: Sendable {
    private struct Key: Sendable {
        let id: String?
        let algorithm: SigningAlgorithm
        let verifier: any JWTAlgorithm
    }

    private let keys: [Key]

    /// Takes the keys for ES256 and RS256 and leaves the others aside; nil where this is no set of keys.
    init?(document: JSON) async {
        guard let list = document["keys"]?.array else { return nil }
        var keys: [Key] = []
        // More than any provider has; each costs a computation.
        for json in list.prefix(64) {
            guard let key = await Self.key(json) else { continue }
            keys.append(key)
        }
        self.keys = keys
    }

    /// Whether one of these keys has signed the token; nil where none of them can be the one that it names.
    ///
    /// A token without a key's name is taken only where there is no choice (OpenID Connect Core §10.1).
    func hasSigned(_ token: SignedToken) -> Bool? {
        var candidates = keys.filter { $0.algorithm == token.algorithm }
        if let id = token.keyID {
            candidates = candidates.filter { $0.id.map { exactly($0, id) } ?? false }
        } else if candidates.count != 1 {
            return nil
        }
        guard !candidates.isEmpty else { return nil }
        return candidates.contains { key in
            (try? key.verifier.verify(token.signature, signs: token.signingInput)) ?? false
        }
    }

    private static func key(_ json: JSON) async -> Key? {
        guard json["use"] == nil || json["use"]?.string == "sig" else { return nil }
        let id = json["kid"]?.string
        let algorithm: SigningAlgorithm
        let jwk: JWK
        // Only what is public is read, and an algorithm that the key itself names must be the one that fits its type.
        switch json["kty"]?.string {
        case "EC":
            guard json["crv"]?.string == "P-256" else { return nil }
            algorithm = .es256
            jwk = .ecdsa(
                .es256, identifier: name, x: json["x"]?.string, y: json["y"]?.string, curve: .p256)
        case "RSA":
            algorithm = .rs256
            jwk = .rsa(.rs256, identifier: name, modulus: json["n"]?.string, exponent: json["e"]?.string)
        default: return nil
        }
        guard json["alg"] == nil || json["alg"]?.string == algorithm.rawValue else { return nil }
        // A collection of one: with several, jwt-kit verifies a token of an unknown key with the first.
        let collection = JWTKeyCollection()
        guard (try? await collection.add(jwk: jwk)) != nil,
            let verifier = try? await collection.getKey(for: name, alg: algorithm.rawValue),
            verifier.name == algorithm.rawValue
        else { return nil }
        return Key(id: id, algorithm: algorithm, verifier: verifier)
    }

    private static let name = JWKIdentifier(string: "only")
}
