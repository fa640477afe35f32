import CivilTime
import HTTPServer
import HTTPTypes
import HummingbirdTesting
import NIOCore
import RightsRegistry
import SQLDatabase
import TestSupport
import Testing
import Vault

@testable import TransparencyAPI

/// An answer as a stranger can compare it: all of it but the request's own id, and but the reference that they sent.
private func comparable(_ response: TestResponse, sent reference: String) -> String {
    var headers = response.headers
    // It follows the id's own length.
    headers[.contentLength] = nil
    let body = String(buffer: response.body)
        .replacing(/"requestId":"[^"]*"/, with: "")
        .replacing(/(À citer si vous nous écrivez|To quote if you write to us)[^<]*/, with: "")
    let lines = headers.map { "\($0.name): \($0.value)" }
    return "\(response.status.code)\n\(lines.joined(separator: "\n"))\n\n\(body)".replacing(reference, with: "R")
}

@Suite("Nobody can tell an unknown reference from a wrong secret")
struct SameAnswerTests {
    /// Bodies with which any of the acts may be tried, and of which kind they say that they are.
    private static let bodies: [(type: String, text: String)] = [
        ("application/json", "{}"), ("application/json", "{\"text\":\"Bonjour\"}"),
        ("application/json", "{\"text\":1}"), ("application/json", "{"),
        ("application/json", "{\"scope\":{\"kind\":\"databases\",\"ids\":[\"registre\"]}}"),
        ("application/x-www-form-urlencoded", "text=Bonjour&confirm=yes"),
        ("application/x-www-form-urlencoded", ""),
        (
            "multipart/form-data; boundary=b",
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n"
                + "Content-Type: application/pdf\r\n\r\n%PDF-1.4\r\n--b--\r\n"
        ),
        ("application/pdf", "%PDF-1.4"),
    ]

    private func answers(
        _ opened: OpenedPortal, _ route: (method: HTTPRequest.Method, uri: (String) -> String),
        _ known: String, _ unknown: String, headers: (String) throws -> HTTPFields, body: (type: String, text: String)?
    ) async throws -> (status: Int, areTheSame: Bool) {
        var found: [(Int, String)] = []
        for reference in [known, unknown] {
            var fields = try headers(reference)
            if let body { fields[.contentType] = body.type }
            let response = try await opened.client.execute(
                uri: route.uri(reference), method: route.method, headers: fields,
                body: body.map { ByteBuffer(string: $0.text) })
            found.append((Int(response.status.code), comparable(response, sent: reference)))
        }
        if found[0].1 != found[1].1 { Issue.record("\(found[0].1)\n-----\n\(found[1].1)") }
        return (found[0].0, found[0].1 == found[1].1)
    }

    @Test("To programs, whatever the act", arguments: EngineUnderTest.allCases)
    func programs(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let known = try await Browser(opened).file().reference
            let routes = opened.portal.routes.routes.filter {
                $0.template.hasPrefix("/api/v1/requests/{reference}")
            }
            #expect(routes.count >= 3)
            for route in routes {
                var statuses: Set<Int> = []
                for body in route.method == .get ? [nil] : Self.bodies.map(Optional.some) {
                    let secret = TrackingSecret().formatted
                    let (status, areTheSame) = try await answers(
                        opened,
                        (route.method, { route.template.replacing("{reference}", with: $0) }), known, "R-2026-000000",
                        headers: { _ in [.authorization: "Bearer \(secret)"] }, body: body)
                    #expect(areTheSame, "\(route.method) \(route.template)")
                    statuses.insert(status)
                }
                // What can't be told apart has been looked for.
                #expect(statuses.contains(404), "\(route.method) \(route.template): \(statuses)")
                #expect(
                    statuses.allSatisfy { (400..<500).contains($0) }, "\(route.method) \(route.template): \(statuses)")
            }
        }
    }

    @Test("On pages, whether typed or in a session that opens nothing", arguments: EngineUnderTest.allCases)
    func pages(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let known = try await Browser(opened).file().reference
            let intake = try #require(opened.portal.intake)
            let ownSite: HTTPFields = [HTTPField.Name("Sec-Fetch-Site")!: "same-origin", .accept: "text/html"]
            for language in Language.allCases {
                let place = PagePath.follow.path(in: language)
                let secret = TrackingSecret().formatted
                for (reference, other) in [(known, "R-2026-000000"), (known.lowercased(), "r-2026-000000")] {
                    var found: [String] = []
                    for typed in [reference, other] {
                        let response = try await opened.client.execute(
                            uri: place, method: .post,
                            headers: ownSite.with(.contentType, "application/x-www-form-urlencoded"),
                            body: ByteBuffer(
                                string: "reference=\(typed)&secret=\(PagePath.encoded(secret))"))
                        #expect(response.status == .notFound)
                        found.append(comparable(response, sent: typed))
                    }
                    #expect(found[0] == found[1])
                }
            }
            // A cookie that we sealed ourselves, for a secret that opens nothing (any more).
            let routes = opened.portal.routes.routes.filter {
                ["/suivi", "/en/follow"].contains(where: $0.template.hasPrefix) && !$0.template.contains("{")
            }
            #expect(routes.count >= 10)
            for route in routes {
                for body in route.method == .get ? [nil] : Self.bodies.map(Optional.some) {
                    let secret = TrackingSecret()
                    let moment = opened.clock.source()
                    let nonce: RandomSource = { Array(repeating: 7, count: $0) }
                    let (status, areTheSame) = try await answers(
                        opened, (route.method, { _ in route.template }), known, "R-2026-000000",
                        headers: { reference in
                            let session = FollowSession(
                                reference: reference, secret: secret, expiresAt: moment.adding(seconds: 600))
                            let cookie = try session.cookie(under: intake.cookieKey, at: moment, random: nonce)
                            return ownSite.with(.cookie, "\(cookie.name)=\(cookie.value)")
                        }, body: body)
                    #expect(areTheSame && status < 500, "\(route.method) \(route.template): \(status)")
                }
            }
        }
    }
}

extension HTTPFields {
    fileprivate func with(_ name: HTTPField.Name, _ value: String) -> HTTPFields {
        var fields = self
        fields[name] = value
        return fields
    }
}
