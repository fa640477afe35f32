import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import PublicRegistry
import RightsRegistry
import StrictJSON

extension Portal {
    /// Editing the register by programs: the same acts as the console's.
    func registerEditingRoutes(_ console: Console) -> [Route] {
        let desk = RegisterDesk(console.desk)
        return RecordKind.edited.flatMap { kind -> [Route] in
            let path = "/api/v1/operator/\(kind.rawValue)s/{reference}"
            return [
                Route(.get, path, access: .personal) { request, context in
                    let asker = try await signedIn(request, console)
                    try await desk.require(.editRegister, of: asker, asking: request.uri.path)
                    let reference = try Self.recordReference(context)
                    guard let record = try await desk.record(reference, kind, for: asker).record else {
                        throw ProblemDetails.notFound
                    }
                    return Self.answer(record)
                },
                Route(.put, path, access: .personal) { request, context in
                    let asker = try await signedIn(request, console)
                    try await desk.require(.editRegister, of: asker, asking: request.uri.path)
                    return try await put(request, context, kind, asker, desk)
                },
                Route(.delete, path, access: .personal) { request, context in
                    let asker = try await signedIn(request, console)
                    try await desk.require(.removeRecords, of: asker, asking: request.uri.path)
                    let reference = try Self.recordReference(context)
                    let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                    let (reason, keeps) = try ObjectReader.read(body) { reader -> (String, Bool)? in
                        let reason = reader.string("reason", maxLength: 1000)
                        let keeps = reader.optionalBool("keepsContent")
                        return reason.map { ($0, keeps ?? true) }
                    }
                    switch try await desk.remove(reference, kind, because: reason, keepsContent: keeps, by: asker) {
                    case .asked: return Response.json(["state": "awaitsAnother"], status: .accepted)
                    case .removed: return Response.json(["state": "removed"])
                    }
                },
            ].map { $0.limited(.editing) }
        }
    }

    private static func answer(_ record: EditedRecord, status: HTTPResponse.Status = .ok) -> Response {
        let judgement = RegisterEditing.judge(record.content, record.kind)
        return Response.json(
            [
                "record": record.content, "version": .integer(Int64(record.n)),
                "recordedAt": .string(record.recordedAt.description),
                "missing": .array(record.missing.map(JSON.string)), "empty": .array(judgement.empty.map(JSON.string)),
                "gaps": .array(
                    judgement.gaps.map {
                        [
                            "field": .string($0.field), "property": .string($0.property),
                            "level": .string($0.level.rawValue),
                        ]
                    }),
            ], status: status, headers: [.eTag: "\"\(record.n)\""])
    }

    private func put(
        _ request: Request, _ context: PortalContext, _ kind: RecordKind, _ asker: Operator, _ desk: RegisterDesk
    ) async throws -> Response {
        let reference = try Self.recordReference(context)
        let base = try Self.base(of: request)
        let fields = try request.queryFields()
        try fields.requireOnly("dryRun")
        let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
        let (reason, content) = try ObjectReader.read(body) { reader -> (EditReason, JSON)? in
            let reason = reader.string("reason", maxLength: 1000)
            let isCorrection = reader.optionalBool("correction") ?? false
            let record = reader.required("record") { json, _ in json }
            guard let reason, let record else { return nil }
            return (EditReason(reason, isCorrection: isCorrection), record)
        }
        let judgement = RegisterEditing.judge(content, kind)
        guard judgement.errors.isEmpty else {
            throw FieldErrors(
                judgement.errors.map {
                    FieldError(pointer: "/record\($0.pointer)", code: $0.code, arguments: $0.arguments)
                })
        }
        if fields["dryRun"] == "true" {
            let standing = try await desk.standing(of: reference, kind, onto: base)
            if let conflict = standing.conflict { throw conflict }
            let changed = judgement.content.map { RegisterEditing.changes(from: standing.base, to: $0) } ?? []
            return Response.json([
                "changedFields": .array(changed.map(JSON.string)), "isNew": .bool(standing.base == nil),
                "missing": .array(judgement.missing.map(JSON.string)),
                "ignored": .array(judgement.ignored.map { .string($0.pointer) }),
            ])
        }
        let saved = try await desk.publish(content, of: reference, kind, onto: base, because: reason, by: asker)
        guard let record = try await desk.record(reference, kind, for: asker).record else {
            throw ProblemDetails.notFound
        }
        return Self.answer(record, status: saved.isNew ? .created : .ok)
    }

    /// The version that the program began from: `If-Match: "3"`, or `If-None-Match: *` for a record that is to be new.
    private static func base(of request: Request) throws -> Int {
        if request.headers[.ifNoneMatch] == "*" { return 0 }
        guard let match = request.headers[.ifMatch] else {
            throw ProblemDetails(
                HTTPResponse.Status(code: 428, reasonPhrase: "Precondition Required"), code: "ifMatch",
                detail:
                    "Dites d’où vous partez : If-Match avec l’ETag de la fiche, ou If-None-Match: * pour une nouvelle. / "
                    + "Say where you start from: If-Match with the record’s ETag, or If-None-Match: * for a new one.")
        }
        let text = match.trimming(while: { $0 == " " })
        guard text.hasPrefix("\""), text.hasSuffix("\""), let n = Int(text.dropFirst().dropLast()), n > 0 else {
            throw ProblemDetails(
                .badRequest, code: "badParameter",
                detail: "If-Match doit être l’ETag de la fiche. / If-Match must be the record’s ETag.")
        }
        return n
    }
}

extension Problems {
    /// 409, with what the others did.
    static func conflict(_ error: EditConflict) -> ProblemDetails {
        let (french, english) = (RecordFieldNames(.fr), RecordFieldNames(.en))
        func told(_ language: Language, _ names: RecordFieldNames) -> String {
            error.since.map { version in
                let fields = version.fields.map { names.label("/\($0)") }.joined(separator: ", ")
                return "version \(version.n)"
                    + (version.editor.map { language.pick(fr: " par \($0)", en: " by \($0)") } ?? "")
                    + (version.reason.map { " (\($0))" } ?? "") + (fields.isEmpty ? "" : " : \(fields)")
            }.joined(separator: " ; ")
        }
        return ProblemDetails(
            .conflict, code: "changedMeanwhile",
            detail: "La fiche a changé entre-temps : \(told(.fr, french)). / "
                + "The record has changed meanwhile: \(told(.en, english)).",
            errors: error.since.flatMap { version in
                version.fields.map { field in
                    ProblemDetails.Field(
                        pointer: "/record/\(field)", code: "changedMeanwhile",
                        detail: "version \(version.n) : \(french.label("/\(field)")) / \(english.label("/\(field)"))")
                }
            }, headers: error.newest > 0 ? [.eTag: "\"\(error.newest)\""] : [:])
    }
}
