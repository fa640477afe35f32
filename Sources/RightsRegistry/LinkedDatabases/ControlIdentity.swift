import CivilTime
public import Vault

/// Three people who exist nowhere, by whom a custodian and the hub find out whether both make the same pseudonyms. Born in
/// 1850, two of them in a place that has no code: nobody's identifiers can be theirs.
public struct ControlIdentity: Sendable, Hashable {
    /// As a custodian's file has them: the number with its key, the birth date as YYYYMMDD, the sex as 1 or 2.
    public let nir: String
    public let birthDate: String
    public let sex: String
    /// Names that are easily spelt in several ways, and an INSEE code.
    public let birthName: String
    public let givenName: String
    public let birthPlace: String

    public static let all = [
        ControlIdentity(
            nir: "150019999999955", birthDate: "18500101", sex: "1", birthName: "Lœuvre d’Angély",
            givenName: "Jean-Noël", birthPlace: "01999"),
        ControlIdentity(
            nir: "250029999999822", birthDate: "18500202", sex: "2", birthName: "O'KERVEZEC", givenName: "Zoé",
            birthPlace: "2A999"),
        ControlIdentity(
            nir: "150039999999789", birthDate: "18500303", sex: "1", birthName: "Nuñez y Içar", givenName: "ÆGIDIUS",
            birthPlace: "75115"),
    ]

    /// As `regard pseudonymize` reads them, for a database that matches so: the numbers first.
    public static func rows(for matching: Matching) -> [String] {
        (matching.usesNIR ? all.map { "\($0.nir)|\($0.birthDate)|\($0.sex)" } : [])
            + (matching.usesTraits
                ? all.map { "\($0.birthName)|\($0.givenName)|\($0.birthDate)|\($0.sex)|\($0.birthPlace)" } : [])
    }

    /// What pseudonyms are made of (domain.md: NIR without its key, birth date, sex), in the same order.
    static func canonical(for matching: Matching) -> [String] {
        (matching.usesNIR ? all.map { "\($0.nir.prefix(13))|\($0.birthDate)|\($0.sex)" } : [])
            + (matching.usesTraits ? all.compactMap(\.traits?.canonical) : [])
    }

    private var traits: IdentityTraits? {
        IdentityTraits(
            birthName: birthName, givenName: givenName, birthDate: birthDate, sex: sex, birthPlace: birthPlace)
    }

    /// The pseudonyms under a database's key, in hexadecimal, in the same order.
    public static func pseudonyms(under key: PseudonymKey, for matching: Matching) -> [String] {
        canonical(for: matching).map { Hex.encode(key.pseudonym(of: $0)) }
    }
}
