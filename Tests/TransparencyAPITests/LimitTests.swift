import Foundation
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

/// One at once, and then one every ten seconds.
private let tight = RateLimit(perAddress: Allowance(burst: 1, perSecond: 0.1))

@Suite("Limits on pages and API")
struct LimitTests {
    @Test("Five hundred citizens behind one address file through the form and follow, and none is told to wait")
    func carrier() async throws {
        try await withPortal(.sqlite) { opened in
            try await withThrowingTaskGroup(of: Void.self) { citizens in
                for number in 0..<500 {
                    citizens.addTask {
                        // In bands of a hundred, so that the test is no load test.
                        let browser = Browser(opened)
                        let filed = try await browser.file()
                        #expect(try await Browser(opened).open(filed).status == 303, "\(number)")
                        let answer = try await opened.client.execute(
                            uri: "/api/v1/requests/\(filed.reference)", method: .get,
                            headers: [.authorization: "Bearer \(filed.secret)"])
                        #expect(answer.status == .ok)
                    }
                    if number % 25 == 24 { try await citizens.waitForAll() }
                }
                try await citizens.waitForAll()
            }
            #expect(try await opened.count("rights_request") == 500)
        }
    }

    @Test("Each kind of route that is named has limits, and each door that was to have one has it")
    func everyDoor() async throws {
        try await withPortal(.sqlite) { opened in
            let limited = opened.portal.routes.routes.reduce(into: [String: String]()) { found, route in
                found["\(route.method.rawValue) \(route.template)"] = route.limit?.name
            }
            for kind in Set(opened.portal.routes.routes.compactMap(\.limit)) {
                #expect(Portal.rateLimits[kind]?.perAddress != nil, "\(kind.name)")
            }
            for (door, kind) in [
                ("POST /api/v1/requests", "filing"), ("POST \(PagePath.requestStep(.check).path(in: .fr))", "filing"),
                ("POST \(PagePath.requestStep(.check).path(in: .en))", "filing"),
                ("GET /api/v1/requests/{reference}", "follow"),
                ("POST /api/v1/requests/{reference}/messages", "follow"), ("POST /suivi", "follow"),
                ("POST /api/v1/requests/{reference}/withdrawal", "follow"), ("POST /en/follow", "follow"),
                ("POST /suivi/message", "act"), ("POST /operateur", "operatorSignIn"),
                ("POST /api/v1/operator/session", "operatorSignIn"), ("GET /api/v1/feeds/{database}", "feed"),
                ("POST /api/v1/feeds/{database}/acknowledgements", "feed"),
                ("GET /api/v1/feeds/{database}/tasks", "feed"), ("POST /api/v1/feeds/{database}/tasks/{task}", "feed"),
            ] { #expect(limited[door] == kind, "\(door)") }
            // Whatever takes a reference and a secret, whoever adds it.
            for route in opened.portal.routes.routes where route.template.hasPrefix("/api/v1/requests/{reference}") {
                #expect(route.limit == .follow, "\(route.template)")
            }
        }
    }

    @Test("A filing that comes too soon is the same page again, with its answers and a button; then it goes through")
    func filing() async throws {
        try await withPortal(.sqlite, rateLimits: [.filing: tight]) { opened in
            _ = try await Browser(opened).file()
            let browser = Browser(opened)
            try await browser.reachTheCheck()
            let refused = try await browser.send(.check)
            #expect(refused.status == 429)
            #expect(refused.headers[.retryAfter] == "10")
            #expect(refused.contains("Kervézec-Canari") && refused.contains("1 rue des Essais"))
            #expect(refused.contains("Vos réponses sont gardées jusqu’à"))
            #expect(refused.contains("dans 10\u{A0}secondes") && refused.contains("01 99 00 00 00"))
            #expect(refused.contains("<form id=\"form\"") && refused.contains("<button>"))
            #expect(try await opened.count("rights_request") == 1)
            opened.uptime.advance(.seconds(10))
            let (reference, _) = try await browser.follow(try await browser.send(.check)).credentials
            #expect(RequestReference(entered: reference) != nil)
            #expect(try await opened.count("rights_request") == 2)
            // Sent once more it leads to the same receipt, whatever the limit says.
            #expect(try await browser.send(.check).status == 303)
        }
    }

    @Test("A step that comes too soon is the same step again, as it was filled in")
    func step() async throws {
        try await withPortal(.sqlite, rateLimits: [.form: RateLimit(perAddress: Allowance("2, 1/s"))]) { opened in
            let browser = Browser(opened)
            try await browser.reachThePerson()
            let refused = try await browser.send(.person, Kervezec.person)
            #expect(refused.status == 429)
            #expect(refused.contains("value=\"Kervézec-Canari\"") && refused.contains("value=\"Maëlys, Anne-Marie\""))
            #expect(refused.contains("value=\"F\" checked"))
            #expect(refused.contains("Rien n’est perdu"))
            opened.uptime.advance(.seconds(1))
            #expect(try await browser.send(.person, Kervezec.person).status == 303)
        }
    }

    @Test("What was typed to follow a request, or written in it, stays on the page", arguments: Language.allCases)
    func follow(language: Language) async throws {
        try await withPortal(.sqlite, rateLimits: [.follow: tight, .act: tight]) { opened in
            let browser = Browser(opened)
            let filed = try await browser.file()
            let place = PagePath.follow.path(in: language)
            #expect(try await browser.open(filed).status == 303)
            let refused = try await Browser(opened).post(
                place, ["reference": filed.reference, "secret": filed.secret])
            #expect(refused.status == 429)
            #expect(refused.contains("value=\"\(filed.reference)\"") && refused.contains("value=\"\(filed.secret)\""))
            #expect(refused.contains("01 99 00 00 00"))
            #expect(refused.headers[.setCookie] == nil)
            let message = PagePath.followMessage.path(in: language)
            #expect(try await browser.post(message, ["text": "Un premier."]).status == 303)
            let kept = try await browser.post(message, ["text": "Un second, long à écrire."])
            #expect(kept.status == 429)
            #expect(kept.contains(">Un second, long à écrire.</textarea>"))
            let withdrawn = try await browser.post(
                PagePath.followWithdrawal.path(in: language), ["confirm": "yes"])
            #expect(withdrawn.status == 429 && withdrawn.contains("name=\"confirm\""))
        }
    }

    @Test("To programs a limit is a problem, and says when")
    func programs() async throws {
        try await withPortal(.sqlite, rateLimits: [.filing: tight, .follow: tight]) { opened in
            let body = ByteBuffer(string: "{}")
            let json: HTTPFields = [.contentType: "application/json"]
            let first = try await opened.client.execute(
                uri: "/api/v1/requests", method: .post, headers: json, body: body)
            #expect(first.status == .unprocessableContent)
            let second = try await opened.client.execute(
                uri: "/api/v1/requests", method: .post, headers: json, body: body)
            #expect(second.status == .tooManyRequests)
            #expect(second.headers[.contentType] == "application/problem+json")
            #expect(second.headers[.retryAfter] == "10")
            #expect(String(buffer: second.body).contains("\"code\":\"tooManyRequests\""))
            let follow = try await opened.client.execute(
                uri: "/api/v1/requests/R-2026-000000", method: .get,
                headers: [.authorization: "Bearer \(TrackingSecret().formatted)"])
            #expect(follow.status == .notFound, "kinds are counted apart")
        }
    }

    @Test("An operator whose address asks too often finds the form again, with the name")
    func operators() async throws {
        try await withPortal(.sqlite, rateLimits: [.operatorSignIn: tight]) { opened in
            let fields: KeyValuePairs = ["name": "agent", "password": "x", "otp": "123456"]
            #expect(try await Browser(opened).post("/operateur", fields).status == 422)
            let refused = try await Browser(opened).post("/operateur", fields)
            #expect(refused.status == 429)
            #expect(refused.contains("value=\"agent\"") && refused.contains("Attendez 10"))
        }
    }
}
