import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

@Suite("Stories of objections")
struct ObjectionStories {
    @Test(
        "An objection is granted at once, protects, closes when each database has confirmed, and stands for years",
        arguments: EngineUnderTest.allCases)
    func objection(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let maelys = try await story.files(about: .maelys)
            try await maelys.sees(
                "Votre demande est acceptée. Les bases liées confirment une à une.", "En route, pas encore confirmé",
                state: .underReview, .granted, due: "2026-04-07", bases: "pending", events: [.filed, .granted])

            try await story.carries()
            #expect(try await story.isProtected(.maelys))
            try await maelys.sees(
                "Votre demande est acceptée et close.", "Sur sa liste depuis le 5 mars 2026",
                "Votre opposition reste en vigueur tant que vous ne la retirez pas.",
                state: .closed, .granted, due: "2026-04-07", bases: "listed", events: [.filed, .granted, .closed])

            story.comes("2031-03-05")
            try await maelys.sees(
                "Your request is granted and closed.", "On its list since 5 March 2026",
                state: .closed, .granted, due: "2026-04-07", bases: "listed", in: .en)
        }
    }

    @Test(
        "Whoever has the code takes an objection back, years after it was closed",
        arguments: EngineUnderTest.allCases)
    func withdrawalWithTheCode(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let titouan = try await story.files(about: .titouan)
            try await story.carries()
            story.comes("2029-05-02")
            try await titouan.withdraws()
            try await titouan.sees(
                "Vous avez retiré votre opposition.", "la fin de ce choix est en route",
                "Vous pouvez vous opposer de nouveau",
                state: .closed, .withdrawn, due: "2026-04-07", bases: "removalPending")
            #expect(try await story.isProtected(.titouan), "until the databases have taken it")
            try await story.carries()
            #expect(try await !story.isProtected(.titouan))
            try await titouan.sees(
                "Ce choix est sorti de sa liste le 2 mai 2029", state: .closed, .withdrawn, due: "2026-04-07",
                bases: "removed",
                events: [.filed, .granted, .closed, .withdrawn])
        }
    }

    @Test(
        "Without the code, an objection stands until whoever asks for its end has proved who they are",
        arguments: EngineUnderTest.allCases)
    func withdrawalWithoutTheCode(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let kept = try await story.files(about: .maelys)
            try await story.carries()
            story.comes("2027-01-11")
            let asked = try await story.files(
                .objectionWithdrawal, about: .maelys, ["details": "Celle du printemps 2026 ; le code est perdu."])
            try await asked.sees(
                "Nous avons reçu votre demande.", state: .received, due: "2027-02-11", events: [.filed])
            try await story.isRefused(
                .granted, on: asked, ["objection": .string(kept.reference)], as: 409, "transition")
            try await story.does(.assigned, on: asked)
            try await story.isRefused(
                .granted, on: asked, ["objection": .string(kept.reference)], as: 422, "identityNotVerified")

            story.comes("2027-01-12")
            try await story.does(.identityRequested, on: asked, ["text": "Qui êtes-vous ?"])
            story.comes("2027-01-20")
            try await asked.sees("Qui êtes-vous ?", "suspendu", state: .awaitingIdentity, due: "2027-02-11")
            #expect(try await story.isProtected(.maelys), "nothing ends in doubt")
            try await asked.writes("Voici de quoi me reconnaître.")
            try await story.does(.identityProvided, on: asked)
            try await story.does(.identityVerified, on: asked)
            try await asked.sees("8 jours de plus", state: .underReview, due: "2027-02-19")

            try await story.isRefused(.granted, on: asked, as: 422, "/objection")
            try await story.does(.granted, on: asked, ["objection": .string(kept.reference)])
            try await story.carries()
            #expect(try await !story.isProtected(.maelys))
            try await asked.sees(
                "Votre opposition est retirée.", state: .closed, .granted, due: "2027-02-19", bases: "removed",
                related: [kept])
            try await kept.sees(
                "Vous avez retiré votre opposition.", state: .closed, .withdrawn, due: "2026-04-07", bases: "removed",
                related: [asked])
        }
    }

    @Test(
        "Somebody without a number objects all the same, and an operator completes it",
        arguments: EngineUnderTest.allCases)
    func withoutANumber(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let yuna = try await story.files(about: .yuna, ["birthPlace": "99109"])
            try await story.carries()
            try await yuna.sees(
                "Il nous manque votre numéro de sécurité sociale ; un agent le complète",
                "Des bases ne peuvent pas encore vous reconnaître",
                "cohorte : elle reconnaît les personnes par leur numéro de sécurité sociale", state: .received,
                due: "2026-04-07", bases: "noIdentifier", events: [.filed])

            story.comes("2026-03-09")
            let identity = try await story.opensIdentity(of: yuna)
            #expect(identity["subject"]?["birthPlace"]?.string == "99109")
            let completed = Someone.yuna.under("299029913400127")
            story.remember(completed)
            try await story.does(.identityCorrected, on: yuna, ["subject": completed.subject], by: "agent")
            try await story.carries()
            #expect(try await story.isProtected(completed))
            try await story.does(.identityVerified, on: yuna, by: "agent")
            try await story.does(.granted, on: yuna, by: "agent")
            try await story.carries()
            try await yuna.sees(
                "Un agent habilité a consulté votre identité.", "Vos informations d’identité ont été corrigées.",
                state: .closed, .granted, due: "2026-04-07", bases: "listed",
                events: [.filed, .identityOpened, .identityCorrected, .identityVerified, .granted, .closed])
        }
    }

    @Test(
        "A number that was mistyped is put right: the wrong one comes off the lists as the right one goes on",
        arguments: EngineUnderTest.allCases)
    func identityCorrected(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let wrong = Someone.anaelle.under(Someone.corentin.nir, of: .own)
            let request = try await story.files(about: wrong)
            try await story.carries()
            #expect(try await story.isProtected(wrong), "protected from filing on, even in doubt")
            try await story.does(.assigned, on: request)
            story.comes("2026-03-10")
            story.remember(.anaelle)
            try await story.does(.identityCorrected, on: request, ["subject": Someone.anaelle.subject])
            try await story.carries()
            #expect(try await !story.isProtected(wrong))
            #expect(try await story.isProtected(.anaelle))
            try await request.sees(
                "Vos informations d’identité ont été corrigées.", state: .underReview, due: "2026-04-07",
                bases: "listed", events: [.filed, .assigned, .identityCorrected])
        }
    }
}
