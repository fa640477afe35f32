public import CivilTime
import SQLDatabase
import StrictJSON
import Vault

/// Filings that look as if one hand had forged them: they say the same, answer to one address, or came all at once.
public struct Wave: Sendable, Hashable {
    /// Names it among those that are found now: the kind, and the common hash or the hour.
    public let id: String
    public let kind: WaveKind
    /// How many there are that have not been voided.
    public let count: Int
    public let first: Instant
    public let last: Instant
    /// For a rate: how many come in an hour as a rule.
    public let usual: Int?
    /// Some of them, to be looked at.
    public internal(set) var examples: [String] = []
}

/// A wave that was voided.
public struct VoidedWave: Sendable, Hashable {
    public let id: String
    public let kind: WaveKind
    public let count: Int
    public let voidedAt: Instant
    public let voidedBy: String
    /// Who had proposed it, where it took two.
    public let proposedBy: String?
    /// Nil where it was not undone.
    public let restoredAt: Instant?
}

extension OperatorDesk {
    private static let waveDays = 14
    /// From how many on it is looked at. A family files a handful with one address.
    public static let smallestWave = 20
    /// How many times the usual an hour has to bring.
    private static let unusual = 10
    private static let mostWaves = 50
    private static let mostExamples = 8
    /// How many are voided or restored at a time, so that the answer comes while somebody waits for it.
    public static let mostVoided = 5_000

    /// What looks like a wave among the filings of the last fortnight, the largest first. For whoever may void, or propose
    /// and confirm it.
    public func waves(for signedIn: Operator) async throws -> [Wave] {
        try await demandWaves(of: signedIn)
        let since = now().adding(seconds: -Self.waveDays * 86_400)
        return try await database.read { connection in
            let common = try connection.query(
                """
                SELECT s.kind, s.sign, count(*) AS n, min(r.received_at) AS first, max(r.received_at) AS last
                FROM filing_sign s JOIN rights_request r ON r.reference = s.reference
                WHERE r.received_at >= $1 AND (r.outcome IS NULL OR r.outcome IN ('granted', 'partiallyGranted'))
                GROUP BY s.kind, s.sign HAVING count(*) >= \(Self.smallestWave)
                ORDER BY count(*) DESC, s.sign LIMIT \(Self.mostWaves)
                """, since
            ).compactMap { row -> Wave? in
                guard let kind = WaveKind(rawValue: try row["kind"]) else { return nil }
                return Wave(
                    id: "\(kind.rawValue):\(Hex.encode(try row["sign"] as [UInt8]))", kind: kind, count: try row["n"],
                    first: try row["first"], last: try row["last"], usual: nil)
            }
            let found = (common + (try Self.peaks(since: since, on: connection))).sorted {
                ($0.count, $1.id) > ($1.count, $0.id)
            }
            return try found.map { wave in
                var wave = wave
                wave.examples = try Self.references(of: wave, since: since, limit: Self.mostExamples, on: connection)
                return wave
            }
        }
    }

    /// The hours that brought far more than an hour does as a rule.
    private static func peaks(since: Instant, on connection: any SQLConnection) throws -> [Wave] {
        let hours: [(hour: Int, count: Int, first: Instant, last: Instant)] = try connection.query(
            """
            SELECT received_at / \(hour) AS hour, count(*) AS n, min(received_at) AS first, max(received_at) AS last
            FROM rights_request
            WHERE received_at >= $1 AND (outcome IS NULL OR outcome IN ('granted', 'partiallyGranted'))
            GROUP BY received_at / \(hour)
            """, since
        ).map { (try $0["hour"], try $0["n"], try $0["first"], try $0["last"]) }
        // Hours in which nothing came count too.
        let counts = (hours.map(\.count) + Array(repeating: 0, count: max(0, waveDays * 24 - hours.count))).sorted()
        let usual = counts[counts.count / 2]
        return hours.filter { $0.count >= max(smallestWave, unusual * max(1, usual)) }.map {
            Wave(
                id: "rate:\($0.hour)", kind: .rate, count: $0.count, first: $0.first, last: $0.last, usual: usual)
        }
    }

    private static let hour = 3_600_000

    /// The waves that were voided, the newest first.
    public func voidedWaves(for signedIn: Operator) async throws -> [VoidedWave] {
        try await demandWaves(of: signedIn)
        return try await database.read { connection in
            try connection.query(
                """
                SELECT w.*, (SELECT count(*) FROM voided_wave_case c WHERE c.wave = w.id) AS n FROM voided_wave w
                ORDER BY w.voided_at DESC LIMIT \(Self.mostWaves)
                """
            ).compactMap { row in
                guard let kind = WaveKind(rawValue: try row["kind"]) else { return nil }
                return VoidedWave(
                    id: try row["id"], kind: kind, count: try row["n"], voidedAt: try row["voided_at"],
                    voidedBy: try row["voided_by"], proposedBy: try row["proposed_by"],
                    restoredAt: try row["restored_at"])
            }
        }
    }

    /// Voids every filing of a wave that stands, each with the same reasons, and ends their objections; what each came to,
    /// ``mostVoided`` at a time.
    ///
    /// Throws `RightsError.notFound` where there is no such wave now, `.outdated` where it has grown, `FieldErrors` without
    /// reasons, and `.invalid` with `voiding.confirmed` where it has to be proposed.
    ///
    /// - Parameter seen: how many there were when somebody looked; nil where nobody did.
    public func void(
        wave id: String, seen: Int? = nil, reasons: String, by signedIn: Operator
    ) async throws -> [BulkResult] {
        try await demand(.refuse, of: signedIn, asking: "waves")
        if policy.refusals == .confirmed { throw Self.wrong("/type", "voiding.confirmed") }
        let (wave, references) = try await standing(wave: id, seen: seen, for: signedIn)
        return try await void(
            references.map { SeenCase($0) }, wave.kind, try voiding(reasons), by: signedIn, confirming: nil)
    }

    /// A wave that is found now, with its filings that stand. Throws `RightsError.notFound`, and `.outdated` where there are more
    /// than were seen.
    func standing(
        wave id: String, seen: Int?, for signedIn: Operator
    ) async throws -> (wave: Wave, references: [String]) {
        guard let wave = try await waves(for: signedIn).first(where: { $0.id == id }) else {
            throw RightsError.notFound
        }
        if let seen, wave.count > seen { throw RightsError.outdated }
        let since = now().adding(seconds: -Self.waveDays * 86_400)
        return (wave, try await database.read { try Self.references(of: wave, since: since, on: $0) })
    }

    /// Voids `cases` as one wave.
    ///
    /// - Parameter proposal: what is confirmed by it, and by whom it was proposed; throws `RightsError.outdated` where it is gone.
    func void(
        _ cases: [SeenCase], _ kind: WaveKind, _ act: OperatorAct, by signedIn: Operator,
        confirming proposal: (id: String, proposer: String)?
    ) async throws -> [BulkResult] {
        let (voided, moment) = (Hex.encode(random(16)), now())
        let audit = event(
            "wave.voided", on: voided, by: signedIn,
            .object(ofPresent: [
                "kind": .string(kind.rawValue), "requests": .integer(Int64(cases.count)),
                "proposal": (proposal?.id).map(JSON.string), "proposedBy": (proposal?.proposer).map(JSON.string),
            ]), moment)
        // Before the acts, so that whatever is voided can be undone, even after a crash in between.
        try await database.write { connection in
            if let proposal, try !VoidingProposalStore.take(proposal.id, on: connection) { throw RightsError.outdated }
            try connection.execute(
                "INSERT INTO voided_wave (id, kind, voided_at, voided_by, proposed_by) VALUES ($1, $2, $3, $4, $5)",
                voided, kind.rawValue, moment, signedIn.name, proposal?.proposer)
            for item in cases {
                try connection.execute(
                    "INSERT INTO voided_wave_case (wave, reference) VALUES ($1, $2)", voided, item.reference)
            }
            try audit.record(on: connection)
        }
        let results = try await perform(act, each: cases, by: signedIn, confirming: proposal?.proposer)
        let spared = results.filter { !$0.isDone }.map(\.reference)
        // What was not voided with it is not taken up with it, should somebody void it for reasons of its own.
        try await database.write { connection in
            for reference in spared {
                try connection.execute(
                    "DELETE FROM voided_wave_case WHERE wave = $1 AND reference = $2", voided, reference)
            }
        }
        return results
    }

    /// Takes up again every filing that was voided with a wave and still is: each is undecided once more, and protects from
    /// this moment where objections take effect on filing.
    ///
    /// What was erased since stays so, as its result says, and keeps nothing from being done with.
    ///
    /// Throws `RightsError.notFound` for a wave that was not voided, or was restored already.
    public func restore(wave id: String, reasons: String, by signedIn: Operator) async throws -> [BulkResult] {
        try await demand(.refuse, of: signedIn, asking: "waves")
        let act = try OperatorAct(
            ["type": "reopened", "reasons": .string(reasons)], today: now().date(in: policy.zone))
        let moment = now()
        let references: [String] = try await database.read { connection in
            guard
                try connection.first("SELECT id FROM voided_wave WHERE id = $1 AND restored_at IS NULL", id) != nil
            else { throw RightsError.notFound }
            return try connection.query(
                """
                SELECT c.reference FROM voided_wave_case c JOIN rights_request r ON r.reference = c.reference
                WHERE c.wave = $1 AND r.outcome = 'voided'
                ORDER BY CASE WHEN r.erased_at IS NULL THEN 0 ELSE 1 END, c.reference LIMIT \(Self.mostVoided)
                """, id
            ).map { try $0["reference"] }
        }
        let results =
            references.isEmpty ? [] : try await perform(act, each: references.map { SeenCase($0) }, by: signedIn)
        // Only a wave of which nothing is left is done with; the same again goes on where this ended.
        guard results.allSatisfy({ $0.isDone || $0.isErased }), references.count < Self.mostVoided else {
            return results
        }
        let audit = event(
            "wave.restored", on: id, by: signedIn, ["requests": .integer(Int64(results.count))], moment)
        try await database.write { connection in
            try connection.execute(
                "UPDATE voided_wave SET restored_at = $1, restored_by = $2 WHERE id = $3", moment, signedIn.name, id)
            try audit.record(on: connection)
        }
        return results
    }

    private static func references(
        of wave: Wave, since: Instant, limit: Int = mostVoided, on connection: any SQLConnection
    ) throws -> [String] {
        let stands = "(r.outcome IS NULL OR r.outcome IN ('granted', 'partiallyGranted'))"
        let mark = String(wave.id.split(separator: ":").last ?? "")
        switch wave.kind {
        case .message, .contact:
            return try connection.query(
                """
                SELECT r.reference FROM filing_sign s JOIN rights_request r ON r.reference = s.reference
                WHERE s.kind = $1 AND s.sign = $2 AND r.received_at >= $3 AND \(stands)
                ORDER BY r.reference LIMIT \(limit)
                """, wave.kind.rawValue, Hex.decode(mark) ?? [], since
            ).map { try $0["reference"] }
        case .chosen: return []
        case .rate:
            let start = Int64(mark).map { $0 * Int64(hour) } ?? 0
            return try connection.query(
                """
                SELECT r.reference FROM rights_request r
                WHERE r.received_at >= $1 AND r.received_at < $2 AND \(stands) ORDER BY r.reference LIMIT \(limit)
                """, start, start + Int64(hour)
            ).map { try $0["reference"] }
        }
    }
}
