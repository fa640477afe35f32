public import CivilTime
import SQLDatabase
public import StrictJSON

/// What happened to a record with a version.
public enum ChangeAct: String, Sendable, CaseIterable {
    /// It entered the register.
    case added
    case changed
    /// It said something wrong, as its editor says, and was put right.
    case corrected
    /// It left the register.
    case removed
    /// Not its words, only how they are set; see `Typography`.
    case typography

    /// How a query finds it; by its content typography alone is told from a change.
    var condition: String? {
        switch self {
        case .added: "v.n = 1"
        case .removed: "own.n IS NOT NULL"
        case .changed: "v.n > 1 AND own.n IS NULL AND coalesce(said.is_correction, 0) = 0"
        case .corrected: "said.is_correction = 1"
        case .typography: nil
        }
    }
}

/// A line of the register's log.
public struct LoggedChange: Sendable, Hashable {
    /// What a release handed over, by the references that it gives.
    public struct Handover: Sendable, Hashable {
        public let project: String
        public let dataset: String?
    }

    /// Dense and in commit order: whoever has seen it finds no smaller one later.
    public let change: Int64
    public let kind: RecordKind
    public let reference: String
    public let n: Int
    public let recordedAt: Instant
    public let sourceVersion: String?
    public let effectiveOn: CalendarDate?
    public let act: ChangeAct
    /// As this version has it; nil for releases, and where the content is withheld.
    public let title: LocalizedText?
    /// Of releases alone, whose content is not withheld.
    public let handover: Handover?
    /// Names of the fields that say something else, sorted.
    public let changedFields: [String]
    public let typographyFields: [String]
    /// Why it was removed.
    public let reason: LocalizedText?
    /// Why the version was made, in an editor's words.
    public let note: String?
    public let isWithheld: Bool

    public func json(api: String) -> JSON {
        let record = kind == .release ? nil : "\(api)/\(kind.collection)/\(reference)"
        var links: [String: JSON] = [:]
        if let record {
            links["record"] = .string(record)
            if !isWithheld {
                links["version"] = .string("\(record)/versions/\(n)")
                if n > 1 { links["differences"] = .string("\(record)/differences?from=\(n - 1)&to=\(n)") }
            }
        }
        return .object(ofPresent: [
            "change": .integer(change), "kind": .string(kind.rawValue), "reference": reference.json,
            "version": .integer(Int64(n)), "act": .string(act.rawValue),
            "recordedAt": .string(recordedAt.description), "effectiveOn": effectiveOn?.json,
            "sourceVersion": sourceVersion?.json, "title": title?.json,
            "changedFields": .array(changedFields.map(\.json)),
            "typographyFields": .array(typographyFields.map(\.json)), "reason": reason?.json, "note": note?.json,
            "contentWithheld": isWithheld ? true : nil, "links": .object(links),
        ])
    }
}

/// The changes that are looked for.
public struct ChangeQuery: Sendable {
    public enum Order: Sendable { case oldestFirst, newestFirst }

    /// After this number.
    public var since: Int64?
    /// From this moment on.
    public var from: Instant?
    /// Before this moment.
    public var until: Instant?
    public var kinds: Set<RecordKind>
    public var act: ChangeAct?
    /// Of one record alone.
    public var reference: String?
    public var order: Order
    public var limit: PageLimit
    public var cursor: String?

    public init(
        since: Int64? = nil, from: Instant? = nil, until: Instant? = nil, kinds: Set<RecordKind> = [],
        act: ChangeAct? = nil, reference: String? = nil, order: Order = .oldestFirst, limit: PageLimit = .standard,
        cursor: String? = nil
    ) {
        (self.since, self.from, self.until, self.kinds) = (since, from, until, kinds)
        (self.act, self.reference, self.order, self.limit, self.cursor) = (act, reference, order, limit, cursor)
    }

    private var filters: JSON {
        .object(ofPresent: [
            "list": "changes", "since": since.map(JSON.integer), "from": from.map { .integer($0.milliseconds) },
            "until": until.map { .integer($0.milliseconds) },
            "kinds": .array(kinds.map(\.rawValue).sorted().map(JSON.string)),
            "act": act.map { .string($0.rawValue) }, "reference": reference.map(JSON.string),
            "newest": .bool(order == .newestFirst),
        ])
    }

    func place() throws(CursorError) -> Int64? {
        guard let cursor = try Listing.cursor(cursor, filters: filters, keyLength: 1) else { return nil }
        guard let change = Int64(cursor.key[0]) else { throw .malformed }
        return change
    }

    func cursor(after change: Int64) -> String { Cursor(after: [String(change)]).encoded(filters: filters) }

    var conditions: Conditions {
        var terms = [ChangeLog.isPublic]
        if !kinds.isEmpty {
            terms.append("v.kind IN (\(kinds.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")))")
        }
        if let condition = act?.condition { terms.append(condition) }
        var conditions = Conditions(terms.joined(separator: " AND "))
        if let since { conditions.add(since) { "v.change > \($0)" } }
        if let from { conditions.add(from) { "v.recorded_at >= \($0)" } }
        if let until { conditions.add(until) { "v.recorded_at < \($0)" } }
        if let reference { conditions.add(reference) { "v.reference = \($0)" } }
        return conditions
    }
}
