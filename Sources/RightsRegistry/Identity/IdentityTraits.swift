public import CivilTime
import Foundation
public import Vault

/// The traits of the national health identity (INS) by which a database without NIRs knows a person, as both sides spell
/// them: names without accents, in capitals, letters alone.
public struct IdentityTraits: Sendable, Hashable, Redacted {
    /// `BIRTHNAME|GIVENNAME|YYYYMMDD|1` or `2|PLACE`: what a pseudonym is the keyed hash of. It must never change.
    public let canonical: String

    /// Nil where a name has no letter that is left, or the place is none.
    public init?(birthName: String, givenName: String, birthDate: CalendarDate, sex: Sex, birthPlace: String) {
        self.init(
            birthName: birthName, givenName: givenName, birthDate: birthDate.description.filter { $0 != "-" },
            sex: "\(sex.digit)", birthPlace: birthPlace)
    }

    /// The same from a date of eight digits, and a sex of 1 or 2, that were checked before.
    public init?(birthName: String, givenName: String, birthDate: String, sex: String, birthPlace: String) {
        let (name, given) = (Self.spelt(birthName), Self.spelt(givenName))
        guard !name.isEmpty, !given.isEmpty, let place = Self.place(birthPlace) else { return nil }
        canonical = "\(name)|\(given)|\(birthDate)|\(sex)|\(place)"
    }

    /// Capitals from A to Z: accents go, œ is OE, æ is AE, ß is SS, and whatever else is no such letter is left out. So
    /// “Jean-Noël” and “JEAN NOEL” are one.
    ///
    /// Apart from how search folds words, which may change.
    public static func spelt(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy { $0 < 0x80 }
        let letters = isPlain ? name : name.decomposedStringWithCanonicalMapping
        var spelt = ""
        for scalar in letters.unicodeScalars {
            switch scalar {
            case "A"..."Z": spelt.unicodeScalars.append(scalar)
            case "a"..."z": spelt.unicodeScalars.append(Unicode.Scalar(UInt8(scalar.value) - 32))
            case "œ", "Œ": spelt += "OE"
            case "æ", "Æ": spelt += "AE"
            case "ß": spelt += "SS"
            default: continue
            }
        }
        return spelt
    }

    /// An INSEE code of five characters, in capitals; of a city's arrondissement the city, since people say either. Nil for
    /// anything else.
    static func place(_ code: String) -> String? {
        let code = code.uppercased()
        guard code.utf8.count == 5, code.utf8.allSatisfy({ (48...57).contains($0) || (65...66).contains($0) }) else {
            return nil
        }
        return ProvenTraits.city(of: code) ?? code
    }
}

extension Subject {
    /// Every way in which a database that matches on traits may know this person, each once. None without a place of
    /// birth.
    ///
    /// The first given name may have several parts, and who writes “Jean, Noël” may be in a register as “Jean-Noël”: so up
    /// to three of the first names count, each with those before it. Another birth date or sex under which the person is
    /// known counts too.
    public var traits: [IdentityTraits] {
        guard let birthPlace else { return [] }
        let births = [(birthDate, sex)] + otherIdentifiers.map { ($0.birthDate, $0.sex) }
        var seen: Set<String> = []
        return births.flatMap { birthDate, sex in
            (1...3).compactMap { count in
                IdentityTraits(
                    birthName: birthName, givenName: givenNames.prefix(count).joined(), birthDate: birthDate, sex: sex,
                    birthPlace: birthPlace)
            }
        }.filter { seen.insert($0.canonical).inserted }
    }
}
