extension FieldErrorTexts {
    /// Who a request is about, for whom it is made, and what it covers.
    func filing(_ code: String, _ arguments: [String]) -> String? {
        let first = arguments.first
        return switch code {
        case "nir.length":
            language.pick(
                fr: "Le numéro de sécurité sociale a 15 caractères, clé comprise. Vérifiez qu’il n’en manque pas.",
                en: "A social security number has 15 characters, key included. Check that none is missing.")
        case "nir.characters":
            language.pick(
                fr: "Le numéro de sécurité sociale n’a que des chiffres (et 2A ou 2B pour la Corse).",
                en: "A social security number has figures only (and 2A or 2B for Corsica).")
        case "nir.key":
            language.pick(
                fr: "Ce numéro contient une faute de frappe : sa clé (les deux derniers chiffres) ne correspond pas. "
                    + "Relisez-le chiffre par chiffre.",
                en: "This number has a typing mistake: its key (the last two figures) does not match. Check it figure "
                    + "by figure.")
        case "nir.month":
            language.pick(
                fr: "Les 4e et 5e chiffres (le mois) ne sont pas possibles. Vérifiez le numéro.",
                en: "The 4th and 5th figures (the month) are not possible. Check the number.")
        case "nir.department":
            language.pick(
                fr: "Les 6e et 7e caractères (le département) ne sont pas possibles. Vérifiez le numéro.",
                en: "The 6th and 7th characters (the department) are not possible. Check the number.")
        case "nir.another":
            language.pick(
                fr: "Ce numéro ne va pas avec la date, le sexe ou le lieu de naissance que l’identification a prouvés. "
                    + "Donnez le vôtre, ou appelez-nous.",
                en: "This number does not go with the birth date, sex or birth place that the sign-in has proven. Give "
                    + "your own, or call us.")
        case "nir.sex":
            language.pick(
                fr: "Le premier chiffre n’est pas possible. Vérifiez le numéro.",
                en: "The first figure is not possible. Check the number.")
        case "birthPlace":
            language.pick(
                fr: "Le code du lieu de naissance a 5 caractères, comme 78006 ou 2A004. Laissez vide si vous "
                    + "l’ignorez.",
                en: "The code of the place of birth has 5 characters, such as 78006 or 2A004. Leave it empty if you "
                    + "do not know it.")
        case "secret.mistyped":
            language.pick(
                fr: "Le code de suivi contient une faute de frappe. Relisez-le groupe par groupe.",
                en: "The tracking code has a typing mistake. Check it group by group.")
        case "secret.length":
            language.pick(
                fr: "Le code de suivi a 28 caractères : 7 groupes de 4.",
                en: "The tracking code has 28 characters: 7 groups of 4.")
        case "secret.characters":
            language.pick(
                fr: "Le code de suivi n’a que des lettres et des chiffres.",
                en: "The tracking code has only letters and figures.")
        case "nir.holder":
            language.pick(
                fr: "Ce numéro ne va pas avec la date de naissance ou le sexe. Dites à qui il est.",
                en: "This number does not go with the date of birth or the sex. Say whose it is.")
        case "capacity.ofAge":
            language.pick(
                fr: "À partir de \(first ?? "15") ans, c’est à la personne de faire sa demande elle-même.",
                en: "From the age of \(first ?? "15"), the person makes the request themselves.")
        case "capacity.tooYoung":
            language.pick(
                fr: "Avant \(first ?? "15") ans, c’est un parent qui fait la demande.",
                en: "Under \(first ?? "15"), a parent makes the request.")
        case "objection.unknown":
            language.pick(
                fr: "Aucune opposition n’a cette référence.", en: "No objection has this reference.")
        case "scope.unknown":
            language.pick(
                fr: "Cette base ou ce projet n’est pas, ou plus, dans nos listes.",
                en: "This database or project is not, or no longer, in our lists.")
        case "scope.notCovered":
            language.pick(
                fr: "L’opposition ne porte pas là-dessus.", en: "The objection does not cover this.")
        case "scope.notInForce":
            language.pick(
                fr: "L’opposition n’est pas encore en vigueur. Vous pouvez la retirer tout entière.",
                en: "The objection is not in force yet. You can withdraw all of it.")
        default: nil
        }
    }
}
