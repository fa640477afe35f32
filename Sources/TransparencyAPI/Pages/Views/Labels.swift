import RightsRegistry

/// The words people read for the codes of the domain. A code without words here is shown as it stands, never hidden.
struct Labels: Sendable {
    let language: Language

    init(_ language: Language) { self.language = language }

    /// A project's status.
    func projectStatus(_ code: String) -> Tag {
        switch code {
        case "submitted": tag(fr: "Déposé", en: "Submitted", .wait)
        case "underReview": tag(fr: "En cours d’examen", en: "Under review", .wait)
        case "authorised": tag(fr: "Autorisé", en: "Authorised", .live)
        case "active": tag(fr: "En cours", en: "Active", .live)
        case "completed": tag(fr: "Terminé", en: "Completed", .done)
        case "refused": tag(fr: "Refusé", en: "Refused", .stop)
        case "withdrawn": tag(fr: "Retiré", en: "Withdrawn", .stop)
        default: Tag(code, .done)
        }
    }

    /// What the status means for the reader, in one sentence.
    func projectStatusMeaning(_ code: String) -> String? {
        switch code {
        case "submitted":
            language.pick(
                fr: "Le dossier est déposé. Aucune donnée n’est utilisée.",
                en: "The application has been submitted. No data is being used.")
        case "underReview":
            language.pick(
                fr: "Les instances compétentes examinent le dossier. Aucune donnée n’est utilisée.",
                en: "The competent bodies are examining the application. No data is being used.")
        case "authorised":
            language.pick(
                fr: "Le projet a le droit d’utiliser des données. Il n’a pas encore commencé.",
                en: "The project is allowed to use data. It has not started yet.")
        case "active":
            language.pick(fr: "Le projet utilise des données de santé.", en: "The project is using health data.")
        case "completed":
            language.pick(
                fr: "Le projet est terminé. Ses résultats sont publiés ou vont l’être.",
                en: "The project has ended. Its results are published or will be.")
        case "refused":
            language.pick(
                fr: "Le projet a été refusé. Aucune donnée n’a été mise à sa disposition.",
                en: "The project was refused. No data was made available to it.")
        case "withdrawn":
            language.pick(
                fr: "Le projet a été retiré par ceux qui le portaient.",
                en: "The project was withdrawn by those who sponsored it.")
        default: nil
        }
    }

    /// The way a project was allowed.
    func procedure(_ code: String) -> Term {
        switch code {
        case "standard":
            term(
                fr: ("Autorisation", "Un examen complet du projet précède toute donnée."),
                en: ("Authorisation", "A full examination of the project comes before any data."))
        case "referenceMethodology":
            term(
                fr: ("Méthodologie de référence", "Le projet s’engage à suivre un cadre fixé par la CNIL."),
                en: ("Reference methodology", "The project commits to a framework set by the CNIL."))
        case "simplified":
            term(
                fr: ("Procédure simplifiée", "Le projet suit une démarche déjà autorisée pour d’autres."),
                en: ("Simplified procedure", "The project follows an approach already authorised for others."))
        case "permanentAccess":
            term(
                fr: ("Accès permanent", "L’organisme tient cet accès de la loi, pour sa mission de service public."),
                en: ("Permanent access", "The body holds this access by law, for its public-service task."))
        default: Term(label: code, meaning: nil)
        }
    }

    /// How close the data stand to the persons.
    func sensitivity(_ code: String) -> Term {
        switch code {
        case "identifiable":
            term(
                fr: ("Données identifiantes", "Elles permettent de savoir de qui il s’agit."),
                en: ("Identifiable data", "They allow people to be identified."))
        case "pseudonymised":
            term(
                fr: ("Données pseudonymisées", "Les noms et numéros sont remplacés par un code."),
                en: ("Pseudonymised data", "Names and numbers are replaced by a code."))
        case "aggregated":
            term(
                fr: ("Données agrégées", "Des totaux et des moyennes, pas de données individuelles."),
                en: ("Aggregated data", "Totals and averages, no individual data."))
        case "anonymous":
            term(
                fr: ("Données anonymes", "Elles ne permettent plus de retrouver une personne."),
                en: ("Anonymous data", "They no longer allow anyone to be found."))
        default: Term(label: code, meaning: nil)
        }
    }

    /// Where the data are worked on.
    func accessType(_ code: String) -> Term {
        switch code {
        case "secureEnvironment":
            term(
                fr: ("Dans un espace sécurisé", "Les données ne quittent pas la plateforme."),
                en: ("In a secure environment", "The data do not leave the platform."))
        case "release":
            term(
                fr: ("Par remise d’un fichier", "Les données sont remises au projet."),
                en: ("By release of a file", "The data are handed to the project."))
        default: Term(label: code, meaning: nil)
        }
    }

    func recurrence(_ code: String) -> String {
        switch code {
        case "oneOff": language.pick(fr: "une fois", en: "one-off")
        case "ongoing": language.pick(fr: "régulière", en: "ongoing")
        default: code
        }
    }

    /// The right that a request exercises.
    func right(_ code: String) -> String {
        switch code {
        case "objection": language.pick(fr: "Opposition", en: "Objection")
        case "objectionWithdrawal": language.pick(fr: "Retrait d’opposition", en: "Withdrawal of an objection")
        case "access": language.pick(fr: "Accès", en: "Access")
        case "rectification": language.pick(fr: "Rectification", en: "Rectification")
        case "erasure": language.pick(fr: "Effacement", en: "Erasure")
        case "restriction": language.pick(fr: "Limitation", en: "Restriction")
        default: code
        }
    }

    /// The state of a request, with its outcome once it is decided.
    func requestState(_ state: String, outcome: String? = nil) -> Tag {
        switch (state, outcome) {
        case ("received", _): tag(fr: "Reçue", en: "Received", .wait)
        case ("awaitingIdentity", _): tag(fr: "Identité demandée", en: "Identity asked for", .alert)
        case (_, "granted"?): tag(fr: "Acceptée", en: "Granted", .live)
        case (_, "partiallyGranted"?): tag(fr: "Acceptée en partie", en: "Partially granted", .live)
        case (_, "refused"?): tag(fr: "Refusée", en: "Refused", .stop)
        case (_, "transferred"?): tag(fr: "Transmise", en: "Transferred", .done)
        case (_, "withdrawn"?): tag(fr: "Retirée", en: "Withdrawn", .done)
        case (_, "abandoned"?): tag(fr: "Classée sans suite", en: "Abandoned", .done)
        case (_, "voided"?): tag(fr: "Annulée", en: "Voided", .done)
        case (_, "unreadable"?): tag(fr: "Close, illisible", en: "Closed unread", .done)
        case ("underReview", _): tag(fr: "En cours d’examen", en: "Under review", .wait)
        case ("closed", _): tag(fr: "Close", en: "Closed", .done)
        default: Tag(state, .wait)
        }
    }

    /// That the person has written and nobody has answered, for operators; nil where that is not so.
    func unanswered(_ awaitsReply: Bool) -> Tag? {
        awaitsReply ? tag(fr: "Message sans réponse", en: "Message not answered", .alert) : nil
    }

    /// That it was filed after the death of its person was recorded, and nobody has looked into it; nil where that is not so.
    func doubtedDeath(_ isDoubted: Bool) -> Tag? {
        isDoubted ? tag(fr: "Décès à vérifier", en: "Death to be checked", .alert) : nil
    }

    static let requestStates = ["received", "awaitingIdentity", "underReview", "closed"]

    /// In whose name a request is made.
    func capacity(_ code: String) -> String {
        switch code {
        case "dataSubject": language.pick(fr: "pour soi-même", en: "for oneself")
        case "parentalAuthorityHolder":
            language.pick(fr: "titulaire de l’autorité parentale", en: "holder of parental authority")
        case "guardian": language.pick(fr: "tuteur ou curateur", en: "guardian")
        case "authorisedAgent": language.pick(fr: "mandataire", en: "authorised agent")
        case "heir": language.pick(fr: "héritier", en: "heir")
        default: code
        }
    }

    /// By which way a request came.
    func channel(_ channel: FilingChannel) -> String {
        switch channel {
        case .post: language.pick(fr: "par courrier", en: "by post")
        case .telephone: language.pick(fr: "par téléphone", en: "by telephone")
        case .imported: language.pick(fr: "avant ce portail", en: "before this portal")
        }
    }

    func nirHolder(_ holder: NIRHolder) -> String {
        switch holder {
        case .own:
            language.pick(
                fr: "C’est bien son propre numéro", en: "It is the person’s own number")
        case .insuredParent:
            language.pick(
                fr: "C’est celui du parent qui l’assure", en: "It is that of the parent who insures them")
        }
    }

    func sex(_ code: String) -> String {
        switch code {
        case "F": language.pick(fr: "Féminin", en: "Female")
        case "M": language.pick(fr: "Masculin", en: "Male")
        default: code
        }
    }

    /// The grounds on which the law lets a request be refused.
    func refusalGround(_ code: String) -> String {
        switch code {
        case "compellingGrounds":
            language.pick(
                fr: "Motifs légitimes et impérieux (RGPD, art. 21)", en: "Compelling legitimate grounds (GDPR, art. 21)"
            )
        case "legalClaims":
            language.pick(
                fr: "Constatation, exercice ou défense de droits en justice (art. 21)",
                en: "Establishment, exercise or defence of legal claims (art. 21)")
        case "unfounded", "manifestlyUnfounded":
            language.pick(
                fr: "Demande manifestement infondée (art. 12, 5)", en: "Manifestly unfounded request (art. 12(5))")
        case "excessive", "manifestlyExcessive":
            language.pick(fr: "Demande excessive (art. 12, 5)", en: "Excessive request (art. 12(5))")
        case "othersRights":
            language.pick(
                fr: "Droits et libertés d’autrui (art. 15, 4)", en: "Rights and freedoms of others (art. 15(4))")
        case "erasureException":
            language.pick(fr: "Exception à l’effacement (art. 17, 3)", en: "Exception to erasure (art. 17(3))")
        case "restrictedByLaw":
            language.pick(fr: "Limitation prévue par la loi (art. 23)", en: "Restriction set by law (art. 23)")
        case "identityNotEstablished", "unidentified":
            language.pick(fr: "Identité non établie (art. 12, 2)", en: "Identity not established (art. 12(2))")
        default: code
        }
    }

    func role(_ code: String) -> String {
        switch code {
        case "agent": language.pick(fr: "agent instructeur", en: "case agent")
        case "editor": language.pick(fr: "éditeur du répertoire", en: "registry editor")
        case "supervisor": language.pick(fr: "superviseur", en: "supervisor")
        case "administrator": language.pick(fr: "administrateur", en: "administrator")
        case "auditor": language.pick(fr: "auditeur", en: "auditor")
        case "custodian": language.pick(fr: "dépositaire de base", en: "database custodian")
        default: code
        }
    }

    func resultKind(_ code: String) -> String {
        switch code {
        case "publication", "article": language.pick(fr: "Publication", en: "Publication")
        case "report": language.pick(fr: "Rapport", en: "Report")
        case "summary", "laySummary": language.pick(fr: "Résumé pour tous", en: "Plain-language summary")
        case "dataset": language.pick(fr: "Jeu de données", en: "Dataset")
        case "software", "code": language.pick(fr: "Logiciel", en: "Software")
        default: code
        }
    }

    /// The outcome of an authorisation.
    func authorisationOutcome(_ code: String) -> String {
        switch code {
        case "granted", "authorised": language.pick(fr: "Autorisé", en: "Authorised")
        case "favourable": language.pick(fr: "Avis favorable", en: "Favourable opinion")
        case "favourableWithReservations", "conditional":
            language.pick(fr: "Avis favorable avec réserves", en: "Favourable opinion with reservations")
        case "unfavourable": language.pick(fr: "Avis défavorable", en: "Unfavourable opinion")
        case "refused": language.pick(fr: "Refusé", en: "Refused")
        case "pending": language.pick(fr: "En attente", en: "Pending")
        default: code
        }
    }

    /// A step of a project's timeline.
    func projectStep(_ code: String) -> String {
        switch code {
        case "submitted": language.pick(fr: "Dossier déposé", en: "Application submitted")
        case "complete", "completenessCheck": language.pick(fr: "Dossier complet", en: "Application complete")
        case "cesreesOpinion", "cesrees": language.pick(fr: "Avis du CESREES", en: "CESREES opinion")
        case "committeeOpinion": language.pick(fr: "Avis du comité", en: "Committee’s opinion")
        case "cnilAuthorisation", "cnil", "authorised":
            language.pick(fr: "Autorisation de la CNIL", en: "CNIL authorisation")
        case "delivery", "dataDelivered": language.pick(fr: "Données mises à disposition", en: "Data made available")
        case "started": language.pick(fr: "Début du projet", en: "Start of the project")
        case "completed", "ended": language.pick(fr: "Fin du projet", en: "End of the project")
        case "refused": language.pick(fr: "Projet refusé", en: "Project refused")
        case "withdrawn": language.pick(fr: "Projet retiré", en: "Project withdrawn")
        case "resultsPublished": language.pick(fr: "Résultats publiés", en: "Results published")
        default: code
        }
    }

    private func tag(fr: String, en: String, _ tone: Tag.Tone) -> Tag { Tag(language.pick(fr: fr, en: en), tone) }

    private func term(fr: (String, String), en: (String, String)) -> Term {
        let (label, meaning) = language.pick(fr: fr, en: en)
        return Term(label: label, meaning: meaning)
    }
}
