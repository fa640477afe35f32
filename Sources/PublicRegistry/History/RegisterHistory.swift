import CivilTime
public import SQLDatabase
import StrictJSON

/// The versions of records that are, or once were, public: what each changed, and how any two differ.
public struct RegisterHistory: Sendable {
    let database: SQLDatabase

    public init(database: SQLDatabase) { self.database = database }

    /// All versions of a record; nil where it is not public and never was.
    public func chronicle(_ reference: String, _ kind: RecordKind) async throws -> RecordChronicle? {
        try await database.read { try Self.chronicle(reference, kind, on: $0) }
    }

    private static func chronicle(
        _ reference: String, _ kind: RecordKind, on connection: any SQLConnection
    ) throws -> RecordChronicle? {
        guard let standing = try RecordStanding.find(reference, kind, on: connection) else { return nil }
        let removals = try Removal.all(of: reference, kind, on: connection)
        let reasons = try VersionReasons.reasons(of: reference, kind: kind, on: connection)
        var before: JSON?
        var versions: [RecordVersion] = []
        for stored in try RecordStore.versions(of: reference, kind: kind, on: connection) {
            let content = try JSON(parsing: stored.content)
            let isWithheld = stored.n <= standing.withheldThrough
            // Against what is withheld nothing is told: the difference would give it away.
            let changes = before.map { VersionChanges(from: $0, to: content) }
            versions.append(
                RecordVersion(
                    n: stored.n, sourceVersion: isWithheld ? nil : stored.sourceVersion,
                    effectiveOn: isWithheld ? nil : content.effectiveOn, recordedAt: stored.recordedAt,
                    changedFields: isWithheld ? [] : changes?.fields ?? [],
                    typographyFields: isWithheld ? [] : changes?.typographyFields ?? [],
                    removal: removals[stored.n], reason: isWithheld ? nil : reasons[stored.n]?.reason,
                    isWithheld: isWithheld))
            before = isWithheld ? nil : content
        }
        return RecordChronicle(
            kind: kind, reference: reference, title: standing.title, removal: standing.removal,
            versions: versions.reversed())
    }

    /// A version of a record, whole, whether the record is still in the register or not; nil where there is none, or
    /// its content is withheld.
    public func version(_ reference: String, _ kind: RecordKind, n: Int) async throws -> VersionContent? {
        try await database.read { connection in
            guard let standing = try RecordStanding.find(reference, kind, on: connection) else { return nil }
            return try Self.version(standing, n, on: connection)
        }
    }

    private static func version(
        _ standing: RecordStanding, _ n: Int, on connection: any SQLConnection
    ) throws -> VersionContent? {
        guard n > standing.withheldThrough,
            let stored = try RecordStore.version(of: standing.reference, kind: standing.kind, n: n, on: connection)
        else { return nil }
        let content = try JSON(parsing: stored.content)
        return VersionContent(
            kind: standing.kind, reference: standing.reference, n: n, newestN: standing.n,
            recordedAt: stored.recordedAt, effectiveOn: content.effectiveOn, sourceVersion: stored.sourceVersion,
            content: content)
    }

    /// How version `from` differs from version `to`; nil where either is not there, or its content is withheld.
    /// - Parameter isRaw: whether typography counts.
    public func difference(
        _ reference: String, _ kind: RecordKind, from: Int, to: Int, isRaw: Bool
    ) async throws -> VersionDifference? {
        let pair = try await database.read { connection -> (VersionContent, VersionContent, LocalizedText?)? in
            guard let standing = try RecordStanding.find(reference, kind, on: connection),
                let old = try Self.version(standing, from, on: connection),
                let new = try Self.version(standing, to, on: connection)
            else { return nil }
            return (old, new, standing.title)
        }
        return pair.map { VersionDifference($0, $1, title: $2, isRaw: isRaw) }
    }

    /// What a record that left the register left behind; nil for one that is in it, or never was.
    public func tombstone(_ reference: String, _ kind: RecordKind) async throws -> Tombstone? {
        try await database.read { connection in
            guard let standing = try RecordStanding.find(reference, kind, on: connection),
                let removal = standing.removal
            else { return nil }
            return Tombstone(
                removal: removal, title: standing.title, content: try Self.version(standing, standing.n, on: connection)
            )
        }
    }
}

/// Where a record stands that is, or once was, public.
struct RecordStanding: Sendable {
    let kind: RecordKind
    let reference: String
    /// The newest version's ordinal.
    let n: Int
    /// Nil where its content is withheld, and for releases.
    let title: LocalizedText?
    let removal: Removal?
    let withheldThrough: Int

    static func find(
        _ reference: String, _ kind: RecordKind, on connection: any SQLConnection
    ) throws -> RecordStanding? {
        guard let row = try connection.first("SELECT * FROM \(kind.table) WHERE \(kind.key) = $1", reference) else {
            return nil
        }
        let isShown: Bool = try row["shown"]
        let removal = isShown ? nil : try Removal.find(reference, kind, on: connection)
        guard isShown || removal?.wasShown == true else { return nil }
        let withheldThrough = try Removal.withheldThrough(reference, kind, on: connection)
        let n: Int = try row["n"]
        let title =
            kind == .release || n <= withheldThrough
            ? nil : LocalizedText(fr: try row["title_fr"], en: try row["title_en"])
        return RecordStanding(
            kind: kind, reference: reference, n: n, title: title, removal: removal, withheldThrough: withheldThrough)
    }
}

extension JSON {
    /// The day from which a version holds, as its source says.
    var effectiveOn: CalendarDate? { self["effectiveOn"]?.string.flatMap { CalendarDate($0) } }
}
