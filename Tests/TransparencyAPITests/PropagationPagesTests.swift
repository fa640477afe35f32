import CivilTime
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

@Suite("The operators’ pages of propagation")
struct PropagationPagesTests {
    private func link(_ opened: OpenedPortal, _ id: String, _ name: String) async throws {
        let moment = opened.clock.source()
        let isNew = try await opened.database.write {
            try LinkedDatabaseStore.add(
                id: id, name: LocalizedText(fr: name, en: "\(name) (en)"), connector: "sqlite:/nowhere/\(id)",
                datasets: [],
                at: moment, on: $0)
        }
        #expect(isNew)
    }

    private func confirm(_ opened: OpenedPortal, _ id: String, to end: Int64) async throws {
        let moment = opened.clock.source()
        let isNew = try await opened.database.write { connection in
            guard let linked = try LinkedDatabaseStore.find(id, on: connection) else { return false }
            return try LinkedDatabaseStore.recordConfirmation(
                from: linked.position, to: end, of: linked, at: moment, on: connection)
        }
        #expect(isNew)
    }

    private func file(_ opened: OpenedPortal) async throws -> String {
        let filed = try await Browser(opened).file()
        try await opened.sequence()
        return filed.reference
    }

    @Test(
        "The list tells of each database where it stands, in words, drawn, and in a table",
        arguments: EngineUnderTest.allCases)
    func list(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            try await link(opened, "registre", "Registre")
            try await link(opened, "urgences", "Urgences")
            _ = try await file(opened)
            _ = try await file(opened)
            try await confirm(opened, "registre", to: 2)
            let agent = try await opened.browser(of: "agent")
            let page = try await agent.get("/operateur/bases")
            #expect(page.status == 200)
            #expect(page.contains("<a href=\"/operateur/bases/registre\">Registre</a>"))
            #expect(page.contains("À jour") && page.contains("Rien de confirmé"))
            // The mark above is a third one.
            #expect(page.count("role=\"img\"") == 3 && page.count("<title id=\"lag-") == 2)
            #expect(page.contains("Retard en entrées sur 7 jours : 2 au plus, 2 maintenant"))
            #expect(
                page.contains(
                    "2 en 24\u{A0}heures (0,1 par heure), 2 en 7\u{A0}jours (moins de 0,1 par heure)"))
            #expect(page.contains("data-label=\"5\u{A0}mars\">2</td>"), "the table says what is drawn")
            #expect(page.contains("rien encore"), "what never confirmed has no date")
            #expect(!page.contains("Objectif publié dépassé"))
            #expect(!page.contains("/nowhere"), "how it is reached is told to nobody")
            let english = try await agent.get("/en/operator/databases")
            #expect(english.contains("Up to date") && english.contains("Nothing confirmed"))
            #expect(english.contains("Registre (en)"))

            opened.clock.advance(seconds: 25 * 3600)
            let later = try await opened.browser(of: "superviseur")
            let late = try await later.get("/operateur/bases")
            #expect(late.count("Objectif dépassé") == 1)
            let link = "<a href=\"/operateur/bases/urgences\">Urgences</a>"
            #expect(late.contains("\(link)\u{A0}: le plus ancien choix y attend"))
            #expect(late.contains("aria-current=\"page\">Bases liées") && late.count("aria-current") == 1)
            let queue = try await later.get("/operateur/demandes")
            #expect(queue.contains("Objectif publié dépassé") && queue.contains("/operateur/bases/urgences"))
            #expect(try await Browser(opened).get("/operateur/bases").location == "/operateur?notice=signIn")
        }
    }

    @Test(
        "What a database could not take is sent again when a supervisor says so, and nobody can call it done",
        arguments: EngineUnderTest.allCases)
    func exceptions(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            try await link(opened, "registre", "Registre")
            let references = [try await file(opened), try await file(opened)]
            try await confirm(opened, "registre", to: 2)
            let moment = opened.clock.source()
            try await opened.database.write { connection in
                for position: Int64 in [1, 2] {
                    try DeliveryExceptionStore.record(
                        "refused <by> a rule", at: position, in: "registre", now: moment, on: connection)
                }
            }
            let supervisor = try await opened.browser(of: "superviseur")
            let page = try await supervisor.get("/operateur/bases/registre")
            #expect(page.contains("Des exceptions") && !page.contains("À jour"))
            #expect(page.count("refused &lt;by&gt; a rule") == 2)
            for reference in references { #expect(page.contains("/operateur/demandes/\(reference)")) }
            let agent = try await opened.browser(of: "agent")
            let read = try await agent.get("/operateur/bases/registre")
            #expect(read.contains("À traiter") && !read.contains("Renvoyer"))
            let action = "/operateur/bases/registre/exceptions"
            #expect(try await agent.post(action, ["all": "yes"]).status == 403)

            let objection = page.hidden("objection")
            let sent = try await supervisor.post(action, ["objection": objection])
            #expect(sent.location == "/operateur/bases/registre?notice=retried")
            let after = try await supervisor.get(sent.location)
            #expect(after.contains("À renvoyer") && after.count("Renvoyer<span") == 1)
            #expect(after.contains("Des exceptions"), "it is open until the database has taken it")
            #expect(try await supervisor.post(action, ["objection": objection]).location.hasSuffix("nothingToRetry"))
            #expect(try await supervisor.post(action, ["objection": "x"]).location.hasSuffix("nothingToRetry"))
            #expect(try await supervisor.post(action, ["all": "yes"]).location.hasSuffix("=retried"))
            let waiting = try await opened.database.read {
                try DeliveryExceptionStore.waiting(in: "registre", limit: 9, on: $0)
            }
            #expect(waiting.count == 2)
            #expect(try await supervisor.post("/operateur/bases/x/exceptions", ["all": "yes"]).status == 404)
        }
    }

    @Test(
        "A comparison is asked for and shown, each of them kept; a repair only where one differs, and once it is confirmed",
        arguments: EngineUnderTest.allCases)
    func reconciliations(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            try await link(opened, "registre", "Registre")
            let supervisor = try await opened.browser(of: "superviseur")
            let (place, action) = ("/operateur/bases/registre", "/operateur/bases/registre/rapprochement")
            #expect(try await supervisor.get(place).contains("Aucun pour l’instant."))
            #expect(try await supervisor.post(action, [:]).location == "\(place)?notice=asked")
            let waiting = try await supervisor.get(place)
            #expect(waiting.contains("Un rapprochement est en cours") && !waiting.contains("Demander un rapprochement"))
            #expect(try await supervisor.post(action, [:]).location == "\(place)?notice=notAsked")

            func end(_ outcome: ReconciliationRun.Outcome) async throws {
                let moment = opened.clock.source()
                try await opened.database.write { connection in
                    let run = try #require(try ReconciliationStore.begin(at: moment, on: connection))
                    let differs = outcome == .differs
                    try ReconciliationStore.end(
                        run, outcome,
                        .init(
                            position: 0, ourCount: 3, ourDigest: "", theirCount: differs ? 2 : 3, theirDigest: "",
                            missing: differs ? 1 : 0, stale: 0, surplus: 0, tokens: [:]), at: moment, on: connection)
                }
            }
            try await end(.agrees)
            let agreed = try await supervisor.get(place)
            #expect(agreed.contains("Concorde") && agreed.contains("3 lignes attendues, 3 trouvées"))
            #expect(!agreed.contains("Oui, réparer"))
            let repair = ["mode": "repair", "repair": "yes"] as KeyValuePairs
            #expect(
                try await supervisor.post(action, repair).location.hasSuffix("notAsked"), "nothing is to be repaired")

            opened.clock.advance(seconds: 60)
            _ = try await supervisor.post(action, [:])
            try await end(.differs)
            #expect(try await supervisor.get(place).contains("Oui, réparer cette liste"))
            #expect(try await supervisor.post(action, ["mode": "repair"]).location.hasSuffix("notConfirmed"))
            let agent = try await opened.browser(of: "agent")
            #expect(try await agent.post(action, repair).status == 403)
            #expect(!(try await agent.get(place).contains("Oui, réparer")))
            opened.clock.advance(seconds: 60)
            let again = try await opened.browser(of: "administrateur")
            #expect(try await again.post(action, repair).location.hasSuffix("=asked"))
            let asked = try await opened.database.read { try ReconciliationStore.runs(of: "registre", on: $0) }
            #expect(asked.map(\.repairs) == [true, false, false] && asked[0].role == "administrator")
            try await end(.repaired)

            // Every run is kept and can be reached.
            for _ in 0..<20 {
                opened.clock.advance(seconds: 60)
                _ = try await (try await opened.browser(of: "superviseur")).post(action, [:])
                try await end(.agrees)
            }
            let last = try await opened.browser(of: "superviseur")
            let first = try await last.get(place)
            #expect(first.count("3 lignes attendues") == 20)
            let older = try await last.get(first.between("rel=\"next\" href=\"", "\""))
            #expect(older.count("3 lignes attendues") == 3 && older.contains("Réparée"))
            #expect(try await last.get("\(place)?cursor=x").status == 400)
        }
    }

    @Test("A circuit that is open says since when, and is tried at once on demand")
    func circuit() async throws {
        try await withPortal(.sqlite) { opened in
            try await link(opened, "registre", "Registre")
            let moment = opened.clock.source()
            try await opened.database.write { connection in
                for _ in 0..<7 {
                    try LinkedDatabaseStore.recordFailure(
                        "can't be reached", isOutOfPlace: false, of: "registre", at: moment, on: connection)
                }
                try LinkedDatabaseStore.recordNextTry(
                    of: "registre", at: moment.adding(seconds: 300), on: connection)
            }
            let supervisor = try await opened.browser(of: "superviseur")
            for place in ["/operateur/bases", "/operateur/bases/registre"] {
                let page = try await supervisor.get(place)
                #expect(page.contains("Injoignable") && page.contains("7\u{A0}essais ; essais espacés ; prochain le"))
            }
            #expect(try await supervisor.get("/operateur/bases/registre").contains("can&#39;t be reached"))
            let tried = try await supervisor.post("/operateur/bases/registre/essai", [:])
            #expect(tried.location == "/operateur/bases/registre?notice=tried")
            let linked = try await opened.database.read { try LinkedDatabaseStore.find("registre", on: $0) }
            #expect(linked?.tries == 0)
            #expect(try await supervisor.get("/operateur/bases/inconnue").status == 404)
        }
    }
}
