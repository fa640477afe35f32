public import CivilTime
import SQLDatabase
import StrictJSON
import Vault

/// Requests that one operator proposes to void together, and that another one has to confirm. Nothing of it has happened, and
/// no citizen sees anything of it.
public struct VoidingProposal: Sendable, Hashable {
    /// That somebody declined, and why.
    public struct Decline: Sendable, Hashable {
        public let name: String
        public let at: Instant
        /// Nil where the reader may not read words, or nothing opens them any more.
        public let note: String?
    }

    public let id: String
    public let kind: WaveKind
    /// The wave as it was found; nil where the requests were chosen by hand.
    public let wave: String?
    /// How many requests there were when it was proposed.
    public let count: Int
    public let proposer: String
    public let proposedAt: Instant
    /// Some of them, to be looked at.
    public let examples: [String]
    /// What each person would read; nil as a decline's note is.
    public let reasons: String?
    /// Nil while it waits. Shown to its proposer alone.
    public let decline: Decline?
}

/// A proposal as it is stored, with the first of its requests.
struct StoredVoidingProposal: Sendable {
    let id: String
    let kind: WaveKind
    let wave: String?
    let count: Int
    let proposer: String
    let proposedAt: Instant
    let declined: (at: Instant, by: String)?
}

/// The SQL of these proposals.
enum VoidingProposalStore {
    static func all(on connection: any SQLConnection) throws -> [StoredVoidingProposal] {
        try connection.query("SELECT * FROM voiding_proposal ORDER BY proposed_at, id").compactMap(Self.read)
    }

    static func find(_ id: String, on connection: any SQLConnection) throws -> StoredVoidingProposal? {
        try connection.first("SELECT * FROM voiding_proposal WHERE id = $1", id).flatMap(Self.read)
    }

    private static func read(_ row: Row) throws -> StoredVoidingProposal? {
        guard let kind = WaveKind(rawValue: try row["kind"]) else { return nil }
        var declined: (Instant, String)?
        if let at: Instant = try row["declined_at"], let name: String = try row["declined_by"] { declined = (at, name) }
        return StoredVoidingProposal(
            id: try row["id"], kind: kind, wave: try row["wave"], count: try row["requests"],
            proposer: try row["proposer"], proposedAt: try row["proposed_at"], declined: declined)
    }

    /// Inserts a proposal with its requests; false where one of the same wave waits. One that was declined gives way.
    static func insert(
        _ proposal: StoredVoidingProposal, of cases: [(reference: String, event: Int)], sealed: [String: [UInt8]],
        on connection: any SQLConnection
    ) throws -> Bool {
        if let wave = proposal.wave,
            let old = try connection.first(
                "SELECT id FROM voiding_proposal WHERE wave = $1 AND declined_at IS NOT NULL", wave)
        {
            _ = try take(try old["id"], on: connection)
        }
        guard
            try connection.execute(
                """
                INSERT INTO voiding_proposal (id, kind, wave, requests, proposer, proposed_at)
                VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
                """, proposal.id, proposal.kind.rawValue, proposal.wave, proposal.count, proposal.proposer,
                proposal.proposedAt) == 1
        else { return false }
        for (reference, event) in cases {
            try connection.execute(
                "INSERT INTO voiding_proposal_case (proposal, reference, event, sealed) VALUES ($1, $2, $3, $4)",
                proposal.id, reference, event, sealed[reference])
        }
        return true
    }

    /// Takes a proposal away; false where it is gone.
    static func take(_ id: String, on connection: any SQLConnection) throws -> Bool {
        try connection.execute("DELETE FROM voiding_proposal_case WHERE proposal = $1", id)
        return try connection.execute("DELETE FROM voiding_proposal WHERE id = $1", id) == 1
    }

    static func cases(
        of id: String, limit: Int = OperatorDesk.mostVoided, on connection: any SQLConnection
    ) throws -> [(reference: String, event: Int)] {
        try connection.query(
            "SELECT reference, event FROM voiding_proposal_case WHERE proposal = $1 ORDER BY reference LIMIT \(limit)",
            id
        ).map { (try $0["reference"], try $0["event"]) }
    }

    static func sealed(
        of id: String, on connection: any SQLConnection
    ) throws -> [(reference: String, sealed: [UInt8])] {
        try connection.query(
            """
            SELECT reference, sealed FROM voiding_proposal_case
            WHERE proposal = $1 AND sealed IS NOT NULL ORDER BY reference
            """, id
        ).map { (try $0["reference"], try $0["sealed"]) }
    }

    /// Keeps the words for its proposer, and nothing of what it was about; false where it no longer waits.
    static func decline(
        _ id: String, by name: String, at moment: Instant, sealed: [String: [UInt8]], on connection: any SQLConnection
    ) throws -> Bool {
        guard
            try connection.execute(
                """
                UPDATE voiding_proposal SET declined_at = $1, declined_by = $2 WHERE id = $3 AND declined_at IS NULL
                """, moment, name, id) == 1
        else { return false }
        try connection.execute("DELETE FROM voiding_proposal_case WHERE proposal = $1 AND sealed IS NULL", id)
        for (reference, words) in sealed {
            try connection.execute(
                "UPDATE voiding_proposal_case SET sealed = $1 WHERE proposal = $2 AND reference = $3", words, id,
                reference)
        }
        return true
    }
}

extension CaseLocation {
    static func voidingProposal(_ id: String, _ reference: String) -> BoxLocation {
        BoxLocation(table: "voiding_proposal_case", row: "\(id)/\(reference)", column: "sealed", version: 1)
    }
}
