import CivilTime
import SQLDatabase
import StrictJSON
import Vault

/// What a letter is for.
public enum LetterKind: String, Sendable, CaseIterable {
    /// Tells what happened to the request.
    case notice
    /// Hands over the code of a request that an operator entered from paper or by telephone.
    case filedOnPaper
    /// Hands over a new code for one that was lost.
    case secretReissued
    /// Hands over the code that opens, beside the tracking code, what answers a request of access.
    case packageCode

    /// Whether the letter carries a code, which nobody but its addressee may see.
    public var carriesSecret: Bool { self != .notice }
}

/// A letter that carries a code, with everything drawn and sealed: only to be inserted, in the transaction of
/// the act that made the code.
///
/// The code is sealed under the case's key. It is printed into the spool folder by the process that opens cases, shown
/// to no operator, and what was sealed is then destroyed.
struct SecretLetter: Sendable {
    let id: String
    private let reference: String
    private let kind: LetterKind
    private let sealed: [UInt8]
    private let createdAt: Instant

    /// - Parameters:
    ///   - kind: one that carries a secret.
    ///   - caseKey: that of the request `reference`, by which its address is sealed as well.
    init(
        of reference: String, _ kind: LetterKind, secret: TrackingSecret, under caseKey: CaseKey, at moment: Instant,
        random: RandomSource
    ) throws {
        try self.init(
            of: reference, kind, printed: secret.formatted, under: caseKey, at: moment, random: random)
    }

    /// One that hands over the code of a package.
    init(
        of reference: String, _ code: PackageCode, under caseKey: CaseKey, at moment: Instant, random: RandomSource
    ) throws {
        try self.init(
            of: reference, .packageCode, printed: code.formatted, under: caseKey, at: moment, random: random)
    }

    private init(
        of reference: String, _ kind: LetterKind, printed code: String, under caseKey: CaseKey, at moment: Instant,
        random: RandomSource
    ) throws {
        id = Hex.encode(random(16))
        self.reference = reference
        self.kind = kind
        createdAt = moment
        let content: JSON = ["secret": .string(code)]
        sealed = try caseKey.seal(content.canonicalBytes, at: LetterStore.location(of: id), random: random)
    }

    /// Throws `RightsError.invalid` with `death.recorded` where nothing is written to the person any more.
    func insert(on connection: any SQLConnection) throws {
        guard try !Silence.holds(over: reference, on: connection) else {
            throw RightsError.invalid(FieldErrors([FieldError(pointer: "/address", code: "death.recorded")]))
        }
        try connection.execute(
            "INSERT INTO letter (id, reference, kind, sealed, created_at) VALUES ($1, $2, $3, $4, $5)",
            id, reference, kind.rawValue, sealed, createdAt)
    }
}
