public import CivilTime
import StrictJSON

/// Where a project stands. Refused ones are public too.
public enum ProjectStatus: String, Sendable, Hashable, CaseIterable {
    case submitted, underReview, authorised, active, completed, refused, withdrawn
}

/// By which way a project gets its data.
public enum Procedure: String, Sendable, Hashable, CaseIterable {
    case standard, referenceMethodology, simplified, permanentAccess
}

/// How closely the data can be brought back to persons.
public enum Sensitivity: String, Sendable, Hashable, CaseIterable {
    case identifiable, pseudonymised, aggregated, anonymous
}

/// Where the data is worked on: where it is, or where it was sent.
public enum AccessType: String, Sendable, Hashable, CaseIterable {
    case secureEnvironment, release
}

extension ProjectStatus: RecordChoice {}
extension Procedure: RecordChoice {}
extension Sensitivity: RecordChoice {}
extension AccessType: RecordChoice {}

/// What a body decided or advised: CESREES and CNIL among them.
public struct Authorisation: Sendable, Hashable {
    public let body: String
    public let reference: String?
    public let date: CalendarDate?
    /// In the body's own words.
    public let outcome: String?
}

extension Authorisation: RecordObject {
    init?(from reader: inout RecordReader) {
        let body: String? = reader.main("body")
        reference = reader.one("reference")
        date = reader.one("date")
        outcome = reader.one("outcome")
        guard let body else { return nil }
        self.body = body
    }

    var members: KeyValuePairs<String, JSON?> {
        ["body": body.json, "reference": reference?.json, "date": date?.json, "outcome": outcome?.json]
    }
}

/// A step of the project on its way, and when it was taken.
public struct TimelineStep: Sendable, Hashable {
    public let step: String
    public let date: CalendarDate?
}

extension TimelineStep: RecordObject {
    init?(from reader: inout RecordReader) {
        let step: String? = reader.main("step")
        date = reader.one("date")
        guard let step else { return nil }
        self.step = step
    }

    var members: KeyValuePairs<String, JSON?> { ["step": step.json, "date": date?.json] }
}

/// Whether the right to object reaches this project, and why not.
public struct ObjectionTerms: Sendable, Hashable {
    public let applies: Bool
    public let reason: LocalizedText?
}

extension ObjectionTerms: RecordObject {
    init?(from reader: inout RecordReader) {
        let applies: Bool? = reader.main("applies")
        reason = reader.one("reason")
        guard let applies else { return nil }
        self.applies = applies
    }

    var members: KeyValuePairs<String, JSON?> { ["applies": applies.json, "reason": reason?.json] }
}

/// Something that came out of a project: a publication, an algorithm, a report.
public struct ProjectResult: Sendable, Hashable {
    /// In the source's words.
    public let kind: String?
    public let title: LocalizedText
    public let url: String?
    public let date: CalendarDate?
}

extension ProjectResult: RecordObject {
    init?(from reader: inout RecordReader) {
        let title: LocalizedText? = reader.main("title")
        let url: WebAddress? = reader.one("url")
        kind = reader.one("kind")
        self.url = url?.text
        date = reader.one("date")
        guard let title else { return nil }
        self.title = title
    }

    var members: KeyValuePairs<String, JSON?> {
        ["kind": kind?.json, "title": title.json, "url": url?.json, "date": date?.json]
    }
}

/// Something that a source says under a name of its own.
public struct SourceField: Sendable, Hashable {
    public let name: String
    public let value: String
}

extension SourceField: RecordObject {
    init?(from reader: inout RecordReader) {
        let name: String? = reader.main("name")
        let value: String? = reader.main("value")
        guard let name, let value else { return nil }
        (self.name, self.value) = (name, value)
    }

    var members: KeyValuePairs<String, JSON?> { ["name": name.json, "value": value.json] }
}
