public import CivilTime
import Crypto
import Foundation
public import StrictJSON
import Vault

/// What a signed list says of itself: docs/propagation.md has the format of the whole file.
public struct SignedListHeader: Sendable, Hashable {
    /// Bytes before the body: what is said here, its signature, and zeros.
    static let length = 4096
    static let magic = "regard-list-v1\n"
    /// A pseudonym and a word.
    static let recordLength = 36

    /// The linked database whose pseudonyms these are.
    public let database: String
    public let incarnation: String
    /// The list is what the ledger comes to at this position.
    public let position: Int64
    /// Whatever had been committed to the ledger by this moment has a position up to `position`.
    public let completeAsOf: Instant
    /// How old `completeAsOf` may be when the list is used, in seconds: the institution's rule, signed with the rest.
    public let maximumAge: Int
    public let pseudonyms: Int
    public let records: Int
    public let projects: Int
    /// Bytes of the projects' names, at the beginning of the body.
    let projectBytes: Int
    /// SHA-256 of the body, in hexadecimal: names the list.
    public let digest: String

    /// The length of the body, in bytes.
    var bodyLength: Int { projectBytes + records * Self.recordLength }

    /// As it is signed.
    public var json: JSON {
        [
            "completeAsOf": .string(completeAsOf.description), "database": .string(database),
            "digest": .string(digest), "incarnation": .string(incarnation), "maximumAge": .integer(Int64(maximumAge)),
            "position": .integer(position), "projectBytes": .integer(Int64(projectBytes)),
            "projects": .integer(Int64(projects)), "pseudonyms": .integer(Int64(pseudonyms)),
            "records": .integer(Int64(records)),
        ]
    }

    init(
        database: String, incarnation: String, position: Int64, completeAsOf: Instant, maximumAge: Int,
        pseudonyms: Int, records: Int, projects: Int, projectBytes: Int, digest: String
    ) {
        self.database = database
        self.incarnation = incarnation
        self.position = position
        self.completeAsOf = completeAsOf
        self.maximumAge = maximumAge
        self.pseudonyms = pseudonyms
        self.records = records
        self.projects = projects
        self.projectBytes = projectBytes
        self.digest = digest
    }

    private init(_ json: JSON) throws(FieldErrors) {
        self = try ObjectReader.read(json) { reader in
            let counts = ["maximumAge", "projectBytes", "projects", "pseudonyms", "records"].map {
                reader.int($0, in: 0...(1 << 40))
            }
            guard let database = reader.string("database", maxLength: 40),
                let incarnation = reader.string("incarnation", maxLength: 64),
                let position = reader.int("position", in: 0...(1 << 52)),
                let completeAsOf = reader.string("completeAsOf", maxLength: 40).flatMap({ Instant($0) }),
                let digest = reader.string("digest", maxLength: 64),
                let age = counts[0], let projectBytes = counts[1], let projects = counts[2],
                let pseudonyms = counts[3], let records = counts[4]
            else { return nil }
            return SignedListHeader(
                database: database, incarnation: incarnation, position: Int64(position), completeAsOf: completeAsOf,
                maximumAge: age, pseudonyms: pseudonyms, records: records, projects: projects,
                projectBytes: projectBytes, digest: digest)
        }
    }

    // MARK: The block at the beginning of the file

    private var signed: [UInt8] { Array(Self.magic.utf8) + json.canonicalBytes }

    /// The first `length` bytes of the file.
    func block(signedBy key: Curve25519.Signing.PrivateKey) throws -> [UInt8] {
        let signature = try key.signature(for: signed).base64EncodedString()
        let text = signed + Array("\n\(signature)\n".utf8)
        precondition(text.count <= Self.length, "what a list says of itself has a bounded length")
        return text + [UInt8](repeating: 0, count: Self.length - text.count)
    }

    /// Reads the first `length` bytes of a file. Throws `GateRefusal` unless they are a list's, signed by `key`.
    init(block: [UInt8], verifiedBy key: Curve25519.Signing.PublicKey) throws {
        let lines = block.split(separator: UInt8(ascii: "\n"), maxSplits: 3, omittingEmptySubsequences: false)
        guard block.count == Self.length, block.starts(with: Self.magic.utf8), lines.count == 4,
            lines[3].allSatisfy({ $0 == 0 }), let signature = Data(base64Encoded: Data(lines[2]))
        else { throw GateRefusal.list("it is no list of Regard's, or of a version that this program does not know") }
        guard key.isValidSignature(signature, for: Array(Self.magic.utf8) + lines[1]) else {
            throw GateRefusal.list("its signature is not the one that lists.pub expects")
        }
        guard let json = try? JSON(parsing: lines[1]), let header = try? SignedListHeader(json) else {
            throw GateRefusal.list("it was signed by a version that this program does not know")
        }
        self = header
    }
}

/// Why nothing goes through the gate. `description` is for whoever runs it, and shows no identifier.
public enum GateRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The list can't be relied upon.
    case list(String)
    /// The list is older than the institution allows, or from the future.
    case stale(String)
    /// The cohort can't be read at a line, which counts from 1.
    case line(Int, column: String?, String)
    /// The cohort can't be read as a whole.
    case cohort(String)
    /// A certificate can't be relied upon, or is not this installation's.
    case certificate(String)

    public var description: String {
        switch self {
        case .list(let why): "The list can't be used: \(why)."
        case .stale(let why): "The list can't be used: \(why)."
        case .line(let number, let column, let what):
            "Line \(number)\(column.map { ", \($0)" } ?? ""): \(what)."
        case .cohort(let what): "The input can't be read: \(what)."
        case .certificate(let why): "The certificate can't be relied upon: \(why)."
        }
    }
}
