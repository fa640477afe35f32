import Testing

@testable import TransparencyAPI

@Suite("The site as files")
struct StaticSiteTests {
    private func plan() -> StaticSitePlan { StaticSitePlan(known: { !$0.hasPrefix("/suivi") }) }

    @Test("Each address has a file that any web server finds, and no two share one")
    func files() {
        var plan = plan()
        let places = [
            ("/", "/"), ("/en/", "/en/"), ("/projets", "/projets/"), ("/projets/A.1", "/projets/A.1/"),
            ("/api/v1/projects/A.1", "/api/v1/projects/A.1.json"),
            ("/api/v1/projects/A.1/releases", "/api/v1/projects/A.1/releases.json"),
            ("/api/v1/projects", "/api/v1/projects.json"), ("/api/v1/projects.csv", "/api/v1/projects.csv"),
            ("/css/regard.css?v=12", "/css/regard.css?v=12"), ("/projets/P%2F1", nil),
            ("/projets/%C3%A9%20t", "/projets/%C3%A9%20t/"), ("/glossaire#cnil", "/glossaire/#cnil"),
            ("/projets?cursor=abc", "/projets/~2/"), ("/projets?cursor=def", "/projets/~3/"),
            ("/projets?cursor=abc", "/projets/~2/"),
            // The server's own.
            ("/projets?q=x", nil), ("/projets?status=active&cursor=abc", nil), ("/suivi", nil), ("/projets/..", nil),
            ("/projets/%2E%2E/%2e%2e/etc", nil), ("/projets/%00", nil),
        ]
        for (link, place) in places { #expect(plan.place(of: link) == place, "\(link)") }
        var sources: [String: String] = [:]
        while let (source, file) = plan.next() {
            #expect(sources.updateValue(source, forKey: file) == nil, "\(file)")
            #expect(!file.hasPrefix("/") && !file.contains(".."))
        }
    }

    @Test("A page leads within the copy, and elsewhere to the portal; a form says whose it is")
    func links() {
        let page = StaticPage(
            """
            <a href="/projets">1</a><a href="/suivi?a=1&amp;b=&quot;2&quot;">2</a><a href="https://x.example/">3</a>\
            <form class="search" action="/projets" role="search"><input></form><img src="/images/a.svg?v=1">
            """, language: .fr)
        let text = page.leading(portal: "https://portail.example") { link in
            link.hasPrefix("/suivi") ? nil : link.hasPrefix("/projets") ? "/projets/" : link
        }
        #expect(text.contains("<a href=\"/projets/\">1</a>"))
        #expect(text.contains("<a href=\"https://portail.example/suivi?a=1&amp;b=&quot;2&quot;\">2</a>"))
        #expect(text.contains("<a href=\"https://x.example/\">3</a>"))
        #expect(text.contains("action=\"https://portail.example/projets\" role=\"search\"><p class=\"hint\">"))
        #expect(text.contains("src=\"/images/a.svg?v=1\""))
    }
}
