import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import Propagation
import RightsRegistry
import StrictJSON

extension Portal {
    /// What custodians' programs are asked for single people, and what they answer. Served where the answers' words can be
    /// sealed.
    func taskRoutes(_ answers: TaskAnswers) -> [Route] {
        [
            Route(.get, "/api/v1/feeds/{database}/tasks", access: .personal) { request, context in
                let tasks = try await feeds.tasks(of: try await feed(request, context))
                guard !tasks.isEmpty else { return Response(status: .noContent) }
                return Response(
                    status: .ok, headers: [.contentType: "application/x-ndjson"],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: tasks.joined())))
            },
            Route(
                .post, "/api/v1/feeds/{database}/tasks/{task}", access: .personal,
                bodyLimit: TaskAnswer.longestWithFiles
            ) { request, context in
                let feed = try await feed(request, context)
                let task = try context.parameters.require("task")
                // Files answer an access alone, and make no other answer longer.
                let bytes = try await request.jsonBody(
                    upTo: try await feeds.longestAnswer(to: task, of: feed), in: context)
                let taken = try await feeds.answer(
                    try JSON(parsing: bytes.readableBytesView), to: task, of: feed, through: answers)
                return Response.json(["id": .string(taken.id), "answer": .string(taken.kind.rawValue)])
            },
        ].map { $0.limited(.feed) }
    }
}

extension Problems {
    static func task(_ refusal: TaskRefusal) -> ProblemDetails {
        switch refusal {
        case .unknown:
            ProblemDetails(
                .notFound, code: refusal.rawValue,
                detail: "Cette base n’a pas de tâche de ce numéro. / This database has no task of this id.")
        case .otherDatabase:
            ProblemDetails(
                .unprocessableContent, code: refusal.rawValue,
                detail: "Cette réponse est d’une autre base. / This answer is of another database.")
        case .answered:
            ProblemDetails(
                .conflict, code: refusal.rawValue,
                detail: "Une autre réponse est déjà enregistrée : elle reste. / Another answer is recorded: it stands.")
        case .cancelled:
            ProblemDetails(
                .conflict, code: refusal.rawValue,
                detail: "Cette tâche n’est plus demandée. / This task is asked no more.")
        }
    }
}
