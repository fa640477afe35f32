import CivilTime
import Foundation
import HTTPTypes
import PublicRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

@Suite("The register’s history")
struct HistoryPagesTests {
    private static func line(_ reference: String, _ title: String, summary: String = "Un résumé.") -> String {
        """
        {"reference":"\(reference)","title":{"fr":"\(title)"},"summary":{"fr":"\(summary)"},"status":"active",\
        "controllers":[{"name":"CHU"}]}
        """
    }

    private static func fill(_ opened: OpenedPortal) async throws {
        _ = try await opened.importRegister(
            .project,
            [
                line("P-1", "Le cœur"), line("P-1", "Le coeur"),
                line("P-1", "Le cœur des femmes", summary: "Un résumé <b>neuf</b>."), line("P-2", "Parti"),
                line("P-3", "Secret-Canari"),
            ].joined(separator: "\n"))
        _ = try await opened.importRegister(.dataset, #"{"reference":"d-1","title":{"fr":"Base"}}"#)
        let reason = LocalizedText(fr: "Fusionné avec P-1", en: "Merged into P-1")!
        let moment = opened.portal.now()
        try await opened.database.write { connection in
            for (reference, keeps) in [("P-2", true), ("P-3", false)] {
                _ = try Removal.remove(
                    reference, .project, reason: reason, keepsContent: keeps, id: "removal-\(reference)", at: moment,
                    on: connection)
            }
        }
        try await opened.sequence()
    }

    @Test("Each version says what it changed, word by word", arguments: EngineUnderTest.allCases)
    func differences(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            try await Self.fill(opened)
            let browser = Browser(opened)
            let history = try await browser.get("/projets/P-1/historique")
            #expect(history.status == 200 && history.contains("3\u{A0}versions"))
            #expect(history.contains("A changé\u{A0}: résumé, titre"))
            #expect(history.contains("Rien n’a changé que la typographie."))
            #expect(history.contains("href=\"/projets/P-1/historique/2..3\""))
            let difference = try await browser.get("/projets/P-1/historique/1..3")
            #expect(difference.status == 200)
            #expect(difference.contains("des femmes<span") && difference.contains("&lt;b&gt;neuf&lt;/b&gt;"))
            #expect(difference.contains("<ins>") && !difference.contains("<b>neuf"))
            let folded = try await browser.get("/en/projects/P-1/history/1..2")
            #expect(folded.contains("No word changed.") && folded.contains("?raw=1"))
            let raw = try await browser.get("/en/projects/P-1/history/1..2?raw=1")
            #expect(raw.contains("cœur<span") && raw.contains("coeur<span"))
            #expect(try await browser.get("/projets/P-1/historique/2").contains("Le coeur"))
            let json = try await browser.get("/api/v1/projects/P-1/differences?from=1&to=3")
            #expect(json.status == 200 && json.contains("\"in\":\"after\"") && json.contains("\"raw\":false"))
            #expect(try await browser.get("/bases/d-1/historique").status == 200)
            #expect(try await browser.get("/api/v1/datasets/d-1/versions").contains("\"total\":1"))
            #expect(try await browser.get("/api/v1/datasets/d-1/versions/1").contains("Base"))
        }
    }

    @Test("A difference names datasets, steps and decisions, with the register’s own word beside the name")
    func names() async throws {
        try await withPortal(.sqlite) { opened in
            func line(_ more: String) -> String {
                """
                {"reference":"P-1","title":{"fr":"Un"},"summary":{"fr":"Un résumé."},"status":"active",\
                "controllers":[{"name":"CHU"}],\(more)}

                """
            }
            _ = try await opened.importRegister(
                .dataset,
                """
                {"reference":"d-1","title":{"fr":"Base des soins","en":"Care database"}}
                {"reference":"d-2","title":{"fr":"Registre"},"domain":"santé mentale","coverage":{"individuals":21400}}
                """)
            _ = try await opened.importRegister(
                .project,
                line(#""datasets":["d-1","d-3"],"timeline":[{"step":"submitted","date":"2025-01-20"}]"#)
                    + line(
                        #""datasets":["d-1","d-2"],"domains":["santé mentale","chimie"],"timeline":[{"step":"submitted","date":"2025-01-20"},{"step":"refused","date":"2025-04-24"}],"authorisations":[{"body":"CNIL","outcome":"refused","date":"2025-04-24","reference":"D-7"}]"#
                    ))
            let browser = Browser(opened)
            let difference = try await browser.get("/en/projects/P-1/history/1..2")
            #expect(difference.contains("Care database <span class=\"mono muted\">d-1</span></li>"))
            #expect(difference.contains("<span lang=\"fr\">Registre</span> <span class=\"mono muted\">d-2</span>"))
            // What the catalogue does not show has no name; what left is struck out.
            #expect(difference.contains("[deleted:] </span>d-3<"))
            #expect(difference.contains("CNIL · Refused · 24\u{A0}April 2025 <span class=\"mono muted\">D-7</span>"))
            #expect(difference.contains("mental health") && difference.contains("<span lang=\"fr\">chimie</span>"))
            let first = try await browser.get("/projets/P-1/historique/1")
            #expect(first.contains("Base des soins <span class=\"mono muted\">d-1</span>"))
            #expect(first.contains("Dossier déposé · 20\u{A0}janvier 2025"))
            let dataset = try await browser.get("/en/databases/d-2/history/1")
            #expect(dataset.contains("mental health") && dataset.contains("Persons: 21,400"))
            // The API has what the register has.
            #expect(
                try await browser.get("/api/v1/projects/P-1/differences?from=1&to=2").contains("refused · 2025-04-24"))
        }
    }

    @Test("What left keeps its address, with its content or without it", arguments: EngineUnderTest.allCases)
    func tombstones(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            try await Self.fill(opened)
            let browser = Browser(opened)
            let kept = try await browser.get("/projets/P-2")
            #expect(kept.status == 200 && kept.contains("Fusionné avec P-1") && kept.contains("Parti"))
            let record = try await browser.get("/api/v1/projects/P-2")
            #expect(record.status == 200 && record.contains("\"contentKept\":true"))
            #expect(!(try await browser.get("/projets")).contains("Parti"))
            for address in ["/projets/P-3", "/en/projects/P-3", "/api/v1/projects/P-3"] {
                let gone = try await browser.get(address)
                #expect(gone.status == 410, "\(address)")
                #expect(gone.contains("P-1") && !gone.contains("Canari"), "\(address)")
            }
            for address in [
                "/projets/P-3/historique", "/api/v1/projects/P-3/versions", "/changements", "/changements.atom",
                "/api/v1/changes", "/api/v1/history.jsonl", "/projets/P-3.atom",
            ] {
                let answer = try await browser.get(address)
                #expect(answer.status == 200, "\(address)")
                #expect(!answer.contains("Canari"), "\(address)")
            }
            for address in [
                "/projets/P-3/historique/1", "/projets/P-3/historique/1..2", "/api/v1/projects/P-3/versions/1",
                "/api/v1/projects/P-3/differences",
            ] { #expect(try await browser.get(address).status == 410, "\(address)") }
        }
    }

    @Test("The log is told by month, as JSON and as a file", arguments: EngineUnderTest.allCases)
    func changes(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            try await Self.fill(opened)
            let browser = Browser(opened)
            let page = try await browser.get("/changements")
            #expect(page.status == 200 && page.contains("Retrait") && page.contains("Fusionné avec P-1"))
            #expect(page.contains("1\u{A0}changement de typographie seule"))
            #expect(try await browser.get("/changements/1999-01").contains("Rien n’a changé ce mois-là."))
            let first = try await browser.get("/api/v1/changes?limit=5")
            let answer = try JSON(parsing: first.body.utf8)
            #expect(answer["total"] == 8 && answer["items"]?.array?.count == 5)
            let next = try #require(answer["next"]?.string)
            #expect(try JSON(parsing: try await browser.get(next).body.utf8)["items"]?.array?.count == 3)
            #expect(try JSON(parsing: try await browser.get("/api/v1/changes?since=6").body.utf8)["total"] == 2)
            let file = try await browser.get("/api/v1/history.jsonl")
            #expect(file.body.split(separator: "\n").count == 8)
        }
    }

    @Test("Feeds are Atom, found from their pages, and not sent twice", arguments: Language.allCases)
    func feeds(language: Language) async throws {
        try await withPortal(.sqlite) { opened in
            try await Self.fill(opened)
            let browser = Browser(opened)
            for (page, feed) in [
                (PagePath.changes, AtomPath.everything), (.projects, .projects), (.project("P-1"), .project("P-1")),
                (.dataset("d-1"), .dataset("d-1")),
            ] {
                let address = feed.path(in: language)
                #expect(try await browser.get(page.path(in: language)).contains("href=\"\(address)\""))
                let answer = try await browser.get(address)
                #expect(answer.status == 200, "\(address)")
                #expect(answer.headers[.contentType] == "application/atom+xml; charset=utf-8")
                #expect(answer.contains("<link rel=\"self\" type=\"application/atom+xml\" href=\"\(address)\"/>"))
                let document = XMLNames(answer.body)
                #expect(document.isWellFormed, "\(address)")
                #expect(Set(document.ids).count == document.ids.count && document.ids.count > 1)
                #expect(document.ids.allSatisfy { $0.hasPrefix("urn:uuid:") && $0.utf8.count == 45 })
                let tag = try #require(answer.headers[.eTag])
                #expect(try await browser.get(address, headers: [.ifNoneMatch: tag]).status == 304)
            }
            let found = try await browser.get("\(AtomPath.projects.path(in: language))?q=femmes&utm_source=x")
            #expect(found.contains("q=femmes") && !found.contains("utm_source") && found.contains("Le cœur des femmes"))
            #expect(try await browser.get("\(AtomPath.projects.path(in: language))?q=absent").count("<entry>") == 0)
            #expect(try await browser.get(AtomPath.project("P-9").path(in: language)).status == 404)
        }
    }

    @Test("What is no version, month or change gives 404 or 400, never more")
    func badInput() async throws {
        try await withPortal(.sqlite) { opened in
            try await Self.fill(opened)
            let browser = Browser(opened)
            let versions = [
                "0", "9", "1..9", "3..1", "1..1", "01..2", "1..", "..1", "..", "a..b", "1..2..3", "-1", "999999999999",
                "1.2", "%00", "%F0%9F%92%A9",
            ]
            for text in versions {
                #expect(try await browser.get("/projets/P-1/historique/\(text)").status == 404, "\(text)")
            }
            for month in ["2026-13", "2026", "2026-1", "x", "0000-00", "99999-01"] {
                #expect(try await browser.get("/changements/\(month)").status == 404, "\(month)")
            }
            for query in [
                "from=0", "from=x", "to=-1", "from=3&to=1", "raw=2", "other=1", "to=99999999999999999999",
            ] {
                #expect(try await browser.get("/api/v1/projects/P-1/differences?\(query)").status == 400, "\(query)")
            }
            #expect(try await browser.get("/api/v1/projects/P-1/differences?to=9").status == 404)
            #expect(try await browser.get("/api/v1/projects/P-9/differences").status == 404)
            for query in [
                "since=x", "since=-1", "since=2026-02-30", "kind=x", "act=typography", "act=x", "limit=0", "cursor=x",
                "since=", "y=1",
            ] {
                let expected = query == "since=" ? 200 : 400
                #expect(try await browser.get("/api/v1/changes?\(query)").status == expected, "\(query)")
            }
            for query in ["kind=x&act=typography&cursor=", "act=added&kind=release", "typography=shown"] {
                #expect(try await browser.get("/changements?\(query)").status == 200, "\(query)")
            }
            #expect(try await browser.get("/changements?cursor=x").status == 400)
        }
    }
}

/// Whether a text is XML, and the ids in it.
private struct XMLNames {
    let isWellFormed: Bool
    let ids: [String]

    init(_ text: String) {
        // Each element that begins also ends, in its turn; and no mark stands alone.
        var open: [Substring] = []
        var isFine = text.hasPrefix("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n")
        for match in text.matches(of: /<(\/?)([a-z]+)[^<>]*?(\/?)>/) {
            if match.output.1 == "/" {
                if open.popLast() != match.output.2 { isFine = false }
            } else if match.output.3 != "/" {
                open.append(match.output.2)
            }
        }
        if text.firstMatch(of: /&(?!(amp|lt|gt|quot);)/) != nil { isFine = false }
        isWellFormed = isFine && open.isEmpty
        ids = text.matches(of: /<id>([^<]+)<\/id>/).map { String($0.output.1) }
    }
}
