extension FieldErrorTexts {
    /// The same where it is about the person for whom an operator fills the form in.
    func missingInConsole(_ pointer: String) -> String? {
        switch pointer {
        case "/secret":
            language.pick(fr: "Indiquez le code de suivi.", en: "Enter the tracking code.")
        case "/reference":
            language.pick(fr: "Indiquez la référence de la demande.", en: "Enter the request’s reference.")
        case "/postal": language.pick(fr: "Indiquez l’adresse postale.", en: "Enter the postal address.")
        case "/to": language.pick(fr: "Choisissez à qui.", en: "Choose to whom.")
        case "/sex":
            language.pick(fr: "Choisissez le sexe inscrit à l’état civil.", en: "Choose the sex on the civil record.")
        case "/databases": language.pick(fr: "Choisissez au moins une base.", en: "Choose at least one database.")
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
    func missing(_ pointer: String) -> String? {
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
