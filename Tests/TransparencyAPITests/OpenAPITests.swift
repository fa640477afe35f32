import Foundation
import HTTPServer
import HTTPTypes
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

@Suite("The OpenAPI document")
struct OpenAPITests {
    private static let paths: [String: [String: JSON]] = {
        let file = OpenedPortal.root.appending(path: "public/api/v1/openapi.json")
        guard let data = try? Data(contentsOf: file), let document = try? JSON(parsing: data),
            let paths = document["paths"]?.object
        else { return [:] }
        return paths.mapValues { $0.object ?? [:] }
    }()

    /// Pages and files are for people and browsers; everything else is for machines and stands in the document.
    private static func isForMachines(_ template: String) -> Bool {
        ["/api/v1/", "/healthz", "/readyz", "/.well-known/"].contains { template.hasPrefix($0) }
            && template != "/api/v1/openapi.json" && template != "/healthz/constant"
    }

    @Test("It names each route for machines, and none that does not exist")
    func namesEachRoute() async throws {
        try await withPortal(.sqlite) { opened in
            let served = Set(
                opened.portal.routes.routes.filter { Self.isForMachines($0.template) }
                    .map { "\($0.method.rawValue) \($0.template)" })
            let documented = Set(
                Self.paths.flatMap { path, operations in operations.keys.map { "\($0.uppercased()) \(path)" } })
            #expect(served.subtracting(documented).sorted() == [])
            #expect(documented.subtracting(served).sorted() == [])
        }
    }

    @Test("Each operation names its path’s parameters, and what it answers")
    func operationsAreWhole() throws {
        #expect(!Self.paths.isEmpty)
        for (path, operations) in Self.paths {
            for (method, operation) in operations {
                #expect(operation["operationId"]?.string?.isEmpty == false, "\(method) \(path)")
                #expect(operation["responses"]?.object?.isEmpty == false, "\(method) \(path)")
                let placeholders = path.split(separator: "/").filter { $0.hasPrefix("{") }.count
                let parameters = operation["parameters"]?.array ?? []
                let own = parameters.filter { parameter in
                    parameter["in"]?.string == "path"
                        || parameter["$ref"]?.string.map {
                            ["reference", "request"].contains($0.split(separator: "/").last)
                        }
                            == true
                }
                #expect(own.count == placeholders, "\(method) \(path)")
            }
        }
    }
}
