import Foundation
import RightsRegistry
import StrictJSON

/// Somebody who exists nowhere: what they type, and what must never be read of them anywhere.
struct Someone: Sendable, Hashable {
    let birthName: String
    let givenName: String
    let birthDate: String
    let sex: Sex
    /// As they type it; nil for somebody who has none.
    var nir: String?
    /// Asked where the number contradicts the birth date or the sex.
    var nirHolder: NIRHolder?

    init(_ givenName: String, _ birthName: String, _ birthDate: String, _ sex: Sex, nir: String?) {
        (self.givenName, self.birthName, self.birthDate, self.sex) = (givenName, birthName, birthDate, sex)
        self.nir = nir
    }

    var name: String { "\(givenName) \(birthName)" }
    var email: String {
        "\(birthName.folding(options: [.diacriticInsensitive, .caseInsensitive], locale: nil))@courriel.example"
    }

    /// The same person under another number.
    func under(_ nir: String?, of holder: NIRHolder? = nil) -> Someone {
        var other = self
        (other.nir, other.nirHolder) = (nir, holder)
        return other
    }

    /// What the form is told about them.
    var answers: [String: String] {
        let parts = birthDate.split(separator: "-").map(String.init)
        return [
            "birthName": birthName, "givenNames": givenName, "birthYear": parts[0], "birthMonth": parts[1],
            "birthDay": parts[2], "sex": sex.rawValue, "nir": nir ?? "", "nirHolder": nirHolder?.rawValue ?? "",
        ]
    }

    /// What the API is told about them.
    var subject: JSON {
        .object(ofPresent: [
            "birthName": .string(birthName), "givenNames": [.string(givenName)], "birthDate": .string(birthDate),
            "sex": .string(sex.rawValue), "nir": nir.map(JSON.string),
            "nirHolder": nirHolder.map { .string($0.rawValue) },
        ])
    }

    /// What a provider of identities says of them.
    var claims: JSON {
        [
            "sub": .string("s-\(givenName)"), "family_name": .string(birthName.uppercased()),
            "given_name": .string(givenName), "birthdate": .string(birthDate),
            "gender": sex == .male ? "male" : "female", "birthcountry": "99100",
        ]
    }

    /// What their pseudonyms are made of, put together by hand.
    var canonical: String {
        "\((nir ?? "").prefix(13))|\(birthDate.filter { $0 != "-" })|\(sex == .male ? 1 : 2)"
    }

    var traces: [String] {
        var traces = [birthName, givenName, email]
        if let nir {
            let groups = [1, 2, 2, 2].reduce(into: (text: "", rest: nir.prefix(13))) { built, length in
                built.text += (built.text.isEmpty ? "" : " ") + built.rest.prefix(length)
                built.rest = built.rest.dropFirst(length)
            }
            traces += [String(nir.prefix(13)), groups.text]
        }
        return traces
    }
}

/// Who plays. The numbers of the grown-ups are vectors of the domain; their birth dates go with them.
extension Someone {
    static let maelys = Someone("Maëlys", "Kervézec", "1969-05-15", .female, nir: "269054958815780")
    static let titouan = Someone("Titouan", "Ploumanac", "1985-05-09", .male, nir: "185057800608491")
    static let anaelle = Someone("Anaëlle", "Tréguidel", "1994-03-21", .female, nir: "294037512000591")
    static let corentin = Someone("Corentin", "Locmaria", "1984-06-02", .male, nir: "184067505608101")
    /// Born abroad, and not yet registered.
    static let yuna = Someone("Yuna", "Brocéliand", "1999-02-11", .female, nir: nil)
    /// Sixteen in the spring of 2026.
    static let loeiza = Someone("Loeiza", "Kerguelin", "2010-01-10", .female, nir: nir(of: 2_10_01_29_019_123))
    /// Two sisters of one day, insured under their mother's number.
    static let gwenn = Someone("Gwenn", "Rosmadec", "2019-03-03", .female, nir: nil).under(
        maelys.nir, of: .insuredParent)
    static let rozenn = Someone("Rozenn", "Rosmadec", "2019-03-03", .female, nir: nil).under(
        maelys.nir, of: .insuredParent)

    /// A number with the key that goes with it.
    static func nir(of thirteen: Int) -> String {
        let key = 97 - thirteen % 97
        return "\(thirteen)" + (key < 10 ? "0\(key)" : "\(key)")
    }
}
