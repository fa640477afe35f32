import Foundation
import HTTPServer
import HTTPTypes
import PublicRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

@Suite("Editing the register in the console")
struct RegisterEditingTests {
    private static let place = "/operateur/registre/projets/P-1"

    /// A whole project, as the form sends it.
    private static let form: [(String, String)] = [
        ("base", "0"), ("/title/fr", "Étude"), ("/title/en", "Study"), ("/status", "active"),
        ("/summary/fr", "Une ligne.\r\nUne autre."), ("count:/controllers", "1"), ("/controllers/0/name", "CHU"),
        ("/controllers/0/sector", "public"), ("/keywords/fr", "cancer\r\n\r\nenfants"), ("/startsOn", "2026-01-02"),
        ("/transfersOutsideEU", "false"),
    ]

    private func acts(_ opened: OpenedPortal) async throws -> [String] {
        try await opened.database.read { connection in
            try connection.query(
                "SELECT act FROM audit_event WHERE act LIKE 'register.%' OR act = 'operator.refused' ORDER BY at, act"
            ).map { try $0["act"] }
        }
    }

    @Test(
        "An editor begins a record, adds rows, looks at what changes, and publishes it with a reason",
        arguments: EngineUnderTest.allCases)
    func writes(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let editor = try await opened.browser(of: "editrice")
            let begun = try await editor.post("/operateur/registre", ["kind": "project", "reference": "P-1"])
            #expect(begun.location == Self.place)
            let empty = try await editor.get(Self.place)
            #expect(
                empty.status == 200 && empty.contains("Nouvelle fiche") && empty.contains("Responsable de traitement"))

            let added = try await editor.post(Self.place, Self.form + [("act", "add:/controllers")])
            #expect(added.location == "\(Self.place)#f-controllers-1")
            let more = try await editor.get(Self.place)
            #expect(more.contains("name=\"/controllers/1/name\"") && more.contains("value=\"CHU\""))
            #expect(more.contains("value=\"2026-01-02\"") && more.contains(">\nUne ligne.\nUne autre.</textarea>"))

            // A row that says nothing is no row; a mistake keeps all that was typed and names its field.
            let wrong = try await editor.post(
                Self.place,
                Self.form.map { $0.0 == "count:/controllers" ? ($0.0, "2") : $0 }
                    + [
                        ("/results/0/url", "ftp://x"), ("/results/0/title/fr", "R"), ("count:/results", "1"),
                        ("act", "preview"),
                    ])
            #expect(wrong.status == 422)
            #expect(wrong.contains("href=\"#f-results-0-url\"") && wrong.contains("value=\"ftp://x\""))
            let sent = try await editor.post(Self.place, Self.form + [("count:/results", "0"), ("act", "preview")])
            #expect(sent.location == "\(Self.place)/apercu")
            let preview = try await editor.get(sent.location)
            #expect(preview.contains("La fiche est nouvelle") && preview.contains("CHU"))

            let refused = try await editor.post(sent.location, [("act", "publish"), ("reason", " ")])
            #expect(refused.status == 422 && refused.contains("href=\"#reason\""))
            #expect(try await opened.count("project") == 0)
            let published = try await editor.post(sent.location, [("act", "publish"), ("reason", "Nouveau projet")])
            #expect(published.location == "\(Self.place)?notice=published")
            try await opened.sequence()
            let page = try await Browser(opened).get("/projets/P-1")
            #expect(page.status == 200 && page.contains("Étude") && page.contains("CHU"))
            #expect(try await opened.count("record_draft") == 0)
            #expect(try await acts(opened) == ["register.added"])
            let english = try await editor.get("/en/operator/register/projects/P-1")
            #expect(english.status == 200 && english.contains("See the public page"))
        }
    }

    @Test(
        "Whoever was slower sees what the other did, takes it along, and publishes", arguments: EngineUnderTest.allCases
    )
    func conflict(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let (first, second) = (try await opened.browser(of: "editrice"), try await opened.browser(of: "editeur"))
            _ = try await first.post(Self.place, Self.form + [("act", "save")])
            _ = try await first.post("\(Self.place)/apercu", [("act", "publish"), ("reason", "Nouveau")])
            func change(_ browser: Browser, _ field: String, _ value: String) async throws {
                let form = Self.form.map { name, old in
                    name == "base" ? (name, "1") : name == field ? (name, value) : (name, old)
                }
                #expect(try await browser.post(Self.place, form + [("act", "preview")]).status == 303)
            }
            try await change(first, "/status", "completed")
            try await change(second, "/title/en", "A study")
            _ = try await first.post("\(Self.place)/apercu", [("act", "publish"), ("reason", "Projet fini")])
            let refused = try await second.post("\(Self.place)/apercu", [("act", "publish"), ("reason", "Titre")])
            #expect(refused.status == 409)
            #expect(refused.contains("editrice") && refused.contains("Projet fini") && refused.contains("Statut"))
            #expect(try await second.post("\(Self.place)/apercu", ["act": "rebase"]).status == 303)
            let again = try await second.get("\(Self.place)/apercu")
            #expect(again.status == 200 && again.contains("A study") && !again.contains("Projet fini"))
            let published = try await second.post("\(Self.place)/apercu", [("act", "publish"), ("reason", "Titre")])
            #expect(published.status == 303)
            try await opened.sequence()
            let page = try await Browser(opened).get("/api/v1/projects/P-1", headers: [.accept: "application/json"])
            #expect(page.contains("\"status\":\"completed\"") && page.contains("A study"))
        }
    }

    @Test("Each other role is turned away, which the audit keeps", arguments: ["agent", "auditeur", "administrateur"])
    func roles(name: String) async throws {
        try await withPortal(.sqlite, seeded: true) { opened in
            let browser = try await opened.browser(of: name)
            let places = ["/operateur/registre", "/operateur/registre/import", "\(Self.place)/retrait", Self.place]
            for place in places { #expect(try await browser.get(place).status == 403, "\(place)") }
            #expect(try await browser.post(Self.place, Self.form + [("act", "save")]).status == 403)
            #expect(try await acts(opened) == Array(repeating: "operator.refused", count: places.count + 1))
            #expect(try await opened.count("record_draft") == 0)
        }
    }

    @Test("A record leaves the register when a second person agrees", arguments: EngineUnderTest.allCases)
    func removal(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let editor = try await opened.browser(of: "editrice")
            _ = try await editor.post(Self.place, Self.form + [("act", "save")])
            _ = try await editor.post("\(Self.place)/apercu", [("act", "publish"), ("reason", "Nouveau")])
            try await opened.sequence()
            #expect(try await Browser(opened).get("/projets/P-1").status == 200)
            let place = "\(Self.place)/retrait"
            #expect(try await editor.post(place, ["act": "ask", "reason": ""]).status == 422)
            _ = try await editor.post(place, ["act": "ask", "reason": "Publié deux fois"])
            // Alone one changes nothing, however often one asks.
            _ = try await editor.post(place, ["act": "agree", "reason": "Publié deux fois"])
            try await opened.sequence()
            #expect(try await Browser(opened).get("/projets/P-1").status == 200)
            let supervisor = try await opened.browser(of: "superviseur")
            let waiting = try await supervisor.get("/operateur/registre")
            #expect(waiting.contains("P-1") && waiting.contains("Publié deux fois"))
            #expect(try await supervisor.get(Self.place).status == 403)
            #expect(try await supervisor.post(place, ["act": "agree"]).status == 303)
            try await opened.sequence()
            let list = try await Browser(opened).get("/api/v1/projects", headers: [.accept: "application/json"])
            #expect(list.contains("\"total\":0"))
            #expect(try await acts(opened).filter { $0.hasPrefix("register.remov") }.last == "register.removed")
            let history = try await Browser(opened).get("/projets/P-1/historique")
            #expect(history.contains("Nouveau") && history.contains("Publié deux fois"))
        }
    }

    @Test(
        "A file is tried, shows what it would change, and is taken with a reason", arguments: EngineUnderTest.allCases)
    func file(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let editor = try await opened.browser(of: "editrice")
            let table = "reference,titleFr,summaryFr,status,controllers\nP-1,Étude,Résumé,active,CHU\nP 2,,,,\n"
            let sent = try await editor.post(
                "/operateur/registre/import", ["kind": "project"], file: "file", named: "projets.csv", Array(table.utf8)
            )
            #expect(sent.status == 303)
            let trial = try await editor.get(sent.location)
            #expect(trial.contains("P-1") && trial.contains("1\u{A0}ajout") && trial.contains("Ligne 3"))
            #expect(try await opened.count("project") == 0)
            #expect(try await editor.post(sent.location, ["act": "take", "reason": ""]).status == 422)
            // Nobody else's.
            #expect(try await opened.browser(of: "editeur").get(sent.location).status == 404)
            let taken = try await editor.post(sent.location, ["act": "take", "reason": "Reprise"])
            #expect(taken.status == 200 && taken.contains("Le fichier est importé"))
            #expect(try await opened.count("project") == 1)
            #expect(try await opened.count("record_upload") == 0)
            #expect(try await opened.count("version_reason") == 1)
            #expect(try await acts(opened).contains("register.imported"))
            #expect(try await editor.get(sent.location).status == 404)
        }
    }

    @Test("The form says again what a record says, field by field", arguments: [RecordKind.project, .dataset])
    func sameAgain(kind: RecordKind) throws {
        let file = OpenedPortal.root.appending(path: "seeds/\(kind.rawValue)s.jsonl")
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n").prefix(40) {
            let content = try #require(RegisterEditing.judge(try JSON(parsing: String(line)), kind).content)
            let blocks = RecordBlocks(content, kind, errors: [], .fr).blocks
            var fields: [(String, String)] = []
            for block in blocks {
                if let count = block.count { fields.append((count.name, count.value)) }
                for input in [block.input].compactMap({ $0 }) + block.pair { fields.append((input.name, input.value)) }
            }
            let query = fields.map { "\(PagePath.encoded($0.0))=\(PagePath.encoded($0.1))" }.joined(separator: "&")
            // Tables have more than a form shows; a project's form says all of it.
            let base: JSON = kind == .project ? ["reference": content["reference"] ?? .null] : content
            let sent = RecordForm(try FormFields(parsing: query.utf8)).content(
                RegisterEditing.fields(of: kind), onto: base)
            #expect(RegisterEditing.judge(RecordForm.pruned(sent), kind).content == content)
        }
    }
}
