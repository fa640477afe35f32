import CivilTime
import Foundation
import PublicRegistry
import SQLDatabase
import TestSupport
import Testing

@testable import TransparencyAPI

/// A project of the register with these members besides those that it is not shown without. It is 5 March 2026.
private func project(_ reference: String = "P-1", title: String = "Un projet", _ members: String) -> String {
    """
    {"reference":"\(reference)","title":{"fr":"\(title)"},"summary":{"fr":"Un résumé."},\
    "controllers":[{"name":"CHU de Brest"}]\(members)}

    """
}

@Suite("A project’s page")
struct ProjectPageTests {
    @Test(
        "Results are late once their date has passed and none is published: the register’s date, or the end and the site’s months",
        arguments: EngineUnderTest.allCases)
    func lateResults(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            try await opened.importRegister(
                .project,
                project("late", #","status":"completed","endsOn":"2024-09-04""#)
                    + project("due", #","status":"completed","endsOn":"2024-09-05""#)
                    + project("stated", #","status":"active","resultsDueOn":"2026-03-04""#)
                    + project(
                        "published",
                        #","status":"completed","endsOn":"2020-01-01","results":[{"title":{"fr":"Un article"}}]"#)
                    + project("refused", #","status":"refused","resultsDueOn":"2020-01-01""#))
            let browser = Browser(opened)
            let late = try await browser.get("/projets/late")
            #expect(late.contains("Résultats en retard") && late.contains("avant le 4\u{A0}mars 2026"))
            #expect(late.contains("18\u{A0}mois après la fin du projet"))
            let due = try await browser.get("/projets/due")
            #expect(!due.contains("Résultats en retard") && due.contains("5\u{A0}mars 2026"))
            #expect(try await browser.get("/en/projects/stated").contains("Results are late"))
            for reference in ["published", "refused"] {
                let page = try await browser.get("/projets/\(reference)")
                #expect(page.status == 200 && !page.contains("Résultats en retard"), "\(reference)")
                #expect(!page.contains("Résultats attendus avant le"), "\(reference)")
            }
        }
    }

    @Test("It says from when an objection counts, and offers it where it can still change something")
    func objection() async throws {
        try await withPortal(.sqlite) { opened in
            let terms = #","objection":{"applies":true}"#
            try await opened.importRegister(
                .project,
                project("active", #","status":"active""# + terms) + project("done", #","status":"completed""# + terms)
                    + project("never", #","status":"refused""#)
                    + project(
                        "law", #","status":"active","objection":{"applies":false,"reason":{"fr":"La loi l’impose."}}"#))
            let browser = Browser(opened)
            let active = try await browser.get("/projets/active")
            #expect(active.contains("dès la prochaine extraction") && active.contains("M’opposer à ce projet"))
            let done = try await browser.get("/projets/done")
            #expect(done.contains("n’y change plus rien") && !done.contains("M’opposer à ce projet"))
            #expect(done.contains("M’opposer à tout"))
            #expect(try await browser.get("/projets/never").contains("ne se fait pas"))
            let law = try await browser.get("/projets/law")
            #expect(law.contains("ne s’applique pas") && law.contains("La loi l’impose."))
            #expect(!law.contains("M’opposer à ce projet") && !law.contains("prochaine extraction"))
        }
    }

    @Test("Each step is told in words with its date, and drawn with the same number", arguments: Language.allCases)
    func timeline(language: Language) async throws {
        let record = try await stored(
            """
            ,"status":"active","timeline":[{"step":"cnil","date":"2025-03-03"},{"step":"submitted","date":"2025-01-06"},\
            {"step":"delivery"}],"startsOn":"2025-03-04","endsOn":"2027-03-04","retentionEndsOn":"2030-01-01"
            """)
        let timeline = try #require(
            ProjectTimeline(
                record, today: CalendarDate(year: 2026, month: 3, day: 5)!, resultsDueOn: nil, language: language))
        #expect(timeline.steps.map(\.number) == ["1", "2", "3", "4", "5", nil])
        #expect(timeline.steps[0].label == language.pick(fr: "Dossier déposé", en: "Application submitted"))
        #expect(
            timeline.steps[1].note == language.pick(fr: "56\u{A0}jours plus tard", en: "56\u{A0}days later"))
        #expect(timeline.steps.map(\.isToCome) == [false, false, false, true, true, false])
        let drawing = try #require(timeline.drawing)
        #expect(drawing.marks.map(\.number) == ["1", "2", "3", "4", "5"])
        #expect(drawing.marks.first?.x == "4%" && drawing.marks.last?.x == "96%")
        // Two steps a day apart do not cover each other.
        #expect(drawing.marks[1].y != drawing.marks[2].y)
        #expect(drawing.today != nil && drawing.period != nil && drawing.kept != nil)
    }

    private func stored(_ members: String) async throws -> Project {
        let found = Found()
        try await withPortal(.sqlite) { opened in
            try await opened.importRegister(.project, project("P-1", members))
            await found.take(try await opened.portal.projects.project("P-1")?.project)
        }
        return try #require(await found.project)
    }

    private actor Found {
        private(set) var project: Project?
        func take(_ project: Project?) { self.project = project }
    }

    @Test(
        "A version keeps its address, says that it is an old one, and is what a citation leads to",
        arguments: EngineUnderTest.allCases)
    func permalink(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            try await opened.importRegister(.project, project("P-1", title: "Un premier titre", #","status":"active""#))
            try await opened.importRegister(.project, project("P-1", title: "Un second titre", #","status":"active""#))
            let browser = Browser(opened)
            let old = try await browser.get("/projets/P-1/version/1")
            #expect(old.contains("<h1>Un premier titre") && old.contains("Vous lisez la version 1"))
            #expect(old.contains("content=\"noindex\""))
            let newest = try await browser.get("/projets/P-1")
            #expect(newest.contains("<h1>Un second titre") && !newest.contains("Vous lisez la version"))
            #expect(newest.contains("http://127.0.0.1:8080/projets/P-1/version/2"))
            #expect(newest.contains("CHU de Brest. Un second titre. Répertoire public des projets"))
            #expect(try await browser.get("/en/projects/P-1/version/2").status == 200)
            for n in ["3", "0", "-1", "x", "99999999999999999999"] {
                #expect(try await browser.get("/projets/P-1/version/\(n)").status == 404, "\(n)")
            }
        }
    }

    @Test("What it says to machines is JSON-LD, and no text of the register ends its element")
    func structuredData() async throws {
        try await withPortal(.sqlite) { opened in
            let title = #"</script><script>alert(1)</script> & \u2028 “x”"#
            try await opened.importRegister(
                .project,
                project("P-1", title: title, #","status":"active","startsOn":"2025-01-06","keywords":{"fr":["a","b"]}"#)
            )
            let page = try await Browser(opened).get("/projets/P-1")
            let text = page.between("<script type=\"application/ld+json\">", "</script>")
            #expect(!text.contains("<") && !text.contains("\u{2028}"))
            let data = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            let entity = try #require(data["mainEntity"] as? [String: Any])
            #expect(entity["@type"] as? String == "ResearchProject")
            #expect((entity["name"] as? String)?.hasPrefix("</script><script>alert(1)") == true)
            #expect(entity["foundingDate"] as? String == "2025-01-06")
            #expect(page.count("<script") == 2, "the page’s own, and the data")
        }
    }

    @Test("Each word that a page leads to the glossary for stands there", arguments: Language.allCases)
    func glossary(language: Language) async throws {
        try await withPortal(.sqlite) { opened in
            let codes =
                Procedure.allCases.map(\.rawValue) + Sensitivity.allCases.map(\.rawValue)
                + AccessType.allCases.map(\.rawValue)
            let known = Set(opened.portal.texts.glossary.entries.map(\.id))
            #expect(Set(codes).subtracting(known) == [])
            let page = try await Browser(opened).get(PagePath.glossary.path(in: language))
            for entry in opened.portal.texts.glossary.entries {
                #expect(page.count("id=\"\(entry.id)\"") == 1, "\(entry.id)")
            }
            let folder = OpenedPortal.root.appending(path: "templates/\(language.rawValue)")
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
                let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
                for link in text.matches(of: /frame\.links\.glossary\}\}#([A-Za-z]+)/) {
                    #expect(known.contains(String(link.output.1)), "\(name): \(link.output.1)")
                }
            }
        }
    }
}
