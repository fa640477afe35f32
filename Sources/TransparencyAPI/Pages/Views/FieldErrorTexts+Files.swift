extension FieldErrorTexts {
    /// Files and packages of files, and what is sent with them.
    func files(_ code: String, _ arguments: [String]) -> String? {
        let first = arguments.first
        return switch code {
        case "file.empty":
            language.pick(fr: "Ce fichier est vide.", en: "This file is empty.")
        case "file.tooLarge":
            language.pick(
                fr: "Ce fichier est trop lourd : \(first ?? "10") Mo au plus.",
                en: "This file is too large: at most \(first ?? "10") MB.")
        case "file.tooLargeTogether":
            language.pick(
                fr: "Ensemble, ces fichiers sont trop lourds. Envoyez-les un par un.",
                en: "Together, these files are too large. Send them one by one.")
        case "file.tooMany":
            language.pick(
                fr: "Un dossier garde au plus \(first ?? "5") fichiers de chaque côté.",
                en: "A case keeps at most \(first ?? "5") files from each side.")
        case "file.type":
            language.pick(
                fr: "Ce fichier n’est ni un PDF, ni une image JPEG ou PNG.",
                en: "This file is neither a PDF nor a JPEG or PNG image.")
        case "file.answerType":
            language.pick(
                fr:
                    "Ce fichier n’est pas du type annoncé : PDF, JPEG, PNG, ou des données en CSV, JSON ou texte "
                    + "(UTF-8).",
                en: "This file is not of the type given: PDF, JPEG, PNG, or data in CSV, JSON or plain text (UTF-8).")
        case "file.answerTooLarge":
            language.pick(
                fr: "Ensemble, les fichiers d’une réponse ne dépassent pas \(first ?? "4") Mo.",
                en: "Together, the files of an answer have at most \(first ?? "4") MB.")
        case "package.wrong":
            language.pick(
                fr:
                    "Cela n’ouvre pas le dossier. Vérifiez le code de la lettre, ou identifiez-vous sous le nom de la "
                    + "personne qui a fait la demande.",
                en:
                    "This does not open the package. Check the code of the letter, or sign in as the person who made the "
                    + "request.")
        case "package.none":
            language.pick(
                fr: "Aucun dossier n’est à ouvrir en ce moment.", en: "There is no package to open at the moment.")
        case "package.noAddress":
            language.pick(
                fr: "Votre demande n’a pas d’adresse postale : écrivez-nous depuis votre suivi, ou appelez-nous.",
                en: "Your request has no postal address: write to us from your request, or call us.")
        case "package.noLetters":
            language.pick(
                fr: "Ce portail n’envoie pas de lettre avec un code en ce moment : appelez-nous.",
                en: "This portal sends no letters with a code at the moment: call us.")
        case "package.death":
            language.pick(
                fr: "Un décès est enregistré dans cette demande : aucune lettre ne part plus. Si c’est une erreur, "
                    + "appelez-nous.",
                en: "A death is recorded in this request: no letter is sent any more. If that is a mistake, call us.")
        case "package.onItsWay":
            language.pick(
                fr: "Une lettre est déjà en route. Attendez sept jours avant d’en demander une autre.",
                en: "A letter is on its way already. Wait for seven days before you ask for another.")
        case "package.tooMany":
            language.pick(
                fr: "Trois lettres sont parties en trente jours : il n’en part plus. Appelez-nous.",
                en: "Three letters were sent within thirty days: no more are sent. Call us.")
        case "file.damaged":
            language.pick(
                fr: "Ce fichier est incomplet ou abîmé. Ouvrez-le pour le vérifier, puis renvoyez-le.",
                en: "This file is incomplete or damaged. Open it to check, then send it again.")
        case "file.infected":
            language.pick(
                fr: "L’antivirus a refusé ce fichier.", en: "The virus scanner refused this file.")
        case "file.notHere":
            language.pick(fr: "Aucun fichier ne va avec cet acte.", en: "No file goes with this act.")
        case "file.again":
            language.pick(
                fr: "Les fichiers ne peuvent pas être contrôlés en ce moment. Renvoyez-les un peu plus tard.",
                en: "Files can’t be checked right now. Send them again a little later.")
        case "receipt.none":
            language.pick(
                fr:
                    "Ce fichier ne contient pas de référence et de code lisibles. Choisissez le récépissé enregistré au "
                    + "dépôt, ou recopiez-les ci-dessus.",
                en:
                    "This file holds no reference and code that can be read. Choose the receipt saved when you filed, or "
                    + "type them in above.")
        case "confirmation.required":
            language.pick(fr: "Cochez la case pour confirmer.", en: "Tick the box to confirm.")
        default: nil
        }
    }
}
