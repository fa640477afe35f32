public import CivilTime
import SQLDatabase
public import StrictJSON

/// A project as lists show it.
public struct ProjectSummary: Sendable, Hashable {
    public let reference: String
    public let title: LocalizedText
    public let acronym: String?
    public let summary: LocalizedText
    public let status: ProjectStatus
    public let procedure: Procedure?
    public let sensitivity: Sensitivity?
    /// The controllers' names.
    public let controllers: [String]
    public let startsOn: CalendarDate?
    public let endsOn: CalendarDate?
    /// The newest version's ordinal.
    public let n: Int
    public let recordedAt: Instant
    private var written = Written()

    init(
        reference: String, title: LocalizedText, acronym: String?, summary: LocalizedText, status: ProjectStatus,
        procedure: Procedure?, sensitivity: Sensitivity?, controllers: [String], startsOn: CalendarDate?,
        endsOn: CalendarDate?, n: Int, recordedAt: Instant
    ) {
        (self.reference, self.title, self.acronym, self.summary) = (reference, title, acronym, summary)
        (self.status, self.procedure, self.sensitivity, self.controllers) = (
            status, procedure, sensitivity, controllers
        )
        (self.startsOn, self.endsOn, self.n, self.recordedAt) = (startsOn, endsOn, n, recordedAt)
        written = Written(self)
    }

    /// Throws `SQLError.decoding` for a row that is not shown.
    init(_ row: Row) throws {
        guard let title = LocalizedText(fr: try row["title_fr"], en: try row["title_en"]),
            let summary = LocalizedText(fr: try row["summary_fr"], en: try row["summary_en"]),
            let status = ProjectStatus(rawValue: try row["status"])
        else { throw SQLError.decoding("a project without title, summary or status is marked as shown") }
        let names: String = try row["controllers"]
        self.init(
            reference: try row["reference"], title: title, acronym: try row["acronym"], summary: summary,
            status: status, procedure: try (row["procedure"] as String?).flatMap(Procedure.init),
            sensitivity: try (row["sensitivity"] as String?).flatMap(Sensitivity.init),
            controllers: try (JSON(parsing: names).array ?? []).compactMap(\.string), startsOn: try row["starts_on"],
            endsOn: try row["ends_on"], n: try row["n"], recordedAt: try row["recorded_at"])
    }

    /// Writes what the API's lists tell; `api` is the path that the API stands under, such as `/api/v1`.
    public func write(to text: inout JSONText, excerpt: Excerpt?, api: String) {
        text.append(written: written.head)
        if let excerpt {
            text.append("\"excerpt\":")
            excerpt.write(to: &text)
            text.append(",")
        }
        text.append("\"links\":{\"self\":")
        text.append(string: "\(api)/projects/\(reference)")
        text.append("},")
        text.append(written: written.tail)
    }

    /// A summary as JSON text, in the two parts between which differs what was looked for.
    private struct Written: Sendable, Hashable {
        var head: [UInt8] = []
        var tail: [UInt8] = []

        init() {}

        init(_ project: ProjectSummary) {
            let before = JSON.object(ofPresent: [
                "acronym": project.acronym?.json, "controllers": .array(project.controllers.map { ["name": $0.json] }),
                "endsOn": project.endsOn?.json,
            ])
            let after = JSON.object(ofPresent: [
                "procedure": project.procedure?.json, "recordedAt": .string(project.recordedAt.description),
                "reference": project.reference.json, "sensitivity": project.sensitivity?.json,
                "startsOn": project.startsOn?.json, "status": project.status.json, "summary": project.summary.json,
                "title": project.title.json, "version": .integer(Int64(project.n)),
            ])
            head = before.canonicalBytes.dropLast() + [UInt8(ascii: ",")]
            tail = Array(after.canonicalBytes.dropFirst())
        }
    }
}
