import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

@Suite("Stories of decisions and their time")
struct DecisionStories {
    @Test(
        "Time is extended once, within the month and with reasons; later it is refused",
        arguments: EngineUnderTest.allCases)
    func extended(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            story.comes("2026-08-31")
            let (first, second) = (
                try await story.files(.access, about: .maelys), try await story.files(.access, about: .titouan)
            )
            story.comes("2026-09-30")
            try await story.isRefused(.extended, on: first, as: 422, "/reasons")
            try await story.does(.extended, on: first, ["reasons": "Quatre bases sont à interroger."])
            try await first.sees(
                "Délai prolongé le 30 septembre 2026", "Quatre bases sont à interroger.", state: .received,
                due: "2026-11-30", events: [.filed, .extended])
            try await story.isRefused(.extended, on: first, ["reasons": "Encore."], as: 422, "extensionTooLate")

            story.comes("2026-10-01")
            try await story.isRefused(.extended, on: second, ["reasons": "Trop tard."], as: 422, "extensionTooLate")
            try await second.sees(
                "Saisissez la CNIL, sans attendre sa réponse.", state: .received,
                due: "2026-09-30", events: [.filed])
        }
    }

    @Test(
        "A refusal gives its reasons and both remedies, ends its own objection, and no other",
        arguments: EngineUnderTest.allCases)
    func refused(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let genuine = try await story.files(about: .maelys)
            let forged = try await story.files(about: .maelys, as: .authorisedAgent, by: .titouan)
            try await story.carries()
            try await story.does(.assigned, on: forged)
            for missing in ["grounds", "reasons", "complaint", "judicialRemedy"] {
                try await story.isRefused(
                    .refused, on: forged, refusal.filter { $0.key != missing }, as: 422, "/\(missing)")
            }
            try await story.isRefused(.refused, on: forged, refusal, by: "agent", as: 403, "forbidden")
            try await forged.sees("Nous examinons votre demande.", state: .underReview, due: "2026-04-07")

            try await story.does(.refused, on: forged, refusal)
            try await story.carries()
            try await forged.sees(
                "Votre demande est refusée.", "Les pièces ne concordent pas.", "CNIL, 3 place de Fontenoy",
                "Le tribunal administratif", state: .closed, .refused, due: "2026-04-07", bases: "removed",
                events: [.filed, .assigned, .refused, .closed])
            #expect(try await story.isProtected(.maelys))
            try await genuine.sees(
                "Votre opposition reste en vigueur", state: .closed, .granted, due: "2026-04-07", bases: "listed")
        }
    }

    @Test("A refusal in part leaves the objection in force", arguments: EngineUnderTest.allCases)
    func refusedInPart(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let request = try await story.files(about: .maelys, ["message": "Aussi la base principale."])
            try await story.does(.identityVerified, on: request)
            try await story.does(
                .partiallyGranted, on: request,
                [
                    "grounds": "compellingGrounds", "reasons": "La base principale est constituée par la loi.",
                    "complaint": "CNIL", "judicialRemedy": "Tribunal",
                ])
            try await story.carries()
            #expect(try await story.isProtected(.maelys))
            try await request.sees(
                "Votre demande est acceptée et close.", "La base principale est constituée par la loi.", state: .closed,
                .partiallyGranted, due: "2026-04-07", bases: "listed")
        }
    }

    @Test("What is another body's is passed on, and the citizen told to whom", arguments: EngineUnderTest.allCases)
    func transferred(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let request = try await story.files(.access, about: .corentin)
            try await story.does(.assigned, on: request)
            try await story.isRefused(.transferred, on: request, ["text": "Transmise."], as: 422, "/recipient")
            try await story.does(
                .transferred, on: request, ["recipient": "Caisse d’essai", "text": "Elle vous répondra d’ici un mois."])
            try await story.carries()
            try await request.sees(
                "Votre demande est transmise à l’organisme compétent.", "Caisse d’essai",
                "Elle vous répondra d’ici un mois.", "La demande est close.", state: .closed, .transferred,
                due: "2026-04-07",
                events: [.filed, .assigned, .transferred, .closed])
        }
    }

    @Test(
        "A message is no answer to the question of identity: somebody reads it, and the clock runs again from its day",
        arguments: EngineUnderTest.allCases)
    func answeredInAMessage(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let request = try await story.files(.access, about: .titouan)
            story.comes("2026-03-06")
            try await story.does(.identityRequested, on: request, ["text": "Où êtes-vous né ?"])
            #expect(try await story.queued(request)?["awaitsReply"] == false)
            story.comes("2026-03-16")
            try await request.writes("À Brest, comme je vous l’avais dit.")
            try await request.sees(
                "Vous nous avez écrit.", state: .awaitingIdentity, due: "2026-04-07",
                events: [.filed, .identityRequested, .message])
            #expect(try await request.asks().body["clock"]?["isPaused"] == true)

            // It waits for a person here, and says so; nobody sets it aside.
            #expect(try await story.queued(request)?["awaitsReply"] == true)
            #expect(try await story.console("/operateur/demandes").text.contains("Message sans réponse"))
            story.comes("2026-03-26")
            try await story.waits()
            let form = try await story.console("/operateur/demandes/\(request.reference)").text
            #expect(form.contains("<option value=\"3\" selected>Par son message du 16\u{A0}mars 2026"))

            for other in [1, 2, 4] {
                try await story.isRefused(
                    .identityProvided, on: request, ["message": .integer(Int64(other))], as: 422, "/message")
            }
            try await story.does(.identityProvided, on: request, ["message": 3])
            try await request.sees(
                "10 jours de plus", state: .underReview, due: "2026-04-15",
                events: [.filed, .identityRequested, .message, .identityProvided])
            #expect(try await story.queued(request)?["awaitsReply"] == false)
            try await story.isRefused(.identityProvided, on: request, ["message": 3], as: 422, "/message")

            // What came by another way counts from the day on which it is noted.
            let other = try await story.files(.access, about: .maelys)
            story.comes("2026-03-27")
            try await story.does(.identityRequested, on: other, ["text": "Où êtes-vous née ?"])
            story.comes("2026-03-30")
            try await other.writes("Pourquoi cette question ?")
            story.comes("2026-04-03")
            try await story.does(.identityProvided, on: other)
            try await other.sees("7 jours de plus", state: .underReview, due: "2026-05-04")
        }
    }
}
