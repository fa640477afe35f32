public import CivilTime
public import Vault

/// The sex that the civil register holds.
public enum Sex: String, Sendable, Hashable, CaseIterable {
    case female = "F"
    case male = "M"

    /// As in an identifier's canonical form: M 1, F 2, like a NIR's first digit.
    public var digit: Int {
        switch self {
        case .male: 1
        case .female: 2
        }
    }
}

/// The three traits from which a linked database's pseudonym is made.
public struct Identifier: Sendable, Hashable, Redacted {
    public let nir: NIR
    public let birthDate: CalendarDate
    public let sex: Sex

    public init(nir: NIR, birthDate: CalendarDate, sex: Sex) {
        self.nir = nir
        self.birthDate = birthDate
        self.sex = sex
    }

    /// `NIR13|YYYYMMDD|1` or `2`: what every pseudonym is the keyed hash of. It must never change.
    public var canonical: String {
        "\(nir.canonical)|\(birthDate.description.filter { $0 != "-" })|\(sex.digit)"
    }
}
