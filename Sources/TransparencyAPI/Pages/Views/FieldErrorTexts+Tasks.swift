extension FieldErrorTexts {
    /// What databases and controllers are asked to do.
    func tasks(_ code: String, _ arguments: [String]) -> String? {
        switch code {
        case "task.none":
            language.pick(
                fr: "Rien n’est à noter là : ce responsable n’attend rien, ou c’est déjà fait.",
                en: "There is nothing to record there: this controller awaits nothing, or it is done.")
        case "task.asked":
            language.pick(
                fr: "Ces bases sont déjà interrogées.", en: "These databases have been asked already.")
        case "task.outOfScope":
            language.pick(
                fr: "La demande ne porte pas sur cette base.", en: "The request does not cover this database.")
        case "task.nowhere":
            language.pick(
                fr: "Aucune base liée n’est concernée.", en: "No linked database is concerned.")
        case "task.noIdentifier":
            language.pick(
                fr:
                    "Sans numéro de sécurité sociale, aucune base ne peut retrouver la personne : complétez-le d’abord.",
                en: "Without a social security number no database can find the person: complete it first.")
        case "task.notForRight":
            language.pick(
                fr: "Pour une opposition, les bases reçoivent leur liste : il n’y a rien à leur demander.",
                en: "For an objection databases get their list: there is nothing to ask of them.")
        case "task.notOpen":
            language.pick(
                fr: "Cette base n’est pas interrogée, ou sa réponse est déjà là.",
                en: "This database has not been asked, or its answer is there.")
        case "task.reasons":
            language.pick(
                fr: "Dites ce qui n’est pas fait, et pourquoi.", en: "Say what is not done, and why.")
        case "impossible.notForRight":
            language.pick(
                fr: "Cette demande n’a rien à appliquer dans une base.",
                en: "This request has nothing to apply in a database.")
        case "impossible.answered":
            language.pick(
                fr: "Cette base a répondu : sa réponse reste.", en: "This database has answered: its answer stands.")
        case "impossible.notDisproportionate":
            language.pick(
                fr:
                    "Un effort disproportionné ne dispense ni d’un accès, ni d’une opposition : seul l’impossible se "
                    + "note.",
                en:
                    "A disproportionate effort spares nobody an access or an objection: only the impossible is "
                    + "recorded.")
        case "impossible.applied":
            language.pick(
                fr: "Cette base l’a déjà confirmé.", en: "This database has confirmed it already.")
        case "impossible.stopped":
            language.pick(
                fr: "Cette base est arrêtée : on ne sait pas ce qu’elle contient. Resynchronisez-la d’abord.",
                en: "This database has stopped: nobody knows what it holds. Resynchronise it first.")
        default: nil
        }
    }
}
