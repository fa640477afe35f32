import HTTPTypes
import HummingbirdTesting
import NIOCore
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

@Suite("What everybody reads of the linked databases")
struct LinkedDatabasesPageTests {
    private func json(_ opened: OpenedPortal, _ uri: String) async throws -> JSON {
        let answer = try await opened.client.execute(uri: uri, method: .get)
        #expect(answer.status == .ok)
        return try JSON(parsing: answer.body.readableBytesView)
    }

    @Test(
        "Target, last confirmation and measured delay; nothing of fewer than eleven choices, nothing done that is not",
        arguments: EngineUnderTest.allCases)
    func page(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let moment = opened.clock.source()
            _ = try await opened.database.write { connection in
                for (id, connector) in [("registre", "sqlite:/secret-place"), ("archive", "manual:")] {
                    _ = try LinkedDatabaseStore.add(
                        id: id, name: LocalizedText(fr: "Base \(id)", en: "Database \(id)"), connector: connector,
                        datasets: [], at: moment, on: connection)
                }
            }
            let browser = Browser(opened)
            let first = try await browser.get("/bases-liees")
            #expect(first.contains("Rien à confirmer") && first.contains("aucune encore"))
            #expect(first.contains("sous 24\u{A0}heures") && first.contains("sous 30\u{A0}jours"))
            #expect(first.contains("trop peu de choix pour le dire"))
            #expect(!first.contains("secret-place"))
            #expect(try await json(opened, "/api/v1/statistics")["propagation"] == ["days": 90, "everywhere": .null])

            for _ in 0..<11 { _ = try await Browser(opened).file() }
            try await opened.sequence()
            opened.clock.advance(seconds: 300)
            let later = opened.clock.source()
            _ = try await opened.database.write { connection in
                let linked = try LinkedDatabaseStore.find("registre", on: connection)!
                return try LinkedDatabaseStore.recordConfirmation(
                    from: 0, to: 11, of: linked, at: later, on: connection)
            }
            opened.clock.advance(seconds: 25 * 3600)
            let page = try await browser.get("/bases-liees")
            #expect(page.contains("À jour") && page.contains("Rien de confirmé"))
            #expect(page.contains("la moitié en 5\u{A0}minutes, 95 sur 100 en 5\u{A0}minutes"))
            #expect(page.contains("la moitié des choix ont été confirmés partout en 25\u{A0}heures"))
            #expect(!page.contains("Dépassé"), "by hand there is more time")
            let english = try await browser.get("/en/linked-databases")
            #expect(english.contains("half in 5\u{A0}minutes, 95 in 100 in 5\u{A0}minutes"))
            #expect(english.contains("Nothing confirmed"))

            let items = try await json(opened, "/api/v1/databases")["items"]?.array ?? []
            #expect(items.map { $0["id"]?.string } == ["archive", "registre"])
            #expect(items[0]["targetHours"]?.int == 720 && items[0]["isLate"]?.bool == false)
            #expect(
                items[1]["delay"] == [
                    "cases": 11, "firstQuartileSeconds": 300, "medianSeconds": 300, "thirdQuartileSeconds": 300,
                    "percentile95Seconds": 300,
                ])
            #expect(items[0]["delay"]?["medianSeconds"]?.int == 300 + 25 * 3600)
            let statistics = try await json(opened, "/api/v1/statistics")
            #expect(statistics["propagation"]?["everywhere"]?["cases"]?.int == 11)
            #expect(try await browser.get("/bases").contains("href=\"/bases-liees\""))
            #expect(try await browser.get("/").contains("href=\"/bases-liees\""))

            opened.clock.advance(seconds: 30 * 86_400)
            #expect(try await browser.get("/bases-liees").contains("Dépassé : des choix attendent"))
        }
    }

    @Test(
        "Linked databases, and the catalogue’s databases that they hold, are counted apart and the same on every page")
    func counts() async throws {
        try await withPortal(.sqlite, seeded: true) { opened in
            let moment = opened.clock.source()
            _ = try await opened.database.write { connection in
                for (id, datasets) in [
                    ("ville", ["soins-ville", "premiers-pas"]),
                    ("registre", ["cancers-aubelande", "not-in-catalogue"]),
                ] {
                    _ = try LinkedDatabaseStore.add(
                        id: id, name: LocalizedText(fr: "Base \(id)", en: "Database \(id)"), connector: "manual:",
                        datasets: datasets, at: moment, on: connection)
                }
            }
            let browser = Browser(opened)
            let home = try await browser.get("/en/")
            #expect(home.contains("<strong>3</strong> of them receive your choices, through"))
            #expect(home.contains(">2\u{A0}linked databases</a>"))
            let catalogue = try await browser.get("/en/databases")
            #expect(
                catalogue.contains("Objections reach 3 of 12") && catalogue.contains(">2\u{A0}linked databases</a>"))
            #expect(catalogue.count("Objections passed on") == 3 && !catalogue.contains("Linked database</span>"))
            let linked = try await browser.get("/bases-liees")
            #expect(
                linked.contains("2\u{A0}bases liées, qui tiennent 3\u{A0}bases de données sur les 12 du catalogue."))
            #expect(linked.count("href=\"/bases/soins-ville\"") == 1 && !linked.contains("not-in-catalogue"))
            // Where no objection counts, none is said to be passed on.
            for (reference, isSaid) in [("DEMO-P-005", true), ("DEMO-P-017", false), ("DEMO-P-038", false)] {
                let page = try await browser.get("/projets/\(reference)")
                #expect(page.status == 200)
                #expect(page.contains("les oppositions y sont transmises") == isSaid, "\(reference)")
            }
        }
    }
}
