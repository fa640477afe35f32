import HTTPTypes
import HummingbirdTesting
import NIOCore
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

extension Browser {
    /// Asks as a program does, with the browser's session; the answer's status and JSON.
    fileprivate func ask(_ method: HTTPRequest.Method, _ uri: String, _ body: JSON? = nil) async throws -> (Int, JSON) {
        var headers: HTTPFields = [.contentType: "application/json", .accept: "application/json"]
        if let cookie = cookie("__Host-operateur") { headers[.cookie] = "__Host-operateur=\(cookie)" }
        let response = try await client.execute(
            uri: uri, method: method, headers: headers, body: body.map { ByteBuffer(bytes: $0.canonicalBytes) })
        return (Int(response.status.code), try JSON(parsing: response.body.readableBytesView))
    }
}

@Suite("Reconciliations in the API")
struct ReconciliationAPITests {
    private static let path = "/api/v1/operator/databases/registre/reconciliation"

    @Test(
        "Supervisors ask for one, and the hub finds it; others read what came of it",
        arguments: EngineUnderTest.allCases)
    func asking(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let moment = opened.clock.source()
            try await opened.database.write {
                _ = try LinkedDatabaseStore.add(
                    id: "registre", name: nil, connector: "pull:", datasets: [], at: moment, on: $0)
            }
            let supervisor = try await opened.browser(of: "superviseur")
            let (status, run) = try await supervisor.ask(.post, Self.path, ["repair": true])
            #expect(status == 202)
            #expect(run["repairs"]?.bool == true)
            #expect(run["outcome"]?.isNull == true)
            let waiting = try await opened.database.write { try ReconciliationStore.begin(at: moment, on: $0) }
            #expect(waiting?.id == run["id"]?.string)
            #expect(waiting?.role == "supervisor")

            let agent = try await opened.browser(of: "agent")
            #expect(try await agent.ask(.post, Self.path, [:]).0 == 403)
            let (read, list) = try await agent.ask(.get, Self.path + "s")
            #expect(read == 200)
            #expect(list["items"]?.array?.count == 1)
            #expect(list["items"]?.array?.first?["id"]?.string == run["id"]?.string)
            #expect(try await supervisor.ask(.post, Self.path, ["repair": "yes"]).0 == 422)
            let elsewhere = "/api/v1/operator/databases/ailleurs/reconciliation"
            #expect(try await supervisor.ask(.post, elsewhere, [:]).0 == 404)
            #expect(try await Browser(opened).ask(.get, Self.path + "s").0 == 401)
        }
    }
}
