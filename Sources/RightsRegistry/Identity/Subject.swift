public import CivilTime
public import StrictJSON
public import Vault

/// Whose number someone gives as their own: a child is often known under a parent's.
public enum NIRHolder: String, Sendable, Hashable, CaseIterable {
    /// The person's own: sex or birth date were corrected after it was given.
    case own
    /// The parent's under whose insurance the person is.
    case insuredParent
}

/// The person whose data a request is about, by the traits of the national health identity (INS).
///
/// It is read from JSON and from nothing else, so none exists that was not checked.
public struct Subject: Sendable, Hashable, Redacted {
    /// As in the civil register.
    public let birthName: String
    public let usageName: String?
    /// In the register's order; one at least.
    public let givenNames: [String]
    public let birthDate: CalendarDate
    public let sex: Sex
    /// INSEE code of the commune of birth, or 99 and that of the country: `75056`, `2A004`, `99109`.
    public let birthPlace: String?
    /// Nil for someone who has none or does not know it: an operator completes it.
    public let nir: NIR?
    /// Whose number `nir` is, asked only where it contradicts the birth date or the sex.
    public let nirHolder: NIRHolder?
    /// Others under which the same person is known: a parent's NIR, one before a correction of sex or birth date.
    public let otherIdentifiers: [Identifier]

    /// Reads a subject as it is filed; nil where `reader` has recorded errors.
    ///
    /// - Parameter today: no birth lies after it.
    public init?(reading reader: inout ObjectReader, today: CalendarDate) {
        self.init(reading: &reader, notAfter: today)
    }

    /// Reads what `json` wrote: what was sealed.
    public init(json: JSON) throws(FieldErrors) {
        self = try ObjectReader.read(json) { Subject(reading: &$0, notAfter: nil) }
    }

    private init?(reading reader: inout ObjectReader, notAfter today: CalendarDate?) {
        let birthName = reader.name("birthName")
        usageName = reader.optionalName("usageName")
        let givenNames = reader.names("givenNames", maxCount: 20)
        let birthDate = reader.birthDate("birthDate", today: today)
        let sex = reader.choice("sex", of: Sex.self)
        birthPlace = reader.optionalBirthPlace("birthPlace")
        nir = reader.optionalNIR("nir")
        nirHolder = reader.optionalChoice("nirHolder", of: NIRHolder.self)
        otherIdentifiers =
            reader.optionalObjects("otherIdentifiers", maxCount: 10) { reader in
                let nir = reader.nir("nir")
                let birthDate = reader.birthDate("birthDate", today: today)
                let sex = reader.choice("sex", of: Sex.self)
                guard let nir, let birthDate, let sex else { return nil as Identifier? }
                return Identifier(nir: nir, birthDate: birthDate, sex: sex)
            } ?? []
        if today != nil, let nir, let birthDate, let sex, nirHolder == nil, !nir.agrees(with: birthDate, sex: sex) {
            reader.fail("nirHolder", "nir.holder")
        }
        guard let birthName, let givenNames, let birthDate, let sex, reader.errors.isEmpty else { return nil }
        self.birthName = birthName
        self.givenNames = givenNames
        self.birthDate = birthDate
        self.sex = sex
    }

    /// What `init(json:)` reads, to be sealed in its canonical form.
    public var json: JSON {
        .object(ofPresent: [
            "birthName": .string(birthName),
            "usageName": usageName.map(JSON.string),
            "givenNames": .array(givenNames.map(JSON.string)),
            "birthDate": .string(birthDate.description),
            "sex": .string(sex.rawValue),
            "birthPlace": birthPlace.map(JSON.string),
            "nir": nir.map { .string($0.full) },
            "nirHolder": nirHolder.map { .string($0.rawValue) },
            "otherIdentifiers": otherIdentifiers.isEmpty ? nil : .array(otherIdentifiers.map(\.json)),
        ])
    }

    /// Every identifier that yields a pseudonym of this person, each once: the own one first, then the others as they
    /// were given. Its index is an identifier's number in the ledger and in the targets' tokens.
    public var identifiers: [Identifier] {
        let own = nir.map { Identifier(nir: $0, birthDate: birthDate, sex: sex) }
        var seen: Set<String> = []
        return ([own].compactMap { $0 } + otherIdentifiers).filter { seen.insert($0.canonical).inserted }
    }

    /// The age in whole years on that day.
    public func age(on date: CalendarDate) -> Int { birthDate.age(on: date) }
}

extension Identifier {
    fileprivate var json: JSON {
        ["nir": .string(nir.full), "birthDate": .string(birthDate.description), "sex": .string(sex.rawValue)]
    }
}
