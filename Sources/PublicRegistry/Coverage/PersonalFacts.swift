public import CivilTime

/// What somebody knows of their own care. It is never stored: it lives as long as one answer is being made.
public struct PersonalFacts: Sendable {
    public let care: Set<CareKind>
    /// As the catalogue's coverage names it.
    public let region: String?
    /// The years of the care, either end of which may be open.
    public let firstYear: Int?
    public let lastYear: Int?
    /// Their age today.
    public let age: Int?

    public init(
        care: Set<CareKind>, region: String? = nil, firstYear: Int? = nil, lastYear: Int? = nil, age: Int? = nil
    ) {
        (self.care, self.region, self.age) = (care, region, age)
        (self.firstYear, self.lastYear) = (firstYear, lastYear)
    }
}

/// Why a database probably holds somebody, or may.
public struct CoverageMatch: Sendable, Hashable {
    /// What was compared and agrees.
    public enum Reason: Sendable, Hashable {
        /// These kinds of care, which both named.
        case care([CareKind])
        case region(String)
        /// It has data from that year on, or from before what was asked.
        case since(year: Int)
        case ages(AgeRange)
    }

    /// What leaves a doubt: what the catalogue does not say, or what the person did not.
    public enum Unsaid: Sendable, Hashable {
        case region, years, ages
        /// It is about those people alone, and they did not say that they are among them.
        case care([CareKind])
    }

    /// The first is always that of care.
    public let reasons: [Reason]
    public let unsaid: [Unsaid]

    /// Whether nothing leaves a doubt.
    public var isProbable: Bool { unsaid.isEmpty }
}

extension Coverage {
    /// Compares what somebody knows with whom a dataset covers. Nil where they share no kind of care, or where something that both
    /// say rules it out. A pure function: it never says “certainly”, since a coverage says whom a database is about and not who is
    /// in it.
    public func match(_ facts: PersonalFacts, on today: CalendarDate) -> CoverageMatch? {
        let shared = CareKind.allCases.filter { facts.care.contains($0) && knownCareKinds.contains($0) }
        guard !shared.isEmpty else { return nil }
        var reasons: [CoverageMatch.Reason] = [.care(shared)]
        var unsaid: [CoverageMatch.Unsaid] = []
        let particular = CareKind.allCases.filter { $0.isParticular && knownCareKinds.contains($0) }
        if !particular.isEmpty, facts.care.isDisjoint(with: particular) { unsaid.append(.care(particular)) }
        if let region = facts.region {
            if regions.isEmpty {
                unsaid.append(.region)
            } else if regions.contains(region) {
                reasons.append(.region(region))
            } else {
                return nil
            }
        }
        let (from, to) = (facts.firstYear ?? .min, facts.lastYear ?? today.year)
        if facts.firstYear != nil || facts.lastYear != nil {
            if let period {
                if let start = period.startsOn, start.year > to { return nil }
                if let end = period.endsOn, end.year < from { return nil }
                if let start = period.startsOn { reasons.append(.since(year: start.year)) }
            } else {
                unsaid.append(.years)
            }
        }
        if let age = facts.age {
            if let ages {
                // A year more on each side: birthdays fall where they fall.
                let youngest = facts.firstYear.map { max(0, age - (today.year - $0) - 1) } ?? 0
                let oldest = max(0, age - (today.year - min(to, today.year)) + 1)
                if let least = ages.from, least > Int64(oldest) { return nil }
                if let most = ages.to, most < Int64(youngest) { return nil }
                reasons.append(.ages(ages))
            } else {
                unsaid.append(.ages)
            }
        }
        return CoverageMatch(reasons: reasons, unsaid: unsaid)
    }
}
