public import CivilTime
public import SQLDatabase
import StrictJSON
public import Vault

/// What operators do with the templates of answers. Whoever reads requests reads them; `templates.edit` writes them.
public struct TemplateDesk: Sendable {
    let desk: OperatorDesk

    public init(_ desk: OperatorDesk) { self.desk = desk }

    public func mayEdit(_ signedIn: Operator) -> Bool { desk.policy.roles.allows(signedIn.role, .editTemplates) }

    /// Throws `RightsError.forbidden`, and leaves an audit event of it, unless the operator writes templates: before what
    /// they sent is looked at.
    public func demandEditing(of signedIn: Operator) async throws {
        try await desk.demand(.editTemplates, of: signedIn, asking: "templates")
    }

    /// Every template in its newest version. Throws `RightsError.forbidden`.
    public func list(for signedIn: Operator) async throws -> [AnswerTemplate] {
        try await desk.demand(.readRequests, of: signedIn, asking: "templates")
        return try await desk.database.read { try AnswerTemplateStore.newest(on: $0) }
    }

    /// One template's versions, the newest first. Throws `RightsError.forbidden` and `.notFound`.
    public func versions(of id: String, for signedIn: Operator) async throws -> [AnswerTemplate] {
        try await desk.demand(.readRequests, of: signedIn, asking: "template \(id)")
        let versions = try await desk.database.read { try AnswerTemplateStore.versions(of: id, on: $0) }
        guard !versions.isEmpty else { throw RightsError.notFound }
        return versions
    }

    /// Makes a template. Throws `RightsError.forbidden`, and `.invalid` with `template.taken` at `/id`.
    @discardableResult
    public func add(_ new: NewTemplate, by signedIn: Operator) async throws -> AnswerTemplate {
        try await desk.demand(.editTemplates, of: signedIn, asking: "template \(new.id)")
        let template = AnswerTemplate(
            id: new.id, purpose: new.purpose, version: 1, content: new.content, editor: signedIn.name,
            writtenAt: desk.now())
        let audit = desk.event(
            "template.added", on: new.id, by: signedIn, ["purpose": .string(new.purpose.rawValue)], template.writtenAt)
        try await desk.database.write { connection in
            guard try AnswerTemplateStore.insert(template, on: connection) else {
                throw OperatorDesk.wrong("/id", "template.taken")
            }
            try audit.record(on: connection)
        }
        return template
    }

    /// Writes a further version. Throws `RightsError.forbidden`, `.notFound`, and `.outdated` where another was written
    /// since `changed.base`.
    @discardableResult
    public func change(_ id: String, _ changed: ChangedTemplate, by signedIn: Operator) async throws -> AnswerTemplate {
        try await desk.demand(.editTemplates, of: signedIn, asking: "template \(id)")
        guard let newest = try await desk.database.read({ try AnswerTemplateStore.versions(of: id, on: $0).first })
        else { throw RightsError.notFound }
        guard newest.version == changed.base else { throw RightsError.outdated }
        // Saying the same again is no version.
        guard newest.content != changed.content else { return newest }
        let template = AnswerTemplate(
            id: id, purpose: newest.purpose, version: changed.base + 1, content: changed.content,
            editor: signedIn.name, writtenAt: desk.now())
        let audit = desk.event(
            "template.changed", on: id, by: signedIn,
            ["version": .integer(Int64(template.version)), "retired": .bool(changed.content.isRetired)],
            template.writtenAt)
        try await desk.database.write { connection in
            guard try AnswerTemplateStore.change(template, from: changed.base, on: connection) else {
                throw RightsError.outdated
            }
            try audit.record(on: connection)
        }
        return template
    }

    /// Puts templates in that an installation begins with, by nobody who signed in; those that are there stay as they are.
    /// - Returns: how many were added.
    public static func seed(
        _ templates: [NewTemplate], in database: SQLDatabase, at moment: Instant,
        random: @escaping RandomSource = systemRandom
    ) async throws -> Int {
        let rows = templates.map { new in
            (
                AnswerTemplate(
                    id: new.id, purpose: new.purpose, version: 1, content: new.content, editor: "command",
                    writtenAt: moment),
                AuditEvent(
                    at: moment, actor: "command", role: "command", act: "template.added", subject: new.id,
                    detail: ["purpose": .string(new.purpose.rawValue)], random: random)
            )
        }
        return try await database.write { connection in
            var added = 0
            for (template, audit) in rows where try AnswerTemplateStore.insert(template, on: connection) {
                try audit.record(on: connection)
                added += 1
            }
            return added
        }
    }
}
