import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

@Suite("Stories of paper, lost codes and sign-in")
struct KeepingStories {
    @Test(
        "A letter counts from the day it came; its writer signs in months later and gets a code for it",
        arguments: EngineUnderTest.allCases)
    func paper(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let reference = try await story.enters(about: .maelys, receivedOn: "2026-03-02")
            try await story.carries()
            #expect(try await story.isProtected(.maelys))
            story.comes("2026-06-01")
            let letter = try await story.renews(reference, in: try story.signsIn(.maelys), nir: Someone.maelys.nir)
            try await letter.sees(
                "Votre demande est acceptée et close.", "Un nouveau code de suivi a été émis.",
                "Sur sa liste depuis le 5 mars 2026", state: .closed, .granted, due: "2026-04-02", bases: "listed",
                events: [.filed, .granted, .closed, .secretReissued])
        }
    }

    @Test(
        "A lost code is replaced for whoever signs in: the old one dies, and nobody else gets one",
        arguments: EngineUnderTest.allCases)
    func lostCode(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let lost = try await story.files(about: .titouan)
            let other = try await story.files(about: .corentin)
            try await story.carries()
            story.comes("2027-03-05")
            let stranger = try story.signsIn(.corentin)
            let refused = try await stranger.post("/suivi/code-perdu/nouveau", ["reference": lost.reference])
            #expect(refused.status == 404)

            let found = try await story.renews(
                lost.reference, in: try story.signsIn(.titouan), nir: Someone.titouan.nir)
            #expect(found.reference == lost.reference)
            #expect(found.secret != lost.secret)
            try await lost.isShut()
            try await found.sees(
                "Un nouveau code de suivi a été émis.", state: .closed, .granted, due: "2026-04-07", bases: "listed",
                events: [.filed, .granted, .closed, .secretReissued])
            try await other.sees(
                "Votre opposition reste en vigueur", state: .closed, .granted, due: "2026-04-07", bases: "listed")
            try await found.withdraws()
            try await story.carries()
            #expect(try await !story.isProtected(.titouan))
        }
    }

    @Test(
        "Asked who they are, somebody signs in: the clock goes on, and somebody else who signs in changes nothing",
        arguments: EngineUnderTest.allCases)
    func provenBySignIn(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let request = try await story.files(.access, about: .anaelle)
            story.comes("2026-03-06")
            try await story.does(.identityRequested, on: request, ["text": "Qui êtes-vous ?"])
            story.comes("2026-03-20")
            let wrong = try story.signsIn(.maelys)
            _ = try await wrong.open((request.reference, request.secret))
            let refused = try await wrong.post("/suivi/identite", [:])
            #expect(refused.status != 303 || !refused.location.contains("notice=identity"))
            try await request.sees("Qui êtes-vous ?", state: .awaitingIdentity, due: "2026-04-07")

            let right = try story.signsIn(.anaelle)
            _ = try await right.open((request.reference, request.secret))
            let proven = try await right.post("/suivi/identite", [:])
            #expect(proven.status == 303)
            try await request.sees(
                "14 jours de plus", state: .underReview, due: "2026-04-20",
                events: [.filed, .identityRequested, .identityProvided, .identityVerified])
            try await story.does(.granted, on: request, ["text": "Rien n’est gardé."])
            try await request.sees("Rien n’est gardé.", state: .underReview, .granted, due: "2026-04-20")
        }
    }

    @Test(
        "Asked who they are, somebody sends a document: it is opened, checked and destroyed, and the clock goes on",
        arguments: EngineUnderTest.allCases)
    func provenByDocument(engine: EngineUnderTest) async throws {
        let card = Array(
            "%PDF-1.7\n%Zqcarte\n1 0 obj\n<<>>\nendobj\nxref\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n".utf8)
        try await story(on: engine) { story in
            let request = try await story.files(.access, about: .anaelle)
            let unasked = try await request.proves(with: card, named: "zqcarte.pdf")
            #expect(unasked.status == 409)
            #expect(try await story.opened.count("case_file") == 0, "nobody has a reason to ask")

            story.comes("2026-03-06")
            try await story.isRefused(.identityRequested, on: request, as: 422, "/text")
            try await story.does(.identityRequested, on: request, ["text": "Deux personnes portent ce nom."])
            try await request.sees(
                "Deux personnes portent ce nom.", "Nous attendons votre réponse", state: .awaitingIdentity,
                due: "2026-04-07", events: [.filed, .identityRequested])
            #expect(try await request.asks().body["clock"]?["isPaused"] == true)

            story.comes("2026-03-20")
            let sent = try await request.proves(with: card, named: "zqcarte.pdf")
            #expect(sent.location == "/suivi?notice=proven")
            try await request.sees(
                "Vous avez envoyé un justificatif.", "14 jours de plus", state: .underReview, due: "2026-04-20",
                events: [.filed, .identityRequested, .identityProvided])
            #expect(try await request.asks().body["clock"]?["isPaused"] == false)

            let page = try await story.console("/operateur/demandes/\(request.reference)")
            #expect(!page.text.contains("zqcarte"), "its name may tell who somebody is")
            #expect(try await story.opensProof(1, of: request, motive: nil).status == 422)
            #expect(try await story.opensProof(1, of: request, by: "auditeur").status == 403)
            let proof = try await story.opensProof(1, of: request)
            #expect(proof.status == 200)
            #expect(Array(proof.text.utf8) == card)
            try await request.sees(
                "Un agent habilité a ouvert votre justificatif.", state: .underReview, due: "2026-04-20")

            story.comes("2026-03-23")
            try await story.does(.identityVerified, on: request)
            #expect(try await story.opened.count("case_file_part") == 0, "it has served")
            #expect(try await story.opensProof(1, of: request).status == 410)
            #expect(try await request.opens().get("/suivi/pieces/1").status == 410)
            try await request.sees(
                "Justificatif vérifié le 23 mars 2026, puis détruit", state: .underReview, due: "2026-04-20",
                events: [.filed, .identityRequested, .identityProvided, .identityOpened, .identityVerified])
            let checked = try await request.asks().body["files"]?.array?.first?["checkedAt"]?.string
            #expect(checked?.hasPrefix("2026-03-23") == true)

            try await story.does(.granted, on: request, ["text": "Rien n’est gardé."])
            try await request.sees(
                "Rien n’est gardé.", "Justificatif vérifié le 23 mars 2026, puis détruit", state: .underReview,
                .granted, due: "2026-04-20")
        }
    }

    @Test(
        "Whoever signs in sees all their choices and nobody else’s, and ends one",
        arguments: EngineUnderTest.allCases)
    func choices(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let mine = try await story.files(about: .maelys)
            let others = try await story.files(about: .anaelle)
            try await story.carries()
            try await story.index()
            let browser = try story.signsIn(.maelys)
            _ = try await browser.post("/mes-choix/numero", ["for": "choices", "nir": Someone.maelys.nir ?? ""])
            let choices = try await browser.get("/mes-choix")
            #expect(choices.body.contains(mine.reference))
            #expect(!choices.body.contains(others.reference))
            let attestation = try await browser.get("/mes-choix/attestation")
            #expect(attestation.body.contains(mine.reference) && !attestation.body.contains(others.reference))
            let ended = try await browser.post(
                "/mes-choix/opposition/\(mine.reference)", ["what": "all", "confirm": "yes"])
            #expect(ended.status == 303)
            try await story.carries()
            #expect(try await !story.isProtected(.maelys))
            try await mine.sees(
                "Vous avez retiré votre opposition.", state: .closed, .withdrawn, due: "2026-04-07", bases: "removed")
        }
    }

    @Test(
        "Who never says who they are is reminded twice, then set aside; the same code takes it up again",
        arguments: EngineUnderTest.allCases)
    func abandonedAndReopened(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let request = try await story.files(about: .corentin, as: .guardian, by: .anaelle)
            let genuine = try await story.files(about: .maelys)
            story.comes("2026-03-06")
            try await story.does(.identityRequested, on: request, ["text": "Envoyez-nous le jugement."])
            try await story.carries()
            #expect(try await story.isProtected(.corentin))
            for day in ["2026-03-21", "2026-04-05", "2026-05-04"] {
                story.comes(day)
                try await story.waits()
                try await request.sees(
                    "Envoyez-nous le jugement.", state: .awaitingIdentity, due: "2026-04-07")
            }
            story.comes("2026-05-05")
            try await story.waits()
            try await story.carries()
            #expect(try await !story.isProtected(.corentin), "nobody has shown that it was theirs")
            try await request.sees(
                "Votre demande est classée sans suite.", state: .closed, .abandoned, due: "2026-04-07",
                bases: "removed",
                events: [.filed, .identityRequested, .reminded, .reminded, .abandoned])

            story.comes("2026-08-31")
            try await request.takesUpAgain()
            try await story.carries()
            #expect(try await story.isProtected(.corentin))
            try await request.sees(
                "Vous avez repris votre demande.", state: .awaitingIdentity, due: "2026-09-30", bases: "listed")
            try await story.does(.identityProvided, on: request)
            try await story.does(.identityVerified, on: request)
            try await story.does(.granted, on: request)
            try await story.carries()
            try await request.sees(
                "Votre demande est acceptée et close.", state: .closed, .granted, due: "2026-09-30", bases: "listed")
            try await genuine.sees(
                "Votre opposition reste en vigueur", state: .closed, .granted, due: "2026-04-07", bases: "listed")
        }
    }
}
