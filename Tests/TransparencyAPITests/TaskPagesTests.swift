import HTTPTypes
import HummingbirdTesting
import NIOCore
import Propagation
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import TransparencyAPI

/// A portal with one database that a program comes for and one whose custodian comes by browser, and a request of access.
private struct AskedPortal: Sendable {
    let opened: OpenedPortal
    let pulled: PulledDatabase
    let custodian: Browser
    let agent: Browser
    let citizen: Browser
    let reference: String

    init(_ opened: OpenedPortal) async throws {
        self.opened = opened
        pulled = try await PulledDatabase(opened, "tireuse")
        try await opened.link("manuelle", connector: "manual:")
        let accounts = OperatorAccounts(
            database: opened.database, otpKey: try opened.store.symmetricKey(.totp),
            gate: PasswordGate(parameters: Argon2Parameters(memoryKiB: 8, passes: 1, lanes: 1), threads: 1),
            now: opened.clock.source)
        let generator = try await accounts.add(
            name: "gilles", role: .custodian, password: OpenedPortal.password, databases: ["manuelle"])
        opened.clock.advance(seconds: 30)
        custodian = Browser(opened)
        _ = try await custodian.signIn(
            "gilles", OpenedPortal.password, generator.code(step: OneTimePassword.step(at: opened.clock.source())))
        agent = try await opened.browser(of: "agent")
        let body: JSON = [
            "right": "access", "scope": ["kind": "all"], "capacity": "dataSubject",
            "subject": [
                "birthName": "Kervézec-Canari", "givenNames": ["Maëlys"], "birthDate": "1985-05-07", "sex": "M",
                "nir": "185057800608491",
            ],
        ]
        let filed = try await opened.client.execute(
            uri: "/api/v1/requests", method: .post, headers: [.contentType: "application/json"],
            body: ByteBuffer(bytes: body.canonicalBytes))
        #expect(filed.status == .created)
        let receipt = try JSON(parsing: filed.body.readableBytesView)
        reference = try #require(receipt["reference"]?.string)
        citizen = Browser(opened)
        _ = try await citizen.open((reference, try #require(receipt["secret"]?.string)))
    }

    var page: String { "/operateur/demandes/\(reference)" }

    func act(_ fields: KeyValuePairs<String, String>) async throws -> Browser.Page {
        try await agent.post("\(page)/actes", fields)
    }

    /// What a program sends as its answer.
    func post(_ answer: JSON, to task: String) async throws -> TestResponse {
        try await opened.client.execute(
            uri: "/api/v1/feeds/tireuse/tasks/\(task)", method: .post,
            headers: [.contentType: "application/json", .authorization: "Bearer \(pulled.token)"],
            body: ByteBuffer(bytes: answer.canonicalBytes))
    }

    func answer(_ task: String, _ kind: String, _ more: [String: JSON] = [:]) -> JSON {
        .object(
            [
                "format": "regard-task-answer-v1", "database": "tireuse", "id": .string(task), "answer": .string(kind),
            ].merging(more) { $1 })
    }
}

@Suite("What databases are asked, on pages and at the door of feeds")
struct TaskPagesTests {
    @Test(
        "An operator asks, a program and a person answer, and the citizen reads when",
        arguments: EngineUnderTest.allCases)
    func wholeWay(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let asked = try await AskedPortal(opened)
            let before = try await asked.agent.get(asked.page)
            #expect(before.contains("Vérifiez d’abord l’identité") && !before.contains("value=\"taskSent\""))
            #expect(!(try await asked.citizen.get("/suivi").contains("Base par base")))
            #expect(try await asked.act(["type": "taskSent", "databases": "tireuse"]).status == 422)
            #expect(try await asked.act(["type": "identityVerified"]).status == 303)
            let form = try await asked.agent.get(asked.page)
            #expect(form.count("name=\"databases\"") == 2 && form.count(" checked") >= 2)

            let none = try await asked.act(["type": "taskSent", "instruction": "Depuis 2019."])
            #expect(none.status == 422 && none.contains("id=\"databases-error\"") && none.contains("Depuis 2019."))
            let done = try await asked.agent.post(
                "\(asked.page)/actes",
                [
                    ("type", "taskSent"), ("databases", "tireuse"), ("databases", "manuelle"),
                    ("instruction", "Depuis 2019."),
                ])
            #expect(done.location == "\(asked.page)?notice=taskSent")
            #expect(
                try await asked.citizen.get("/suivi").contains("la demande est en route depuis le 5\u{A0}mars 2026"))
            #expect(try await asked.opened.carry() == [])
            let waiting = try await asked.citizen.get("/suivi")
            #expect(
                waiting.count("Interrogée le 5\u{A0}mars 2026. Sa réponse est attendue le 19\u{A0}mars 2026") == 2)
            #expect(waiting.contains("Nous avons interrogé des bases liées."))
            #expect(!waiting.contains("Depuis 2019"))

            // The program.
            let listed = try await asked.pulled.get("/tasks")
            #expect(listed.status == .ok && listed.headers[.contentType] == "application/x-ndjson")
            let lines = String(buffer: listed.body).split(separator: "\n")
            let task = try JSON(parsing: try #require(lines.first).utf8)
            #expect(lines.count == 1 && task["kind"] == "access" && task["instruction"] == "Depuis 2019.")
            #expect(task["pseudonyms"]?.array?.count == 1)
            #expect(!String(buffer: listed.body).contains(asked.reference))
            // A change of token seals anew what lies there.
            let rotation = FeedRotation(database: opened.database, keys: opened.store, now: opened.clock.source)
            let (token, _) = try await rotation.rotate("tireuse", overlap: 3600, by: "command", role: "command")
            #expect(try await asked.pulled.get("/tasks", token: token).body == listed.body)
            let id = try #require(task["id"]?.string)
            let taken = try await asked.post(asked.answer(id, "done", ["words": "Deux séjours."]), to: id)
            #expect(taken.status == .ok)
            #expect(try JSON(parsing: taken.body.readableBytesView)["answer"] == "done")
            #expect(try await asked.pulled.get("/tasks").status == .noContent)

            // The person.
            let mine = try await asked.custodian.get("/operateur/bases/manuelle")
            #expect(mine.contains("1\u{A0}demande attend votre réponse") && mine.contains("À répondre"))
            #expect(mine.contains("Depuis 2019.") && mine.contains("Demandes de personnes"))
            let action = mine.between("<form class=\"form\" method=\"post\" action=\"", "\"")
            #expect(action.hasPrefix("/operateur/bases/manuelle/taches/"))
            let pseudonym = mine.between("<code class=\"break\">", "<")
            #expect(pseudonym.count == 64 && task["pseudonyms"]?.array?.first != .string(pseudonym))
            let silent = try await asked.custodian.post(action, ["answer": "partly", "words": " "])
            #expect(silent.status == 422 && silent.contains("Dites ce qui n’est pas fait, et pourquoi."))
            #expect(silent.contains("value=\"partly\" selected"))
            let said = try await asked.custodian.post(action, ["answer": "partly", "words": "Une table est fermée."])
            #expect(said.location == "/operateur/bases/manuelle?notice=answered")
            let after = try await asked.custodian.get(said.location)
            #expect(after.contains("Votre réponse est enregistrée") && !after.contains("Demandes de personnes"))
            let late = try await asked.custodian.post(action, ["answer": "refused", "words": "Non."])
            #expect(late.location == "/operateur/bases/manuelle?notice=notAsked")

            // Who reads what.
            let theCase = try await asked.agent.get(asked.page)
            #expect(theCase.contains("Deux séjours.") && theCase.contains("Une table est fermée."))
            #expect(theCase.contains("C’est fait en partie"))
            let citizen = try await asked.citizen.get("/suivi")
            #expect(citizen.count("Interrogée le 5\u{A0}mars 2026, elle a répondu le 5\u{A0}mars 2026.") == 2)
            #expect(citizen.count("Une base liée a répondu.") == 2)
            for words in ["Deux séjours", "Une table est fermée", "C’est fait", pseudonym] {
                #expect(!citizen.contains(words), "\(words)")
            }
            #expect(try await opened.count("audit_event WHERE act = 'task.answered'") == 2)
            #expect(try await asked.act(["type": "granted", "text": "Voici vos données."]).status == 303)
            #expect(try await asked.opened.carry() == [])
            let closed = try await asked.citizen.get("/suivi")
            #expect(closed.contains("Chaque base liée interrogée a répondu."))
            let english = try await asked.agent.get("/en/operator/requests/\(asked.reference)")
            #expect(english.contains("Databases asked") && english.contains("Done in part"))
        }
    }

    @Test(
        "What a program answers wrongly is refused in its own words, and changes nothing",
        arguments: EngineUnderTest.allCases)
    func wrongAnswers(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let asked = try await AskedPortal(opened)
            #expect(try await asked.act(["type": "identityVerified"]).status == 303)
            #expect(try await asked.act(["type": "taskSent", "databases": "tireuse"]).status == 303)
            #expect(try await asked.pulled.get("/tasks").status == .noContent)
            try await opened.carry()
            #expect(
                try await asked.pulled.get("/tasks", token: String(repeating: "0", count: 64)).status == .unauthorized)
            let listed = try await asked.pulled.get("/tasks")
            let id = try #require(try JSON(parsing: String(buffer: listed.body).dropLast().utf8)["id"]?.string)
            let zeros = String(repeating: "0", count: 32)
            for (answer, task, status, code) in [
                (asked.answer(zeros, "done"), zeros, 404, "taskUnknown"),
                (asked.answer(id, "done", ["database": "manuelle"]), id, 422, "otherDatabase"),
                (asked.answer(zeros, "done"), id, 422, "invalid"),
                (asked.answer(id, "maybe"), id, 422, "notOneOf"),
                (asked.answer(id, "refused"), id, 422, "required"),
                (asked.answer(id, "done", ["more": 1]), id, 422, "unknownField"),
                (asked.answer(id, "done", ["words": .string(String(repeating: "x", count: 5001))]), id, 422, "tooLong"),
                ([], id, 422, "wrongType"),
            ] {
                let refused = try await asked.post(answer, to: task)
                #expect(Int(refused.status.code) == status, "\(code)")
                #expect(String(buffer: refused.body).contains("\"\(code)\""), "\(code)")
            }
            let view = try await asked.agent.get(asked.page)
            #expect(view.contains("Ce qui bloque") && view.contains("This is no answer to a task"))
            for _ in 0..<2 { #expect(try await asked.post(asked.answer(id, "nothingHeld"), to: id).status == .ok) }
            let other = try await asked.post(asked.answer(id, "done"), to: id)
            #expect(other.status == .conflict && String(buffer: other.body).contains("\"taskAnswered\""))
            #expect(!(try await asked.agent.get(asked.page).contains("Ce qui bloque")))
            #expect(try await opened.count("request_event WHERE type = 'taskCompleted'") == 1)
        }
    }

    @Test("A custodian reaches no task of another database")
    func wall() async throws {
        try await withPortal(.sqlite) { opened in
            let asked = try await AskedPortal(opened)
            #expect(try await asked.act(["type": "identityVerified"]).status == 303)
            #expect(try await asked.act(["type": "taskSent", "databases": "tireuse"]).status == 303)
            try await opened.carry()
            let listed = try await asked.pulled.get("/tasks")
            let id = try #require(try JSON(parsing: String(buffer: listed.body).dropLast().utf8)["id"]?.string)
            let own = try await asked.custodian.post("/operateur/bases/manuelle/taches/\(id)", ["answer": "done"])
            #expect(own.location == "/operateur/bases/manuelle?notice=notAsked")
            let other = try await asked.custodian.post("/operateur/bases/tireuse/taches/\(id)", ["answer": "done"])
            #expect(other.status == 403)
            #expect(
                try await asked.agent.post("/operateur/bases/manuelle/taches/\(id)", ["answer": "done"]).status == 403)
            #expect(try await Browser(opened).post("/operateur/bases/manuelle/taches/\(id)", [:]).status == 303)
            #expect(try await opened.count("request_event WHERE type = 'taskCompleted'") == 0)
        }
    }
}
