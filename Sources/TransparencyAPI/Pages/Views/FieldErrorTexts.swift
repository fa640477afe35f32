/// What is wrong with a field, from its stable code, in words that say how to put it right.
///
/// The same words are read in a page's error summary and in the API's problem details.
struct FieldErrorTexts: Sendable {
    let language: Language
    /// Whether an operator reads them, who fills the form in for somebody else.
    let isConsole: Bool

    init(_ language: Language, isConsole: Bool = false) {
        self.language = language
        self.isConsole = isConsole
    }

    /// A sentence for a code, the more precise where the pointer names a field of the form.
    func text(pointer: String, code: String, arguments: [String] = []) -> String {
        if code == "required", let text = (isConsole ? missingInConsole(pointer) : nil) ?? missing(pointer) {
            return text
        }
        let first = arguments.first
        switch code {
        case "required": return language.pick(fr: "Ce champ est nécessaire.", en: "This field is needed.")
        case "unknownField":
            return language.pick(fr: "Ce champ n’existe pas ici.", en: "This field does not exist here.")
        case "wrongType":
            return language.pick(fr: "La valeur n’est pas du bon type.", en: "The value is of the wrong type.")
        case "tooLong":
            guard let first else { return language.pick(fr: "Le texte est trop long.", en: "The text is too long.") }
            return language.pick(
                fr: "Raccourcissez ce texte : \(first) caractères au plus.",
                en: "Shorten this text to at most \(first) characters.")
        case "tooShort":
            guard let first else { return language.pick(fr: "Le texte est trop court.", en: "The text is too short.") }
            return language.pick(
                fr: "Ce texte est trop court : \(first) caractères au moins.",
                en: "This text is too short: at least \(first) characters.")
        case "tooMany":
            return language.pick(fr: "Il y a trop d’éléments.", en: "There are too many items.")
        case "notOneOf":
            return language.pick(fr: "Choisissez une des réponses proposées.", en: "Choose one of the answers offered.")
        case "date":
            return language.pick(
                fr: "Cette date n’existe pas. Écrivez le jour, le mois et l’année en chiffres, comme 27 3 1958.",
                en: "This date does not exist. Write day, month and year in figures, such as 27 3 1958.")
        case "date.future":
            return language.pick(fr: "La date doit être passée.", en: "The date must be in the past.")
        case "date.tooOld":
            return language.pick(
                fr: "Vérifiez l’année : cette date est trop ancienne.", en: "Check the year: this date is too long ago."
            )
        case "receivedOn.future":
            return language.pick(
                fr: "Cette date n’est pas encore arrivée. Indiquez le jour de la réception.",
                en: "This date has not come yet. Enter the day of receipt.")
        case "receivedOn.tooOld":
            return language.pick(
                fr: "Vérifiez l’année : une demande se saisit dans les \(first ?? "180") jours de sa réception.",
                en: "Check the year: a request is entered within \(first ?? "180") days of its receipt.")
        case "email":
            return language.pick(
                fr: "Cette adresse électronique est incomplète, ou contient un accent ou une espace. Exemple : "
                    + "nom@exemple.fr",
                en: "This e-mail address is incomplete, or has an accent or a space in it. Example: name@example.org")
        case "controlCharacter":
            return language.pick(
                fr: "Ce texte contient un caractère invisible. Effacez-le et écrivez-le de nouveau.",
                en: "This text holds an invisible character. Delete it and type it again.")
        case "idempotencyKeyReused":
            return language.pick(
                fr: "Une demande est déjà partie de ce formulaire, avec d’autres réponses. Pour en déposer une "
                    + "nouvelle, vérifiez vos réponses et déposez-la.",
                en: "A request has already been filed from this form, with other answers. To file a new one, check "
                    + "your answers and file it.")
        case "reference.invalid":
            return language.pick(
                fr: "La référence a cette forme : R-2026-AB12CD.", en: "The reference looks like this: R-2026-AB12CD.")
        case "notFound":
            return language.pick(
                fr: "Aucune demande ne correspond à cette référence et à ce code. Vérifiez les deux.",
                en: "No request matches this reference and this code. Check both.")
        case "signIn.failed":
            return language.pick(
                fr: "Le nom, le mot de passe ou le code ne convient pas. Un code ne sert qu’une fois.",
                en: "The name, password or code is not right. A code works only once.")
        case "signIn.tooMany":
            return language.pick(
                fr: "Trop d’essais. Attendez un peu avant de recommencer.",
                en: "Too many attempts. Wait a little before trying again.")
        case "outOfRange":
            return language.pick(fr: "Ce nombre est hors des limites.", en: "This number is out of bounds.")
        case "sendAgain":
            return language.pick(
                fr: "Quelque chose vient de se passer dans ce dossier. Lisez-le, puis renvoyez votre message.",
                en: "Something has just happened in this case. Read it, then send your message again.")
        default:
            let subjects = [filing, files, tasks, letters, desk]
            return subjects.lazy.compactMap { $0(code, arguments) }.first
                ?? language.pick(fr: "Vérifiez cette réponse.", en: "Check this answer.")
        }
    }
}
