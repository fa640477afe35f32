import PublicRegistry
import SQLDatabase
import TestSupport
import Testing

@testable import RightsRegistry
@testable import TransparencyAPI

@Suite("Databases that can’t know somebody")
struct UnknownThereTests {
    private func link(_ opened: OpenedPortal) async throws {
        let now = opened.clock.source()
        try await opened.database.write { connection in
            for (id, name, matching) in [
                ("soins", "Soins de ville", Matching.nir), ("registre", "Registre du cancer", .insTraits),
                ("cohortes", "Cohortes", .both),
            ] {
                _ = try LinkedDatabaseStore.add(
                    id: id, name: LocalizedText(fr: name), connector: "sqlite:/nowhere/\(id)", datasets: [],
                    matching: matching, at: now, on: connection)
            }
        }
    }

    @Test("are named before filing, with what to add; nothing is said where all know the person")
    func beforeFiling() async throws {
        try await withPortal(.sqlite) { opened in
            try await link(opened)
            let cases: [([String: String], named: [String], missing: String?)] = [
                ([:], ["Registre du cancer"], "Si vous avez le code INSEE de votre commune de naissance"),
                (
                    ["nir": "", "birthPlace": "29019"], ["Soins de ville"],
                    "Si vous avez votre numéro de sécurité sociale"
                ),
                (
                    ["nir": ""], ["Soins de ville", "Registre du cancer", "Cohortes"],
                    "Si vous avez votre numéro de sécurité sociale et le code INSEE de votre commune de naissance"
                ),
                (["birthPlace": "29019"], [], nil),
            ]
            for (answers, named, missing) in cases {
                let browser = Browser(opened)
                try await browser.reachTheCheck(answers)
                let check = try await browser.get(RequestStep.check.page.path(in: .fr))
                #expect(check.contains("une base ne pourra pas vous reconnaître") == (named.count == 1))
                #expect(check.contains("des bases ne pourront pas vous reconnaître") == (named.count > 1))
                for name in ["Soins de ville", "Registre du cancer", "Cohortes"] {
                    #expect(check.contains("\(name) (elle reconnaît") == named.contains(name), "\(name)")
                }
                if let missing { #expect(check.contains(missing)) }
            }
            // Of databases that were chosen, those alone.
            let browser = Browser(opened)
            try await browser.reachThePerson()
            _ = try await browser.send(.scope, ["scope": "databases"])
            _ = try await browser.send(.databases, ["database": "registre"])
            _ = try await browser.send(.person, Kervezec.person, replacing: ["nir": ""])
            _ = try await browser.send(.contact, Kervezec.contact)
            let check = try await browser.get(RequestStep.check.page.path(in: .fr))
            #expect(check.contains("Registre du cancer (elle reconnaît") && !check.contains("Soins de ville (elle"))
        }
    }

    @Test("are named once each in a request, and say what is missing in both languages", arguments: Language.allCases)
    func ofARequest(_ language: Language) throws {
        func status(_ id: String, _ matching: Matching, _ listing: PropagationStatus.Listing) -> PropagationStatus {
            PropagationStatus(
                database: id, name: nil, isByHand: false, project: nil, listing: listing, matching: matching,
                failingSince: nil, lastExtractionChecked: nil, releasesBefore: 0)
        }
        #expect(UnknownThere([status("a", .nir, .pending)], language: language) == nil)
        let unknown = try #require(
            UnknownThere(
                [
                    status("a", .nir, .noIdentifier), status("a", .nir, .noIdentifier),
                    status("b", .insTraits, .noIdentifier), status("c", .both, .pending),
                ], language: language))
        #expect(unknown.lines.map(\.name) == ["a", "b"])
        #expect(
            unknown.whatToDo.contains(
                language.pick(
                    fr: "votre numéro de sécurité sociale et le code INSEE",
                    en: "your social security number and the INSEE")
            ))
    }
}
