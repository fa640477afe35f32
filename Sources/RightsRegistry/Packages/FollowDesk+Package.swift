import CivilTime
import Crypto
import SQLDatabase
import StrictJSON
public import Vault

/// What opens a package beside the tracking secret.
public enum PackageFactor: Sendable {
    /// Who has signed in, as a provider of identities says.
    case signedIn(ProvenTraits)
    /// What was typed as the code that came by post.
    case code(String)
}

extension FollowDesk {
    /// Opens the package of `reference`, with the secret and a second factor; the citizen sees that it was fetched.
    ///
    /// Throws `RightsError.notFound` for an unknown reference, a wrong secret, a wrong factor and no package alike, and
    /// `.comeOfAge` as `follow` does.
    public func openPackage(
        _ reference: String, secret: TrackingSecret, with factor: PackageFactor
    ) async throws -> OpenedPackage {
        let moment = now()
        let found = try await database.read { connection in
            (
                try authenticated(reference, secret, on: connection),
                try PackageStore.load(reference, on: connection)
            )
        }
        let (stored, package) = found
        guard let package, package.isOpen(at: moment), [.granted, .partiallyGranted].contains(stored.timeline.outcome),
            let key = try? openedByCitizen(stored, secret)
        else {
            throw RightsError.notFound
        }
        let way: JSON
        switch factor {
        case .signedIn(let traits):
            // A secret that signing in alone has given is no second factor beside it; and of who acts for another a name
            // alone is known, which is a namesake's too.
            guard !stored.hasSecretBySignIn, let filing = try? openedFiling(stored, secret),
                (try? Self.answer(traits, to: filing)) == .verified
            else { throw RightsError.notFound }
            way = "signIn"
        case .code(let typed):
            guard try await isCode(typed, of: reference, at: moment) else { throw RightsError.notFound }
            way = "code"
        }
        let policy = policy
        try await database.write { connection in
            let current = try authenticated(reference, secret, on: connection)
            // What was proven was proven for this build, of the person that the case was about then.
            guard try PackageStore.load(reference, on: connection)?.build == package.build else {
                throw RightsError.notFound
            }
            try RequestStore.append(
                .packageDownloaded, to: current, actor: .citizen, data: ["by": way], at: moment, policy: policy,
                on: connection)
            try PackageStore.recordOpened(reference, at: moment, on: connection)
        }
        return OpenedPackage(package, of: stored, in: database, under: key)
    }

    /// Whether `typed` is the code that was sent for `reference`; each wrong one takes a try away, in a transaction of its own.
    private func isCode(_ typed: String, of reference: String, at moment: Instant) async throws -> Bool {
        guard let code = PackageCode(entered: typed) else { return false }
        let presented = code.index(of: reference, under: keys.secretsIndex)
        return try await database.write { connection in
            try PackageCodeStore.accept(presented, of: reference, at: moment, on: connection)
        }
    }

    /// Has a code sent by post to the address of the case; one that was sent before is dead once this returns.
    ///
    /// Throws as `follow` does, and `RightsError.invalid` with `/code`: `package.none` where nothing is ready,
    /// `package.noAddress` without a postal address, `package.noLetters` where nobody prints letters, `package.onItsWay` within
    /// seven days while the last code can be tried, `package.death` where the person's death is recorded, `package.tooMany` after three letters within thirty days.
    @discardableResult
    public func askForPackageCode(
        _ reference: String, secret: TrackingSecret
    ) async throws -> PackageStanding.Code {
        @Sendable func refusal(_ code: String) -> RightsError {
            .invalid(FieldErrors([FieldError(pointer: "/code", code: code)]))
        }
        let (moment, random) = (now(), random)
        let stored = try await database.read { try authenticated(reference, secret, on: $0) }
        let key = try openedByCitizen(stored, secret)
        guard stored.timeline.deathRecordedAt == nil else { throw refusal("package.death") }
        guard printsLetters else { throw refusal("package.noLetters") }
        let day = moment.date(in: policy.zone)
        guard let opened = OpenedCase(try openedFiling(stored, secret), under: key, policy, on: day),
            !opened.envelope.isEmpty
        else { throw refusal("package.noAddress") }
        let code = PackageCode(random: random)
        let letter = try SecretLetter(of: reference, code, under: key, at: moment, random: random)
        let index = code.index(of: reference, under: keys.secretsIndex)
        let validUntil = moment.adding(seconds: PackageCodeStore.validDays * 86_400)
        return try await database.write { connection in
            _ = try authenticated(reference, secret, on: connection)
            guard try PackageStore.load(reference, on: connection)?.isOpen(at: moment) == true else {
                throw refusal("package.none")
            }
            if let last = try PackageCodeStore.code(of: reference, on: connection), last.isAlive(at: moment),
                moment < last.askedAt.adding(seconds: PackageCodeStore.waitDays * 86_400)
            {
                throw refusal("package.onItsWay")
            }
            let month = moment.adding(seconds: -PackageCodeStore.validDays * 86_400)
            guard
                try PackageCodeStore.letters(of: reference, since: month, on: connection) < PackageCodeStore.mostLetters
            else { throw refusal("package.tooMany") }
            try letter.insert(on: connection)
            try PackageCodeStore.replace(
                reference, index, letter: letter.id, at: moment, until: validUntil, on: connection)
            return PackageStanding.Code(
                askedAt: moment, validUntil: validUntil, triesLeft: PackageCodeStore.tries, postedOn: nil)
        }
    }
}

extension StoredRequest {
    /// Whether the secret that stands was given to whoever had signed in, without the one before.
    var hasSecretBySignIn: Bool { timeline.hasSecretBySignIn }
}

extension Timeline {
    /// The same, of the timeline alone.
    var hasSecretBySignIn: Bool {
        events.last { $0.type == .secretReissued }?.data["by"]?.string == "signIn"
    }
}

extension OpenedPackage {
    init(_ package: StoredPackage, of stored: StoredRequest, in database: SQLDatabase, under key: CaseKey) {
        let (reference, build) = (stored.reference, package.build)
        self.init(reference: reference, language: stored.language, size: package.size) { number in
            let sealed = try await database.read {
                try PackageStore.part(number, of: reference, build, on: $0)
            }
            guard let sealed else { throw RightsError.fileDestroyed }
            return try key.open(sealed, at: CaseLocation.packagePart(reference, build, number))
        }
    }
}

/// The SQL of the codes that are sent by post.
enum PackageCodeStore {
    static let validDays = 30
    static let tries = 5
    /// Days within which no other letter goes, while the code of the last can be tried.
    static let waitDays = 7
    /// Letters within `validDays`, at most: whoever has a secret alone must not fill somebody's letter box.
    static let mostLetters = 3

    static func code(of reference: String, on connection: any SQLConnection) throws -> PackageStanding.Code? {
        try connection.first(
            """
            SELECT c.asked_at, c.valid_until, c.tries_left, l.posted_on
            FROM package_code c LEFT JOIN letter l ON l.id = c.letter WHERE c.reference = $1
            """, reference
        ).map { row in
            PackageStanding.Code(
                askedAt: try row["asked_at"], validUntil: try row["valid_until"], triesLeft: try row["tries_left"],
                postedOn: try row["posted_on"])
        }
    }

    static func letters(
        of reference: String, since moment: Instant, on connection: any SQLConnection
    ) throws -> Int {
        try connection.first(
            "SELECT count(*) AS n FROM letter WHERE reference = $1 AND kind = $2 AND created_at > $3", reference,
            LetterKind.packageCode.rawValue, moment)?["n"] ?? 0
    }

    static func replace(
        _ reference: String, _ index: [UInt8], letter: String, at moment: Instant, until validUntil: Instant,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO package_code (reference, code_index, letter, asked_at, valid_until, tries_left)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (reference) DO UPDATE SET code_index = $2, letter = $3, asked_at = $4, valid_until = $5,
                tries_left = $6
            """, reference, index, letter, moment, validUntil, tries)
    }

    /// Whether `presented` is the index of the code that stands; takes a try away where it is not.
    static func accept(
        _ presented: [UInt8], of reference: String, at moment: Instant, on connection: any SQLConnection
    ) throws -> Bool {
        guard
            let row = try connection.first(
                "SELECT code_index FROM package_code WHERE reference = $1 AND tries_left > 0 AND valid_until > $2",
                reference, moment)
        else { return false }
        if ConstantTime.areEqual(presented, try row["code_index"]) { return true }
        try connection.execute(
            "UPDATE package_code SET tries_left = tries_left - 1 WHERE reference = $1", reference)
        return false
    }
}
