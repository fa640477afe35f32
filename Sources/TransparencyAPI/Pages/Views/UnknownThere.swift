import RightsRegistry

/// The databases that can't know a person by what was given, and what to do about it.
struct UnknownThere: Sendable {
    struct Line: Sendable {
        let name: String
        /// By what it knows people.
        let knows: String
    }

    let title: String
    let lines: [Line]
    let whatToDo: String

    /// Nil where each of them can know the person.
    /// - Parameter isFiled: whether it is read of a request, or by somebody who is about to file one.
    init?(_ databases: [(name: String, matching: Matching)], isFiled: Bool, language: Language) {
        guard !databases.isEmpty else { return nil }
        lines = databases.map { database in
            let knows = Self.knows(database.matching)
            return Line(name: database.name, knows: language.pick(fr: knows.fr, en: knows.en))
        }
        let missing = Self.missing(databases.map(\.matching), language)
        let isOne = databases.count == 1
        if isFiled {
            title = language.pick(
                fr: isOne
                    ? "Une base ne peut pas encore vous reconnaître"
                    : "Des bases ne peuvent pas encore vous reconnaître",
                en: "\(isOne ? "One database" : "Some databases") cannot recognise you yet")
            whatToDo = language.pick(
                fr: "Envoyez-nous \(missing) dans «\u{A0}Nous écrire\u{A0}» : un agent le complète, et "
                    + "\(isOne ? "cette base l’applique" : "ces bases l’appliquent") ensuite. Si vous ne "
                    + "l’avez pas, dites-le-nous aussi. Tant qu’une base ne peut pas vous "
                    + "reconnaître, votre opposition n’y est pas appliquée, et nous ne la dirons pas faite.",
                en:
                    "Send us \(missing) under “Write to us”: an agent completes it, and "
                    + "\(isOne ? "this database then applies" : "these databases then apply") it. If you do not have it, tell us "
                    + "so as well. As long as a database cannot recognise you, your objection is "
                    + "not applied there, and we will not call it done.")
        } else {
            title = language.pick(
                fr: "Avec ce que vous avez indiqué, "
                    + (isOne ? "une base ne pourra" : "des bases ne pourront") + " pas vous reconnaître :",
                en:
                    "With what you have given, \(isOne ? "one database" : "some databases") will not be able to recognise "
                    + "you:"
            )
            whatToDo = language.pick(
                fr:
                    "Si vous avez \(missing), ajoutez-le ci-dessus. Sinon, "
                    + "\(isOne ? "elle ne l’appliquera" : "elles ne l’appliqueront") qu’une fois qu’un agent l’aura complété.",
                en:
                    "If you have \(missing), add it above. Otherwise \(isOne ? "it" : "they") can apply it only once an "
                    + "agent has completed it."
            )
        }
    }

    /// In one sentence after the other.
    var text: String {
        "\(title) \(lines.map { "\($0.name) (\($0.knows))" }.joined(separator: ", ")). \(whatToDo)"
    }

    private static func knows(_ matching: Matching) -> (fr: String, en: String) {
        switch matching {
        case .nir:
            (
                "elle reconnaît les personnes par leur numéro de sécurité sociale",
                "it recognises people by their social security number"
            )
        case .insTraits:
            (
                "elle reconnaît les personnes par leurs nom et prénom de naissance, leur date et leur lieu de naissance",
                "it recognises people by their birth name and first given name, their date and place of birth"
            )
        case .both:
            (
                "elle reconnaît les personnes par leur numéro de sécurité sociale, ou par leurs nom, prénom, date et lieu de "
                    + "naissance",
                "it recognises people by their social security number, or by their names, date and place of birth"
            )
        }
    }

    private static func missing(_ matchings: [Matching], _ language: Language) -> String {
        let number = language.pick(fr: "votre numéro de sécurité sociale", en: "your social security number")
        let place = language.pick(
            fr: "le code INSEE de votre commune de naissance", en: "the INSEE code of your place of birth")
        let needsNumber = matchings.contains(.nir)
        let needsPlace = matchings.contains(.insTraits)
        if needsNumber, needsPlace { return language.pick(fr: "\(number) et \(place)", en: "\(number) and \(place)") }
        if needsNumber { return number }
        if needsPlace { return place }
        return language.pick(fr: "\(number) ou \(place)", en: "\(number) or \(place)")
    }
}

extension UnknownThere {
    /// Of a request: nil where it has nothing to do with databases that don't know the person.
    init?(_ statuses: [PropagationStatus], language: Language) {
        var seen: Set<String> = []
        let unknown = statuses.filter { $0.listing == .noIdentifier && seen.insert($0.database).inserted }
        self.init(
            unknown.map { (Phrase($0.name, in: language)?.text ?? $0.database, $0.matching) }, isFiled: true,
            language: language)
    }

    /// Of answers that are not filed yet, to an objection that concerns `databases`.
    init?(_ databases: [LinkedDatabase], answers: RequestAnswers, language: Language) {
        let hasNumber = !answers["nir"].isEmpty || !answers.filledOtherNumbers.isEmpty
        let hasPlace = !answers["birthPlace"].isEmpty
        let unknown = databases.filter { database in
            !(database.matching.usesNIR && hasNumber) && !(database.matching.usesTraits && hasPlace)
        }
        self.init(
            unknown.map { (Phrase($0.name, in: language)?.text ?? $0.id, $0.matching) }, isFiled: false,
            language: language)
    }
}
