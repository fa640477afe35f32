import Foundation
import HTTPTypes
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import TransparencyAPI

/// What each role may not do: answered 403, written down once, and nothing of it done.
@Suite("Each role, and each act that it may not do")
struct RoleActsTests {
    /// An act of the console or of its API, and what it takes; `{ref}` is a request.
    private struct Act: Sendable {
        let permission: Permission
        let method: HTTPRequest.Method
        let uri: String
        /// For the API; nil for a page.
        var body: JSON?
        /// For a page's form.
        var form: [(String, String)] = []
        /// A form with files is sent otherwise, and needs none here.
        var isPage: Bool { uri.hasPrefix("/operateur") }
    }

    private static func api(
        _ permission: Permission, _ method: HTTPRequest.Method, _ place: String, _ body: JSON? = nil
    ) -> Act {
        Act(permission: permission, method: method, uri: "/api/v1/operator/" + place, body: body)
    }

    private static func page(_ permission: Permission, _ place: String, _ form: [(String, String)]? = nil) -> Act {
        Act(permission: permission, method: form == nil ? .get : .post, uri: "/operateur/" + place, form: form ?? [])
    }

    /// Every event that an operator makes happen, with the least that it takes to be read.
    private static let events: [(permission: Permission, body: JSON)] = [
        (.assign, ["type": "assigned"]),
        (.note, ["type": "noted", "note": "x"]),
        (.message, ["type": "message", "text": "x"]),
        (.message, ["type": "taskSent", "allDatabases": true]),
        (.message, ["type": "taskCompleted", "project": "x", "text": "x"]),
        (.verifyIdentity, ["type": "identityRequested", "text": "x"]),
        (.verifyIdentity, ["type": "identityProvided"]),
        (.verifyIdentity, ["type": "identityVerified"]),
        (.verifyIdentity, ["type": "identityCorrected", "subject": subject]),
        (.verifyIdentity, ["type": "deathRecorded", "source": "certificate"]),
        (.verifyIdentity, ["type": "deathUnrecorded", "reasons": "x"]),
        (.decide, ["type": "granted"]),
        (.decide, ["type": "extended", "reasons": "x"]),
        (.decide, ["type": "transferred", "recipient": "x", "text": "x"]),
        (.decide, ["type": "reopened", "reasons": "x"]),
        (.decide, ["type": "impossible", "database": "manuelle", "reasons": "x"]),
        (.refuse, refusal("refused")), (.refuse, refusal("partiallyGranted")),
        (.refuse, ["type": "voided", "reasons": "x"]),
        (.refuse, ["type": "unreadable", "reason": "keysGone"]),
    ]

    private static let subject: JSON = [
        "birthName": "Dubois", "givenNames": ["Angéla"], "birthDate": "1962-08-24", "sex": "F",
    ]

    private static func refusal(_ type: String) -> JSON {
        [
            "type": .string(type), "grounds": "identityNotEstablished", "reasons": "x", "complaint": "x",
            "judicialRemedy": "x",
        ]
    }

    private static let acts = events.map { api($0.permission, .post, "requests/{ref}/events", $0.body) } + calls + pages

    private static let calls: [Act] = [
        api(.readRequests, .get, "requests"), api(.readRequests, .get, "requests/{ref}"),
        api(.readRequests, .get, "outbox"), api(.readRequests, .get, "colleagues"),
        api(.readRequests, .get, "templates"), api(.readStatistics, .get, "statistics"),
        api(.readAudit, .get, "certificates/x"), api(.readDatabases, .get, "databases"),
        api(.readDatabases, .get, "databases/manuelle/reconciliations"),
        api(.openIdentity, .post, "requests/{ref}/identity", ["motive": "identityCheck"]),
        api(
            .openIdentity, .post, "people/search",
            [
                "motive": "identityCheck",
                "person": ["birthName": "Dubois", "givenNames": "Angéla", "birthDate": "1962-08-24", "sex": "F"],
            ]),
        api(.note, .post, "requests/events", many(["type": "noted", "note": "x"])),
        api(.decide, .post, "requests/events", many(["type": "granted"])),
        api(.refuse, .post, "requests/events", many(["type": "voided", "reasons": "x"])),
        api(.proposeRefusal, .post, "requests/{ref}/proposals", refusal("refused")),
        api(.confirmRefusal, .post, "requests/{ref}/proposals/00/confirmation", [:]),
        api(.confirmRefusal, .post, "requests/{ref}/proposals/00/return", ["note": "x"]),
        api(.proposeRefusal, .delete, "requests/{ref}/proposals/00"),
        api(.refuse, .get, "voidings"),
        api(.proposeRefusal, .post, "voidings", ["requests": [["reference": "{ref}"]], "reasons": "x"]),
        api(.reassign, .put, "colleagues/superviseur/absence", ["from": "2026-04-01", "until": "2026-04-02"]),
        api(.reassign, .delete, "colleagues/superviseur/absence"),
        api(.reassign, .post, "handovers", ["from": "superviseur", "to": "agent"]),
        api(
            .editTemplates, .post, "templates",
            [
                "id": "merci", "purpose": "message", "title": ["fr": "Merci", "en": "Thanks"],
                "text": ["fr": "Merci.", "en": "Thanks."],
            ]),
        api(.manageDatabases, .post, "databases/manuelle/reconciliation", [:]),
        api(.editRegister, .put, "projects/x", [:]), api(.removeRecords, .delete, "projects/x", ["reason": "x"]),
    ]

    private static let pages: [Act] = [
        page(.enterRequests, "saisie"), page(.enterRequests, "saisie", [("channel", "post")]),
        page(.openIdentity, "recherche"), page(.openIdentity, "demandes/{ref}/identite", [("motive", "dispute")]),
        page(.printLetters, "demandes/{ref}/dossier", []),
        page(.printLetters, "courriers", [("letter", "x")]),
        page(.printLetters, "courriers", [("letter", "x"), ("act", "posted"), ("postedOn", "2026-03-05")]),
        page(.openIdentity, "codes-perdus/x", []), page(.verifyIdentity, "codes-perdus/x", [("act", "dismiss")]),
        page(.refuse, "vagues"), page(.refuse, "vagues", [("void", "message:00"), ("reasons", "x")]),
        page(.refuse, "vagues", [("restore", "00"), ("reasons", "x")]),
        page(.decide, "lot", [("type", "granted"), ("cases", "{ref}"), ("step", "do")]),
        page(.refuse, "lot", [("type", "voided"), ("cases", "{ref}"), ("step", "do"), ("words", "x")]),
        page(.editTemplates, "modeles/_new"), page(.editTemplates, "modeles/_new", [("act", "save")]),
        page(.manageDatabases, "bases/manuelle/exceptions", [("all", "yes")]),
        page(.manageDatabases, "bases/manuelle/rapprochement", []),
        page(.readStatistics, "statistiques"),
    ]

    private static func many(_ act: JSON) -> JSON { ["requests": [["reference": "{ref}"]], "act": act] }

    @Test("A 403, one audit event, and nothing done", arguments: EngineUnderTest.allCases)
    func refused(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            try await opened.link("manuelle", connector: "manual:")
            let reference = try await Browser(opened).file().reference
            let browsers = try await everybody(opened)
            let roles = opened.portal.policy.roles
            let before = try await opened.count("request_event")
            for act in Self.acts {
                for (role, name, browser) in browsers where role == .custodian || !roles.allows(role, act.permission) {
                    let refused = try await opened.refused(name)
                    let status = try await send(act, reference, in: browser)
                    #expect(status == 403, "\(role) \(act.method) \(act.uri) \(act.body?.canonical ?? "\(act.form)")")
                    #expect(
                        try await opened.refused(name) == refused + 1,
                        "\(role) \(act.method) \(act.uri) \(act.body?.canonical ?? "\(act.form)")")
                }
            }
            #expect(try await opened.count("request_event") == before)
            for table in ["answer_template", "operator_absence", "reconciliation", "voiding_proposal"] {
                #expect(try await opened.count(table) == 0, "\(table)")
            }
            // Whoever may is never answered so, whatever else may be wrong.
            for act in Self.acts {
                for (role, _, browser) in browsers where role != .custodian && roles.allows(role, act.permission) {
                    let status = try await send(act, reference, in: browser)
                    #expect(status != 403, "\(role) \(act.method) \(act.uri) \(act.body?.canonical ?? "\(act.form)")")
                }
            }
        }
    }

    @Test("An act of every type that an operator has is among them")
    func complete() {
        let tried = Set(Self.events.compactMap { $0.body["type"]?.string })
        #expect(tried == Set(OperatorAct.types.map(\.rawValue)))
        for (permission, body) in Self.events {
            let type = body["type"]?.string.flatMap(EventType.init(rawValue:))
            #expect(type.map(OperatorAct.permission(for:)) == permission, "\(body)")
        }
    }

    @Test(
        "A colleague's case is nobody's to give to a third but who may, and that is written down",
        arguments: EngineUnderTest.allCases)
    func third(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let reference = try await Browser(opened).file().reference
            let (agent, supervisor) = (
                try await opened.browser(of: "agent"), try await opened.browser(of: "superviseur")
            )
            let path = "/api/v1/operator/requests/\(reference)/events"
            #expect(try await supervisor.call(.post, path, ["type": "assigned"]).status == 201)
            let third = "remplacante"
            try await opened.add(third, .supervisor)
            let given = try await agent.call(.post, path, ["type": "assigned", "assignee": .string(third)])
            #expect(given.status == 403)
            #expect(try await opened.refused("agent") == 1)
            #expect(
                try await supervisor.call(.post, path, ["type": "assigned", "assignee": .string(third)]).status == 201)
        }
    }

    @Test(
        "Of two at once one is told what the other did, whatever the act", arguments: EngineUnderTest.allCases)
    func atOnce(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let reference = try await Browser(opened).file().reference
            let (agent, supervisor) = (
                try await opened.browser(of: "agent"), try await opened.browser(of: "superviseur")
            )
            let path = "/api/v1/operator/requests/\(reference)"
            let seen = try #require(try await agent.call(.get, path).json["timeline"]?.array?.last?["n"]?.int)
            #expect(try await supervisor.call(.post, path + "/events", ["type": "noted", "note": "Vu."]).status == 201)
            for (_, body) in Self.events {
                var members = body.object ?? [:]
                members["after"] = .integer(Int64(seen))
                let late = try await supervisor.call(.post, path + "/events", .object(members))
                #expect(late.status == 409 && late.json["code"] == "outdated", "\(body) \(late.json)")
                let detail = late.json["detail"]?.string ?? ""
                #expect(
                    detail.contains("Dernier acte") && detail.contains("«\u{A0}Note interne\u{A0}», par superviseur"))
                #expect(detail.contains("The last act: “Internal note”, by superviseur"), "\(body)")
            }
            // Of many, in the result of the case itself.
            let bulk: JSON = [
                "requests": [["reference": .string(reference), "after": .integer(Int64(seen))]],
                "act": ["type": "assigned"],
            ]
            let result = try await agent.call(.post, "/api/v1/operator/requests/events", bulk).json["results"]?.array?
                .first
            #expect(result?["code"] == "outdated")
            #expect(result?["detail"]?.string?.contains("by superviseur") == true)

            // Really at once: one of them, and the other reads which.
            async let first = agent.call(
                .post, path + "/events", ["type": "message", "text": "Un.", "after": .integer(Int64(seen + 1))])
            async let second = supervisor.call(
                .post, path + "/events", ["type": "message", "text": "Deux.", "after": .integer(Int64(seen + 1))])
            let both = [("agent", try await first), ("superviseur", try await second)]
            #expect(Set(both.map(\.1.status)) == [201, 409])
            let winner = try #require(both.first { $0.1.status == 201 }).0
            let loser = try #require(both.first { $0.1.status == 409 }).1
            #expect(loser.json["detail"]?.string?.contains("“Message”, by \(winner)") == true, "\(loser.json)")
            #expect(try await opened.count("request_event WHERE type = 'message'") == 1)

            // On the page the same is read, with what was typed still there.
            let page = "/operateur/demandes/\(reference)"
            let again = try await agent.post(
                "\(page)/actes", ["type": "noted", "note": "Trop tard.", "after": String(seen)])
            #expect(again.status == 409 && again.contains("Dernier acte") && again.contains("par \(winner)"))
            #expect(again.contains("Trop tard."))
        }
    }

    // MARK: Who

    private func everybody(_ opened: OpenedPortal) async throws -> [(Role, String, Browser)] {
        var all: [(Role, String, Browser)] = []
        for (role, name) in [
            (Role.agent, "agent"), (.supervisor, "superviseur"), (.auditor, "auditeur"),
            (.administrator, "administrateur"), (.editor, "editrice"),
        ] {
            all.append((role, name, try await opened.browser(of: name)))
        }
        let generator = try await opened.add("gilles", .custodian, databases: ["manuelle"])
        opened.clock.advance(seconds: 30)
        let browser = Browser(opened)
        _ = try await browser.signIn(
            "gilles", OpenedPortal.password, generator.code(step: OneTimePassword.step(at: opened.clock.source())))
        all.append((.custodian, "gilles", browser))
        return all
    }

    private func send(_ act: Act, _ reference: String, in browser: Browser) async throws -> Int {
        let uri = act.uri.replacing("{ref}", with: reference)
        guard act.isPage else {
            let body = try act.body.map { try JSON(parsing: $0.canonical.replacing("{ref}", with: reference).utf8) }
            return try await browser.call(act.method, uri, body).status
        }
        guard act.method == .post else { return try await browser.get(uri).status }
        return try await browser.post(uri, act.form.map { ($0.0, $0.1.replacing("{ref}", with: reference)) }).status
    }
}

extension OpenedPortal {
    /// How often somebody was refused an act.
    fileprivate func refused(_ name: String) async throws -> Int {
        try await count("audit_event WHERE act = 'operator.refused' AND actor = '\(name)'")
    }

    @discardableResult
    fileprivate func add(_ name: String, _ role: Role, databases: [String] = []) async throws -> OneTimePassword {
        let accounts = OperatorAccounts(
            database: database, otpKey: try store.symmetricKey(.totp),
            gate: PasswordGate(parameters: Argon2Parameters(memoryKiB: 8, passes: 1, lanes: 1), threads: 1),
            now: clock.source)
        return try await accounts.add(name: name, role: role, password: Self.password, databases: databases)
    }
}
