import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

@Suite("Stories of the other rights")
struct RightsStories {
    @Test(
        "Access is answered in words within the month, and nothing goes onto a list",
        arguments: EngineUnderTest.allCases)
    func access(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            story.comes("2026-04-14")
            let request = try await story.files(.access, about: .maelys, ["details": "Depuis 2015."])
            try await request.sees(
                "Nous avons reçu votre demande.", "Ascension", state: .received, due: "2026-05-15", events: [.filed])
            try await story.does(.assigned, on: request, by: "agent")
            let identity = try await story.opensIdentity(of: request)
            #expect(identity["details"]?.string == "Depuis 2015.")
            try await story.does(.identityVerified, on: request, by: "agent")
            try await story.isRefused(.granted, on: request, by: "agent", as: 422, "/text")
            try await story.does(.granted, on: request, ["text": "Deux bases gardent des soins de 2016."], by: "agent")
            try await story.carries()
            #expect(try await !story.isProtected(.maelys))
            // What was promised is not known to be done: it does not close by itself.
            try await request.sees(
                "Votre demande est acceptée.", "Deux bases gardent des soins de 2016.", state: .underReview, .granted,
                due: "2026-05-15", events: [.filed, .assigned, .identityOpened, .identityVerified, .granted])
            #expect(try await request.asks().body["propagation"]?.array?.isEmpty == true)
        }
    }

    @Test("Rectification says what is wrong, or is not sent", arguments: EngineUnderTest.allCases)
    func rectification(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            story.comes("2026-04-25")
            let empty = try await story.fills(
                .rectification, Someone.titouan.answers, as: .dataSubject, in: Browser(story.opened))
            #expect(empty.body.contains("href=\"#details\""))
            #expect(try await story.opened.count("rights_request") == 0)
            let request = try await story.files(
                .rectification, about: .titouan, ["details": "L’hospitalisation de mars n’était pas la mienne."])
            try await request.sees(
                "Nous avons reçu votre demande.", "Lundi de Pentecôte", state: .received, due: "2026-05-26")
            try await story.does(.identityVerified, on: request)
            try await story.isRefused(.granted, on: request, as: 422, "/text")
            try await story.does(.granted, on: request, ["text": "L’hospitalisation est ôtée."])
            try await request.sees("L’hospitalisation est ôtée.", state: .underReview, .granted, due: "2026-05-26")
        }
    }

    @Test("Erasure is granted in part, with reasons and both remedies", arguments: EngineUnderTest.allCases)
    func erasure(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            story.comes("2026-06-14")
            let request = try await story.files(.erasure, about: .anaelle, in: .en)
            try await request.sees("We have received your request.", state: .received, due: "2026-07-15", in: .en)
            try await story.does(.identityVerified, on: request)
            try await story.does(.partiallyGranted, on: request, refusal)
            try await request.sees(
                "Your request is granted in part.", "Les pièces ne concordent pas.", "CNIL", "tribunal",
                state: .underReview, .partiallyGranted, due: "2026-07-15", in: .en)
            let page = try await request.opens().get("/suivi")
            #expect(!page.text.contains("confirment une à une"), "no list is to confirm anything")
        }
    }

    @Test("Restriction is granted, and says what is set apart", arguments: EngineUnderTest.allCases)
    func restriction(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            story.comes("2026-11-25")
            let request = try await story.files(
                .restriction, about: .corentin, ["details": "Le temps que la rectification soit faite."])
            try await request.sees(
                "Nous avons reçu votre demande.", "Noël", state: .received, due: "2026-12-28", events: [.filed])
            try await story.does(.identityVerified, on: request)
            try await story.does(.granted, on: request, ["text": "Vos données sont mises à part."])
            try await request.sees("Vos données sont mises à part.", state: .underReview, .granted, due: "2026-12-28")
        }
    }
}
