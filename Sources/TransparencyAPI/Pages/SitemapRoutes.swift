import CivilTime
import Foundation
import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import PublicRegistry
import RightsRegistry
import SQLDatabase

/// `/sitemap.xml` and `/robots.txt`: what search engines are told.
extension Portal {
    /// Pages of one map, each in both languages. The protocol allows 50,000 addresses; a smaller map stays in memory.
    static let pagesOfAMap = 5_000

    var sitemapRoutes: [Route] {
        let robots = CachedBody(
            ByteBuffer(string: robotsText), contentType: "text/plain; charset=utf-8",
            headers: [.cacheControl: "public, max-age=3600"])
        return [
            Route(.get, "/robots.txt", access: .site) { request, _ in robots.response(to: request) },
            // One map, or the list of the maps where there are several.
            Route(.get, "/sitemap.xml", access: .site) { request, _ in
                try await cachedXML(request) {
                    let pages = try await mappedPages()
                    guard pages.count > Self.pagesOfAMap else { return map(of: pages[...]) }
                    let maps = (pages.count + Self.pagesOfAMap - 1) / Self.pagesOfAMap
                    let entries = (1...maps).map { "<sitemap><loc>\(address)/\($0).sitemap.xml</loc></sitemap>\n" }
                    return Self.xml("sitemapindex", "", entries.joined())
                }
            },
            Route(.get, "/{n}.sitemap.xml", access: .site) { request, context in
                let pages = try await mappedPages()
                guard let n = Int(try context.parameters.require("n")), n > 0, pages.count > Self.pagesOfAMap,
                    (n - 1) * Self.pagesOfAMap < pages.count
                else { throw ProblemDetails.notFound }
                let start = (n - 1) * Self.pagesOfAMap
                return try await cachedXML(request) {
                    map(of: pages[start..<min(start + Self.pagesOfAMap, pages.count)])
                }
            },
        ]
    }

    /// A page of the public half, and when it last changed where that is known.
    private struct MappedPage: Sendable {
        let page: PagePath
        var changedOn: CalendarDate?
    }

    /// Every page that may be found, the fixed ones first.
    private func mappedPages() async throws -> [MappedPage] {
        let fixed: [PagePath] = [
            .home, .projects, .datasets, .variables, .linkedDatabases, .concerned, .figures, .changes, .typographyRule,
            .rights, .easyRights, .rightsForm, .glossary, .accessibility, .personalData, .legalNotice,
        ]
        let records = try await database.read { try RegisterAddresses.all(on: $0) }
        return (fixed + (try await monthsOfChanges())).map { MappedPage(page: $0) }
            + records.flatMap { record in
                let pages = RecordPages(kind: record.kind, reference: record.reference)
                let tables = record.tables.map { PagePath.datasetTable(record.reference, $0) }
                return ([pages.record, pages.history] + tables).map {
                    MappedPage(page: $0, changedOn: record.recordedAt.date(in: policy.zone))
                }
            }
    }

    /// The months from the register's first change to this one.
    private func monthsOfChanges() async throws -> [PagePath] {
        let present = now()
        guard let first = try await changeLog.neighbours(of: present, and: Instant(milliseconds: 0)).after else {
            return []
        }
        let last = CalendarMonth(of: present, in: policy.zone)
        return CalendarMonth(of: first, in: policy.zone).months(through: last).map { .changesOf($0.text) }
    }

    private func map(of pages: ArraySlice<MappedPage>) -> String {
        var entries = ""
        for page in pages {
            let twins = Language.allCases.map { language in
                "<xhtml:link rel=\"alternate\" hreflang=\"\(language.rawValue)\" href=\"\(place(page.page, language))\"/>"
            }.joined()
            let changed = page.changedOn.map { "<lastmod>\($0)</lastmod>" } ?? ""
            for language in Language.allCases {
                entries += "<url><loc>\(place(page.page, language))</loc>\(changed)\(twins)</url>\n"
            }
        }
        return Self.xml("urlset", " xmlns:xhtml=\"http://www.w3.org/1999/xhtml\"", entries)
    }

    /// Percent-encoded, so that nothing in it needs XML's own escapes but what the portal's address has.
    private func place(_ page: PagePath, _ language: Language) -> String { address + page.path(in: language) }

    private static func xml(_ root: String, _ more: String, _ entries: String) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <\(root) xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"\(more)>
        \(entries)</\(root)>

        """
    }

    private func cachedXML(_ request: Request, _ make: () async throws -> String) async throws -> Response {
        let body = try await cache.body(for: request.uri.path, generation: register.generation) {
            CachedBody(
                ByteBuffer(string: try await make()), contentType: "application/xml; charset=utf-8",
                headers: [.cacheControl: CacheControl.register])
        }
        return body.response(to: request)
    }

    /// What is for one reader is not to be walked through; the pages say so as well.
    private var robotsText: String {
        let personal: [PagePath] = [.follow, .choices, .signIn, .operatorSignIn]
        let lines = personal.flatMap { page in
            Language.allCases.map { "Disallow: \(page.path(in: $0))" }
        }
        return """
            User-agent: *
            \(lines.joined(separator: "\n"))
            Sitemap: \(address)/sitemap.xml

            """
    }
}

/// How long public answers may be kept.
enum CacheControl {
    /// For what shows the register: browsers ask each time, which costs a 304; a shared cache (CDN) answers for a second by
    /// itself, so that a crowd reaches the portal as one, and an edit still shows at once. It may go on for a day while the
    /// portal does not answer.
    static let register = "public, max-age=0, s-maxage=1, stale-if-error=86400"
}
