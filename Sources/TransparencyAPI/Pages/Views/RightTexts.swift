import RightsRegistry

/// What each right is, in plain words: what it does, what it does not do, and what happens once it is filed.
struct RightTexts: Sendable {
    let right: Right
    let language: Language

    init(_ right: Right, _ language: Language) {
        self.right = right
        self.language = language
    }

    /// What one comes to do, as a heading.
    var title: String {
        switch right {
        case .objection:
            pick("M’opposer à la réutilisation de mes données de santé", "Object to the reuse of my health data")
        case .objectionWithdrawal: pick("Retirer une opposition", "Withdraw an objection")
        case .access: pick("Demander une copie de mes données", "Ask for a copy of my data")
        case .rectification: pick("Faire corriger mes données", "Have my data corrected")
        case .erasure: pick("Faire effacer mes données", "Have my data erased")
        case .restriction: pick("Faire limiter l’usage de mes données", "Have the use of my data limited")
        }
    }

    /// The same on a button.
    var file: String {
        switch right {
        case .objection: pick("Déposer mon opposition", "File my objection")
        default: pick("Déposer ma demande", "File my request")
        }
    }

    var filed: String {
        switch right {
        case .objection: pick("Votre opposition est déposée", "Your objection is filed")
        default: pick("Votre demande est déposée", "Your request is filed")
        }
    }

    /// One sentence under the heading.
    var lede: String {
        switch right {
        case .objection:
            pick(
                "Cinq minutes suffisent. Aucune raison à donner. Vous pourrez changer d’avis à tout moment.",
                "Five minutes are enough. No reason to give. You can change your mind at any time.")
        case .objectionWithdrawal:
            pick(
                "Vous avez encore votre code de suivi ? Le retrait est immédiat depuis « Suivre ma demande ».",
                "Do you still have your tracking code? Withdraw at once from “Follow my request”.")
        case .access:
            pick(
                "Vous recevez ce que les bases liées ont sur vous, ou la réponse qu’elles n’ont rien.",
                "You receive what the linked databases hold on you, or the answer that they hold nothing.")
        case .rectification:
            pick(
                "Dites ce qui est faux et ce qui est juste. Chaque base qui a reçu ces données est prévenue.",
                "Say what is wrong and what is right. Each database that received these data is told.")
        case .erasure:
            pick(
                "Dites quelles données effacer. La loi en garde certaines : la réponse dira lesquelles et pourquoi.",
                "Say which data to erase. The law keeps some: the answer will say which, and why.")
        case .restriction:
            pick(
                "Vos données restent, mais ne servent plus pendant qu’un point est vérifié.",
                "Your data stay, but are not used while a point is being checked.")
        }
    }

    /// What it does, line by line.
    /// - Parameter registersOnFiling: whether an objection takes effect before it is decided.
    func does(registersOnFiling: Bool) -> [String] {
        switch right {
        case .objection:
            [
                pick(
                    "Votre opposition vaut pour ce que vous choisissez : toutes les réutilisations, certaines bases ou certains "
                        + "projets.",
                    "Your objection covers what you choose: all reuse, some databases or some projects."),
                registersOnFiling
                    ? pick(
                        "Elle part vers chaque base liée dès que vous la déposez.",
                        "It leaves for each linked database as soon as you file it.")
                    : pick(
                        "Elle part vers chaque base liée dès qu’elle est acceptée.",
                        "It leaves for each linked database as soon as it is granted."),
                pick(
                    "Les nouveaux projets n’auront pas vos données. Les projets en cours cessent de les recevoir à leur "
                        + "prochaine extraction.",
                    "New projects will not have your data. Running projects stop receiving them at their next "
                        + "extraction."),
            ]
        case .objectionWithdrawal:
            [
                pick(
                    "Un agent vérifie que c’est bien vous, puis met fin à l’opposition dans chaque base liée.",
                    "An agent checks that it is you, then ends the objection in each linked database."),
                pick("Vous pourrez vous opposer de nouveau quand vous voudrez.", "You can object again at any time."),
            ]
        case .access, .rectification, .erasure, .restriction:
            [
                pick(
                    "Un agent examine votre demande et vous répond dans le mois.",
                    "An agent examines your request and answers within a month."),
                pick(
                    "S’il faut plus de temps, vous le saurez avant la fin de ce mois, avec les raisons.",
                    "If more time is needed, you are told before that month ends, with the reasons."),
            ]
        }
    }

    /// What it does not do.
    var doesNot: [String] {
        switch right {
        case .objection:
            [
                pick(
                    "Votre opposition ne rappelle pas ce qui a déjà été remis à un projet ou rendu anonyme.",
                    "Your objection does not call back what was already released to a project or made anonymous."),
                pick(
                    "Elle n’empêche pas la constitution de la base principale, que la loi prévoit.",
                    "It does not prevent the main database from being built, which the law provides for."),
                pick(
                    "Elle n’atteint pas les organismes auxquels la loi donne un accès permanent : pour eux, elle est refusée. Vous "
                        + "pouvez contester ce refus auprès de la CNIL ou du juge.",
                    "It does not reach the bodies to which the law gives permanent access: for them, it is refused. You can "
                        + "contest this refusal before the CNIL or a court."
                ),
                pick(
                    "Elle ne change rien à vos soins ni à vos remboursements.",
                    "It changes nothing in your care or your reimbursements."),
            ]
        case .objectionWithdrawal:
            [
                pick(
                    "Les projets ne récupèrent pas les extractions faites pendant l’opposition.",
                    "Projects do not recover the extractions made while the objection stood.")
            ]
        case .access:
            [
                pick(
                    "Vous n’aurez pas votre dossier médical : demandez-le à votre médecin ou à l’hôpital.",
                    "You do not get your medical record: ask your doctor or hospital for it.")
            ]
        case .rectification, .erasure, .restriction:
            [
                pick(
                    "Ce qui a été rendu anonyme ne peut plus être retrouvé.",
                    "What was made anonymous can't be found any more."),
                pick(
                    "Vos soins et vos remboursements n’en dépendent pas.",
                    "Your care and your reimbursements do not depend on it."),
            ]
        }
    }

    /// What to write in the free text; nil where nothing is asked.
    var details: (label: String, hint: String)? {
        switch right {
        case .objection: nil
        case .objectionWithdrawal:
            (
                pick("Quelle opposition ?", "Which objection?"),
                pick(
                    "Sa référence, si vous l’avez. Sinon, quand et comment vous l’avez déposée.",
                    "Its reference, if you have it. Otherwise, when and how you filed it.")
            )
        case .access:
            (
                pick("Que voulez-vous recevoir ?", "What would you like to receive?"),
                pick("Tout, si vous ne dites rien.", "Everything, if you say nothing.")
            )
        case .rectification:
            (
                pick("Qu’est-ce qui est faux, et qu’est-ce qui est juste ?", "What is wrong, and what is right?"),
                pick(
                    "Un agent vous demandera un justificatif s’il en faut un.", "An agent asks for evidence if needed.")
            )
        case .erasure:
            (
                pick("Que faut-il effacer ?", "What should be erased?"),
                pick(
                    "Tout ce que la loi permet, si vous ne dites rien.", "All that the law allows, if you say nothing.")
            )
        case .restriction:
            (
                pick("Quel usage faut-il suspendre, et pourquoi ?", "Which use should be paused, and why?"),
                pick(
                    "Par exemple : vous contestez une donnée, et elle est en cours de vérification.",
                    "For instance: you dispute a piece of data, and it is being checked.")
            )
        }
    }

    /// How far a request has come, as its receipt tells what follows.
    struct Standing: Sendable {
        /// Whether it was granted at once.
        var isConfirmed = false
        /// Whether somebody has decided since.
        var isDecided = false
        /// Whether it is known who files.
        var isIdentityVerified = false
        /// Whether it is an objection that no database can apply before a number is completed.
        var lacksNumber = false
        /// Why the citizen is to send a proof; nil where none is asked for.
        var proof: ProofReason?
    }

    /// What happens once it is filed, step by step.
    /// - Parameter dueOn: in words.
    func next(_ standing: Standing, registersOnFiling: Bool, dueOn: String) -> [String] {
        guard !standing.isDecided else {
            return [
                pick(
                    "Votre demande a une réponse : elle est dans votre suivi.",
                    "Your request has an answer: follow it to read it.")
            ]
        }
        let isPaused = standing.proof == .identity
        let answer =
            isPaused
            ? pick(
                "Le délai de notre réponse est suspendu jusqu’à la vôtre : la date est dans votre suivi.",
                "The time for our answer is paused until yours: follow your request for the date.")
            : pick(
                "Le \(dueOn) au plus tard, vous avez une réponse. Si elle est négative, même en partie, elle dit pourquoi et comment "
                    + "la contester.",
                "By \(dueOn), you have an answer. If it is negative, even in part, it says why and how to contest it.")
        guard right == .objection else { return [sending(standing), examining(standing), answer].compactMap { $0 } }
        let leaving = leaving(standing, registersOnFiling: registersOnFiling)
        guard !standing.isConfirmed else {
            return [
                pick(
                    "Elle est déjà acceptée : rien ne laissait de doute.",
                    "It is granted already: nothing left a doubt.")
            ] + leaving + [
                pick(
                    "La demande est close quand toutes ont confirmé. Votre opposition, elle, reste en vigueur.",
                    "The request is closed when all have confirmed. Your objection stays in force.")
            ]
        }
        return leaving + [sending(standing), examining(standing), answer].compactMap { $0 }
    }

    /// When an objection reaches the databases.
    private func leaving(_ standing: Standing, registersOnFiling: Bool) -> [String] {
        let isRegistered = standing.isConfirmed || registersOnFiling
        guard standing.lacksNumber else {
            return [
                isRegistered
                    ? pick(
                        "Tout de suite, votre opposition part vers chaque base concernée. Chacune confirme à son tour.",
                        "At once, your objection leaves for each database concerned. Each confirms in turn.")
                    : pick(
                        "Dès qu’elle est acceptée, votre opposition part vers chaque base liée. Chacune confirme à son "
                            + "tour.",
                        "As soon as it is granted, your objection leaves for each linked database. Each confirms in turn."
                    )
            ]
        }
        return [
            pick(
                "Votre opposition est enregistrée. Sans numéro de sécurité sociale, les bases ne peuvent pas encore "
                    + "l’appliquer : elle prendra effet quand un agent l’aura complété.",
                "Your objection is registered. Without a social security number, the databases cannot apply it yet: it "
                    + "takes effect once an agent has completed the number."),
            pick(
                "Si vous avez ce numéro, envoyez-le depuis votre suivi, dans «\u{A0}Nous écrire\u{A0}» : ce sera plus rapide.",
                "If you have that number, follow your request and send it under “Write to us”: that is quicker."),
        ]
    }

    /// What is to be sent: by whoever acts for another, or in doubt on who asks; nil elsewhere.
    private func sending(_ standing: Standing) -> String? {
        switch standing.proof {
        case .capacity(let capacity): CapacityTexts(capacity, language).proof(isFiled: true)
        case .identity:
            pick(
                "Nous vous avons demandé de confirmer votre identité : répondez depuis votre suivi.",
                "We asked you to confirm your identity: follow your request to answer.")
        case nil: nil
        }
    }

    /// Who looks at it, and when they write.
    private func examining(_ standing: Standing) -> String {
        if standing.proof != nil {
            return pick(
                "Un agent vérifie ce justificatif et examine la demande.",
                "An agent checks that proof and examines the request.")
        }
        if standing.isIdentityVerified {
            return pick(
                "Votre identité est vérifiée. Un agent examine la demande, et ne vous écrira qu’en cas de doute.",
                "Your identity is verified. An agent examines the request, and writes to you only in case of doubt.")
        }
        return pick(
            "Un agent examine la demande. Il ne vous demandera qui vous êtes qu’en cas de doute.",
            "An agent examines the request, and asks who you are only in case of doubt.")
    }

    private func pick(_ french: String, _ english: String) -> String { language.pick(fr: french, en: english) }
}

/// For whom one acts, in the words of a form.
struct CapacityTexts: Sendable {
    let capacity: Capacity
    let language: Language

    init(_ capacity: Capacity, _ language: Language) {
        self.capacity = capacity
        self.language = language
    }

    /// To choose from.
    /// - Parameter minorActsFrom: the age from which a minor acts alone.
    func choice(minorActsFrom age: Int) -> String {
        switch capacity {
        case .dataSubject: pick("Pour moi-même", "For myself")
        case .parentalAuthorityHolder: pick("Pour mon enfant de moins de \(age) ans", "For my child under \(age)")
        case .guardian: pick("Pour une personne que je protège (tutelle, curatelle)", "For a person I am guardian of")
        case .authorisedAgent: pick("Pour une personne qui m’a donné mandat", "For a person who gave me a mandate")
        case .heir: pick("Pour une personne décédée dont j’hérite", "For a deceased person whose heir I am")
        }
    }

    /// The heading over the fields of the person whom it is about.
    var subjectHeading: String {
        switch capacity {
        case .dataSubject: pick("Qui êtes-vous ?", "Who are you?")
        case .parentalAuthorityHolder: pick("Qui est votre enfant ?", "Who is your child?")
        case .guardian, .authorisedAgent: pick("Qui est cette personne ?", "Who is this person?")
        case .heir: pick("Qui était cette personne ?", "Who was this person?")
        }
    }

    /// What proves it, and how it is sent; nil where nothing need be proved.
    /// - Parameter isFiled: whether it can be sent by now, or is said beforehand.
    func proof(isFiled: Bool) -> String? {
        let what: String? =
            switch capacity {
            case .dataSubject, .parentalAuthorityHolder: nil
            case .guardian: pick("une copie du jugement", "a copy of the judgment")
            case .authorisedAgent: pick("une copie du mandat", "a copy of the mandate")
            case .heir: pick("une preuve que vous êtes héritier", "proof that you are an heir")
            }
        return what.map { what in
            isFiled
                ? pick("Envoyez \(what) depuis votre suivi.", "Follow your request to send \(what).")
                : pick(
                    "Vous enverrez \(what) depuis votre suivi, une fois la demande déposée.",
                    "You will send \(what) once it is filed, by following your request.")
        }
    }

    private func pick(_ french: String, _ english: String) -> String { language.pick(fr: french, en: english) }
}
