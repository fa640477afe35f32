import CivilTime
public import Crypto
import SQLDatabase
public import Vault

/// What an entry of the blind index is the keyed hash of.
public enum PersonIndexKind: String, Sendable, CaseIterable {
    /// An identifier in its canonical form: number, birth date, sex.
    case identifier
    /// Birth name, one or more of the given names from the first on, birth date, sex.
    case traits
    /// Birth name, every given name that was filed, birth date, sex, and birth place.
    case origin
}

/// One entry of the blind index: 32 bytes that tell nothing without the key.
struct PersonIndexEntry: Sendable, Hashable {
    let kind: PersonIndexKind
    let bytes: [UInt8]
}

/// Makes the entries of the blind index: HMAC-SHA-256 of the person's folded traits and identifiers, apart for each kind.
public struct PersonIndexKey: Sendable, Redacted {
    private let key: SymmetricKey

    public init(_ key: SymmetricKey) { self.key = key }

    /// What tells this key from another, and tells nothing of it.
    var fingerprint: [UInt8] { code("key", "") }

    /// The entries under which a filing about `subject` is found.
    func entries(of subject: Subject) -> Set<PersonIndexEntry> {
        var entries = Set(subject.identifiers.map { entry(.identifier, $0.canonical) })
        guard let birthName = ProvenTraits.folded(subject.birthName) else { return entries }
        let birth = "\(subject.birthDate)|\(subject.sex.rawValue)"
        for given in ProvenTraits.beginnings(subject.givenNames) {
            entries.insert(entry(.traits, "\(birthName)|\(given)|\(birth)"))
        }
        if let place = subject.birthPlace, let given = ProvenTraits.folded(subject.givenNames.joined(separator: " ")) {
            entries.insert(entry(.origin, "\(birthName)|\(given)|\(birth)|\(place)"))
        }
        return entries
    }

    /// The entries under which filings about `claimant` may be found; none where their birth date or sex is unknown.
    ///
    /// People file with all of their given names or with the first ones alone, so each beginning is looked for; and they
    /// know the city of their birth where the register has an arrondissement.
    func entries(of claimant: Claimant) -> Set<PersonIndexEntry> {
        let traits = claimant.traits
        guard let birthDate = traits.birthDate, let sex = traits.sex, ProvenTraits.folded(traits.birthName) != nil
        else {
            return []
        }
        return entries(
            birthName: traits.birthName, traits.givenNames, birthDate, sex, birthPlace: traits.birthPlace,
            nir: claimant.nir)
    }

    /// The entries under which filings about `sought` may be found.
    func entries(of sought: SoughtPerson) -> Set<PersonIndexEntry> {
        entries(
            birthName: sought.birthName, sought.givenNames, sought.birthDate, sought.sex, birthPlace: sought.birthPlace,
            nir: sought.nir)
    }

    private func entries(
        birthName: String?, _ givenNames: [String], _ birthDate: CalendarDate, _ sex: Sex, birthPlace: String?,
        nir: NIR?
    ) -> Set<PersonIndexEntry> {
        let birth = "\(birthDate)|\(sex.rawValue)"
        let places = [birthPlace, birthPlace.flatMap(ProvenTraits.city)].compactMap { $0 }
        var entries: Set<PersonIndexEntry> = []
        if let birthName = birthName.flatMap(ProvenTraits.folded) {
            for given in ProvenTraits.beginnings(givenNames) {
                entries.insert(entry(.traits, "\(birthName)|\(given)|\(birth)"))
                for place in places { entries.insert(entry(.origin, "\(birthName)|\(given)|\(birth)|\(place)")) }
            }
        }
        if let nir {
            entries.insert(entry(.identifier, Identifier(nir: nir, birthDate: birthDate, sex: sex).canonical))
        }
        return entries
    }

    /// The entries of whoever may have written that they lost a code: of that name and birth date, of either sex.
    func entries(likely asked: LostCodeRequest) -> Set<PersonIndexEntry> {
        guard let birthName = ProvenTraits.folded(asked.birthName) else { return [] }
        let names = asked.givenNames.split { $0.isWhitespace || $0 == "," }.map(String.init)
        return Set(
            ProvenTraits.beginnings(names).flatMap { given in
                Sex.allCases.map { entry(.traits, "\(birthName)|\(given)|\(asked.birthDate)|\($0.rawValue)") }
            })
    }

    /// The requests that have one of `entries`.
    static func references(
        under entries: Set<PersonIndexEntry>, on connection: any SQLConnection
    ) throws -> [String] {
        guard !entries.isEmpty else { return [] }
        let sought = entries.map(\.bytes)
        let places = sought.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        return try connection.query(
            "SELECT DISTINCT reference FROM person_index WHERE entry IN (\(places)) ORDER BY reference LIMIT 20",
            parameters: sought
        ).map { try $0["reference"] }
    }

    /// The requests that have some of `entries`, each with the kinds of those.
    static func kinds(
        of entries: Set<PersonIndexEntry>, on connection: any SQLConnection
    ) throws -> [String: Set<PersonIndexKind>] {
        guard !entries.isEmpty else { return [:] }
        let sought = entries.map(\.bytes)
        let places = sought.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        var kinds: [String: Set<PersonIndexKind>] = [:]
        for row in try connection.query(
            "SELECT reference, kind FROM person_index WHERE entry IN (\(places))", parameters: sought)
        {
            guard let kind = PersonIndexKind(rawValue: try row["kind"]) else { continue }
            kinds[try row["reference"], default: []].insert(kind)
        }
        return kinds
    }

    private func entry(_ kind: PersonIndexKind, _ text: String) -> PersonIndexEntry {
        PersonIndexEntry(kind: kind, bytes: code(kind.rawValue, text))
    }

    func code(_ purpose: String, _ text: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array("regard person \(purpose)\0\(text)".utf8), using: key))
    }
}

/// Whether a filing is about whoever proves who they are.
public enum PersonMatch {
    /// The rule: the traits agree, *and* so does the birth place with every given name, or a number that fits the proven
    /// person. Homonyms with one birth date are told apart by it, and twins; where it is not certain, it is not.
    ///
    /// - Parameter shared: the kinds of which the filing and the person have an entry in common.
    public static func isCertain(_ shared: Set<PersonIndexKind>) -> Bool {
        shared.contains(.traits) && (shared.contains(.origin) || shared.contains(.identifier))
    }
}
