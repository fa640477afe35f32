extension FieldErrorTexts {
    /// What is wrong with something that operators ask of the desk: colleagues, absences, people they look for.
    func desk(_ code: String) -> String? {
        switch code {
        case "operator.unknown":
            language.pick(
                fr: "Choisissez quelqu’un qui traite des demandes.", en: "Choose somebody who handles requests.")
        case "operator.self":
            language.pick(fr: "Choisissez quelqu’un d’autre.", en: "Choose somebody else.")
        case "template.blank":
            language.pick(
                fr: "Remplacez ce que le modèle laisse entre crochets.",
                en: "Replace what the template leaves between brackets.")
        case "date.iso":
            language.pick(
                fr: "Écrivez l’année, le mois et le jour, comme 2026-12-15.",
                en: "Write the year, the month and the day, as in 2026-12-15.")
        case "date.backwards":
            language.pick(
                fr: "Le dernier jour vient après le premier.", en: "The last day comes after the first one.")
        case "date.past": language.pick(fr: "Ce jour est passé.", en: "This day is over.")
        case "person.namesOrNumber":
            language.pick(
                fr: "Donnez le nom de naissance et les prénoms, ou le numéro de sécurité sociale.",
                en: "Give the birth name and the given names, or the social security number.")
        case "death.heir":
            language.pick(
                fr: "Un héritier a déposé cette demande : la personne était déjà décédée, et c’est lui qui est prévenu.",
                en: "An heir filed this request: the person had died before, and it is the heir who is told.")
        case "death.recorded":
            language.pick(
                fr: "Un décès est enregistré dans ce dossier : aucune lettre ne part, et l’ancien code vaut toujours. Si c’est "
                    + "une erreur, annulez-la d’abord dans le dossier.",
                en: "A death is recorded in this case: no letter is sent, and the old code is still good. If that is a "
                    + "mistake, take it back in the case first.")
        case "filters.tooMany":
            language.pick(fr: "Vous gardez déjà 50 filtres.", en: "You keep 50 filters already.")
        default: nil
        }
    }
}
