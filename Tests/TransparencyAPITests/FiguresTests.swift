import Foundation
import HTTPServer
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import Synchronization
import TestSupport
import Testing

@testable import TransparencyAPI

extension OpenedPortal {
    fileprivate func statistics() async throws -> JSON {
        let answer = try await client.execute(uri: "/api/v1/statistics", method: .get)
        #expect(answer.status == .ok)
        return try JSON(parsing: Array(answer.body.readableBytesView))
    }

    fileprivate func csv(_ table: String) async throws -> [[String]] {
        let answer = try await client.execute(uri: "/api/v1/statistics/\(table).csv", method: .get)
        #expect(answer.status == .ok && answer.headers[.contentType]?.hasPrefix("text/csv") == true)
        return String(buffer: answer.body).components(separatedBy: "\r\n").dropLast().map {
            $0.components(separatedBy: ",")
        }
    }
}

@Suite("The figures’ page, their tables and files")
struct FiguresTests {
    @Test(
        "Each table has the same rows in JSON and in CSV, and columns that say what they are",
        arguments: EngineUnderTest.allCases)
    func tables(engine: EngineUnderTest) async throws {
        try await withPortal(engine, seeded: true) { opened in
            let tables = try #require(try await opened.statistics()["tables"]?.object)
            #expect(Set(tables.keys) == Set(FigureTable.allCases.map(\.rawValue)))
            for (name, table) in tables {
                let columns = try #require(table["columns"]?.array?.compactMap { $0["name"]?.string })
                let answer = try await opened.client.execute(uri: "/api/v1/statistics/\(name).csv", method: .get)
                let rows = try #require(table["rows"]?.array)
                let written =
                    CSV.line(columns)
                    + rows.map { row in
                        CSV.line(
                            columns.map { column in
                                switch row[column] {
                                case .null?, nil: ""
                                case .string(let text)?: text
                                case let other?: other.canonical
                                }
                            })
                    }.joined()
                #expect(String(buffer: answer.body) == written, "\(name)")
                #expect(table["csv"]?.string == "/api/v1/statistics/\(name).csv")
                #expect(
                    table["columns"]?.array?.allSatisfy {
                        $0["description"]?["fr"] != nil && $0["description"]?["en"] != nil
                    } == true)
            }
            #expect(
                try await opened.client.execute(uri: "/api/v1/statistics/nothing.csv", method: .get).status == .notFound
            )
            // What is left out is said: refused and withdrawn projects are in the years, and not in the uses.
            for (name, table) in tables {
                #expect(table["description"]?["fr"] != nil && table["description"]?["en"] != nil, "\(name)")
            }
            #expect(
                tables["dataset-uses"]?["description"]?["en"]?.string?.contains("withdrawn projects do not") == true)
            let page = try await Browser(opened).get("/chiffres")
            #expect(page.contains("refusés et retirés compris") && page.contains("refusés et retirés ne comptent pas"))
            let english = try await Browser(opened).get("/en/figures")
            #expect(english.contains("pregnancy and birth") && !english.contains("périnatalité"))
            let years = try await opened.csv("projects-by-year")
            let total = years.dropFirst().reduce(0) { $0 + (Int($1[2]) ?? 0) }
            let known = try await opened.statistics()["projects"]?.int
            #expect(total == known)
            let delays = try await opened.csv("access-delays")
            #expect(
                delays.dropFirst().map { $0[0] } == ["completeness", "opinion", "authorisation", "delivery", "whole"])
        }
    }

    @Test(
        "The page draws each of them, with its table and its file, in both languages",
        arguments: EngineUnderTest.allCases)
    func page(engine: EngineUnderTest) async throws {
        try await withPortal(engine, seeded: true) { opened in
            for language in Language.allCases {
                let page = try await Browser(opened).get(PagePath.figures.path(in: language))
                #expect(page.status == 200 && page.body.utf8.count < 100 * 1024)
                #expect(page.count("<svg class=\"strip\"") == page.count("<desc id="))
                #expect(page.count("<svg class=\"strip\"") >= 5)
                for table in FigureTable.allCases { #expect(page.contains("href=\"\(table.path)\""), "\(table)") }
                #expect(page.contains(language.pick(fr: "Avis du CESREES", en: "CESREES opinion")))
                #expect(!page.contains(" style="))
                #expect(page.contains("url(#by-year-hatch)") || page.contains("id=\"by-year-hatch\""))
                // Nobody has asked for anything yet: that is said, and not drawn.
                #expect(
                    page.contains(language.pick(fr: "sans parler de quelqu’un", en: "without speaking of somebody")))
            }
        }
    }

    @Test("They follow the register, once a minute at most", arguments: EngineUnderTest.allCases)
    func follows(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            func line(_ reference: String) -> String {
                #"{"reference":"\#(reference)","title":{"fr":"T"},"summary":{"fr":"R"},"status":"active","controllers":[{"name":"C"}],"domains":["=danger"],"startsOn":"2024-01-01"}"#
            }
            #expect(try await opened.csv("projects-by-domain").count == 1)
            #expect(try await Browser(opened).get("/chiffres").contains("Aucun projet encore."))
            opened.clock.advance(seconds: 61)
            try await opened.importRegister(.project, line("P-1"))
            #expect(try await opened.csv("projects-by-domain") == [["domain", "projects"], ["'=danger", "1"]])
            try await opened.importRegister(.project, line("P-2"))
            #expect(try await opened.csv("projects-by-domain").last?.last == "1")
            opened.clock.advance(seconds: 61)
            #expect(try await opened.csv("projects-by-domain").last?.last == "2")
            #expect(try await Browser(opened).get("/chiffres").contains("<strong>2</strong> projets publiés"))
        }
    }

    @Test(
        "What eleven people did is told, what ten did is not, and every file, page and answer is the same for nine as for ten",
        arguments: EngineUnderTest.allCases)
    func people(engine: EngineUnderTest) async throws {
        func told(erasures: Int) async throws -> [String] {
            let published = Mutex<[String]>([])
            try await withPortal(engine) { opened in
                for (right, count) in [("access", 12), ("erasure", erasures)] {
                    for _ in 0..<count { try await opened.fileRequest(right) }
                }
                opened.clock.advance(seconds: 28 * 86_400)
                var texts: [String] = []
                for uri in FigureTable.allCases.map(\.path) + ["/api/v1/statistics", "/chiffres", "/en/figures"] {
                    let answer = try await opened.client.execute(uri: uri, method: .get)
                    #expect(answer.status == .ok)
                    texts.append(String(buffer: answer.body))
                }
                published.withLock { [texts] in $0 = texts }
            }
            return published.withLock { $0 }
        }
        let nine = try await told(erasures: 9)
        #expect(try await told(erasures: 10) == nine)
        let eleven = try await told(erasures: 11)
        #expect(eleven != nine)
        let requests = try #require(FigureTable.allCases.firstIndex(of: .requests))
        #expect(nine[requests].contains("2026-03,access,11,,,11\r\n"))
        #expect(nine[requests].contains("2026-03,erasure,,,,\r\n"))
        #expect(eleven[requests].contains("2026-03,erasure,11,,,11\r\n"))
    }

    @Test("A process that reads no key serves all of it", arguments: EngineUnderTest.allCases)
    func publicRole(engine: EngineUnderTest) async throws {
        try await withPortal(engine, seeded: true) { opened in
            let own = opened.portal
            let portal = Portal(
                Portal.Parts(
                    database: opened.database, site: own.site, texts: own.texts, policy: own.policy,
                    templates: own.templates, files: own.files, intake: nil, console: nil, register: own.register,
                    now: own.now))
            let routes = Set(portal.routes.routes.map { "\($0.method.rawValue) \($0.template)" })
            for route in [
                "GET /chiffres", "GET /en/figures", "GET /api/v1/statistics", "GET /api/v1/statistics/{table}.csv",
                "GET /suis-je-concerne", "POST /en/am-i-concerned",
            ] { #expect(routes.contains(route), "\(route)") }
            let (served, other) = (try await portal.figures(), try await own.figures())
            #expect(served == other)
        }
    }

    @Test("A drawing says in words what it shows, and nothing sticks out of it")
    func drawing() {
        let drawing = StripDrawing(
            id: "d", title: "T",
            [
                StripDrawing.Row(name: "un", value: "3", bar: 1...3, upTo: 4, stroke: 2, diamond: 10),
                StripDrawing.Row(name: String(repeating: "long ", count: 20), value: "0", bar: 0...0),
            ])
        #expect(drawing.summary.hasPrefix("un\u{A0}: 3\u{A0}; long"))
        #expect(drawing.rows[0].x == "36" && drawing.rows[0].width == "72" && drawing.rows[0].hatchedWidth == "36")
        #expect(drawing.rows[1].width == "2" && drawing.rows[1].name.count == 38)
        #expect(drawing.rows[0].diamond == "M347 26l6 -6l6 6l-6 6z")
        let clipped = StripDrawing(
            id: "d", title: "T", [StripDrawing.Row(name: "un", value: "3", bar: 5...9, stroke: 9)], most: 1)
        #expect(clipped.rows[0].x == "358" && clipped.rows[0].width == "2" && clipped.rows[0].strokeX == "355")
    }
}

extension OpenedPortal {
    /// Files a request of somebody who gives no number, so that it waits.
    fileprivate func fileRequest(_ right: String) async throws {
        let body: JSON = [
            "right": .string(right), "scope": ["kind": "all"], "capacity": "dataSubject",
            "subject": [
                "birthName": "Kervézec", "givenNames": ["Maëlys"], "birthDate": "1980-05-05", "sex": "F",
            ], "language": "fr",
        ]
        let answer = try await client.execute(
            uri: "/api/v1/requests", method: .post, headers: [.contentType: "application/json"],
            body: ByteBuffer(bytes: body.canonicalBytes))
        #expect(answer.status == .created)
    }
}
