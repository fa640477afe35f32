extension FieldErrorTexts {
    /// What is wrong with something that operators ask of the desk: colleagues, absences, people they look for.
    func desk(_ code: String) -> String? {
        switch code {
        case "operator.unknown":
            language.pick(
                fr: "Choisissez quelqu’un qui traite des demandes.", en: "Choose somebody who handles requests.")
        case "operator.self":
            language.pick(fr: "Choisissez quelqu’un d’autre.", en: "Choose somebody else.")
        case "date.backwards":
            language.pick(
                fr: "Le dernier jour vient après le premier.", en: "The last day comes after the first one.")
        case "date.past": language.pick(fr: "Ce jour est passé.", en: "This day is over.")
        case "person.namesOrNumber":
            language.pick(
                fr: "Donnez le nom de naissance et les prénoms, ou le numéro de sécurité sociale.",
                en: "Give the birth name and the given names, or the social security number.")
        case "filters.tooMany":
            language.pick(fr: "Vous gardez déjà 50 filtres.", en: "You keep 50 filters already.")
        default: nil
        }
    }
}
