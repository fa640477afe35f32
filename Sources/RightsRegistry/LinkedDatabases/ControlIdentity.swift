public import Vault

/// Three people who exist nowhere, by whom a custodian and the hub find out whether both make the same pseudonyms. Born in
/// 1850 in a place that has no code: nobody's identifiers can be theirs.
public struct ControlIdentity: Sendable, Hashable {
    /// As a custodian's file has them: the number with its key, the birth date as YYYYMMDD, the sex as 1 or 2.
    public let nir: String
    public let birthDate: String
    public let sex: String

    public static let all = [
        ControlIdentity(nir: "150019999999955", birthDate: "18500101", sex: "1"),
        ControlIdentity(nir: "250029999999822", birthDate: "18500202", sex: "2"),
        ControlIdentity(nir: "150039999999789", birthDate: "18500303", sex: "1"),
    ]

    /// As `regard pseudonymize` reads it.
    public var row: String { "\(nir)|\(birthDate)|\(sex)" }

    /// What pseudonyms are made of (domain.md: NIR without its key, birth date, sex).
    public var canonical: String { "\(nir.prefix(13))|\(birthDate)|\(sex)" }

    /// The pseudonyms of all three under a database's key, in hexadecimal.
    public static func pseudonyms(under key: PseudonymKey) -> [String] {
        all.map { Hex.encode(key.pseudonym(of: $0.canonical)) }
    }
}
