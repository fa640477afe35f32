extension FieldErrorTexts {
    /// What is wrong with something that operators ask of the desk: colleagues, absences, people they look for.
    func desk(_ code: String, _ arguments: [String]) -> String? {
        let first = arguments.first
        switch code {
        case "operator.unknown":
            return language.pick(
                fr: "Choisissez quelqu’un qui traite des demandes.", en: "Choose somebody who handles requests.")
        case "operator.self":
            return language.pick(fr: "Choisissez quelqu’un d’autre.", en: "Choose somebody else.")
        case "template.blank":
            return language.pick(
                fr: "Remplacez ce que le modèle laisse entre crochets.",
                en: "Replace what the template leaves between brackets.")
        case "date.iso":
            return language.pick(
                fr: "Écrivez l’année, le mois et le jour, comme 2026-12-15.",
                en: "Write the year, the month and the day, as in 2026-12-15.")
        case "date.backwards":
            return language.pick(
                fr: "Le dernier jour vient après le premier.", en: "The last day comes after the first one.")
        case "date.past": return language.pick(fr: "Ce jour est passé.", en: "This day is over.")
        case "person.namesOrNumber":
            return language.pick(
                fr: "Donnez le nom de naissance et les prénoms, ou le numéro de sécurité sociale.",
                en: "Give the birth name and the given names, or the social security number.")
        case "death.heir":
            return language.pick(
                fr:
                    "Un héritier a déposé cette demande : la personne était déjà décédée, et c’est lui qui est prévenu.",
                en: "An heir filed this request: the person had died before, and it is the heir who is told.")
        case "death.recorded":
            return language.pick(
                fr:
                    "Un décès est enregistré dans ce dossier : aucune lettre ne part, et l’ancien code vaut toujours. Si c’est "
                    + "une erreur, annulez-la d’abord dans le dossier.",
                en: "A death is recorded in this case: no letter is sent, and the old code is still good. If that is a "
                    + "mistake, take it back in the case first.")
        case "case.readable":
            return language.pick(
                fr: "Ce dossier peut encore être lu : il se traite comme les autres.",
                en: "This case can still be read: it is dealt with like any other.")
        case "filters.tooMany":
            return language.pick(fr: "Vous gardez déjà 50 filtres.", en: "You keep 50 filters already.")
        case "message.notSince":
            return language.pick(
                fr: "Choisissez un message que la personne a écrit depuis la question.",
                en: "Choose a message that the person wrote since the question.")
        case "extension.tooLate":
            return language.pick(
                fr: "Une prolongation se notifie une seule fois, dans le premier mois.",
                en: "An extension is notified once, within the first month.")
        case "refusal.confirmed":
            return language.pick(
                fr: "Ici, un refus se propose : une autre personne le confirme.",
                en: "Here a refusal is proposed, and another person confirms it.")
        case "refusal.direct":
            return language.pick(
                fr: "Ici, un refus n’attend personne : envoyez-le directement.",
                en: "Here a refusal waits for nobody: send it directly.")
        case "voiding.confirmed":
            return language.pick(
                fr: "Ici, annuler plusieurs demandes se propose : une autre personne le confirme.",
                en: "Here voiding several requests is proposed, and another person confirms it.")
        case "voiding.direct":
            return language.pick(
                fr: "Ici, annuler plusieurs demandes n’attend personne : faites-le directement.",
                en: "Here voiding several requests waits for nobody: do it directly.")
        case "template.unknownField":
            let place = self.place(arguments.dropFirst())
            return language.pick(
                fr: "Le champ «\u{A0}{{\(first ?? "")}}\u{A0}» n’existe pas (\(place)).",
                en: "There is no field “{{\(first ?? "")}}” (\(place)).")
        case "template.unclosed":
            return language.pick(
                fr: "Un champ s’ouvre par {{ et ne se ferme pas (\(place(arguments[...]))).",
                en: "A field begins with {{ and does not end (\(place(arguments[...]))).")
        case "template.unopened":
            return language.pick(
                fr: "Il y a }} sans {{ avant (\(place(arguments[...]))).",
                en: "There is }} without {{ before it (\(place(arguments[...]))).")
        case "template.id":
            return language.pick(
                fr: "Un nom court de lettres minuscules, de chiffres et de tirets, qui commence par une lettre.",
                en: "A short name of lower-case letters, figures and hyphens that begins with a letter.")
        case "template.taken":
            return language.pick(fr: "Un modèle a déjà ce nom court.", en: "A template has this short name already.")
        case "template.unknown":
            return language.pick(
                fr: "Ce modèle, ou cette version, n’existe pas.", en: "There is no such template, or no such version.")
        default: return nil
        }
    }

    /// “ligne 2, caractère 5”.
    private func place(_ arguments: ArraySlice<String>) -> String {
        let (line, column) = (arguments.first ?? "1", arguments.dropFirst().first ?? "1")
        return language.pick(fr: "ligne \(line), caractère \(column)", en: "line \(line), character \(column)")
    }
}
