import CivilTime
import RightsRegistry
import StrictJSON
import Testing

@Suite("Traits as a database knows people by them") struct IdentityTraitsTests {
    @Test(
        "are spelt in capitals from A to Z, whatever a register does with accents and hyphens",
        arguments: [
            ("Jean-Noël", "JEANNOEL"), ("JEAN NOEL", "JEANNOEL"), ("jean noe\u{308}l", "JEANNOEL"),
            ("Lœuvre d’Angély", "LOEUVREDANGELY"), ("L'ŒUVRE D'ANGÉLY", "LOEUVREDANGELY"), ("Ægidius", "AEGIDIUS"),
            ("Weiß", "WEISS"), ("Nuñez y Içar", "NUNEZYICAR"), ("O’Kervézec 2", "OKERVEZEC"), ("Ørsted", "RSTED"),
            ("李", ""), ("", ""), ("ﬁ ſ ı", ""),
        ])
    func spelling(name: String, spelt: String) { #expect(IdentityTraits.spelt(name) == spelt) }

    private func traits(_ name: String, _ given: String, _ place: String) throws -> String? {
        IdentityTraits(
            birthName: name, givenName: given, birthDate: try #require(CalendarDate("1985-05-15")), sex: .male,
            birthPlace: place)?.canonical
    }

    @Test("hold the city where a register has its arrondissement, and nothing that is no place")
    func places() throws {
        for (place, city) in [
            ("75115", "75056"), ("69381", "69123"), ("13216", "13055"), ("2a004", "2A004"), ("99109", "99109"),
        ] {
            #expect(try traits("A", "B", place) == "A|B|19850515|1|\(city)")
        }
        for place in ["", "7505", "750566", "7505C", "７5056"] { #expect(try traits("A", "B", place) == nil) }
        #expect(try traits("李", "B", "75056") == nil)
        #expect(try traits("A", "-", "75056") == nil)
    }

    private func subject(_ members: [String: JSON]) throws -> Subject {
        let json: [String: JSON] = [
            "birthName": "Kervézec", "givenNames": ["Maël"], "birthDate": "1985-05-15", "sex": "M",
        ]
        return try Subject(json: .object(json.merging(members) { $1 }))
    }

    @Test("are one for each beginning of the given names and each birth under which somebody is known")
    func everyWay() throws {
        #expect(try subject([:]).traits == [])
        #expect(
            try subject(["birthPlace": "78006", "givenNames": ["Jean", "Noël", "Éloi", "Luc"]]).traits
                .map(\.canonical) == [
                    "KERVEZEC|JEAN|19850515|1|78006", "KERVEZEC|JEANNOEL|19850515|1|78006",
                    "KERVEZEC|JEANNOELELOI|19850515|1|78006",
                ])
        let corrected = try subject([
            "birthPlace": "78006",
            "otherIdentifiers": [["nir": "269054958815780", "birthDate": "1969-05-01", "sex": "F"]],
        ])
        #expect(
            corrected.traits.map(\.canonical) == [
                "KERVEZEC|MAEL|19850515|1|78006", "KERVEZEC|MAEL|19690501|2|78006",
            ])
    }

    @Test("of the control identities are those that docs/custodians.md explains")
    func control() {
        #expect(ControlIdentity.rows(for: .nir).count == 3)
        #expect(ControlIdentity.rows(for: .both).count == 6)
        #expect(ControlIdentity.rows(for: .insTraits)[1] == "O'KERVEZEC|Zoé|18500202|2|2A999")
    }
}
