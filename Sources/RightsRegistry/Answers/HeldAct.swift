public import CivilTime
import SQLDatabase
import StrictJSON
import Vault

/// What an operator has sent to a citizen from a page and can still recall. Nothing of it has happened.
public struct HeldAct: Sendable, Hashable {
    public let id: String
    public let type: EventType
    /// The operator's name.
    public let operatorName: String
    /// When it happens.
    public let dueAt: Instant
    public let fileCount: Int
}

/// A held act as it is stored.
struct StoredHeldAct: Sendable {
    let reference: String
    let act: HeldAct
    /// How many events there were when it was sent.
    let seen: Int
    let sealed: [UInt8]
    /// The proposal that it confirms.
    let proposal: String?

    init(_ row: Row) throws {
        guard let type = EventType(rawValue: try row["type"]) else { throw SQLError.decoding("held_act.type") }
        reference = try row["reference"]
        act = HeldAct(
            id: try row["id"], type: type, operatorName: try row["operator"], dueAt: try row["due_at"],
            fileCount: try row["file_count"])
        seen = try row["seen"]
        sealed = try row["sealed"]
        proposal = try row["proposal"]
    }

    /// The act that was sent; nothing of a confirmation, whose act stands in its proposal.
    func body(under key: CaseKey) throws -> JSON {
        try JSON(parsing: try key.open(sealed, at: CaseLocation.heldAct(act.id)))
    }
}

/// A held act with everything sealed, ready to be written.
struct SealedHeldAct: Sendable {
    private struct File: Sendable {
        let type: FileType
        let size: Int
        let name: [UInt8]
        let parts: [[UInt8]]
    }

    let id: String
    fileprivate let reference: String
    fileprivate let type: EventType
    fileprivate let name: String
    fileprivate let seen: Int
    fileprivate let sealed: [UInt8]
    fileprivate let proposal: String?
    private let files: [File]

    init(
        _ act: OperatorAct, on stored: StoredRequest, by signedIn: Operator, files: [CheckedFile], proposal: String?,
        under key: CaseKey, random: RandomSource
    ) throws {
        let id = Hex.encode(random(16))
        self.id = id
        reference = stored.reference
        type = act.type
        name = signedIn.name
        seen = stored.timeline.events.count
        self.proposal = proposal
        let body: JSON = proposal == nil ? act.body : [:]
        sealed = try key.seal(body.canonicalBytes, at: CaseLocation.heldAct(id), random: random)
        self.files = try files.enumerated().map { n, file in
            let parts = try (0..<CaseFileStore.parts(of: file.content.count)).map { number in
                let start = number * CaseFileStore.partBytes
                let bytes = Array(file.content[start..<min(start + CaseFileStore.partBytes, file.content.count)])
                return try key.seal(bytes, at: CaseLocation.heldFilePart(id, n, number), random: random)
            }
            return File(
                type: file.type, size: file.content.count,
                name: try key.seal(Array(file.name.utf8), at: CaseLocation.heldFileName(id, n), random: random),
                parts: parts)
        }
    }

    /// Writes it; false where the case holds another. Throws `RightsError.erased` where the case was erased meanwhile.
    func insert(at moment: Instant, dueAt: Instant, on connection: any SQLConnection) throws -> Bool {
        try ErasureStore.requireStanding(reference, on: connection)
        let inserted = try connection.execute(
            """
            INSERT INTO held_act
                (reference, id, operator, type, seen, sealed, proposal, file_count, held_at, due_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
            """,
            reference, id, name, type.rawValue, seen, sealed, proposal, files.count, moment, dueAt)
        guard inserted == 1 else { return false }
        for (n, file) in files.enumerated() {
            try connection.execute(
                "INSERT INTO held_file (act, n, type, size, sealed_name) VALUES ($1, $2, $3, $4, $5)", id, n,
                file.type.rawValue, file.size, file.name)
            for (number, part) in file.parts.enumerated() {
                try connection.execute(
                    "INSERT INTO held_file_part (act, n, part, sealed) VALUES ($1, $2, $3, $4)", id, n, number, part)
            }
        }
        return true
    }
}

/// The SQL of held acts.
enum HeldActStore {
    static func find(_ reference: String, on connection: any SQLConnection) throws -> StoredHeldAct? {
        try connection.first("SELECT * FROM held_act WHERE reference = $1", reference).map(StoredHeldAct.init)
    }

    /// What is to happen by now, the oldest first.
    /// - Parameter last: the one behind which to go on; nil from the first.
    static func due(
        at moment: Instant, after last: HeldAct? = nil, limit: Int, on connection: any SQLConnection
    ) throws -> [StoredHeldAct] {
        try connection.query(
            """
            SELECT * FROM held_act WHERE due_at <= $1 AND (due_at, id) > ($2, $3) ORDER BY due_at, id LIMIT \(limit)
            """, moment, last?.dueAt ?? Instant(milliseconds: .min), last?.id ?? ""
        ).map(StoredHeldAct.init)
    }

    /// Takes it away with its files; false where somebody was quicker.
    static func take(_ id: String, on connection: any SQLConnection) throws -> Bool {
        guard try connection.execute("DELETE FROM held_act WHERE id = $1", id) == 1 else { return false }
        try connection.execute("DELETE FROM held_file_part WHERE act = $1", id)
        try connection.execute("DELETE FROM held_file WHERE act = $1", id)
        return true
    }

    /// Its files as they had passed the door.
    static func files(
        of id: String, under key: CaseKey, on connection: any SQLConnection
    ) throws -> [CheckedFile] {
        try connection.query("SELECT * FROM held_file WHERE act = $1 ORDER BY n", id).map { row in
            let n: Int = try row["n"]
            guard let type = FileType(rawValue: try row["type"]) else { throw SQLError.decoding("held_file.type") }
            let parts = try connection.query(
                "SELECT part, sealed FROM held_file_part WHERE act = $1 AND n = $2 ORDER BY part", id, n)
            var content: [UInt8] = []
            content.reserveCapacity(try row["size"])
            for part in parts {
                content += try key.open(
                    try part["sealed"], at: CaseLocation.heldFilePart(id, n, try part["part"]))
            }
            let name = try key.open(try row["sealed_name"], at: CaseLocation.heldFileName(id, n))
            return CheckedFile(name: String(decoding: name, as: UTF8.self), type: type, content: content)
        }
    }
}
