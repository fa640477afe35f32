public import PublicRegistry
import SQLDatabase
public import StrictJSON
import Vault

/// What operators do to the public register. Each act checks the role, and is written with its audit event or not at all.
public struct RegisterDesk: Sendable {
    let desk: OperatorDesk

    var database: SQLDatabase { desk.database }

    public init(_ desk: OperatorDesk) { self.desk = desk }

    /// Throws `RightsError.forbidden` unless the operator may do one of `permissions`, and leaves an audit event of it.
    public func require(
        _ permissions: Permission..., of signedIn: Operator, asking place: String
    ) async throws {
        guard !permissions.contains(where: { desk.policy.roles.allows(signedIn.role, $0) }) else { return }
        try await desk.recordRefusal(of: signedIn, asking: place)
        throw RightsError.forbidden(permissions[0])
    }

    public func may(_ permission: Permission, _ signedIn: Operator) -> Bool {
        desk.policy.roles.allows(signedIn.role, permission)
    }

    // MARK: One record

    /// A record as it stands, with this editor's draft and the removal that somebody asked for.
    public func record(
        _ reference: String, _ kind: RecordKind, for signedIn: Operator
    ) async throws -> (record: EditedRecord?, draft: RecordDraft?, removal: AskedRemoval?) {
        try await database.read { connection in
            (
                try RegisterEditing.record(reference, kind, on: connection),
                try RecordDraft.find(reference, kind, of: signedIn.name, on: connection),
                try AskedRemoval.find(reference, kind, on: connection)
            )
        }
    }

    /// Keeps what an editor has typed.
    public func keep(
        _ content: JSON, of reference: String, _ kind: RecordKind, onto base: Int, by signedIn: Operator
    ) async throws {
        try await require(.editRegister, of: signedIn, asking: "register \(reference)")
        let draft = RecordDraft(kind: kind, reference: reference, base: base, content: content, savedAt: desk.now())
        try await database.write { try draft.save(of: signedIn.name, on: $0) }
    }

    public func discard(_ reference: String, _ kind: RecordKind, by signedIn: Operator) async throws {
        try await require(.editRegister, of: signedIn, asking: "register \(reference)")
        try await database.write { try RecordDraft.discard(reference, kind, of: signedIn.name, on: $0) }
    }

    /// Publishes a version with a reason, and drops the editor's draft.
    ///
    /// Throws `RightsError.forbidden`, `FieldErrors`, and `EditConflict` where somebody else was faster.
    public func publish(
        _ content: JSON, of reference: String, _ kind: RecordKind, onto base: Int, because reason: EditReason,
        by signedIn: Operator
    ) async throws -> SavedVersion {
        try await require(.editRegister, of: signedIn, asking: "register \(reference)")
        let reason = EditReason(try Self.reason(reason.text), isCorrection: reason.isCorrection)
        let (moment, id) = (desk.now(), Hex.encode(desk.random(16)))
        return try await database.write { connection in
            let saved = try RegisterEditing.save(
                content, kind, of: reference, onto: base, because: reason, by: signedIn.name, id: id, at: moment,
                on: connection)
            try RecordDraft.discard(reference, kind, of: signedIn.name, on: connection)
            guard !saved.isUnchanged else { return saved }
            try desk.event(
                saved.isNew ? "register.added" : "register.changed", on: Self.subject(reference, kind), by: signedIn,
                [
                    "version": .integer(Int64(saved.n)), "reason": .string(reason.text),
                    "correction": .bool(reason.isCorrection),
                    "fields": .array(saved.fields.map(JSON.string)),
                ], moment
            ).record(on: connection)
            return saved
        }
    }

    // MARK: What would change

    /// What a draft began from, and what others have published since; a draft upon the newest version has no conflict.
    public func standing(of draft: RecordDraft) async throws -> (base: JSON?, conflict: EditConflict?) {
        try await standing(of: draft.reference, draft.kind, onto: draft.base)
    }

    public func standing(
        of reference: String, _ kind: RecordKind, onto base: Int
    ) async throws -> (base: JSON?, conflict: EditConflict?) {
        try await database.read { try RegisterEditing.standing(of: reference, kind, onto: base, on: $0) }
    }

    /// Puts what a draft changes upon the newest version. What both have changed stays as the draft has it, to be looked at.
    public func rebase(_ draft: RecordDraft, by signedIn: Operator) async throws {
        try await require(.editRegister, of: signedIn, asking: "register")
        let moment = desk.now()
        try await database.write { connection in
            guard let newest = try RegisterEditing.record(draft.reference, draft.kind, on: connection) else { return }
            let base = try RegisterEditing.standing(
                of: draft.reference, draft.kind, onto: draft.base, on: connection
            ).base
            try RecordDraft(
                kind: draft.kind, reference: draft.reference, base: newest.n,
                content: RegisterEditing.rebased(draft.content, from: base, onto: newest.content), savedAt: moment
            ).save(of: signedIn.name, on: connection)
        }
    }

    // MARK: Lists

    public func list(
        _ kind: RecordKind, text: String, unshownOnly: Bool, after cursor: String, for signedIn: Operator
    ) async throws -> (records: [EditableRecord], drafts: [RecordDraft], removals: [AskedRemoval]) {
        try await database.read { connection in
            (
                try EditableRecord.list(
                    kind, text: text, unshownOnly: unshownOnly, after: cursor, on: connection),
                try RecordDraft.all(of: signedIn.name, on: connection), try AskedRemoval.all(on: connection)
            )
        }
    }

    // MARK: Whole files

    /// Reads a file as a trial and keeps it until it is taken. Returns its id.
    public func upload(
        _ content: [UInt8], named name: String, _ kind: RecordKind, by signedIn: Operator
    ) async throws -> String {
        try await require(.editRegister, of: signedIn, asking: "register")
        let upload = RecordUpload(id: Hex.encode(desk.random(16)), kind: kind, name: name, content: content)
        let moment = desk.now()
        try await database.write { try upload.save(of: signedIn.name, at: moment, on: $0) }
        return upload.id
    }

    /// A file of this editor's, and what it would change by now. Throws `RightsError.notFound`.
    public func trial(_ id: String, for signedIn: Operator) async throws -> (upload: RecordUpload, report: ImportReport)
    {
        try await require(.editRegister, of: signedIn, asking: "register")
        guard let upload = try await database.read({ try RecordUpload.find(id, of: signedIn.name, on: $0) }) else {
            throw RightsError.notFound
        }
        let importer = Importer(database: database, kind: upload.kind, isDryRun: true, now: desk.now)
        return (upload, try await importer.run(OnePiece(upload.content)))
    }

    /// What a file was called that was tried. Throws `RightsError.notFound`.
    public func trialName(_ id: String, for signedIn: Operator) async throws -> String {
        guard let upload = try await database.read({ try RecordUpload.find(id, of: signedIn.name, on: $0) }) else {
            throw RightsError.notFound
        }
        return upload.name
    }

    /// Takes a file that was tried, with a reason that is kept with each version. Throws `RightsError.notFound`.
    public func take(_ id: String, because reason: String, by signedIn: Operator) async throws -> ImportReport {
        try await require(.editRegister, of: signedIn, asking: "register")
        let reason = try Self.reason(reason)
        guard let upload = try await database.read({ try RecordUpload.find(id, of: signedIn.name, on: $0) }) else {
            throw RightsError.notFound
        }
        // Said before the first line is written: an import is many transactions, and none goes without a word of it.
        let begun = desk.event(
            "register.importBegun", on: String(upload.name.prefix(100)), by: signedIn,
            ["kind": .string(upload.kind.rawValue), "reason": .string(reason)], desk.now())
        try await database.write { try begun.record(on: $0) }
        let importer = Importer(
            database: database, kind: upload.kind, because: reason, by: signedIn.name, now: desk.now)
        let report = try await importer.run(OnePiece(upload.content))
        let ended = desk.event(
            "register.imported", on: String(upload.name.prefix(100)), by: signedIn,
            [
                "kind": .string(upload.kind.rawValue), "added": .integer(Int64(report.added)),
                "changed": .integer(Int64(report.changed)), "refused": .integer(Int64(report.refused.count)),
            ], desk.now())
        try await database.write { connection in
            try RecordUpload.discard(id, on: connection)
            try ended.record(on: connection)
        }
        return report
    }

    public func forget(_ id: String, by signedIn: Operator) async throws {
        try await require(.editRegister, of: signedIn, asking: "register")
        guard try await database.read({ try RecordUpload.find(id, of: signedIn.name, on: $0) }) != nil else { return }
        try await database.write { try RecordUpload.discard(id, on: $0) }
    }

    /// What an act is about, as the audit names it.
    static func subject(_ reference: String, _ kind: RecordKind) -> String { "\(kind.rawValue) \(reference)" }

    /// A reason with words in it. Throws `RightsError.invalid`.
    static func reason(_ text: String) throws(RightsError) -> String {
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        func refused(_ code: String, _ arguments: [String] = []) -> RightsError {
            .invalid(FieldErrors([FieldError(pointer: "/reason", code: code, arguments: arguments)]))
        }
        guard !words.isEmpty else { throw refused("required") }
        guard words.count <= 1000 else { throw refused("tooLong", ["1000"]) }
        return words
    }
}

/// A file that is all there.
private struct OnePiece: AsyncSequence, AsyncIteratorProtocol {
    private var content: ArraySlice<UInt8>

    init(_ content: [UInt8]) { self.content = content[...] }

    mutating func next() async -> ArraySlice<UInt8>? {
        guard !content.isEmpty else { return nil }
        let chunk = content.prefix(65_536)
        content = content.dropFirst(65_536)
        return chunk
    }

    func makeAsyncIterator() -> OnePiece { self }
}
