public import CivilTime
public import StrictJSON
public import Vault

/// Somebody who has proven who they are and asks for what is theirs, with the number that they gave beside it.
public struct Claimant: Sendable, Redacted {
    public let traits: ProvenTraits
    /// No provider of identities gives it; it fits the proven person.
    public let nir: NIR?

    /// - Parameter typedNIR: as it was typed; empty for none.
    ///
    /// Throws what is wrong with the number, at `/nir`; `nir.another` where it is not the proven person's.
    public init(_ traits: ProvenTraits, typedNIR: String = "") throws(FieldErrors) {
        self.traits = traits
        guard !typedNIR.allSatisfy(\.isWhitespace) else {
            nir = nil
            return
        }
        func wrong(_ code: String) -> FieldErrors { FieldErrors([FieldError(pointer: "/nir", code: code)]) }
        let nir: NIR
        do {
            nir = try NIR(typedNIR)
        } catch {
            throw wrong(error.rawValue)
        }
        guard nir.fits(traits) else { throw wrong("nir.another") }
        self.nir = nir
    }

    /// Why nothing can be looked for.
    public enum Obstacle: Sendable, Hashable {
        /// The provider does not tell the birth date or the sex.
        case traits
        /// A parent acts for them.
        case age
    }

    /// What keeps this person from being shown anything; nil where nothing does.
    public func obstacle(on today: CalendarDate, parentActsUnderAge age: Int) -> Obstacle? {
        guard let birthDate = traits.birthDate, traits.sex != nil else { return .traits }
        return birthDate.age(on: today) < age ? .age : nil
    }
}

extension CalendarDate {
    /// The age in whole years, on that day, of somebody born on this one; born on 29 February, a year older on 1 March.
    func age(on day: CalendarDate) -> Int {
        day.year - year - ((day.month, day.day) >= (month, self.day) ? 0 : 1)
    }
}

extension NIR {
    /// Whether the number can be that of the proven person: sex, year and month of birth, and the place.
    ///
    /// Nothing is known of a provisional number but that it contradicts nothing.
    func fits(_ traits: ProvenTraits) -> Bool {
        guard let birthDate = traits.birthDate, let sex = traits.sex, agrees(with: birthDate, sex: sex) else {
            return false
        }
        guard !isProvisional, let place = traits.birthPlace else { return true }
        return fits(place: place, birthYear: birthDate.year)
    }

    /// Whether the five characters of the place are that INSEE code, or one that the place had when the number was given.
    func fits(place: String, birthYear: Int) -> Bool {
        let ours = canonical.dropFirst(5).prefix(5)
        if ours == place { return true }
        let (department, theirs) = (ours.prefix(2), place.prefix(2))
        switch department {
        // Corsica was one department until 1976.
        case "20": return theirs == "2A" || theirs == "2B"
        // The Seine and Seine-et-Oise were divided in 1968, whose communes got other codes.
        case "75", "78": return birthYear < 1968 && ["75", "77", "78", "91", "92", "93", "94", "95"].contains(theirs)
        // Departments and protectorates of before 1963, each a country of its own since.
        case "91", "92", "93", "94", "95", "96": return birthYear < 1968 && theirs == "99"
        default: return false
        }
    }
}
