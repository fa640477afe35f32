public import CivilTime
import Crypto
public import Logging
public import SQLDatabase
public import Vault

/// The answers of a form that is not sent yet, from one step to the next.
///
/// A draft is sealed under a key that comes from a token of 256 random bits, and the token lives in the citizen's cookie
/// alone: what stands in the database opens for nobody else, nor for us. It ends by itself.
public struct FilingDrafts: Sendable {
    /// What a token opens.
    public struct Draft: Sendable {
        public let content: [UInt8]
        /// When it is erased unless it is saved again.
        public let expiresAt: Instant
    }

    /// The longest content, in bytes: far more than a filled form.
    public static let longestContent = 96 * 1024

    private let database: SQLDatabase
    /// How long a draft is kept after it was last saved, in seconds.
    public let lifetime: Int
    private let now: TimeSource
    private let random: RandomSource

    public init(
        database: SQLDatabase, lifetime: Int, now: @escaping TimeSource, random: @escaping RandomSource = systemRandom
    ) {
        self.database = database
        self.lifetime = lifetime
        self.now = now
        self.random = random
    }

    /// Begins a draft. Throws `TooLong`.
    /// - Returns: the token that opens it, for a cookie and nothing else.
    public func begin(_ content: [UInt8]) async throws -> (token: String, expiresAt: Instant) {
        let token = random(32)
        let place = Place(token)
        let expiresAt = now().adding(seconds: lifetime)
        let sealed = try place.seal(content, random)
        try await database.write { connection in
            _ = try connection.execute(
                "INSERT INTO filing_draft (id, sealed, expires_at) VALUES ($1, $2, $3)", place.id, sealed, expiresAt)
        }
        return (Base64URL.encode(token), expiresAt)
    }

    /// The draft of a token; nil where there is none, or its time is up.
    public func open(_ token: String) async throws -> Draft? {
        guard let place = Place(encoded: token) else { return nil }
        let moment = now()
        let found: (sealed: [UInt8], expiresAt: Instant)? = try await database.read { connection in
            try connection.first(
                "SELECT sealed, expires_at FROM filing_draft WHERE id = $1 AND expires_at > $2", place.id, moment
            ).map { (try $0["sealed"], try $0["expires_at"]) }
        }
        guard let found else { return nil }
        return Draft(content: try place.open(found.sealed), expiresAt: found.expiresAt)
    }

    /// Replaces what a token opens, and keeps it for its whole time again. Throws `TooLong`.
    /// - Returns: the new end; nil where the draft is gone: it is not brought back.
    public func save(_ content: [UInt8], _ token: String) async throws -> Instant? {
        guard let place = Place(encoded: token) else { return nil }
        let moment = now()
        let expiresAt = moment.adding(seconds: lifetime)
        let sealed = try place.seal(content, random)
        let isSaved = try await database.write { connection in
            try connection.execute(
                "UPDATE filing_draft SET sealed = $1, expires_at = $2 WHERE id = $3 AND expires_at > $4", sealed,
                expiresAt, place.id, moment) == 1
        }
        return isSaved ? expiresAt : nil
    }

    /// Erases a draft at once; nothing where there is none.
    public func erase(_ token: String) async throws {
        guard let place = Place(encoded: token) else { return }
        try await database.write { connection in
            _ = try connection.execute("DELETE FROM filing_draft WHERE id = $1", place.id)
        }
    }

    // MARK: Ending by itself

    /// Erases the drafts whose time is up. Several processes may do so at once.
    public func sweep() async throws {
        let moment = now()
        try await database.write { connection in
            _ = try connection.execute("DELETE FROM filing_draft WHERE expires_at <= $1", moment)
        }
    }

    /// Sweeps every minute until the task is cancelled.
    public func run(logger: Logger) async {
        await recurring(every: .seconds(60), failing: "drafts whose time is up could not be erased", logger: logger) {
            try await sweep()
        }
    }

    /// The answers are longer than any form of ours can be filled.
    public struct TooLong: Error {}
}

/// Where the draft of a token stands, and the key that opens it. Both come from the token, and neither leads back to it
/// or to the other.
private struct Place: Sendable {
    let id: [UInt8]
    private let key: SymmetricKey

    init(_ token: [UInt8]) {
        let material = SymmetricKey(data: token)
        func derived(_ purpose: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: material, info: Array("regard filing draft \(purpose)".utf8), outputByteCount: 32)
        }
        id = derived("id").withUnsafeBytes { Array($0) }
        key = derived("key")
    }

    /// Nil for what can be no token of ours.
    init?(encoded: String) {
        guard let token = Base64URL.decode(encoded), token.count == 32 else { return nil }
        self.init(token)
    }

    func seal(_ content: [UInt8], _ random: RandomSource) throws -> [UInt8] {
        guard content.count <= FilingDrafts.longestContent else { throw FilingDrafts.TooLong() }
        return try SealedBox.seal(content, under: key, at: location, random: random)
    }

    func open(_ sealed: [UInt8]) throws -> [UInt8] { try SealedBox.open(sealed, under: key, at: location) }

    private var location: BoxLocation {
        BoxLocation(table: "filing_draft", row: Hex.encode(id), column: "sealed", version: 1)
    }
}
