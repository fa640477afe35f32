import CivilTime
import Foundation
import Logging
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

@Suite("Answers, before they go")
struct AnswerPagesTests {
    private static let template: JSON = [
        "id": "merci", "purpose": "message", "title": ["fr": "Merci", "en": "Thanks"],
        "text": ["fr": "Votre demande {{reference}} est lue.", "en": "Your request {{reference}} is read."],
    ]

    private func addTemplate(_ opened: OpenedPortal) async throws {
        let desk = TemplateDesk(try #require(opened.portal.console).desk)
        try await desk.add(
            try NewTemplate(Self.template), by: Operator(name: "superviseur", role: .supervisor))
    }

    @Test(
        "A template fills its form in the citizen’s language, behind what was typed, and the event keeps which",
        arguments: EngineUnderTest.allCases)
    func templateFills(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            try await addTemplate(opened)
            let (reference, _) = try await Browser(opened).file()
            let agent = try await opened.browser(of: "agent")
            // The console in English, the citizen in French.
            let page = "/en/operator/requests/\(reference)"
            #expect(try await agent.get(page).contains("<option value=\"merci\">Thanks</option>"))
            let filled = try await agent.post(
                "\(page)/events",
                ["after": "1", "text": "Bonjour <vous>,", "pick": "merci", "do": "fill:message"])
            #expect(filled.status == 303)
            #expect(filled.location == "\(page)?notice=draftKept#form-message")
            #expect(try await opened.count("request_event") == 1)
            let shown = try await agent.get("\(page)?notice=draftKept")
            #expect(shown.contains("Bonjour &lt;vous&gt;,\n\nVotre demande \(reference) est lue.</textarea>"))
            #expect(shown.contains("Draft saved"))
            // A colleague sees nothing of it.
            let supervisor = try await opened.browser(of: "superviseur")
            #expect(!(try await supervisor.get(page).contains("est lue.")))
            let sent = try await agent.post(
                "\(page)/events",
                [
                    "after": "1", "text": "Votre demande est lue.", "template": shown.hidden("template"),
                    "templateVersion": shown.hidden("templateVersion"), "type": "message",
                ])
            #expect(sent.status == 303)
            let again = try await agent.get(page)
            #expect(!again.contains("est lue.</textarea>"))
            let data: String? = try await opened.database.read {
                try $0.first("SELECT data FROM request_event WHERE type = 'message'")?["data"]
            }
            #expect(data == "{\"template\":{\"id\":\"merci\",\"version\":1}}")
        }
    }

    @Test("What comes back with a mistake, or after somebody else has acted, is still there another day")
    func draftsOfWhatFailed() async throws {
        try await withPortal(.sqlite) { opened in
            let (reference, _) = try await Browser(opened).file()
            let page = "/operateur/demandes/\(reference)"
            let supervisor = try await opened.browser(of: "superviseur")
            _ = try await supervisor.post("\(page)/actes", ["type": "assigned"])
            let late = try await supervisor.post(
                "\(page)/actes", ["type": "message", "after": "1", "text": "Un mot qui tarde."])
            #expect(late.status == 409)
            #expect(late.contains("Un mot qui tarde.</textarea>"))
            let incomplete = try await supervisor.post(
                "\(page)/actes", ["type": "refused", "grounds": "", "reasons": "Des raisons en cours."])
            #expect(incomplete.status == 422)
            let back = try await supervisor.get(page)
            for kept in ["Un mot qui tarde.</textarea>", "Des raisons en cours.</textarea>"] {
                #expect(back.contains(kept), "\(kept)")
            }
            let emptied = try await supervisor.post("\(page)/actes", ["do": "discard:refusal"])
            #expect(emptied.location == "\(page)#form-refusal")
            #expect(!(try await supervisor.get(page).contains("Des raisons en cours.")))
        }
    }

    @Test(
        "What is sent to the person says until when it can be recalled; recalled, it is a draft",
        arguments: EngineUnderTest.allCases)
    func recalled(engine: EngineUnderTest) async throws {
        try await withPortal(engine, recallSeconds: 60) { opened in
            let citizen = Browser(opened)
            let credentials = try await citizen.file()
            let page = "/operateur/demandes/\(credentials.reference)"
            let agent = try await opened.browser(of: "agent")
            let sent = try await agent.post("\(page)/actes", ["type": "message", "text": "Trop vite."])
            #expect(sent.location == "\(page)#held", "where it can be recalled")
            let held = try await agent.get(page)
            #expect(held.contains("Message\u{A0}: part à"))
            let id = held.between("action=\"\(page)/rappel\"><input type=\"hidden\" name=\"id\" value=\"", "\"")
            #expect(id.count == 32)
            #expect(try await opened.count("request_event") == 1)
            // Who did not send it does not recall it.
            let supervisor = try await opened.browser(of: "superviseur")
            #expect(!(try await supervisor.get(page).contains("\(page)/rappel")))
            #expect(try await supervisor.post("\(page)/rappel", ["id": id]).status == 403)
            #expect(try await agent.post("\(page)/rappel", ["id": id]).location == "\(page)?notice=recalled")
            let recalled = try await agent.get("\(page)?notice=recalled")
            #expect(recalled.contains("Rappelé\u{A0}: rien n’est parti"))
            #expect(recalled.contains("Trop vite.</textarea>"))
            // That is told once; the draft stays.
            let later = try await agent.get(page)
            #expect(!later.contains("rien n’est parti") && later.contains("Trop vite.</textarea>"))
            #expect(try await agent.post("\(page)/rappel", ["id": id]).status == 409)

            // Sent again and not recalled, it goes.
            _ = try await agent.post("\(page)/actes", ["type": "message", "text": "Cette fois."])
            opened.clock.advance(seconds: 60)
            let desk = try #require(opened.portal.console).desk
            #expect(try await HeldActWorker(desk, logger: Logger(label: "test")).runOnce() == 1)
            _ = try await citizen.open(credentials)
            #expect(try await citizen.get("/suivi").contains("Cette fois."))
            // The API acts at once.
            try await opened.act(["type": "message", "text": "Sans attendre."], on: credentials.reference)
            #expect(try await opened.count("request_event WHERE type = 'message'") == 2)
        }
    }

    @Test(
        "A refusal is proposed by one and confirmed by another, and the person reads it then alone",
        arguments: EngineUnderTest.allCases)
    func confirmed(engine: EngineUnderTest) async throws {
        try await withPortal(engine, refusals: .confirmed) { opened in
            let citizen = Browser(opened)
            let credentials = try await citizen.file()
            let page = "/operateur/demandes/\(credentials.reference)"
            let (agent, supervisor) = (
                try await opened.browser(of: "agent"), try await opened.browser(of: "superviseur")
            )
            _ = try await agent.post("\(page)/actes", ["type": "assigned"])
            let proposed = try await agent.post(
                "\(page)/actes",
                [
                    "type": "refused", "grounds": "legalClaims", "reasons": "Un procès dure.",
                    "complaint": "La CNIL vous lira.", "judicialRemedy": "Le tribunal vous entendra.",
                ])
            #expect(proposed.location == "\(page)?notice=proposed")
            #expect(try await agent.get(proposed.location).contains("Refus proposé"))
            #expect(!(try await agent.get(page).contains("value=\"confirm\"")))
            _ = try await citizen.open(credentials)
            #expect(!(try await citizen.get("/suivi").contains("Un procès dure.")))

            #expect(try await supervisor.get("/operateur/demandes?state=toConfirm").contains(credentials.reference))
            let seen = try await supervisor.get(page)
            #expect(seen.contains("<p>Un procès dure.</p>"))
            let id = seen.between(
                "action=\"\(page)/refus\" novalidate><input type=\"hidden\" name=\"id\" value=\"", "\"")
            let silent = try await supervisor.post("\(page)/refus", ["id": id, "act": "return", "note": ""])
            #expect(silent.status == 422)
            #expect(silent.contains("href=\"#proposal-note\""))
            #expect(try await agent.post("\(page)/refus", ["id": id, "act": "confirm"]).status == 403)
            #expect(
                try await supervisor.post("\(page)/refus", ["id": id, "act": "confirm"]).location
                    == "\(page)?notice=refused")
            #expect(try await citizen.get("/suivi").contains("Un procès dure."))
            #expect(!(try await supervisor.get("/operateur/demandes?state=toConfirm").contains(credentials.reference)))
        }
    }

    @Test("A template is written, previewed and kept in versions by those who may", arguments: EngineUnderTest.allCases)
    func templatesAreWritten(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let supervisor = try await opened.browser(of: "superviseur")
            let agent = try await opened.browser(of: "agent")
            #expect(try await agent.get("/operateur/modeles/_new").status == 403)
            let fields = [
                ("id", "essai"), ("purpose", "extended"), ("title-fr", "Essai"), ("title-en", "Trial"),
                ("text-fr", "Le {{dueOn}} devient\nle {{extendedDueOn}}."), ("text-en", "By {{tomorrow}}."),
            ]
            let broken = try await supervisor.post("/operateur/modeles/_new", fields + [("act", "save")])
            #expect(broken.status == 422)
            #expect(broken.contains("href=\"#text-en\""))
            #expect(broken.contains("{{tomorrow}}"))
            #expect(broken.contains("ligne 1, caractère 4"))
            #expect(try await opened.count("answer_template") == 0)
            let whole = Array(fields.dropLast()) + [("text-en", "By {{extendedDueOn}}.")]
            let preview = try await supervisor.post("/operateur/modeles/_new", whole + [("act", "preview")])
            #expect(preview.status == 200)
            #expect(!preview.between("id=\"s-preview\"", "</section>").contains("{{"))
            #expect(try await opened.count("answer_template") == 0)
            #expect(
                try await supervisor.post("/operateur/modeles/_new", whole + [("act", "save")]).location
                    == "/operateur/modeles?notice=saved")
            let change = Array(whole.dropFirst(2)) + [("base", "1"), ("retired", "yes"), ("act", "save")]
            #expect(try await supervisor.post("/operateur/modeles/essai", change).status == 303)
            #expect(try await supervisor.post("/operateur/modeles/essai", change).status == 409)
            #expect(try await agent.post("/operateur/modeles/essai", change).status == 403)
            let read = try await agent.get("/en/operator/templates/essai")
            for text in ["Version 2", "Version 1", "{{extendedDueOn}}"] { #expect(read.contains(text), "\(text)") }
            #expect(!read.contains("name=\"text-fr\""))
            #expect(try await agent.get("/operateur/modeles").contains("N’est plus proposé"))
        }
    }
}
