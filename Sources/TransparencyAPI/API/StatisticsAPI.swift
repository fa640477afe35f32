import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import PublicRegistry
import RightsRegistry
import StrictJSON

extension Portal {
    /// What all of it comes to, whole and table by table.
    var statisticsRoutes: [Route] {
        [
            Route(.get, "/api/v1/statistics", access: .public) { request, _ in
                let figures = try await figures()
                // Rendered again once something else has been counted.
                return try await cachedJSON(request, key: "#\(figures.hashValue)") {
                    let counts = try await RegisterChanges(database: database).counts()
                    let delays = figures.delays
                    return [
                        "projects": .integer(Int64(counts.projects)), "versions": .integer(Int64(counts.versions)),
                        "releases": .integer(Int64(counts.releases)), "datasets": .integer(Int64(counts.datasets)),
                        "propagation": [
                            "days": .integer(Int64(delays.days)), "everywhere": delays.everywhere?.json ?? .null,
                        ],
                        "tables": .object(
                            Dictionary(
                                uniqueKeysWithValues: FigureTable.allCases.map { ($0.rawValue, $0.json(figures)) })),
                    ]
                }
            },
            Route(.get, "/api/v1/statistics/{table}.csv", access: .public) { request, context in
                guard let table = FigureTable(rawValue: try context.parameters.require("table")) else {
                    throw ProblemDetails.notFound
                }
                let figures = try await figures()
                return await cache.body(
                    for: "\(request.uri.path)#\(figures.hashValue)", generation: register.generation
                ) {
                    CachedBody(
                        ByteBuffer(string: table.csv(figures)), contentType: "text/csv; charset=utf-8; header=present",
                        headers: [
                            .cacheControl: CacheControl.register,
                            .contentDisposition: "attachment; filename=\"\(table.rawValue).csv\"",
                        ])
                }.response(to: request)
            },
        ]
    }

    /// All figures as they were counted last.
    func figures() async throws -> Figures {
        async let register = figuresMeter.registerFigures()
        async let requests = figuresMeter.requestFigures()
        async let delays = delayMeter.delays()
        let databases = try await linkedDatabases().map {
            Figures.Database(id: $0.id, name: $0.name, targetHours: policy.targets.hours(of: $0))
        }
        return Figures(
            register: try await register, requests: try await requests, delays: try await delays, databases: databases)
    }
}
