import HTTPTypes
import HummingbirdTesting
import NIOCore
import StrictJSON

@testable import TransparencyAPI

extension Browser {
    /// What a program is answered; null where there is no body.
    struct Answer: Sendable {
        let status: Int
        let json: JSON
    }

    /// Asks as a program does, with the browser's session.
    func call(_ method: HTTPRequest.Method, _ uri: String, _ body: JSON? = nil) async throws -> Answer {
        var headers: HTTPFields = [.contentType: "application/json", .accept: "application/json"]
        if let cookie = cookie("__Host-operateur") { headers[.cookie] = "__Host-operateur=\(cookie)" }
        let response = try await client.execute(
            uri: uri, method: method, headers: headers, body: body.map { ByteBuffer(bytes: $0.canonicalBytes) })
        let isEmpty = response.body.readableBytes == 0
        return Answer(
            status: Int(response.status.code),
            json: isEmpty ? .null : try JSON(parsing: response.body.readableBytesView))
    }
}
