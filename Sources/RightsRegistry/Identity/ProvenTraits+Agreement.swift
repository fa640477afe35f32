import PublicRegistry

/// Whether somebody whom a provider has recognised is the person that was written down. Case, accents, hyphens,
/// apostrophes and spaces do not count: registers write them as they like.
extension ProvenTraits {
    /// Whether they are those of `subject`: the same birth name, first given name, birth date and sex, and the same place
    /// of birth where both have one.
    ///
    /// False where the provider does not know the day of birth or the sex: two people may share the rest.
    public func agree(with subject: Subject) -> Bool {
        guard let birthDate, let sex, subject.birthDate == birthDate, subject.sex == sex else { return false }
        guard let name = Self.folded(birthName), Self.folded(subject.birthName) == name,
            Self.shareTheFirst(givenNames, subject.givenNames)
        else { return false }
        guard let proven = birthPlace, let written = subject.birthPlace else { return true }
        return Self.areOnePlace(proven, written)
    }

    /// Whether `name`, in full, is that of the person: the birth or the usual name and the first given name, in either
    /// order, and no other name than theirs. It tells who writes, and nothing of for whom they may.
    public func agree(withName name: String) -> Bool {
        let words = FoldedText.words(of: name)
        let given = givenNames.map { FoldedText.words(of: $0) }
        guard let first = given.first, !first.isEmpty else { return false }
        return [birthName, usageName].compactMap { $0 }.contains { surname in
            let surname = FoldedText.words(of: surname)
            guard !surname.isEmpty, let others = Self.taking(surname, from: words) else { return false }
            return Self.taking(first, from: others) != nil && others.allSatisfy(given.joined().contains)
        }
    }

    /// In one piece: “Jean-Paul” and “JEAN PAUL” are the same. Nil where nothing is left to compare.
    static func folded(_ text: String) -> String? {
        let folded = FoldedText.words(of: text).joined()
        return folded.isEmpty ? nil : folded
    }

    /// Whether both lists begin with the same name, in however many pieces each has it.
    private static func shareTheFirst(_ left: [String], _ right: [String]) -> Bool {
        !beginnings(left).isDisjoint(with: beginnings(right))
    }

    /// What each of the first names makes in one piece with those before it.
    static func beginnings(_ names: [String]) -> Set<String> {
        var beginnings: Set<String> = []
        var soFar = ""
        for name in names {
            soFar += FoldedText.words(of: name).joined()
            if !soFar.isEmpty { beginnings.insert(soFar) }
        }
        return beginnings
    }

    /// `words` without each of `some` once; nil where one of them is missing.
    private static func taking(_ some: [String], from words: [String]) -> [String]? {
        var left = words
        for word in some {
            guard let place = left.firstIndex(of: word) else { return nil }
            left.remove(at: place)
        }
        return left
    }

    /// Whether two codes of INSEE are of one place. Registers give the arrondissement of Paris, Lyon or Marseille, and
    /// people the city.
    private static func areOnePlace(_ left: String, _ right: String) -> Bool {
        left == right || city(of: left) == right || left == city(of: right)
    }

    /// The city of an arrondissement's code; nil for any other.
    static func city(of arrondissement: String) -> String? {
        switch arrondissement {
        case "75101"..."75120": "75056"
        case "69381"..."69389": "69123"
        case "13201"..."13216": "13055"
        default: nil
        }
    }
}
