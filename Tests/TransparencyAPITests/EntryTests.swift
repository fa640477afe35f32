import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import TransparencyAPI

extension Browser {
    /// Posts JSON as a program does, with the browser's session.
    fileprivate func postJSON(_ uri: String, _ body: JSON, key: String? = nil) async throws -> (Int, JSON) {
        var headers: HTTPFields = [.contentType: "application/json", .accept: "application/json"]
        if let cookie = cookie("__Host-operateur") { headers[.cookie] = "__Host-operateur=\(cookie)" }
        if let key { headers[HTTPField.Name("Idempotency-Key")!] = key }
        let response = try await client.execute(
            uri: uri, method: .post, headers: headers, body: ByteBuffer(bytes: body.canonicalBytes))
        return (Int(response.status.code), try JSON(parsing: response.body.readableBytesView))
    }
}

extension OpenedPortal {
    fileprivate func text(_ query: String) async throws -> String {
        try await database.read { try $0.first(query)?["value"] ?? "" }
    }
}

/// A letter as an operator types it; it leaves no doubt.
private let letter: [String: String] = [
    "channel": "post", "receivedOn": "02/03/2026", "right": "objection", "capacity": "dataSubject", "scope": "all",
    "birthName": "Kervézec-Canari", "givenNames": "Maëlys Anne", "birthDate": "07051969", "sex": "F",
    "nir": "2 69 05 49 588 157 80", "language": "fr",
]

private let traces = ["Kervézec", "Maëlys", "2690549588157", "rue des Essais", "maelys@"]

@Suite("What comes by post or telephone")
struct EntryTests {
    private func send(_ browser: Browser, _ fields: [String: String], key: String = "") async throws -> Browser.Page {
        try await browser.post("/operateur/saisie", (fields.merging(["key": key]) { $1 }).map { ($0, $1) })
    }

    @Test(
        "A letter is entered with its true date: the clock runs from there, and the audit knows the moment",
        arguments: EngineUnderTest.allCases)
    func letterIsEntered(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let agent = try await opened.browser(of: "agent")
            let form = try await agent.get("/operateur/saisie")
            #expect(form.status == 200)
            let key = form.hidden("key")
            let done = try await send(agent, letter, key: key)
            #expect(done.status == 303)
            let again = try await send(agent, letter, key: key)
            #expect(again.location == done.location, "a double submission is one entry")
            #expect(try await opened.count("rights_request") == 1)

            let page = try await agent.get(done.location)
            let reference = String(done.location.split(separator: "/").last ?? "")
            #expect(page.contains(reference))
            // Received on 2 March 2026, a Monday: due on 2 April.
            #expect(page.contains("jeudi 2\u{A0}avril 2026"))
            #expect(page.contains("Acceptée d’elle-même"))
            #expect(page.contains("/operateur/saisie?channel=post&amp;receivedOn=2026-03-02"))
            #expect(
                try await opened.text("SELECT data AS value FROM request_event WHERE type = 'filed'")
                    == #"{"channel":"post","identity":"notNeeded"}"#)
            #expect(try await opened.text("SELECT actor AS value FROM request_event WHERE type = 'filed'") == "citizen")
            let at = try await opened.database.read {
                try $0.first(
                    "SELECT received_at, at FROM rights_request r JOIN request_event e ON e.reference = r.reference AND e.n = 1"
                )
                .map { [try $0["received_at"] as Int64, try $0["at"] as Int64] }
            }
            #expect(at == [1_772_406_000_000, 1_772_406_000_000], "the beginning of that day in Paris")
            #expect(
                try await opened.text(
                    "SELECT detail AS value FROM audit_event WHERE act = 'request.entered' AND actor = 'agent'")
                    == #"{"channel":"post","receivedOn":"2026-03-02"}"#)

            let filed = try await agent.get("/operateur/demandes/\(reference)")
            #expect(filed.contains("par courrier"))
            #expect(!filed.contains("2\u{A0}mars 2026 à"), "a letter has a day and no hour")
            #expect(try await opened.count("letter") == 0)
            #expect(page.contains("/suivi/code-perdu"), "without an address, it says how to get a code")
            let next = try await agent.get("/operateur/saisie?channel=post&receivedOn=2026-03-02&birthName=Secret")
            #expect(next.contains("value=\"2026-03-02\""))
            #expect(!next.contains("Secret"), "nothing of a person comes in an address")
        }
    }

    @Test("A refused entry keeps everything typed, and says what is wrong where", arguments: EngineUnderTest.allCases)
    func refusedEntry(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let agent = try await opened.browser(of: "agent")
            var fields = letter
            fields.merge([
                "receivedOn": "6/3/2026", "birthDate": "31/02/1969", "nir": "2 69 05 49 588 157 81", "birthName": "",
                "scope": "projects", "projects": "ABSENT-1 ABSENT-2", "postal": "1 rue des Essais\r\n35000 Ville",
                "message": "Merci.", "doubt": "true", "email": "maelys@",
            ]) { $1 }
            let page = try await send(agent, fields)
            #expect(page.status == 422)
            for anchor in ["receivedOn", "birthName", "birthDate", "nir", "email"] {
                #expect(page.count("href=\"#\(anchor)\"") == 1, "\(anchor)")
                #expect(page.contains("id=\"\(anchor)-error\""), "\(anchor)")
            }
            for value in ["6/3/2026", "31/02/1969", "2 69 05 49 588 157 81", "ABSENT-1 ABSENT-2", "maelys@"] {
                #expect(page.contains("value=\"\(value)\""), "\(value)")
            }
            #expect(
                page.contains("1 rue des Essais\n35000 Ville</textarea>")
                    || page.contains("1 rue des Essais\r\n35000 Ville</textarea>"))
            #expect(page.contains("value=\"true\" aria-describedby=\"doubt-hint\" checked"))
            #expect(page.contains("<option value=\"projects\" selected>"))
            #expect(try await opened.count("rights_request") == 0)

            // What only the register can tell comes back just as whole.
            fields.merge([
                "receivedOn": "5/3/2026", "birthDate": "7 5 1969", "nir": letter["nir"] ?? "", "birthName": "Kervézec",
                "email": "",
            ]) { $1 }
            let unknown = try await send(agent, fields)
            #expect(unknown.status == 422)
            #expect(unknown.contains("href=\"#projects\""))
            #expect(unknown.contains("value=\"ABSENT-1 ABSENT-2\""))

            // A number that does not go with the sex asks whose it is, and then takes it.
            fields.merge(["scope": "all", "sex": "M"]) { $1 }
            let asked = try await send(agent, fields)
            #expect(asked.contains("href=\"#nirHolder\""))
            fields["nirHolder"] = "own"
            #expect(try await send(agent, fields).status == 303)
        }
    }

    @Test(
        "A date that lies ahead or too long ago is a slip",
        arguments: [("06/03/2026", "future"), ("01/09/2025", "tooOld"), ("hier", "date"), ("", "required")])
    func dates(date: String, code: String) async throws {
        try await withPortal(.sqlite) { opened in
            let agent = try await opened.browser(of: "agent")
            var fields = letter
            fields["receivedOn"] = date
            let page = try await send(agent, fields)
            #expect(page.status == 422)
            let words = FieldErrorTexts(.fr).text(
                pointer: "/receivedOn",
                code: code.hasPrefix("date") || code == "required" ? code : "receivedOn.\(code)",
                arguments: ["180"])
            #expect(page.count(words) == 2)
        }
    }

    @Test(
        "Where there is an address the code leaves as a letter, once, and nobody here is shown it",
        arguments: EngineUnderTest.allCases)
    func letterWithCode(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let agent = try await opened.browser(of: "agent")
            let fields = letter.merging(["postal": "1 rue des Essais\r\n35000 Ville", "email": "m@exemple.example"]) {
                $1
            }
            let key = try await agent.get("/operateur/saisie").hidden("key")
            let done = try await send(agent, fields, key: key)
            _ = try await send(agent, fields, key: key)
            #expect(try await opened.count("letter") == 1)
            #expect(try await opened.text("SELECT kind AS value FROM letter") == "filedOnPaper")
            #expect(
                try await opened.text("SELECT reference AS value FROM letter")
                    == String(done.location.split(separator: "/").last ?? ""))
            let page = try await agent.get(done.location)
            #expect(page.contains("Il part par courrier"))
            // Seven groups of four would be a code.
            #expect(page.body.firstMatch(of: /[0-9A-Z]{4}(-[0-9A-Z]{4}){6}/) == nil)
        }
    }

    @Test("A doubt, or words to answer, leave it to an agent", arguments: EngineUnderTest.allCases)
    func doubt(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let agent = try await opened.browser(of: "agent")
            for extra in [
                ["doubt": "true"], ["message": "Merci."], ["capacity": "guardian", "requesterName": "Yann K"],
            ] {
                let done = try await send(agent, letter.merging(extra) { $1 })
                let page = try await agent.get(done.location)
                #expect(page.contains("Elle attend un agent"), "\(extra)")
            }
            #expect(try await opened.count("ledger_entry") == 3, "in force from the entry on, all the same")
            let states = try await opened.database.read {
                try $0.query("SELECT DISTINCT state FROM rights_request").map { try $0["state"] as String }
            }
            #expect(states == ["received"])
        }
    }

    @Test("Other numbers find their place, and nothing of a person is written in the clear")
    func otherNumbers() async throws {
        try await withPortal(.sqlite) { opened in
            let agent = try await opened.browser(of: "agent")
            var fields = letter.merging(["act": "addNumber", "postal": "1 rue des Essais"]) { $1 }
            let more = try await send(agent, fields)
            #expect(more.status == 200)
            #expect(more.hidden("otherNumbers") == "1")
            #expect(more.contains("value=\"Kervézec-Canari\""))
            fields["act"] = nil
            fields.merge(["otherNumbers": "1", "otherNir0": "185057800608492", "otherSex0": "M"]) { $1 }
            let wrong = try await send(agent, fields)
            #expect(wrong.contains("href=\"#otherNir0\""))
            fields.merge(["otherNir0": "185057800608491", "otherDate0": "03051985"]) { $1 }
            let done = try await send(agent, fields)
            #expect(done.status == 303)
            let page = try await agent.get(done.location)
            for trace in traces { #expect(!page.contains(trace) && !done.headerText.contains(trace), "\(trace)") }
            let count: Int = try await opened.database.read {
                try $0.first("SELECT identifier_count FROM ledger_entry")?["identifier_count"] ?? 0
            }
            #expect(count == 2)
            let events = try await opened.database.read {
                try $0.query("SELECT data FROM request_event").map { try $0["data"] as String }.joined()
            }
            for trace in traces { #expect(!events.contains(trace)) }
        }
    }

    @Test("The right is the role’s: an auditor reads the queue and enters nothing")
    func roles() async throws {
        try await withPortal(.sqlite) { opened in
            #expect(try await Browser(opened).get("/operateur/saisie").location == "/operateur?notice=signIn")
            let auditor = try await opened.browser(of: "auditeur")
            #expect(try await auditor.get("/operateur/saisie").status == 403)
            #expect(try await send(auditor, letter).status == 403)
            #expect(try await !auditor.get("/operateur/demandes").contains("/operateur/saisie"))
            let agent = try await opened.browser(of: "agent")
            #expect(try await agent.get("/operateur/demandes").contains("/operateur/saisie"))
            // What a citizen filed was entered by nobody.
            let (reference, _) = try await Browser(opened).file()
            #expect(try await agent.get("/operateur/saisie/\(reference)").status == 404)
            #expect(try await opened.count("rights_request") == 1)
        }
    }

    @Test("The API takes the same, and never tells the secret", arguments: EngineUnderTest.allCases)
    func api(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let agent = try await opened.browser(of: "agent")
            let filing: JSON = [
                "right": "objection", "scope": ["kind": "all"], "capacity": "dataSubject",
                "subject": [
                    "birthName": "Kervézec", "givenNames": ["Maëlys"], "birthDate": "1969-05-07", "sex": "F",
                    "nir": "269054958815780",
                ],
            ]
            func body(_ members: [String: JSON]) -> JSON { .object((filing.object ?? [:]).merging(members) { $1 }) }
            let key = "une-clé-de-trente-deux-caractères"
            let entry = body(["channel": "telephone", "receivedOn": "2026-03-05"])
            let (status, answer) = try await agent.postJSON("/api/v1/operator/requests", entry, key: key)
            #expect(status == 201)
            #expect(answer["dueOn"] == "2026-04-07")
            #expect(answer["confirmed"] == true)
            #expect(answer["secret"] == nil)
            let (_, repeated) = try await agent.postJSON("/api/v1/operator/requests", entry, key: key)
            #expect(repeated == answer)
            #expect(try await agent.postJSON("/api/v1/requests", filing, key: key).1["code"] == "idempotencyKeyReused")

            let wrong = body(["channel": "pigeon", "receivedOn": "2026-03-06", "doubt": "oui", "colour": "blue"])
            let (refused, problem) = try await agent.postJSON("/api/v1/operator/requests", wrong)
            #expect(refused == 422)
            let pointers = Set((problem["errors"]?.array ?? []).compactMap { $0["pointer"]?.string })
            #expect(pointers == ["/channel", "/receivedOn", "/doubt", "/colour"])
            #expect(try await Browser(opened).postJSON("/api/v1/operator/requests", entry).0 == 401)
            #expect(try await opened.count("rights_request") == 1)
        }
    }

    @Test("A parent’s letter that waited here is judged by the age on the day it came")
    func age() async throws {
        try await withPortal(.sqlite) { opened in
            let agent = try await opened.browser(of: "agent")
            // Fifteen on 4 March 2026: entered on the fifth, received on the second.
            let child = letter.merging([
                "birthDate": "04032011", "nir": "", "capacity": "parentalAuthorityHolder",
                "requesterName": "Yann Kervézec",
            ]) { $1 }
            #expect(try await send(agent, child).status == 303)
            let late = try await send(agent, child.merging(["receivedOn": "04032026"]) { $1 })
            #expect(late.status == 422)
            #expect(late.contains("href=\"#capacity\""))
        }
    }

    @Test(
        "The paper form has boxes for each figure, the six rights, the address, and asks no proof",
        arguments: Language.allCases)
    func paperForm(language: Language) async throws {
        try await withPortal(.sqlite) { opened in
            let browser = Browser(opened)
            let page = try await browser.get(PagePath.rightsForm.path(in: language))
            #expect(page.status == 200)
            #expect(page.count("<i></i>") == 8 + 2 * 15)
            #expect(page.contains(language.pick(fr: "1 place de l’Exemple", en: "1 place de l’Exemple")))
            #expect(page.contains("01 99 00 00 00"))
            #expect(page.contains(language.pick(fr: "ni pièce d’identité", en: "no proof of identity")))
            for list in [PagePath.rights, .request] {
                let path = PagePath.rightsForm.path(in: language)
                #expect(try await browser.get(list.path(in: language)).contains("href=\"\(path)\""))
            }
        }
    }
}
