public import CivilTime
import SQLDatabase
import StrictJSON
import Vault

/// A file of a case, as its readers see it: everything but the content.
public struct CaseFile: Sendable, Hashable {
    /// Who sent it.
    public enum Side: String, Sendable, CaseIterable {
        case citizen
        case `operator`
    }

    /// Its number within the case, from 1.
    public let n: Int
    /// The event that it came with.
    public let event: Int
    public let side: Side
    /// Whether it proves an identity or a quality: opened with a motive alone, and destroyed once it has served.
    public let isProof: Bool
    public let type: FileType
    /// Bytes.
    public let size: Int
    /// The sender's own name for it; nil where it can't be read here, or is gone. It may be any text.
    public fileprivate(set) var senderName: String?
    public let sentAt: Instant
    /// When a proof was found good.
    public let checkedAt: Instant?
    /// When the content was destroyed.
    public let destroyedAt: Instant?

    /// The name under which it is handed out: nothing of it comes from the sender.
    public var name: String { "piece-\(n).\(type.fileExtension)" }
}

/// The content of a file, part by part.
public struct OpenedFile: Sendable {
    public let file: CaseFile
    let part: @Sendable (Int) async throws -> [UInt8]

    /// How many parts there are.
    public var parts: Int { CaseFileStore.parts(of: file.size) }

    /// One part, from 0; all of them in order are the file. Throws where it was destroyed meanwhile.
    public func content(ofPart number: Int) async throws -> [UInt8] { try await part(number) }
}

/// Files drawn into an event: sealed, numbered, only to be inserted.
struct SealedFiles: Sendable {
    fileprivate struct Sealed: Sendable {
        let n: Int
        let type: FileType
        let size: Int
        let name: [UInt8]
        let parts: [[UInt8]]
    }

    fileprivate let files: [Sealed]
    fileprivate let side: CaseFile.Side
    fileprivate let isProof: Bool

    var isEmpty: Bool { files.isEmpty }

    /// What an event says of its files: numbers, types and sizes, no name.
    var data: [String: JSON] {
        guard !files.isEmpty else { return [:] }
        return [
            "files": .array(
                files.map {
                    [
                        "n": .integer(Int64($0.n)), "type": .string($0.type.rawValue), "size": .integer(Int64($0.size)),
                    ]
                })
        ]
    }

    /// Seals `files` for the case of `stored`, whose next event they will come with.
    init(
        _ files: [CheckedFile], of stored: StoredRequest, from side: CaseFile.Side, isProof: Bool, under key: CaseKey,
        random: RandomSource
    ) throws {
        let first = stored.timeline.fileCount + 1
        self.side = side
        self.isProof = isProof
        self.files = try files.enumerated().map { place, file in
            let n = first + place
            let parts = try (0..<CaseFileStore.parts(of: file.content.count)).map { number in
                let start = number * CaseFileStore.partBytes
                let bytes = Array(file.content[start..<min(start + CaseFileStore.partBytes, file.content.count)])
                return try key.seal(bytes, at: CaseLocation.filePart(stored.reference, n, number), random: random)
            }
            return Sealed(
                n: n, type: file.type, size: file.content.count,
                name: try key.seal(
                    Array(file.name.utf8), at: CaseLocation.fileName(stored.reference, n), random: random),
                parts: parts)
        }
    }
}

extension CaseLocation {
    static func fileName(_ reference: String, _ n: Int) -> BoxLocation {
        BoxLocation(table: "case_file", row: "\(reference)/\(n)", column: "sealed_name", version: 1)
    }

    static func filePart(_ reference: String, _ n: Int, _ part: Int) -> BoxLocation {
        BoxLocation(table: "case_file_part", row: "\(reference)/\(n)/\(part)", column: "sealed", version: 1)
    }
}

extension Timeline {
    /// How many files came with its events. Each file comes with one, so whoever has the next event has their numbers.
    var fileCount: Int { events.reduce(0) { $0 + ($1.data["files"]?.array?.count ?? 0) } }
}

/// The SQL of a case's files.
enum CaseFileStore {
    /// Bytes of a part before it is sealed: small enough to be handed on one at a time.
    static let partBytes = 256 * 1024

    static func parts(of size: Int) -> Int { (size + partBytes - 1) / partBytes }

    /// Inserts what came with the event `event`. Throws `file.tooMany` beyond what a case holds.
    static func insert(
        _ sealed: SealedFiles, of stored: StoredRequest, event: Int, at moment: Instant, limits: FileLimits,
        on connection: any SQLConnection
    ) throws {
        guard !sealed.isEmpty else { return }
        let held: Int =
            try connection.first(
                """
                SELECT count(*) AS n FROM case_file
                WHERE reference = $1 AND side = $2 AND is_proof = $3 AND destroyed_at IS NULL
                """, stored.reference, sealed.side.rawValue, sealed.isProof)?["n"] ?? 0
        guard held + sealed.files.count <= limits.perSide else {
            throw FileDoor.refusal("file.tooMany", [String(limits.perSide)])
        }
        for file in sealed.files {
            try connection.execute(
                """
                INSERT INTO case_file (reference, n, event, side, is_proof, type, size, sealed_name, sent_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                """,
                stored.reference, file.n, event, sealed.side.rawValue, sealed.isProof, file.type.rawValue, file.size,
                file.name, moment)
            for (number, part) in file.parts.enumerated() {
                try connection.execute(
                    "INSERT INTO case_file_part (reference, n, part, sealed) VALUES ($1, $2, $3, $4)",
                    stored.reference, file.n, number, part)
            }
        }
    }

    /// A case's files in order. Nothing is asked of the database where its timeline has none.
    static func files(of stored: StoredRequest, on connection: any SQLConnection) throws -> StoredFiles {
        guard stored.timeline.fileCount > 0 else { return .none }
        let rows = try connection.query(
            "SELECT * FROM case_file WHERE reference = $1 ORDER BY n", stored.reference)
        return StoredFiles(reference: stored.reference, rows: try rows.map { (try file($0), try $0["sealed_name"]) })
    }

    static func file(_ n: Int, of reference: String, on connection: any SQLConnection) throws -> CaseFile? {
        try connection.first("SELECT * FROM case_file WHERE reference = $1 AND n = $2", reference, n).map(file)
    }

    private static func file(_ row: Row) throws -> CaseFile {
        guard let side = CaseFile.Side(rawValue: try row["side"]), let type = FileType(rawValue: try row["type"]) else {
            throw SQLError.decoding("case_file.side or type")
        }
        return CaseFile(
            n: try row["n"], event: try row["event"], side: side, isProof: try row["is_proof"], type: type,
            size: try row["size"], senderName: nil, sentAt: try row["sent_at"], checkedAt: try row["checked_at"],
            destroyedAt: try row["destroyed_at"])
    }

    static func part(
        _ part: Int, _ n: Int, of reference: String, on connection: any SQLConnection
    ) throws -> [UInt8]? {
        try connection.first(
            "SELECT sealed FROM case_file_part WHERE reference = $1 AND n = $2 AND part = $3", reference, n, part)?[
                "sealed"]
    }

    /// Destroys the proofs of a case once they have served; what is kept is when, and whether they were found good:
    /// those that somebody had opened, and no others.
    static func destroyProofs(
        of reference: String, checked: Set<Int>, at moment: Instant, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            DELETE FROM case_file_part WHERE reference = $1 AND n IN
                (SELECT n FROM case_file WHERE reference = $1 AND is_proof = 1 AND destroyed_at IS NULL)
            """, reference)
        try connection.execute(
            """
            UPDATE case_file SET sealed_name = NULL, destroyed_at = $1
            WHERE reference = $2 AND is_proof = 1 AND destroyed_at IS NULL
            """, moment, reference)
        for number in checked.sorted() {
            try connection.execute(
                """
                UPDATE case_file SET checked_at = $1
                WHERE reference = $2 AND n = $3 AND is_proof = 1 AND destroyed_at = $1 AND checked_at IS NULL
                """, moment, reference, number)
        }
    }
}

/// A case's files as they are stored, their names sealed.
struct StoredFiles: Sendable {
    static let none = StoredFiles(reference: "", rows: [])

    let reference: String
    let rows: [(file: CaseFile, sealedName: [UInt8]?)]

    /// With the senders' names, as far as `key` opens them.
    /// - Parameter opensProofs: false for operators: a proof's name often tells who somebody is.
    func opened(under key: CaseKey?, opensProofs: Bool) -> [CaseFile] {
        rows.map { file, sealed in
            var file = file
            guard opensProofs || !file.isProof else { return file }
            file.senderName = sealed.flatMap { sealed in
                (try? key?.open(sealed, at: CaseLocation.fileName(reference, file.n))).flatMap {
                    String(validating: $0, as: UTF8.self)
                }
            }
            return file
        }
    }
}
