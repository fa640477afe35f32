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
        case "nir.length":
            return language.pick(
                fr: "Le numéro de sécurité sociale a 15 caractères, clé comprise. Vérifiez qu’il n’en manque pas.",
                en: "A social security number has 15 characters, key included. Check that none is missing.")
        case "nir.characters":
            return language.pick(
                fr: "Le numéro de sécurité sociale n’a que des chiffres (et 2A ou 2B pour la Corse).",
                en: "A social security number has figures only (and 2A or 2B for Corsica).")
        case "nir.key":
            return language.pick(
                fr: "Ce numéro contient une faute de frappe : sa clé (les deux derniers chiffres) ne correspond pas. "
                    + "Relisez-le chiffre par chiffre.",
                en: "This number has a typing mistake: its key (the last two figures) does not match. Check it figure "
                    + "by figure.")
        case "nir.month":
            return language.pick(
                fr: "Les 4e et 5e chiffres (le mois) ne sont pas possibles. Vérifiez le numéro.",
                en: "The 4th and 5th figures (the month) are not possible. Check the number.")
        case "nir.department":
            return language.pick(
                fr: "Les 6e et 7e caractères (le département) ne sont pas possibles. Vérifiez le numéro.",
                en: "The 6th and 7th characters (the department) are not possible. Check the number.")
        case "address.none":
            return language.pick(
                fr: "Le dossier n’a pas d’adresse postale. Vérifiez celle qui vient d’être donnée, et choisissez-la.",
                en: "The case has no postal address. Verify the one that was just given, and choose it.")
        case "message.notSince":
            return language.pick(
                fr: "Choisissez un message que la personne a écrit depuis la question.",
                en: "Choose a message that the person wrote since the question.")
        case "address.comeOfAge":
            return language.pick(
                fr: "Un parent a déposé cette demande, et l’enfant agit seul désormais : aucune lettre n’est partie. "
                    + "Dites-lui de s’identifier sur la page du code perdu.",
                en:
                    "A parent filed this request, and the child acts alone by now: no letter was sent. Tell them to sign "
                    + "in on the page of the lost code.")
        case "letter.noFolder":
            return language.pick(
                fr:
                    "Ce portail n’imprime pas de lettres avec un code : rien n’est parti, et l’ancien code vaut toujours. "
                    + "L’administrateur doit régler REGARD_LETTERS ; d’ici là, seule l’identification donne un code.",
                en: "This portal prints no letters with a code: nothing was sent, and the old code is still good. The "
                    + "administrator has to set REGARD_LETTERS; until then, signing in alone gives a code.")
        case "nir.another":
            return language.pick(
                fr: "Ce numéro ne va pas avec la date, le sexe ou le lieu de naissance que l’identification a prouvés. "
                    + "Donnez le vôtre, ou appelez-nous.",
                en: "This number does not go with the birth date, sex or birth place that the sign-in has proven. Give "
                    + "your own, or call us.")
        case "nir.sex":
            return language.pick(
                fr: "Le premier chiffre n’est pas possible. Vérifiez le numéro.",
                en: "The first figure is not possible. Check the number.")
        case "letter.cannotPrint":
            return language.pick(
                fr:
                    "Ces lettres ne s’impriment pas ici : leur dossier n’a pas d’adresse postale, ou elles portent un code.",
                en: "These letters can’t be printed here: their case has no postal address, or they carry a code.")
        case "letter.notPrinted":
            return language.pick(
                fr: "Imprimez ces lettres avant d’en noter l’envoi.", en: "Print these letters before you note them.")
        case "attestation.number":
            return language.pick(
                fr: "Aucun fichier téléchargé n’a ce numéro. Relisez la fin de son nom.",
                en: "No file that was downloaded has this number. Look at the end of its name.")
        case "attestation.done":
            return language.pick(
                fr: "Ce fichier, ou un plus récent, est déjà attesté.",
                en: "This file, or a newer one, has been attested already.")
        case "attestation.date":
            return language.pick(
                fr: "Écrivez une date qui existe : AAAA-MM-JJ.", en: "Write a date that exists: YYYY-MM-DD.")
        case "attestation.future":
            return language.pick(
                fr: "Cette date n’est pas encore arrivée. Attestez après l’extraction.",
                en: "This date has not come yet. Attest after the extraction.")
        case "attestation.tooEarly":
            return language.pick(
                fr: "Ce jour-là, ce fichier n’existait pas encore.", en: "On that day, this file did not exist yet.")
        case "attestation.stopped":
            return language.pick(
                fr: "Cette liste doit être refaite : rien ne peut être attesté pour l’instant. Écrivez-nous.",
                en: "This list must be made anew: nothing can be attested for now. Please write to us.")
        case "letter.date":
            return language.pick(
                fr: "Écrivez le jour de l’envoi, aujourd’hui au plus tard : AAAA-MM-JJ.",
                en: "Write the day of posting, today at the latest: YYYY-MM-DD.")
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
        case "birthPlace":
            return language.pick(
                fr: "Le code du lieu de naissance a 5 caractères, comme 78006 ou 2A004. Laissez vide si vous "
                    + "l’ignorez.",
                en: "The code of the place of birth has 5 characters, such as 78006 or 2A004. Leave it empty if you "
                    + "do not know it.")
        case "secret.mistyped":
            return language.pick(
                fr: "Le code de suivi contient une faute de frappe. Relisez-le groupe par groupe.",
                en: "The tracking code has a typing mistake. Check it group by group.")
        case "secret.length":
            return language.pick(
                fr: "Le code de suivi a 28 caractères : 7 groupes de 4.",
                en: "The tracking code has 28 characters: 7 groups of 4.")
        case "secret.characters":
            return language.pick(
                fr: "Le code de suivi n’a que des lettres et des chiffres.",
                en: "The tracking code has only letters and figures.")
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
        case "nir.holder":
            return language.pick(
                fr: "Ce numéro ne va pas avec la date de naissance ou le sexe. Dites à qui il est.",
                en: "This number does not go with the date of birth or the sex. Say whose it is.")
        case "capacity.ofAge":
            return language.pick(
                fr: "À partir de \(first ?? "15") ans, c’est à la personne de faire sa demande elle-même.",
                en: "From the age of \(first ?? "15"), the person makes the request themselves.")
        case "capacity.tooYoung":
            return language.pick(
                fr: "Avant \(first ?? "15") ans, c’est un parent qui fait la demande.",
                en: "Under \(first ?? "15"), a parent makes the request.")
        case "objection.unknown":
            return language.pick(
                fr: "Aucune opposition n’a cette référence.", en: "No objection has this reference.")
        case "scope.unknown":
            return language.pick(
                fr: "Cette base ou ce projet n’est pas, ou plus, dans nos listes.",
                en: "This database or project is not, or no longer, in our lists.")
        case "scope.notCovered":
            return language.pick(
                fr: "L’opposition ne porte pas là-dessus.", en: "The objection does not cover this.")
        case "scope.notInForce":
            return language.pick(
                fr: "L’opposition n’est pas encore en vigueur. Vous pouvez la retirer tout entière.",
                en: "The objection is not in force yet. You can withdraw all of it.")
        case "task.none":
            return language.pick(
                fr: "Rien n’est à noter là : ce responsable n’attend rien, ou c’est déjà fait.",
                en: "There is nothing to record there: this controller awaits nothing, or it is done.")
        case "task.asked":
            return language.pick(
                fr: "Ces bases sont déjà interrogées.", en: "These databases have been asked already.")
        case "task.outOfScope":
            return language.pick(
                fr: "La demande ne porte pas sur cette base.", en: "The request does not cover this database.")
        case "task.nowhere":
            return language.pick(
                fr: "Aucune base liée n’est concernée.", en: "No linked database is concerned.")
        case "task.noIdentifier":
            return language.pick(
                fr:
                    "Sans numéro de sécurité sociale, aucune base ne peut retrouver la personne : complétez-le d’abord.",
                en: "Without a social security number no database can find the person: complete it first.")
        case "task.notForRight":
            return language.pick(
                fr: "Pour une opposition, les bases reçoivent leur liste : il n’y a rien à leur demander.",
                en: "For an objection databases get their list: there is nothing to ask of them.")
        case "task.notOpen":
            return language.pick(
                fr: "Cette base n’est pas interrogée, ou sa réponse est déjà là.",
                en: "This database has not been asked, or its answer is there.")
        case "task.reasons":
            return language.pick(
                fr: "Dites ce qui n’est pas fait, et pourquoi.", en: "Say what is not done, and why.")
        case "impossible.notForRight":
            return language.pick(
                fr: "Cette demande n’a rien à appliquer dans une base.",
                en: "This request has nothing to apply in a database.")
        case "impossible.answered":
            return language.pick(
                fr: "Cette base a répondu : sa réponse reste.", en: "This database has answered: its answer stands.")
        case "impossible.notDisproportionate":
            return language.pick(
                fr:
                    "Un effort disproportionné ne dispense ni d’un accès, ni d’une opposition : seul l’impossible se "
                    + "note.",
                en:
                    "A disproportionate effort spares nobody an access or an objection: only the impossible is "
                    + "recorded.")
        case "impossible.applied":
            return language.pick(
                fr: "Cette base l’a déjà confirmé.", en: "This database has confirmed it already.")
        case "impossible.stopped":
            return language.pick(
                fr: "Cette base est arrêtée : on ne sait pas ce qu’elle contient. Resynchronisez-la d’abord.",
                en: "This database has stopped: nobody knows what it holds. Resynchronise it first.")
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
        case "sendAgain":
            return language.pick(
                fr: "Quelque chose vient de se passer dans ce dossier. Lisez-le, puis renvoyez votre message.",
                en: "Something has just happened in this case. Read it, then send your message again.")
        case "file.empty":
            return language.pick(fr: "Ce fichier est vide.", en: "This file is empty.")
        case "file.tooLarge":
            return language.pick(
                fr: "Ce fichier est trop lourd : \(first ?? "10") Mo au plus.",
                en: "This file is too large: at most \(first ?? "10") MB.")
        case "file.tooLargeTogether":
            return language.pick(
                fr: "Ensemble, ces fichiers sont trop lourds. Envoyez-les un par un.",
                en: "Together, these files are too large. Send them one by one.")
        case "file.tooMany":
            return language.pick(
                fr: "Un dossier garde au plus \(first ?? "5") fichiers de chaque côté.",
                en: "A case keeps at most \(first ?? "5") files from each side.")
        case "file.type":
            return language.pick(
                fr: "Ce fichier n’est ni un PDF, ni une image JPEG ou PNG.",
                en: "This file is neither a PDF nor a JPEG or PNG image.")
        case "file.answerType":
            return language.pick(
                fr:
                    "Ce fichier n’est pas du type annoncé : PDF, JPEG, PNG, ou des données en CSV, JSON ou texte "
                    + "(UTF-8).",
                en: "This file is not of the type given: PDF, JPEG, PNG, or data in CSV, JSON or plain text (UTF-8).")
        case "file.answerTooLarge":
            return language.pick(
                fr: "Ensemble, les fichiers d’une réponse ne dépassent pas \(first ?? "4") Mo.",
                en: "Together, the files of an answer have at most \(first ?? "4") MB.")
        case "package.wrong":
            return language.pick(
                fr:
                    "Cela n’ouvre pas le dossier. Vérifiez le code de la lettre, ou identifiez-vous sous le nom de la "
                    + "personne qui a fait la demande.",
                en:
                    "This does not open the package. Check the code of the letter, or sign in as the person who made the "
                    + "request.")
        case "package.none":
            return language.pick(
                fr: "Aucun dossier n’est à ouvrir en ce moment.", en: "There is no package to open at the moment.")
        case "package.noAddress":
            return language.pick(
                fr: "Votre demande n’a pas d’adresse postale : écrivez-nous depuis votre suivi, ou appelez-nous.",
                en: "Your request has no postal address: write to us from your request, or call us.")
        case "package.noLetters":
            return language.pick(
                fr: "Ce portail n’envoie pas de lettre avec un code en ce moment : appelez-nous.",
                en: "This portal sends no letters with a code at the moment: call us.")
        case "package.death":
            return language.pick(
                fr: "Un décès est enregistré dans cette demande : aucune lettre ne part plus. Si c’est une erreur, "
                    + "appelez-nous.",
                en: "A death is recorded in this request: no letter is sent any more. If that is a mistake, call us.")
        case "package.onItsWay":
            return language.pick(
                fr: "Une lettre est déjà en route. Attendez sept jours avant d’en demander une autre.",
                en: "A letter is on its way already. Wait for seven days before you ask for another.")
        case "package.tooMany":
            return language.pick(
                fr: "Trois lettres sont parties en trente jours : il n’en part plus. Appelez-nous.",
                en: "Three letters were sent within thirty days: no more are sent. Call us.")
        case "file.damaged":
            return language.pick(
                fr: "Ce fichier est incomplet ou abîmé. Ouvrez-le pour le vérifier, puis renvoyez-le.",
                en: "This file is incomplete or damaged. Open it to check, then send it again.")
        case "file.infected":
            return language.pick(
                fr: "L’antivirus a refusé ce fichier.", en: "The virus scanner refused this file.")
        case "file.notHere":
            return language.pick(fr: "Aucun fichier ne va avec cet acte.", en: "No file goes with this act.")
        case "file.again":
            return language.pick(
                fr: "Les fichiers ne peuvent pas être contrôlés en ce moment. Renvoyez-les un peu plus tard.",
                en: "Files can’t be checked right now. Send them again a little later.")
        case "receipt.none":
            return language.pick(
                fr:
                    "Ce fichier ne contient pas de référence et de code lisibles. Choisissez le récépissé enregistré au "
                    + "dépôt, ou recopiez-les ci-dessus.",
                en:
                    "This file holds no reference and code that can be read. Choose the receipt saved when you filed, or "
                    + "type them in above.")
        case "confirmation.required":
            return language.pick(fr: "Cochez la case pour confirmer.", en: "Tick the box to confirm.")
        default: return desk(code) ?? language.pick(fr: "Vérifiez cette réponse.", en: "Check this answer.")
        }
    }

    /// “ligne 2, caractère 5”.
    private func place(_ arguments: ArraySlice<String>) -> String {
        let (line, column) = (arguments.first ?? "1", arguments.dropFirst().first ?? "1")
        return language.pick(fr: "ligne \(line), caractère \(column)", en: "line \(line), character \(column)")
    }

    /// The same where it is about the person for whom an operator fills the form in.
    private func missingInConsole(_ pointer: String) -> String? {
        switch pointer {
        case "/secret":
            language.pick(fr: "Indiquez le code de suivi.", en: "Enter the tracking code.")
        case "/reference":
            language.pick(fr: "Indiquez la référence de la demande.", en: "Enter the request’s reference.")
        case "/postal": language.pick(fr: "Indiquez l’adresse postale.", en: "Enter the postal address.")
        case "/capacity": language.pick(fr: "Dites pour qui la demande est faite.", en: "Say for whom it is asked.")
        case "/details":
            language.pick(fr: "Dites ce qui est demandé, en quelques mots.", en: "Say what is asked, in a few words.")
        case "/requester", "/requester/name":
            language.pick(
                fr: "Indiquez le nom et le prénom de qui fait la demande.", en: "Enter the full name of who asks.")
        default: nil
        }
    }

    /// What to fill in, named.
    private func missing(_ pointer: String) -> String? {
        switch pointer {
        case "/scope/kind": language.pick(fr: "Choisissez une réponse.", en: "Choose an answer.")
        case "/scope/ids": language.pick(fr: "Choisissez au moins un élément.", en: "Choose at least one item.")
        case "/subject/birthName": language.pick(fr: "Indiquez le nom de naissance.", en: "Enter the birth name.")
        case "/subject/givenNames", "/subject/givenNames/0":
            language.pick(fr: "Indiquez au moins un prénom.", en: "Enter at least one given name.")
        case "/subject/birthDate":
            language.pick(fr: "Indiquez la date de naissance.", en: "Enter the date of birth.")
        case "/subject/sex":
            language.pick(fr: "Choisissez le sexe inscrit à l’état civil.", en: "Choose the sex on the civil record.")
        case "/reference":
            language.pick(fr: "Indiquez la référence de votre demande.", en: "Enter the reference of your request.")
        case "/secret": language.pick(fr: "Indiquez votre code de suivi.", en: "Enter your tracking code.")
        case "/birthName": language.pick(fr: "Indiquez le nom de naissance.", en: "Enter the birth name.")
        case "/givenNames": language.pick(fr: "Indiquez au moins un prénom.", en: "Enter at least one given name.")
        case "/birthDate": language.pick(fr: "Indiquez la date de naissance.", en: "Enter the date of birth.")
        case "/postal": language.pick(fr: "Indiquez votre adresse postale.", en: "Enter your postal address.")
        case "/address": language.pick(fr: "Dites où la lettre doit aller.", en: "Say where the letter is to go.")
        case "/name": language.pick(fr: "Indiquez votre nom d’opérateur.", en: "Enter your operator name.")
        case "/password": language.pick(fr: "Indiquez votre mot de passe.", en: "Enter your password.")
        case "/otp": language.pick(fr: "Indiquez le code à six chiffres.", en: "Enter the six-digit code.")
        case "/proof":
            language.pick(
                fr: "Choisissez un fichier, ou répondez en quelques mots.",
                en: "Choose a file, or answer in a few words.")
        case "/files": language.pick(fr: "Choisissez un fichier.", en: "Choose a file.")
        case "/receipt": language.pick(fr: "Choisissez le fichier du récépissé.", en: "Choose the receipt’s file.")
        case "/motive": language.pick(fr: "Choisissez un motif.", en: "Choose a reason.")
        case "/grounds":
            language.pick(fr: "Choisissez le fondement du refus.", en: "Choose the legal ground of the refusal.")
        case "/reasons":
            language.pick(fr: "Donnez les raisons, en mots simples.", en: "Give the reasons, in plain words.")
        case "/complaint":
            language.pick(fr: "Indiquez comment saisir la CNIL.", en: "Say how to complain to the CNIL.")
        case "/judicialRemedy":
            language.pick(fr: "Indiquez le recours devant le juge.", en: "State the judicial remedy.")
        case "/number":
            language.pick(fr: "Indiquez le numéro du fichier appliqué.", en: "Enter the number of the file applied.")
        case "/extractedOn":
            language.pick(fr: "Indiquez le jour de l’extraction.", en: "Enter the day of the extraction.")
        case "/letter": language.pick(fr: "Choisissez au moins une lettre.", en: "Choose at least one letter.")
        case "/title/fr": language.pick(fr: "Donnez le titre en français.", en: "Give the title in French.")
        case "/title/en": language.pick(fr: "Donnez le titre en anglais.", en: "Give the title in English.")
        case "/text/fr": language.pick(fr: "Écrivez le texte en français.", en: "Write the text in French.")
        case "/text/en": language.pick(fr: "Écrivez le texte en anglais.", en: "Write the text in English.")
        case "/id": language.pick(fr: "Donnez un nom court au modèle.", en: "Give the template a short name.")
        case "/purpose": language.pick(fr: "Dites à quoi il sert.", en: "Say what it is for.")
        case "/note": language.pick(fr: "Écrivez la note.", en: "Write the note.")
        case "/text": language.pick(fr: "Écrivez le message.", en: "Write the message.")
        case "/recipient": language.pick(fr: "Indiquez l’organisme.", en: "Name the body.")
        case "/objection":
            language.pick(fr: "Indiquez la référence de l’opposition.", en: "Enter the objection’s reference.")
        case "/channel": language.pick(fr: "Dites comment elle est arrivée.", en: "Say how it came.")
        case "/receivedOn":
            language.pick(fr: "Indiquez le jour de la réception.", en: "Enter the day of receipt.")
        case "/right": language.pick(fr: "Choisissez un droit.", en: "Choose a right.")
        case "/capacity": language.pick(fr: "Dites pour qui vous agissez.", en: "Say for whom you act.")
        case "/details":
            language.pick(fr: "Dites ce que vous demandez, en quelques mots.", en: "Say what you ask, in a few words.")
        case "/requester", "/requester/name":
            language.pick(fr: "Indiquez votre nom et votre prénom.", en: "Enter your full name.")
        default: nil
        }
    }
}
