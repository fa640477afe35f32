/// By what a linked database knows people: what its pseudonyms are made of.
///
/// The raw values are those of the command, the API and the database.
public enum Matching: String, Sendable, Hashable, CaseIterable {
    /// The NIR with birth date and sex.
    case nir
    /// Birth name, first given name, birth date, sex and place of birth.
    case insTraits
    /// Either, whichever a row has.
    case both

    /// Whether somebody is known by the NIR there.
    public var usesNIR: Bool { self != .insTraits }

    /// Whether somebody is known by traits there.
    public var usesTraits: Bool { self != .nir }

    /// Whether somebody who gave so many of each is known there at all.
    func knows(identifiers: Int, traits: Int) -> Bool {
        (usesNIR && identifiers > 0) || (usesTraits && traits > 0)
    }

    /// The condition that somebody is known there, of rows of the ledger `entry` and of `linked_database`.
    static func knows(_ entry: String, in database: String) -> String {
        """
        ((\(database).matches_on <> 'insTraits' AND \(entry).identifier_count > 0)
            OR (\(database).matches_on <> 'nir' AND \(entry).trait_count > 0))
        """
    }
}

extension LedgerEntry {
    /// The numbers of those identifiers of the person by which a database that matches so may know them. Numbers of NIRs
    /// come first, those of traits follow.
    public func numbers(for matching: Matching) -> Range<Int> {
        switch matching {
        case .nir: 0..<identifierCount
        case .insTraits: identifierCount..<identifierCount + traitCount
        case .both: 0..<identifierCount + traitCount
        }
    }
}
