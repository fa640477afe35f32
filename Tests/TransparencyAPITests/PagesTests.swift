import Foundation
import HTTPTypes
import PublicRegistry
import SQLDatabase
import TestSupport
import Testing

@testable import TransparencyAPI

@Suite("Public pages")
struct PagesTests {
    @Test(
        "Each page is there in both languages, says which, and leads to its twin", arguments: EngineUnderTest.allCases)
    func twins(engine: EngineUnderTest) async throws {
        try await withPortal(engine, seeded: true) { opened in
            let browser = Browser(opened)
            let project = try #require(try await opened.portal.projects.search(ProjectQuery()).items.first).reference
            let dataset = try #require(try await opened.portal.datasets.search(DatasetQuery()).items.first).reference
            let pages: [PagePath] = [
                .home, .projects, .project(project), .datasets, .dataset(dataset), .request, .follow, .operatorSignIn,
                .accessibility, .personalData, .legalNotice, .changes, .typographyRule, .projectHistory(project),
                .projectVersions(project, "1"), .datasetHistory(dataset),
            ]
            for page in pages {
                for language in Language.allCases {
                    let shown = try await browser.get(page.path(in: language))
                    #expect(shown.status == 200, "\(page)")
                    #expect(shown.headers[.contentType] == "text/html; charset=utf-8")
                    #expect(shown.contains("<html lang=\"\(language.rawValue)\">"), "\(page)")
                    #expect(shown.count("<h1") == 1, "\(page)")
                    #expect(shown.count("<main") == 1)
                    #expect(!shown.between("<title>", " · ").isEmpty, "\(page)")
                    // No script or style of its own: the content policy would stop it.
                    #expect(!shown.contains("<style") && !shown.contains(" style=") && !shown.contains("<script>"))
                    let twin = shown.between("hreflang=\"\(language.other.rawValue)\" href=\"", "\"")
                    #expect(twin == page.path(in: language.other))
                    #expect(try await browser.get(twin).contains("<html lang=\"\(language.other.rawValue)\">"))
                }
            }
        }
    }

    @Test("/en leads to /en/, and addresses of pages are those of the route table")
    func englishHome() async throws {
        try await withPortal(.sqlite) { opened in
            let answer = try await Browser(opened).get("/en")
            #expect(answer.status == 308)
            #expect(answer.location == "/en/")
        }
    }

    @Test(
        "The list of projects is filtered, and words that it does not know are ignored",
        arguments: EngineUnderTest.allCases)
    func projectList(engine: EngineUnderTest) async throws {
        try await withPortal(engine, seeded: true) { opened in
            let browser = Browser(opened)
            let all = try await browser.get("/projets")
            #expect(all.count("<li class=\"result\">") == 20)
            let both = try await browser.get("/projets?status=completed&utm_source=x&status=active")
            let total = try await opened.portal.projects.search(
                ProjectQuery(facets: [.status: ["completed", "active"]])
            ).total
            #expect(both.contains(Words(.fr).projects(total)))
            // Each of them is a link that takes it back; the tracker's word is in none.
            #expect(both.contains("href=\"/projets?status=active\" aria-current=\"true\""))
            #expect(both.contains("href=\"/projets?status=completed\" aria-current=\"true\""))
            #expect(!both.contains("utm_source"))
            let shown = try await opened.portal.projects.search(ProjectQuery()).total
            #expect(try await browser.get("/projets?status=nonsense").contains(Words(.fr).projects(shown)))
            let none = try await browser.get("/en/projects?q=%22%3E%3Cscript%3Exyzzy")
            #expect(none.status == 200)
            #expect(none.contains(Words(.en).projects(0)))
            #expect(none.contains("value=\"&quot;&gt;&lt;script&gt;xyzzy\""))
            #expect(none.between("hreflang=\"fr\" href=\"", "\"") == "/projets?q=%22%3E%3Cscript%3Exyzzy")
        }
    }

    @Test("The pager leads through the whole list once, and back to its start")
    func pager() async throws {
        try await withPortal(.sqlite, seeded: true) { opened in
            let browser = Browser(opened)
            var found: [String] = []
            var address = "/projets?dataset="
            var last = address
            while !address.isEmpty {
                let page = try await browser.get(address)
                found += page.body.components(separatedBy: "<p class=\"reference\">").dropFirst().map {
                    String($0.prefix { $0 != "<" })
                }
                last = page.between("<nav class=\"pager\"", "</nav>")
                address = page.between("rel=\"next\" href=\"", "\"").replacing("&amp;", with: "&")
            }
            let total = try await opened.portal.projects.search(ProjectQuery()).total
            #expect(found.count == total)
            #expect(Set(found).count == total)
            #expect(last.contains("href=\"/projets\""))
        }
    }

    @Test("A stale cursor shows a page that says so, in the language of the address")
    func staleCursor() async throws {
        try await withPortal(.sqlite, seeded: true) { opened in
            for (address, lang) in [("/projets?cursor=abc", "fr"), ("/en/databases?cursor=abc", "en")] {
                let page = try await Browser(opened).get(address)
                #expect(page.status == 400)
                #expect(page.contains("<html lang=\"\(lang)\">"))
                #expect(page.headers[.cacheControl] == "no-store")
            }
        }
    }

    @Test("A project's page is served from memory until the register changes", arguments: EngineUnderTest.allCases)
    func cachedProject(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let browser = Browser(opened)
            func line(_ title: String) -> String {
                """
                {"reference":"P-1","title":{"fr":"\(title)"},"summary":{"fr":"Résumé"},"status":"active",\
                "controllers":[{"name":"CHU <Nord>"}],"datasets":["INCONNUE"]}
                """
            }
            try await opened.importRegister(.project, line("Première étude"))
            let first = try await browser.get("/projets/P-1")
            #expect(first.contains("Première étude"))
            #expect(first.contains("CHU &lt;Nord&gt;"))
            #expect(first.headers[.cacheControl] == "public, max-age=0, s-maxage=1, stale-if-error=86400")
            let tag = try #require(first.headers[.eTag])
            #expect(try await browser.get("/projets/P-1", headers: [.ifNoneMatch: tag]).status == 304)
            // Served without the database: a table that is gone is not missed.
            try await opened.database.write { try $0.script("ALTER TABLE project RENAME TO project_away") }
            #expect(try await browser.get("/projets/P-1?utm_source=x").contains("Première étude"))
            try await opened.database.write { try $0.script("ALTER TABLE project_away RENAME TO project") }

            try await opened.importRegister(.project, line("Seconde étude"))
            let second = try await browser.get("/projets/P-1", headers: [.ifNoneMatch: tag])
            #expect(second.status == 200)
            #expect(second.contains("Seconde étude"))
            #expect(second.contains("Version 2"))
        }
    }

    @Test("Errors are pages for browsers and problems for programs")
    func errors() async throws {
        try await withPortal(.sqlite) { opened in
            let browser = Browser(opened)
            for (address, lang) in [("/projets/rien", "fr"), ("/en/nowhere", "en"), ("/nulle-part", "fr")] {
                let page = try await browser.get(address)
                #expect(page.status == 404)
                #expect(page.contains("<html lang=\"\(lang)\">"))
                #expect(page.count("<h1") == 1)
            }
            for (address, accept) in [("/api/v1/projects/rien", "text/html"), ("/nulle-part", "application/json")] {
                let problem = try await browser.get(address, headers: [.accept: accept])
                #expect(problem.status == 404)
                #expect(problem.headers[.contentType] == "application/problem+json")
            }
            let page = try await browser.get("/projets/rien", headers: [.accept: "*/*"])
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
        }
    }

    @Test("Every style, script and icon that a page names is served, to be kept for ever")
    func assets() async throws {
        try await withPortal(.sqlite) { opened in
            let browser = Browser(opened)
            let head = try await browser.get("/").between("<head>", "</head>")
            let addresses = head.matches(of: /(?:href|src)="(\/[a-z]+\/[^"]+\?v=[0-9a-f]+)"/).map {
                String($0.output.1)
            }
            #expect(addresses.count == 8)
            for address in addresses {
                let file = try await browser.get(address)
                #expect(file.status == 200)
                #expect(file.headers[.cacheControl] == "public, max-age=31536000, immutable")
            }
            let colours = try await browser.get("/css/site-colours.css")
            #expect(colours.contains("--accent: \(opened.portal.site.colours.light.accent);"))
            #expect(colours.headers[.cacheControl] == "public, max-age=300")
        }
    }
}
