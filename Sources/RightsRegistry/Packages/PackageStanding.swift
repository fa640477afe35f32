public import CivilTime
import SQLDatabase
import StrictJSON
import Vault

/// Where what answers a granted request of access stands: the package of all that databases and the body have answered.
public struct PackageStanding: Sendable {
    public enum State: Sendable, Hashable {
        /// Not put together yet: answers are awaited, or it is being done.
        case assembling
        /// Put together at the first moment; it opens until the second.
        case ready(at: Instant, until: Instant)
        /// Its time is over: it was destroyed.
        case destroyed(at: Instant)
    }

    /// The code that was sent by post.
    public struct Code: Sendable, Hashable {
        public let askedAt: Instant
        public let validUntil: Instant
        public let triesLeft: Int
        /// The day on which its letter was posted; nil until then.
        public let postedOn: CalendarDate?

        /// Whether it can still be tried.
        public func isAlive(at now: Instant) -> Bool { triesLeft > 0 && now < validUntil }
    }

    public let state: State
    /// When it was first fetched as it is.
    public let openedAt: Instant?
    /// What is in it, by name, for operators who may read words: whoever has a code alone learns nothing of it.
    public let names: [String]?
    /// Nil where none was asked for.
    public let code: Code?
    /// Why it takes the code of a letter; nil where signing in opens it as well. For whoever has the secret open.
    public internal(set) var letterOnly: LetterReason?

    /// Why signing in does not open it beside the secret.
    public enum LetterReason: Sendable, Hashable {
        /// The secret itself was given by signing in alone.
        case secretBySignIn
        /// Somebody acts for the person: of who acts a name is known and nothing else, which a namesake has too.
        case actsForAnother
    }

    /// Whether signing in opens it beside the secret.
    public var takesSignIn: Bool { letterOnly == nil }

    /// Whether it can be fetched.
    public var isReady: Bool { if case .ready = state { true } else { false } }
}

/// A package that is open: its parts in order are a ZIP file.
public struct OpenedPackage: Sendable {
    public let reference: String
    public let language: FilingLanguage
    /// Bytes.
    public let size: Int
    let part: @Sendable (Int) async throws -> [UInt8]

    /// How many parts there are.
    public var parts: Int { CaseFileStore.parts(of: size) }

    /// One part, from 0. Throws where it was destroyed meanwhile.
    public func content(ofPart number: Int) async throws -> [UInt8] { try await part(number) }

    /// The name under which it is handed out.
    public var name: String {
        switch language {
        case .fr: "dossier-\(reference).zip"
        case .en: "package-\(reference).zip"
        }
    }
}

extension CaseLocation {
    static func packageNames(_ reference: String, _ build: String) -> BoxLocation {
        BoxLocation(table: "access_package", row: "\(reference)/\(build)", column: "sealed_names", version: 1)
    }

    static func packagePart(_ reference: String, _ build: String, _ part: Int) -> BoxLocation {
        BoxLocation(table: "access_package_part", row: "\(reference)/\(build)/\(part)", column: "sealed", version: 1)
    }
}

/// A package as it is stored.
struct StoredPackage: Sendable {
    let build: String
    let builtThrough: Int
    let readyAt: Instant
    let openUntil: Instant
    let size: Int
    let sealedNames: [UInt8]?
    let openedAt: Instant?
    let destroyedAt: Instant?

    init(_ row: Row) throws {
        build = try row["build"]
        builtThrough = try row["built_through"]
        readyAt = try row["ready_at"]
        openUntil = try row["open_until"]
        size = try row["size"]
        sealedNames = try row["sealed_names"]
        openedAt = try row["opened_at"]
        destroyedAt = try row["destroyed_at"]
    }

    func isOpen(at now: Instant) -> Bool { destroyedAt == nil && now < openUntil }
}

/// The SQL of packages.
enum PackageStore {
    static func load(_ reference: String, on connection: any SQLConnection) throws -> StoredPackage? {
        try connection.first("SELECT * FROM access_package WHERE reference = $1", reference).map(StoredPackage.init)
    }

    /// Where the package of a request stands; nil where none is due.
    /// - Parameter key: opens what is in it by name, where the reader may know.
    static func standing(
        of stored: StoredRequest, key: CaseKey? = nil, at now: Instant, on connection: any SQLConnection
    ) throws -> PackageStanding? {
        guard stored.right == .access, [.granted, .partiallyGranted].contains(stored.timeline.outcome) else {
            return nil
        }
        let code = try PackageCodeStore.code(of: stored.reference, on: connection)
        guard let package = try load(stored.reference, on: connection) else {
            // Nothing is put together any more of a case that was erased.
            if stored.erasedAt != nil { return nil }
            return PackageStanding(
                state: .assembling, openedAt: nil, names: nil, code: code,
                letterOnly: stored.hasSecretBySignIn ? .secretBySignIn : nil)
        }
        let state: PackageStanding.State
        if package.isOpen(at: now) {
            state = .ready(at: package.readyAt, until: package.openUntil)
        } else if stored.erasedAt != nil || stored.timeline.packageTold <= package.builtThrough {
            state = .destroyed(at: package.destroyedAt ?? package.openUntil)
        } else {
            // What it told counts no more, or more has come: another is put together.
            state = .assembling
        }
        let names = package.sealedNames.flatMap { sealed in
            (try? key?.open(sealed, at: CaseLocation.packageNames(stored.reference, package.build))).flatMap {
                (try? JSON(parsing: $0))?.array?.compactMap(\.string)
            }
        }
        return PackageStanding(
            state: state, openedAt: package.openedAt, names: names, code: code,
            letterOnly: stored.hasSecretBySignIn ? .secretBySignIn : nil)
    }

    static func insertParts(
        _ parts: [(number: Int, sealed: [UInt8])], of reference: String, _ build: String,
        on connection: any SQLConnection
    ) throws {
        for part in parts {
            try connection.execute(
                "INSERT INTO access_package_part (reference, build, part, sealed) VALUES ($1, $2, $3, $4)", reference,
                build, part.number, part.sealed)
        }
    }

    static func part(
        _ part: Int, of reference: String, _ build: String, on connection: any SQLConnection
    ) throws -> [UInt8]? {
        try connection.first(
            "SELECT sealed FROM access_package_part WHERE reference = $1 AND build = $2 AND part = $3", reference,
            build,
            part)?["sealed"]
    }

    static func count(ofParts build: String, of reference: String, on connection: any SQLConnection) throws -> Int {
        try connection.first(
            "SELECT count(*) AS n FROM access_package_part WHERE reference = $1 AND build = $2", reference, build)?[
                "n"] ?? 0
    }

    /// Whether a package may be written for a request: it is granted, and was not erased.
    static func isGranted(_ reference: String, on connection: any SQLConnection) throws -> Bool {
        try connection.first(
            """
            SELECT 1 AS one FROM rights_request
            WHERE reference = $1 AND outcome IN ('granted', 'partiallyGranted') AND erased_at IS NULL
            """, reference) != nil
    }

    /// Destroys the parts of every build but `build`.
    static func destroyParts(
        of reference: String, but build: String? = nil, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "DELETE FROM access_package_part WHERE reference = $1 AND build <> $2", reference, build ?? "")
    }

    /// Destroys the parts of one build.
    static func destroyParts(of reference: String, _ build: String, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM access_package_part WHERE reference = $1 AND build = $2", reference, build)
    }

    /// The builds with parts that are of no package. For whoever has the lease alone: they may be of one that is written now.
    static func forsaken(on connection: any SQLConnection) throws -> [(reference: String, build: String)] {
        try connection.query(
            """
            SELECT DISTINCT a.reference, a.build FROM access_package_part a WHERE NOT EXISTS (
                SELECT 1 FROM access_package p
                WHERE p.reference = a.reference AND p.build = a.build AND p.destroyed_at IS NULL)
            """
        ).map { (try $0["reference"], try $0["build"]) }
    }

    /// Destroys what was put together, and the code that opens it.
    ///
    /// - Parameter build: the only one whose parts go; nil for whatever is written of others too.
    static func destroy(
        of reference: String, build: String? = nil, at now: Instant, on connection: any SQLConnection
    ) throws {
        guard try load(reference, on: connection) != nil else { return }
        if let build {
            try destroyParts(of: reference, build, on: connection)
        } else {
            try destroyParts(of: reference, on: connection)
        }
        try connection.execute("DELETE FROM package_code WHERE reference = $1", reference)
        try connection.execute(
            """
            UPDATE access_package SET sealed_names = NULL, destroyed_at = COALESCE(destroyed_at, $1) WHERE reference = $2
            """, now, reference)
    }

    /// The packages whose time is over, and which build each is.
    static func over(
        at now: Instant, limit: Int, on connection: any SQLConnection
    ) throws -> [(reference: String, build: String)] {
        try connection.query(
            """
            SELECT reference, build FROM access_package WHERE destroyed_at IS NULL AND open_until <= $1
            ORDER BY open_until, reference LIMIT \(limit)
            """, now
        ).map { (try $0["reference"], try $0["build"]) }
    }

    /// Notes that it is fetched.
    static func recordOpened(_ reference: String, at now: Instant, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE access_package SET opened_at = COALESCE(opened_at, $1) WHERE reference = $2", now, reference)
    }
}

/// The SQL of packages that could not be put together.
enum PackageFailureStore {
    /// Seconds until it is tried again the first time; twice as many each time after.
    private static let leastSeconds = 60
    /// An hour at most: a repair is not to be waited for long.
    private static let mostDoublings = 6

    static func record(_ reference: String, at now: Instant, on connection: any SQLConnection) throws {
        let before: Int =
            try connection.first("SELECT attempts FROM access_package_failure WHERE reference = $1", reference)?[
                "attempts"] ?? 0
        let wait = min(3600, leastSeconds << min(before, mostDoublings))
        try connection.execute(
            """
            INSERT INTO access_package_failure (reference, attempts, retry_at) VALUES ($1, $2, $3)
            ON CONFLICT (reference) DO UPDATE SET attempts = excluded.attempts, retry_at = excluded.retry_at
            """, reference, before + 1, now.adding(seconds: wait))
    }

    static func forget(_ reference: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM access_package_failure WHERE reference = $1", reference)
    }
}

extension Timeline {
    /// The events that say something of what a package holds.
    static let toldInPackages: Set<EventType> = [
        .granted, .partiallyGranted, .taskCompleted, .impossible, .identityCorrected,
    ]

    /// The number of the last event that says something of what a package holds; 0 where none does.
    var packageTold: Int { events.last { Self.toldInPackages.contains($0.type) }?.n ?? 0 }
}
