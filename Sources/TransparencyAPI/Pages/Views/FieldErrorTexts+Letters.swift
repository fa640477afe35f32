extension FieldErrorTexts {
    /// Letters, addresses, and attestations on paper.
    func letters(_ code: String, _ arguments: [String]) -> String? {
        switch code {
        case "address.none":
            language.pick(
                fr: "Le dossier n’a pas d’adresse postale. Vérifiez celle qui vient d’être donnée, et choisissez-la.",
                en: "The case has no postal address. Verify the one that was just given, and choose it.")
        case "address.comeOfAge":
            language.pick(
                fr: "Un parent a déposé cette demande, et l’enfant agit seul désormais : aucune lettre n’est partie. "
                    + "Dites-lui de s’identifier sur la page du code perdu.",
                en:
                    "A parent filed this request, and the child acts alone by now: no letter was sent. Tell them to sign "
                    + "in on the page of the lost code.")
        case "letter.noFolder":
            language.pick(
                fr:
                    "Ce portail n’imprime pas de lettres avec un code : rien n’est parti, et l’ancien code vaut toujours. "
                    + "L’administrateur doit régler REGARD_LETTERS ; d’ici là, seule l’identification donne un code.",
                en: "This portal prints no letters with a code: nothing was sent, and the old code is still good. The "
                    + "administrator has to set REGARD_LETTERS; until then, signing in alone gives a code.")
        case "letter.cannotPrint":
            language.pick(
                fr:
                    "Ces lettres ne s’impriment pas ici : leur dossier n’a pas d’adresse postale, ou elles portent un code.",
                en: "These letters can’t be printed here: their case has no postal address, or they carry a code.")
        case "letter.notPrinted":
            language.pick(
                fr: "Imprimez ces lettres avant d’en noter l’envoi.", en: "Print these letters before you note them.")
        case "attestation.number":
            language.pick(
                fr: "Aucun fichier téléchargé n’a ce numéro. Relisez la fin de son nom.",
                en: "No file that was downloaded has this number. Look at the end of its name.")
        case "attestation.done":
            language.pick(
                fr: "Ce fichier, ou un plus récent, est déjà attesté.",
                en: "This file, or a newer one, has been attested already.")
        case "attestation.date":
            language.pick(
                fr: "Écrivez une date qui existe : AAAA-MM-JJ.", en: "Write a date that exists: YYYY-MM-DD.")
        case "attestation.future":
            language.pick(
                fr: "Cette date n’est pas encore arrivée. Attestez après l’extraction.",
                en: "This date has not come yet. Attest after the extraction.")
        case "attestation.tooEarly":
            language.pick(
                fr: "Ce jour-là, ce fichier n’existait pas encore.", en: "On that day, this file did not exist yet.")
        case "attestation.stopped":
            language.pick(
                fr: "Cette liste doit être refaite : rien ne peut être attesté pour l’instant. Écrivez-nous.",
                en: "This list must be made anew: nothing can be attested for now. Please write to us.")
        case "letter.date":
            language.pick(
                fr: "Écrivez le jour de l’envoi, aujourd’hui au plus tard : AAAA-MM-JJ.",
                en: "Write the day of posting, today at the latest: YYYY-MM-DD.")
        default: nil
        }
    }
}
