import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import TransparencyAPI

@Suite("Stories of those who act for another")
struct FamilyStories {
    @Test(
        "A parent objects for a child who is known under the parent's number",
        arguments: EngineUnderTest.allCases)
    func child(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let asked = try await story.fills(
                .objection, Someone.gwenn.under(Someone.maelys.nir).answers, as: .parentalAuthorityHolder,
                in: Browser(story.opened))
            let isAsked = asked.text.contains("À qui est ce numéro ?")
            #expect(isAsked, "since it contradicts the birth date")
            let gwenn = try await story.files(about: .gwenn, as: .parentalAuthorityHolder, by: .maelys)
            try await story.carries()
            #expect(try await story.isProtected(.gwenn))
            #expect(try await !story.isProtected(.maelys), "the child alone, not whose number it is")
            try await gwenn.sees(
                "Votre demande est acceptée et close.", state: .closed, .granted, due: "2026-04-07", bases: "listed",
                events: [.filed, .granted, .closed])
        }
    }

    @Test(
        "Twins share a number and so a pseudonym: one takes the objection back, and the other stays protected",
        arguments: EngineUnderTest.allCases)
    func twins(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let gwenn = try await story.files(about: .gwenn, as: .parentalAuthorityHolder, by: .maelys)
            let rozenn = try await story.files(about: .rozenn, as: .parentalAuthorityHolder, by: .maelys)
            #expect(Someone.gwenn.canonical == Someone.rozenn.canonical)
            try await story.carries()
            try await gwenn.withdraws()
            try await story.carries()
            #expect(try await story.isProtected(.rozenn))
            try await gwenn.sees(
                "Vous avez retiré votre opposition.", state: .closed, .withdrawn, due: "2026-04-07", bases: "removed")
            try await rozenn.sees(
                "Sur sa liste depuis le 5 mars 2026", state: .closed, .granted, due: "2026-04-07", bases: "listed")
            try await rozenn.withdraws()
            try await story.carries()
            #expect(try await !story.isProtected(.rozenn))
        }
    }

    @Test(
        "Two parents object for one child: when one takes it back, the other's stands",
        arguments: EngineUnderTest.allCases)
    func twoParents(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let mothers = try await story.files(about: .gwenn, as: .parentalAuthorityHolder, by: .maelys)
            story.comes("2026-04-14")
            let fathers = try await story.files(
                about: .gwenn, as: .parentalAuthorityHolder, by: .corentin, in: .en)
            try await story.carries()
            try await mothers.withdraws()
            try await story.carries()
            #expect(try await story.isProtected(.gwenn))
            try await mothers.sees(
                "Vous avez retiré votre opposition.", state: .closed, .withdrawn, due: "2026-04-07", bases: "removed")
            try await fathers.sees(
                "On its list since 14 April 2026", state: .closed, .granted, due: "2026-05-15", bases: "listed", in: .en
            )
        }
    }

    @Test(
        "A parent of a sixteen-year-old is told why not, and hands over a form that asks for no address",
        arguments: EngineUnderTest.allCases)
    func minor(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            story.remember(.maelys)
            story.remember(.loeiza)
            let browser = Browser(story.opened)
            let told = try await story.fills(
                .objection, Someone.loeiza.answers, as: .parentalAuthorityHolder,
                in: browser)
            #expect(told.text.contains("À partir de 15 ans, la loi laisse chacun décider seul"))
            let refused = try await story.posts([
                "right": "objection", "scope": ["kind": "all"], "capacity": "parentalAuthorityHolder",
                "subject": Someone.loeiza.subject, "requester": ["name": .string(Someone.maelys.name)],
            ])
            #expect(refused.status == 422)
            #expect(refused.body["errors"]?.array?.first?["pointer"]?.string == "/capacity")
            #expect(try await story.opened.count("rights_request") == 0)

            let handed = try await browser.send(.age, ["act": "minor"])
            #expect(handed.location == "/droits/exercer/contact")
            let contact = try await browser.follow(handed)
            #expect(!contact.body.contains("requesterName"))
            _ = try await browser.send(.contact, ["email": "", "postal": ""])
            let receipt = try await browser.follow(try await browser.send(.check))
            let loeiza = try #require(story.filed(receipt))
            try await story.carries()
            #expect(try await story.isProtected(.loeiza))
            try await loeiza.sees(
                "Votre demande est acceptée et close.", state: .closed, .granted, due: "2026-04-07", bases: "listed")
        }
    }

    @Test(
        "A guardian proves the judgment; meanwhile the clock stands still and the objection protects",
        arguments: EngineUnderTest.allCases)
    func guardian(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let request = try await story.files(about: .corentin, as: .guardian, by: .anaelle, in: .en)
            try await story.carries()
            #expect(try await story.isProtected(.corentin))
            story.comes("2026-03-06")
            try await story.does(.identityRequested, on: request, ["text": "Please send us the judgment."])
            story.comes("2026-03-20")
            try await request.sees(
                "Please send us the judgment.", "The clock has been paused since 6 March 2026",
                state: .awaitingIdentity, due: "2026-04-07", bases: "listed", in: .en)
            try await request.writes("The judgment is on its way by post.")
            try await story.does(.identityProvided, on: request)
            try await story.does(.identityVerified, on: request)
            try await request.sees(
                "14 days more", state: .underReview, due: "2026-04-20", bases: "listed", in: .en)
            try await story.does(.granted, on: request)
            try await story.carries()
            try await request.sees(
                "Your request is granted and closed.", state: .closed, .granted, due: "2026-04-20", bases: "listed",
                events: [
                    .filed, .identityRequested, .message, .identityProvided, .identityVerified, .granted, .closed,
                ], in: .en)
        }
    }

    @Test("An association with a mandate objects for its member", arguments: EngineUnderTest.allCases)
    func mandate(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let request = try await story.files(
                about: .titouan, as: .authorisedAgent, by: .anaelle, ["organisation": "Association d’essai"])
            try await request.sees(
                "Nous avons reçu votre demande.", state: .received, due: "2026-04-07", events: [.filed])
            let identity = try await story.opensIdentity(of: request)
            #expect(identity["requester"]?["organisation"]?.string == "Association d’essai")
            #expect(identity["requester"]?["name"]?.string == Someone.anaelle.name)
            try await story.does(.identityVerified, on: request)
            try await story.does(.granted, on: request)
            try await story.carries()
            #expect(try await story.isProtected(.titouan))
            try await request.sees(
                "Votre demande est acceptée et close.", state: .closed, .granted, due: "2026-04-07", bases: "listed")
        }
    }

    @Test(
        "An heir is answered, and an objection made in life survives, even where an heir asks for its end",
        arguments: EngineUnderTest.allCases)
    func heir(engine: EngineUnderTest) async throws {
        try await story(on: engine) { story in
            let inLife = try await story.files(about: .maelys)
            try await story.carries()
            story.comes("2028-01-31")
            let access = try await story.files(.access, about: .maelys, as: .heir, by: .anaelle)
            try await access.sees("Nous avons reçu votre demande.", state: .received, due: "2028-02-29")
            try await story.does(.identityVerified, on: access)
            try await story.does(.granted, on: access, ["text": "Voici ce que les bases gardent."])
            try await access.sees("Voici ce que les bases gardent.", state: .underReview, .granted, due: "2028-02-29")

            let end = try await story.files(.objectionWithdrawal, about: .maelys, as: .heir, by: .anaelle)
            try await story.does(.assigned, on: end)
            try await story.does(.refused, on: end, refusal)
            try await story.carries()
            try await end.sees("Votre demande est refusée.", state: .closed, .refused, due: "2028-02-29")
            #expect(try await story.isProtected(.maelys))
            try await inLife.sees(
                "Votre opposition reste en vigueur", state: .closed, .granted, due: "2026-04-07", bases: "listed")
        }
    }
}

/// All that a refusal has to say.
let refusal: [String: JSON] = [
    "grounds": "identityNotEstablished", "reasons": "Les pièces ne concordent pas.",
    "complaint": "CNIL, 3 place de Fontenoy, 75334 Paris",
    "judicialRemedy": "Le tribunal administratif, sous deux mois.",
]
