import HTTPTypes
import Hummingbird

/// All routes of a server. HEAD, OPTIONS, and 405 with `Allow` follow from it.
public struct RouteTable: Sendable {
    /// The routes as they were given, for whoever compares them with a document.
    public let routes: [Route]
    private let endpoints: [Endpoint]
    private let tree: RouteTree
    /// Endpoints of templates without parameters, by path: most requests need no walk through the tree.
    private let literals: [String: Int]

    /// A path, and what it answers by method.
    struct Endpoint: Sendable {
        let template: String
        fileprivate(set) var routes: [Route]
        /// The value of `Allow`.
        fileprivate(set) var allow = ""

        var isReadByOtherSites: Bool { routes.contains { $0.method == .get && $0.access == .public } }

        /// HEAD is answered by GET's route.
        func route(for method: HTTPRequest.Method) -> Route? {
            let method = method == .head ? .get : method
            return routes.first { $0.method == method }
        }
    }

    /// What a path leads to.
    struct Match {
        let endpoint: Endpoint
        let parameters: [(name: Substring, value: Substring)]
    }

    /// Stops the program when two routes have the same method and template, when two templates name the same parameter
    /// differently, or when a template is malformed.
    public init(_ routes: [Route]) {
        var endpoints: [Endpoint] = []
        var indices: [String: Int] = [:]
        var tree = RouteTree()
        for route in routes {
            if let index = indices[route.template] {
                precondition(
                    !endpoints[index].routes.contains { $0.method == route.method },
                    "two routes for \(route.method) \(route.template)")
                endpoints[index].routes.append(route)
            } else {
                indices[route.template] = endpoints.count
                tree.insert(route.template, endpoint: endpoints.count)
                endpoints.append(Endpoint(template: route.template, routes: [route]))
            }
        }
        for index in endpoints.indices {
            var methods = Set(endpoints[index].routes.map(\.method.rawValue) + ["OPTIONS"])
            if methods.contains("GET") { methods.insert("HEAD") }
            endpoints[index].allow = methods.sorted().joined(separator: ", ")
        }
        self.routes = routes
        self.endpoints = endpoints
        self.tree = tree
        literals = indices.filter { !$0.key.contains("{") }
    }

    /// - Parameter path: without the query, still percent-encoded.
    func match(_ path: String) -> Match? {
        if let index = literals[path] { return Match(endpoint: endpoints[index], parameters: []) }
        guard let (index, parameters) = tree.find(path) else { return nil }
        return Match(endpoint: endpoints[index], parameters: parameters)
    }

    /// The body limit that the route for this request sets itself.
    func bodyLimit(_ request: HTTPRequest) -> Int? {
        let path = (request.path ?? "").prefix { $0 != "?" }
        return match(String(path))?.endpoint.route(for: request.method)?.bodyLimit
    }
}
