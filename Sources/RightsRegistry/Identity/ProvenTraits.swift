public import CivilTime
public import StrictJSON
public import Vault

/// The traits of identity that a provider of identities has verified: those of FranceConnect, where the social security
/// number is not among them.
public struct ProvenTraits: Sendable, Hashable, Redacted {
    /// The provider's own name for the person, for us alone.
    public let provenAs: String
    public let birthName: String
    public let usageName: String?
    /// In the civil register's order; one at least.
    public let givenNames: [String]
    /// Nil for somebody whose day or month of birth the civil register does not know.
    public let birthDate: CalendarDate?
    public let sex: Sex?
    /// INSEE code of the commune of birth, or that of the country (99…) for a birth abroad.
    public let birthPlace: String?

    /// Reads OpenID Connect's claims as FranceConnect fills them; nil where the names are missing, without which nobody
    /// is recognised.
    public init?(claims: JSON) {
        guard let subject = claims["sub"]?.string, let birthName = Self.name(claims["family_name"]) else { return nil }
        let givenNames = (claims["given_name"]?.string ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
        guard !givenNames.isEmpty, givenNames.count <= 20, givenNames.allSatisfy({ $0.utf8.count <= 100 }) else {
            return nil
        }
        provenAs = subject
        self.birthName = birthName
        self.givenNames = givenNames
        let usage = Self.name(claims["preferred_username"])
        usageName = usage == birthName ? nil : usage
        birthDate = claims["birthdate"]?.string.flatMap { CalendarDate($0) }
        sex =
            switch claims["gender"]?.string {
            case "female": .female
            case "male": .male
            default: nil
            }
        let place = claims["birthplace"]?.string ?? ""
        let country = claims["birthcountry"]?.string ?? ""
        birthPlace = place.isEmpty ? (country.isEmpty || country == Self.france ? nil : country) : place
    }

    /// What `init(json:)` reads, to be sealed.
    public var json: JSON {
        .object(ofPresent: [
            "provenAs": .string(provenAs), "birthName": .string(birthName), "usageName": usageName.map(JSON.string),
            "givenNames": .array(givenNames.map(JSON.string)),
            "birthDate": birthDate.map { .string($0.description) }, "sex": sex.map { .string($0.rawValue) },
            "birthPlace": birthPlace.map(JSON.string),
        ])
    }

    /// Reads what `json` wrote; nil for anything else.
    public init?(json: JSON) {
        guard let provenAs = json["provenAs"]?.string, let birthName = json["birthName"]?.string,
            let givenNames = json["givenNames"]?.array?.compactMap(\.string), !givenNames.isEmpty
        else { return nil }
        self.provenAs = provenAs
        self.birthName = birthName
        self.givenNames = givenNames
        usageName = json["usageName"]?.string
        birthDate = json["birthDate"]?.string.flatMap { CalendarDate($0) }
        sex = json["sex"]?.string.flatMap(Sex.init(rawValue:))
        birthPlace = json["birthPlace"]?.string
    }

    /// The code of France in the geographic codes of INSEE.
    private static let france = "99100"

    private static func name(_ json: JSON?) -> String? {
        guard let text = json?.string, text.utf8.count <= 200, !text.allSatisfy(\.isWhitespace) else { return nil }
        return text
    }
}
