import CivilTime
import SQLDatabase
import StrictJSON

/// The kinds of public record. All three keep their history in the same table by the same rules.
public enum RecordKind: String, Sendable, Hashable, CaseIterable {
    case project, dataset, release
}

/// A kind of record, as the importer and the history see it.
protocol RegisterRecord: RecordObject {
    static var kind: RecordKind { get }
    /// The field that names the record in a file.
    static var referenceField: String { get }
    /// All its other fields, as people write them.
    static var fields: [RecordField] { get }
    var reference: String { get }
    /// The source's label of this version; it may repeat within a record.
    var sourceVersion: String? { get }
    /// The fields without which the record is stored but not shown.
    var missing: [String] { get }
    /// Writes the tables that searches and pages read, for records whose newest version has just changed. No record
    /// is there twice.
    static func publish(_ newest: [NewestVersion<Self>], on connection: any SQLConnection) throws
}

/// A record as its newest version has it.
struct NewestVersion<Record: RegisterRecord>: Sendable {
    let record: Record
    let n: Int
    let recordedAt: Instant
}

extension RegisterRecord {
    /// Reads a line of a file, or what was once stored from one.
    static func read(_ json: JSON) -> (record: Self?, findings: Findings) {
        var findings = Findings()
        let record = Self(reading: json, at: "", into: &findings)
        return (findings.errors.isEmpty ? record : nil, findings)
    }

    /// Reads a version's content. Throws where it is not one that was stored by these rules.
    init(stored json: JSON) throws {
        guard let record = Self.read(json).record else {
            throw SQLError.decoding("the stored content of a \(Self.kind.rawValue) can't be read")
        }
        self = record
    }
}
