import HTTPServer
import HTTPTypes
import PublicRegistry
import RightsRegistry
import SQLDatabase
import TestSupport
import Testing

@testable import TransparencyAPI

private let hospital = """
    {"reference":"HOPITAL","title":{"fr":"Hôpital","en":"Hospital"},"coverage":{"careKinds":["hospital"],\
    "regions":["Aubelande"],"period":{"startsOn":"2012-01-01"},"ages":{"from":18,"to":99}}}
    """
private let pharmacy = """
    {"reference":"PHARMACIE","title":{"fr":"Pharmacie"},"coverage":{"careKinds":["medicines","hospital"]}}
    """

private func project(_ reference: String, _ status: String, _ datasets: String, more: String = "") -> String {
    """
    {"reference":"\(reference)","title":{"fr":"Projet \(reference)"},"summary":{"fr":"R"},"status":"\(status)",\
    "controllers":[{"name":"CHU"}],"datasets":[\(datasets)]\(more)}
    """
}

extension OpenedPortal {
    fileprivate func fill() async throws {
        let silent = #"{"reference":"MUETTE","title":{"fr":"Muette"}}"#
        try await importRegister(.dataset, [hospital, pharmacy, silent].joined(separator: "\n"))
        try await importRegister(
            .project,
            [
                project("P-1", "active", "\"HOPITAL\""), project("P-2", "underReview", "\"HOPITAL\",\"PHARMACIE\""),
                project("P-3", "completed", "\"PHARMACIE\""), project("P-4", "refused", "\"HOPITAL\""),
                project("P-5", "active", "\"MUETTE\""),
                project("P-6", "active", "\"HOPITAL\"", more: #","procedure":"permanentAccess""#),
            ].joined(separator: "\n"))
    }
}

@Suite("Am I concerned?")
struct ConcernedPageTests {
    @Test(
        "What was ticked leads to the databases that share it, each with why, and to their projects",
        arguments: EngineUnderTest.allCases)
    func answer(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            try await opened.fill()
            let browser = Browser(opened)
            let form = try await browser.get("/suis-je-concerne")
            #expect(form.status == 200 && form.count("type=\"checkbox\"") == CareKind.allCases.count)
            #expect(form.contains("<option value=\"Aubelande\">"))
            let found = try await browser.post(
                "/suis-je-concerne",
                ["care": "hospital", "region": "Aubelande", "from": "2015", "to": "2016", "age": "40"])
            #expect(found.status == 200)
            #expect(found.contains("2\u{A0}bases de données vous contiennent probablement"))
            #expect(found.contains("elle couvre : Aubelande") && found.contains("elle a des données depuis 2012"))
            #expect(found.contains("elle porte sur les âges de 18 à 99 ans"))
            #expect(found.contains("Elle ne dit pas quelles régions elle couvre."))
            #expect(found.contains(">Peut-être<") && found.contains(">Probablement<"))
            for shown in ["P-1", "P-2", "P-3", "P-6"] {
                #expect(found.contains("href=\"/projets/\(shown)\""), "\(shown)")
            }
            for absent in ["P-4", "P-5"] { #expect(!found.contains("href=\"/projets/\(absent)\""), "\(absent)") }
            #expect(found.contains("L’organisme a un accès permanent"))
            #expect(found.contains("Ce portail ne l’atteint pas encore."))
            #expect(found.contains("1\u{A0}base du catalogue ne dit pas quels soins elle couvre"))
            #expect(found.contains("href=\"/droits/exercer\""))
            #expect(!found.contains("ertainement vous") && !found.contains("vous contient certainement"))
            // The answers are in the form again, to be changed.
            #expect(found.contains("value=\"hospital\" aria-describedby=\"care-hint\" checked"))
            #expect(!found.contains("value=\"emergency\" checked"))
            #expect(found.contains("<option value=\"Aubelande\" selected>") && found.contains("value=\"2015\""))
        }
    }

    @Test("What is ruled out is not shown; where nothing is found that is said", arguments: EngineUnderTest.allCases)
    func ruledOut(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            try await opened.fill()
            let browser = Browser(opened)
            let before = try await browser.post("/en/am-i-concerned", ["care": "hospital", "to": "2010"])
            #expect(before.contains("1\u{A0}database probably holds you") && !before.contains("/en/databases/HOPITAL"))
            let none = try await browser.post("/en/am-i-concerned", ["care": "vaccination"])
            #expect(none.status == 200 && none.contains("We find no database from your answers"))
            #expect(!none.contains("/en/projects/P-"))
        }
    }

    @Test("A linked database is told apart, and what an objection does there")
    func linked() async throws {
        try await withPortal(.sqlite) { opened in
            try await opened.fill()
            try await opened.link("registre", datasets: ["HOPITAL"])
            let found = try await Browser(opened).post("/suis-je-concerne", ["care": "hospital"])
            #expect(found.contains("Si vous vous opposez, de nouvelles données"))
            #expect(found.contains("Nous n’atteignons pas toutes ses bases"))
        }
    }

    @Test("A slip is told beside its field, and nothing that was typed is lost", arguments: Language.allCases)
    func slips(language: Language) async throws {
        try await withPortal(.sqlite) { opened in
            try await opened.fill()
            let page = try await Browser(opened).post(
                PagePath.concerned.path(in: language),
                ["from": "2020", "to": "2015", "age": "cent", "region": "<b>Nulle part"])
            #expect(page.status == 422 && page.headers[.cacheControl] == "no-store")
            for anchor in ["care", "to", "age", "region"] { #expect(page.contains("href=\"#\(anchor)\""), "\(anchor)") }
            #expect(page.contains("value=\"2020\"") && page.contains("value=\"cent\""))
            #expect(!page.contains("<b>Nulle"))
            #expect(page.between("<title>", "<").hasPrefix(language.pick(fr: "Erreur", en: "Error")))
        }
    }

    @Test("An answer is stored nowhere: no cookie, no address, no cache, no row", arguments: EngineUnderTest.allCases)
    func nothingIsKept(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            try await opened.fill()
            let browser = Browser(opened)
            _ = try await browser.get("/suis-je-concerne")
            let before = try await opened.rows()
            let kept = opened.portal.cache.bytes
            for language in Language.allCases {
                let page = try await browser.post(
                    PagePath.concerned.path(in: language),
                    ["care": "mentalHealth", "care": "hospital", "age": "47", "from": "1987", "extra": "zcanarizz"])
                #expect(page.status == 200 && page.headers[.cacheControl] == "no-store")
                #expect(page.headers[.setCookie] == nil && page.headers[.location] == nil && page.headers[.eTag] == nil)
                #expect(!page.headerText.contains("1987") && !page.contains("zcanarizz"))
                #expect(!page.body.contains("?care=") && !page.body.contains("age=47"))
            }
            #expect(try await opened.rows() == before)
            #expect(opened.portal.cache.bytes == kept)
            // Asked by address, it answers nothing.
            let asked = try await browser.get("/suis-je-concerne?care=hospital&age=47")
            #expect(asked.status == 200 && !asked.contains("value=\"47\"") && !asked.contains("probablement vous"))
            #expect(
                try await Browser(opened).post("/suis-je-concerne", ["care": "hospital"], from: "cross-site").status
                    == 403)
        }
    }

    @Test("Beyond the limit the form comes again as it was filled in")
    func limited() async throws {
        let tight = RateLimit(perAddress: Allowance(burst: 1, perSecond: 0.1))
        try await withPortal(.sqlite, rateLimits: [.form: tight]) { opened in
            try await opened.fill()
            let fields: KeyValuePairs = ["care": "hospital", "age": "47"]
            #expect(try await Browser(opened).post("/suis-je-concerne", fields).status == 200)
            let refused = try await Browser(opened).post("/suis-je-concerne", fields)
            #expect(refused.status == 429 && refused.headers[.retryAfter] == "10")
            #expect(refused.contains("value=\"47\"") && refused.contains("Rien n’est perdu"))
            #expect(refused.headers[.cacheControl] == "no-store")
        }
    }
}

extension OpenedPortal {
    fileprivate func link(_ id: String, datasets: [String]) async throws {
        let moment = clock.source()
        _ = try await database.write { connection in
            try LinkedDatabaseStore.add(
                id: id, name: LocalizedText(fr: "Registre"), connector: "sqlite:/nowhere", datasets: datasets,
                at: moment, on: connection)
        }
    }

    /// How many rows each table has.
    fileprivate func rows() async throws -> [String: Int] {
        let names = try await database.read { connection in
            try connection.query(
                connection.engine == .sqlite
                    ? "SELECT name FROM sqlite_master WHERE type = 'table'"
                    : "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()"
            ).map { try $0["name"] as String }
        }
        var rows: [String: Int] = [:]
        for name in names { rows[name] = try await count(name) }
        #expect(rows.count > 30)
        return rows
    }
}
