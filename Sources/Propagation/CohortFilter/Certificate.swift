public import CivilTime
public import Crypto
import Foundation
public import StrictJSON
public import Vault

/// What the release gate says of one cohort that went through it. docs/propagation.md has the format.
///
/// It is written as two documents, each signed: the auditor's has exact counts and holds the public one, whose counts
/// are rounded down to multiples of eleven so that neither one of them nor two compared tell a count under eleven.
public struct Certificate: Sendable, Hashable {
    /// What public counts are multiples of; those under it are zero.
    public static let step = 11
    static let prefix = "regard-certificate-v1\n"

    /// 16 random bytes in hexadecimal.
    public let id: String
    /// Nil where the cohort serves no single project.
    public let project: String?
    public let database: String
    public let incarnation: String
    public let position: Int64
    /// The list's digest.
    public let list: String
    public let completeAsOf: Instant
    public let issuedAt: Instant
    public let rowsIn: Int
    public let rowsOut: Int
    public let personsRemoved: Int
    public let inputDigest: String
    public let outputDigest: String
    /// 32 random bytes in hexadecimal, which keep the public document from telling what came in.
    let salt: String

    public init(
        _ outcome: CohortOutcome, list: SignedListHeader, project: String?, issuedAt: Instant,
        random: RandomSource = systemRandom
    ) {
        id = Hex.encode(random(16))
        self.project = project
        database = list.database
        incarnation = list.incarnation
        position = list.position
        self.list = list.digest
        completeAsOf = list.completeAsOf
        self.issuedAt = issuedAt
        rowsIn = outcome.rowsIn
        rowsOut = outcome.rowsOut
        personsRemoved = outcome.personsRemoved
        inputDigest = Hex.encode(outcome.inputDigest)
        outputDigest = Hex.encode(outcome.outputDigest)
        salt = Hex.encode(random(32))
    }

    // MARK: Documents

    private func members(_ kind: String, _ own: [String: JSON]) -> JSON {
        var members: [String: JSON] = [
            "kind": .string(kind), "id": .string(id), "database": .string(database),
            "incarnation": .string(incarnation), "position": .integer(position), "list": .string(list),
            "completeAsOf": .string(completeAsOf.description), "issuedAt": .string(issuedAt.description),
            "outputDigest": .string(outputDigest),
        ]
        if let project { members["project"] = .string(project) }
        return .object(members.merging(own) { $1 })
    }

    private static func rounded(_ count: Int) -> JSON { .integer(Int64(count / step * step)) }

    var publicMembers: JSON {
        let salted = Array("\(salt)\(inputDigest)".utf8)
        return members(
            "public",
            [
                "rowsIn": Self.rounded(rowsIn), "personsRemoved": Self.rounded(personsRemoved),
                "roundedDownTo": .integer(Int64(Self.step)),
                "inputCommitment": .string(Hex.encode(Array(SHA256.hash(data: salted)))),
            ])
    }

    /// Both documents, signed: each a line of canonical JSON.
    public func signed(by key: Curve25519.Signing.PrivateKey) throws -> (auditor: JSON, public: JSON) {
        let publicDocument = try SignedDocument.sign(publicMembers, by: key)
        let auditor = members(
            "auditor",
            [
                "rowsIn": .integer(Int64(rowsIn)), "rowsOut": .integer(Int64(rowsOut)),
                "personsRemoved": .integer(Int64(personsRemoved)), "inputDigest": .string(inputDigest),
                "salt": .string(salt), "public": publicDocument,
            ])
        return (try SignedDocument.sign(auditor, by: key), publicDocument)
    }

    /// Reads an auditor's document. Throws `GateRefusal` unless it is whole, signed by `key`, and the public document
    /// inside says the same.
    public init(auditor document: JSON, verifiedBy key: Curve25519.Signing.PublicKey) throws {
        let members = try SignedDocument.verify(document, by: key)
        let certificate = try? ObjectReader.read(members) { Certificate(&$0) }
        guard let certificate else {
            throw GateRefusal.certificate("it is no auditor's certificate that this program knows")
        }
        guard let publicDocument = members["public"],
            try SignedDocument.verify(publicDocument, by: key) == certificate.publicMembers
        else { throw GateRefusal.certificate("its two documents do not say the same") }
        self = certificate
    }

    private init?(_ reader: inout ObjectReader) {
        guard reader.string("kind", maxLength: 10) == "auditor" else { return nil }
        let project = reader.optionalString("project", maxLength: 128)
        let texts = ["id", "database", "incarnation", "list", "inputDigest", "outputDigest", "salt"].map {
            reader.string($0, maxLength: 64)
        }
        let instants = ["completeAsOf", "issuedAt"].map { reader.string($0, maxLength: 40).flatMap { Instant($0) } }
        let counts = ["position", "rowsIn", "rowsOut", "personsRemoved"].map { reader.int($0, in: 0...(1 << 52)) }
        _ = reader.optional("public") { json, _ in json }
        guard let id = texts[0], let database = texts[1], let incarnation = texts[2], let list = texts[3],
            let inputDigest = texts[4], let outputDigest = texts[5], let salt = texts[6],
            let completeAsOf = instants[0], let issuedAt = instants[1], let position = counts[0],
            let rowsIn = counts[1], let rowsOut = counts[2], let personsRemoved = counts[3], rowsOut <= rowsIn,
            personsRemoved <= rowsIn - rowsOut
        else { return nil }
        self.id = id
        self.project = project
        self.database = database
        self.incarnation = incarnation
        self.position = Int64(position)
        self.list = list
        self.completeAsOf = completeAsOf
        self.issuedAt = issuedAt
        self.rowsIn = rowsIn
        self.rowsOut = rowsOut
        self.personsRemoved = personsRemoved
        self.inputDigest = inputDigest
        self.outputDigest = outputDigest
        self.salt = salt
    }
}

/// A JSON document with its signature: `{"certificate": …, "key": …, "signature": …}`.
public enum SignedDocument {
    /// Signs canonical JSON behind the words that say what it is.
    static func sign(_ members: JSON, by key: Curve25519.Signing.PrivateKey) throws -> JSON {
        let signature = try key.signature(for: message(members))
        return [
            "certificate": members, "key": .string(key.publicKey.rawRepresentation.base64EncodedString()),
            "signature": .string(signature.base64EncodedString()),
        ]
    }

    /// What was signed. Throws `GateRefusal` unless `key` signed it; the key that a document names is only said there.
    public static func verify(_ document: JSON, by key: Curve25519.Signing.PublicKey) throws -> JSON {
        guard let object = document.object, Set(object.keys) == ["certificate", "key", "signature"],
            let members = document["certificate"],
            let named = document["key"]?.string, let text = document["signature"]?.string,
            let signature = Data(base64Encoded: text)
        else { throw GateRefusal.certificate("it is no certificate of Regard's") }
        guard named == key.rawRepresentation.base64EncodedString() else {
            throw GateRefusal.certificate("another key signed it than the one that was expected")
        }
        guard key.isValidSignature(signature, for: message(members)) else {
            throw GateRefusal.certificate("its signature is wrong: it was altered, or is not this key's")
        }
        return members
    }

    private static func message(_ members: JSON) -> [UInt8] { Array(Certificate.prefix.utf8) + members.canonicalBytes }
}
