public import CivilTime
import Crypto
public import SQLDatabase
public import Vault

/// That keys of a case were destroyed and the case is still there: an older database was restored without its cases. Nothing was
/// erased on purpose, and its objection is as the ledger says.
public struct LostKeys: Sendable, Hashable {
    /// Nobody reads it any more, and nothing can be added.
    public let isForOperators: Bool
    /// The tracking code opens nothing of it any more.
    public let isForCode: Bool
    /// Whether the code was given to who had signed in: then it is no parent's.
    let isCodeBySignIn: Bool

    /// Whether the code can still end the objection. One that nobody can tell from a parent's can't (decision 61).
    public var mayEnd: Bool { !isForCode || isCodeBySignIn }

    /// What `init` reads of a request `r`.
    static let columns = """
        (SELECT k.cases_ended_at FROM key_epoch k WHERE k.epoch = r.epoch) AS case_key_ended_at,
        (SELECT k.pepper_ended_at FROM key_epoch k WHERE k.epoch = r.citizen_epoch) AS code_key_ended_at
        """

    /// Nil where nothing is lost.
    init?(_ row: Row, _ timeline: Timeline) throws {
        guard try row["erased_at"] as Instant? == nil else { return nil }
        isForOperators =
            try row["operator_wrap"] as [UInt8]? != nil && row["case_key_ended_at"] as Instant? != nil
        isForCode = try row["citizen_wrap"] as [UInt8]? != nil && row["code_key_ended_at"] as Instant? != nil
        isCodeBySignIn = timeline.hasSecretBySignIn
        guard isForOperators || isForCode else { return nil }
    }
}

/// Which epoch's keys count, and what is still under older ones.
///
/// Processes read their keys at start. Whatever seals something for the cases' private key or under a pepper says in its own
/// transaction which epoch it did that for, and is refused where another counts by now: so nothing is ever sealed to a key that is
/// about to be destroyed.
public enum KeyEpochs {
    /// One epoch as the database knows it.
    public struct Epoch: Sendable, Hashable {
        public let number: Int
        /// Nil for the first.
        public let beganAt: Instant?
        /// Of the cases' public key; nil for the first until a second begins.
        public let fingerprint: [UInt8]?
        /// Since when nothing needs the private key.
        public let casesEndedAt: Instant?
        /// Since when no citizen's wrap needs the pepper.
        public let pepperEndedAt: Instant?
    }

    /// All epochs, in order; there is at least one.
    public struct Standing: Sendable, Hashable {
        public let epochs: [Epoch]

        /// The one that counts.
        public var current: Int { epochs.last?.number ?? 1 }
        /// Whether older wraps are still being renewed.
        public var isRotating: Bool { epochs.dropLast().contains { $0.casesEndedAt == nil } }

        /// Whether what is wrapped to the cases' key of `epoch` opens nowhere any more.
        func hasEnded(_ epoch: Int) -> Bool { epochs.contains { $0.number == epoch && $0.casesEndedAt != nil } }
    }

    public static func standing(on connection: any SQLConnection) throws -> Standing {
        Standing(
            epochs: try connection.query("SELECT * FROM key_epoch ORDER BY epoch").map { row in
                Epoch(
                    number: try row["epoch"], beganAt: try row["began_at"], fingerprint: try row["fingerprint"],
                    casesEndedAt: try row["cases_ended_at"], pepperEndedAt: try row["pepper_ended_at"])
            })
    }

    /// Throws `RightsError.keysOutdated` unless `epoch` is the one that counts.
    static func require(_ epoch: Int, on connection: any SQLConnection) throws {
        let current: Int = try connection.first("SELECT max(epoch) AS epoch FROM key_epoch")?["epoch"] ?? 1
        guard current == epoch else { throw RightsError.keysOutdated }
    }

    /// Has a database whose own keys are gone use those of a later epoch from now on. What is under the older ones opens no more;
    /// their epochs have ended, and so has what needs those of `peppers` that are gone too.
    ///
    /// - Parameters:
    ///   - ended: the epochs whose private key is gone.
    ///   - peppers: the epochs whose pepper is still there.
    static func takeUp(
        _ key: CasesKey, ending ended: [Int], keeping peppers: [Int], at now: Instant, on connection: any SQLConnection
    ) throws {
        for epoch in ended {
            try connection.execute(
                "UPDATE key_epoch SET cases_ended_at = $1 WHERE epoch = $2 AND cases_ended_at IS NULL", now, epoch)
        }
        let kept = ([0] + peppers).map(String.init).joined(separator: ", ")
        try connection.execute(
            "UPDATE key_epoch SET pepper_ended_at = $1 WHERE pepper_ended_at IS NULL AND epoch NOT IN (\(kept))", now)
        try connection.execute(
            "INSERT INTO key_epoch (epoch, began_at, fingerprint) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            key.epoch,
            now, fingerprint(of: key))
    }

    /// What tells a public key from another.
    public static func fingerprint(of key: CasesKey) -> [UInt8] {
        Array(SHA256.hash(data: key.publicKey.rawRepresentation))
    }

    /// Codes that were given before citizens' wraps could be renewed without them.
    public struct OldCodes: Sendable, Hashable {
        public let count: Int
        /// When the oldest of those requests was received.
        public let since: Instant
    }

    /// The codes that need the pepper of an older epoch; nil where none does.
    public static func oldCodes(on connection: any SQLConnection) throws -> OldCodes? {
        let row = try connection.first(
            """
            SELECT count(*) AS n, min(received_at) AS since FROM rights_request
            WHERE citizen_wrap IS NOT NULL AND citizen_epoch < (SELECT max(epoch) FROM key_epoch)
                AND citizen_epoch IN (SELECT epoch FROM key_epoch WHERE pepper_ended_at IS NULL)
            """)
        guard let row, let since = try row["since"] as Instant? else { return nil }
        return OldCodes(count: try row["n"], since: since)
    }
}
