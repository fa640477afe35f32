import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry
import StrictJSON

extension Portal {
    /// The templates of answers, by programs.
    func templateRoutes(_ console: Console) -> [Route] {
        let desk = TemplateDesk(console.desk)
        let path = "/api/v1/operator/templates"
        return [
            Route(.get, path, access: .personal) { request, _ in
                let asker = try await signedIn(request, console)
                let fields = try request.queryFields()
                try fields.requireOnly("purpose")
                let purpose = try fields.choice("purpose", of: TemplatePurpose.self)
                let items = try await desk.list(for: asker).filter { purpose == nil || $0.purpose == purpose }
                return Response.json(ListAnswer.json(items.map(\.json), total: items.count, next: nil))
            },
            Route(.post, path, access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                try await desk.demandEditing(of: asker)
                return Response.json(try await desk.add(try NewTemplate(body), by: asker).json, status: .created)
            },
            Route(.get, "\(path)/{id}", access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                let versions = try await desk.versions(of: try context.parameters.require("id"), for: asker)
                var members = versions[0].json.object ?? [:]
                members["versions"] = .array(versions.map(\.json))
                return Response.json(.object(members))
            },
            Route(.put, "\(path)/{id}", access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                let id = try context.parameters.require("id")
                let body = try JSON(parsing: try await request.jsonBody(in: context).readableBytesView)
                try await desk.demandEditing(of: asker)
                return Response.json(try await desk.change(id, try ChangedTemplate(body), by: asker).json)
            },
        ]
    }
}

extension AnswerTemplate {
    fileprivate var json: JSON {
        [
            "id": .string(id), "purpose": .string(purpose.rawValue), "version": .integer(Int64(version)),
            "title": content.title.json, "text": content.text.json, "retired": .bool(content.isRetired),
            "editor": .string(editor), "writtenAt": .string(writtenAt.description),
        ]
    }
}
