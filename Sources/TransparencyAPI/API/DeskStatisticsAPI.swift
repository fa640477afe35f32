import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import RightsRegistry
import StrictJSON

extension Portal {
    /// What the desk's work comes to: for machines, table by table as files, and drawn in the console.
    func deskStatisticsRoutes(_ console: Console) -> [Route] {
        [
            Route(.get, "/api/v1/operator/statistics", access: .personal) { request, _ in
                let figures = try await console.desk.statistics(for: try await signedIn(request, console))
                return Response.json([
                    "countedAt": .string(figures.countedAt.description), "open": .integer(Int64(figures.openCount)),
                    "oldest": figures.oldest.map {
                        [
                            "reference": .string($0.reference), "receivedAt": .string($0.receivedAt.description),
                            "days": .integer(Int64($0.days)),
                        ]
                    } ?? .null,
                    "tables": .object(
                        Dictionary(
                            uniqueKeysWithValues: DeskTable.allCases.map { ($0.rawValue, $0.file(figures).json) })),
                ])
            },
            Route(.get, "/api/v1/operator/statistics/{table}.csv", access: .personal) { request, context in
                let asker = try await signedIn(request, console)
                let figures = try await console.desk.statistics(for: asker)
                guard let table = DeskTable(rawValue: try context.parameters.require("table")) else {
                    throw ProblemDetails.notFound
                }
                return Response(
                    status: .ok,
                    headers: [
                        .contentType: "text/csv; charset=utf-8; header=present",
                        .contentDisposition: "attachment; filename=\"\(table.rawValue).csv\"",
                    ], body: ResponseBody(byteBuffer: ByteBuffer(string: table.file(figures).csv)))
            },
        ]
            + consoleRoutes(.get, .operatorStatistics, console) { request, _, language, asker in
                let figures = try await console.desk.statistics(for: asker)
                return personalPage(
                    DeskFiguresPage(
                        frame: frame(
                            language, .operatorStatistics,
                            title: language.pick(fr: "Statistiques", en: "Statistics"),
                            signedIn: SignedInOperator(asker, language: language)),
                        figures, of: asker,
                        seesOperators: policy.roles.allows(asker.role, .readOperatorStatistics), zone: policy.zone))
            }
    }
}
