import CivilTime
import Crypto
import SQLDatabase
import StrictJSON
import Vault

/// A filing sent with an idempotency key, so that a repetition gets the same answer, secret included.
///
/// The key itself is not kept: its HMAC finds the answer, and the answer is sealed under a key derived from it.
struct IdempotentAttempt: Sendable {
    let index: [UInt8]
    let bodyDigest: [UInt8]
    let answerKey: SymmetricKey

    init(key: String, body: [UInt8], keys: RightsKeys) throws {
        let bytes = Array(key.utf8)
        let index = SecretIndex.idempotencyKey.index(of: bytes, under: keys.secretsIndex)
        let material = SymmetricKey(data: SHA256.hash(data: bytes))
        func derived(_ purpose: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: material, salt: index, info: Array(purpose.utf8), outputByteCount: 32)
        }
        self.index = index
        answerKey = derived("regard filing answer")
        // Keyed, since a body has few enough unknown digits to be guessed from a bare hash.
        bodyDigest = Array(HMAC<SHA256>.authenticationCode(for: body, using: derived("regard filing body")))
    }

    func seal(_ receipt: FilingReceipt, _ random: RandomSource) throws -> [UInt8] {
        try SealedBox.seal(
            receipt.json.canonicalBytes, under: answerKey, at: CaseLocation.answer(index), random: random)
    }

    /// Claims the key for this filing; false where another has it.
    func record(_ sealedAnswer: [UInt8], at now: Instant, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            INSERT INTO filing_answer (key_index, body_digest, sealed_answer, filed_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING
            """, index, bodyDigest, sealedAnswer, now) == 1
    }

    /// The answer that this key got before; nil where it is new. Throws where it belongs to another body.
    func earlierAnswer(in database: SQLDatabase) async throws -> FilingReceipt? {
        let found: (digest: [UInt8], sealed: [UInt8])? = try await database.read { connection in
            try connection.first("SELECT body_digest, sealed_answer FROM filing_answer WHERE key_index = $1", index).map
            {
                (try $0["body_digest"], try $0["sealed_answer"])
            }
        }
        guard let found else { return nil }
        guard ConstantTime.areEqual(found.digest, bodyDigest) else { throw RightsError.idempotencyKeyReused }
        let opened = try SealedBox.open(found.sealed, under: answerKey, at: CaseLocation.answer(index))
        return FilingReceipt(json: try JSON(parsing: opened))
    }
}
