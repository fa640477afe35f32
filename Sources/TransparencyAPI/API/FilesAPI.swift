import HTTPServer
import Hummingbird
import RightsRegistry
import StrictJSON

extension Portal {
    /// Files of a case: sent, proved with, and fetched, by its citizen.
    func requestFileRoutes(_ intake: Intake) -> [Route] {
        [
            Route(
                .post, "/api/v1/requests/{reference}/attachments", access: .personal, bodyLimit: longestUpload
            ) { request, context in
                let (reference, secret) = try Self.credentials(request, context)
                // Before a stranger may send us megabytes.
                _ = try await intake.follow.follow(reference, secret: secret)
                guard request.hasContentType("multipart/form-data") else { throw Self.multipartNeeded }
                return try await withUpload(request, context) { form in
                    try form.requireOnly(fields: ["text"])
                    let files = try await checkedFiles(form)
                    guard !files.isEmpty else { throw Self.missing("/files") }
                    try await intake.follow.send(files, text: form.text, to: reference, secret: secret)
                    return Response.json(
                        try await intake.follow.follow(reference, secret: secret).json(policy.targets), status: .created
                    )
                }
            },
            Route(.get, "/api/v1/requests/{reference}/attachments/{n}", access: .personal) { request, context in
                let (reference, secret) = try Self.credentials(request, context)
                return Self.download(
                    try await intake.follow.file(try Self.fileNumber(context), of: reference, secret: secret))
            },
            Route(
                .post, "/api/v1/requests/{reference}/identity", access: .personal, bodyLimit: longestUpload
            ) { request, context in
                let (reference, secret) = try Self.credentials(request, context)
                guard try await intake.follow.follow(reference, secret: secret).proof != nil else {
                    throw RightsError.proofNotAsked
                }
                if request.hasContentType("application/json") {
                    let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                    let text = try ObjectReader.read(body) { $0.string("text", maxLength: FollowDesk.longestMessage) }
                    try await intake.follow.prove([], text: text, for: reference, secret: secret)
                } else {
                    guard request.hasContentType("multipart/form-data") else { throw Self.multipartNeeded }
                    try await withUpload(request, context) { form in
                        try form.requireOnly(fields: ["text"])
                        try await intake.follow.prove(
                            try await checkedFiles(form), text: form.text, for: reference, secret: secret)
                    }
                }
                return Response.json(
                    try await intake.follow.follow(reference, secret: secret).json(policy.targets), status: .created)
            },
        ].map { $0.limited(.follow) }
    }

    /// Files of a case, fetched by an operator; a proof with a motive alone.
    func operatorFileRoutes(_ console: Console) -> [Route] {
        let template = "/api/v1/operator/requests/{reference}/attachments/{n}"
        return [
            Route(.get, template, access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                return Self.download(
                    try await console.desk.openFile(
                        try Self.fileNumber(context), of: try context.parameters.require("reference"), for: asker))
            },
            Route(.post, template, access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                let motive = try ObjectReader.read(body) { $0.choice("motive", of: OpeningMotive.self) }
                return Self.download(
                    try await console.desk.openFile(
                        try Self.fileNumber(context), of: try context.parameters.require("reference"), motive: motive,
                        for: asker))
            },
        ]
    }

    /// The act in the body, with the files beside it: JSON alone, or `multipart/form-data` whose field `event` is that JSON.
    func actWithFiles(
        _ request: Request, _ context: PortalContext, _ perform: (OperatorAct, [CheckedFile]) async throws -> Void
    ) async throws {
        guard request.hasContentType("multipart/form-data") else {
            let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
            return try await perform(try OperatorAct(body, today: today), [])
        }
        try await withUpload(request, context) { form in
            try form.requireOnly(fields: ["event"])
            guard let event = form.fields["event"] else { throw Self.missing("/event") }
            let act = try OperatorAct(try JSON(parsing: event.utf8), today: today)
            try await perform(act, try await checkedFiles(form))
        }
    }

    private static func missing(_ pointer: String) -> FieldErrors {
        FieldErrors([FieldError(pointer: pointer, code: "required")])
    }

    private static let multipartNeeded = ProblemDetails(
        .unsupportedMediaType, code: "unsupportedMediaType",
        detail: "Le corps doit être multipart/form-data. / The body must be multipart/form-data.")
}

extension SentForm {
    /// The words beside the files; an empty field is none.
    var text: String? { fields["text"].flatMap { $0.isEmpty ? nil : $0.replacing("\r\n", with: "\n") } }

    /// Throws `FieldErrors` for a field or a file's field that is not known.
    fileprivate func requireOnly(fields known: [String]) throws(FieldErrors) {
        let unknown =
            fields.names.filter { !known.contains($0) } + files.map(\.field).filter { $0 != Portal.filesField }
        guard unknown.isEmpty else {
            throw FieldErrors(
                unknown.map { FieldError(pointer: JSONPointer.member($0, of: ""), code: "unknownField") })
        }
    }
}
