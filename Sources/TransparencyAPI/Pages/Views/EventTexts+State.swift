import RightsRegistry

/// Where a request stands, and what happens next, for its citizen.
extension EventTexts {
    /// The state of a request in one plain sentence, for the top of the citizen's page.
    func headline(state: String, outcome: String?, right: Right = .objection) -> String {
        switch (state, outcome) {
        case (_, "granted"?) where right != .objection && right != .objectionWithdrawal:
            language.pick(fr: "Votre demande est acceptée.", en: "Your request is granted.")
        case (_, "partiallyGranted"?) where right != .objection:
            language.pick(fr: "Votre demande est acceptée en partie.", en: "Your request is granted in part.")
        case ("closed", "granted"?) where right == .objectionWithdrawal:
            language.pick(fr: "Votre opposition est retirée.", en: "Your objection is withdrawn.")
        case ("received", _):
            language.pick(fr: "Nous avons reçu votre demande.", en: "We have received your request.")
        case ("awaitingIdentity", _):
            language.pick(
                fr: "Nous attendons que vous confirmiez votre identité.",
                en: "We are waiting for you to confirm your identity.")
        case ("underReview", nil):
            language.pick(fr: "Nous examinons votre demande.", en: "We are examining your request.")
        case ("closed", "granted"?), ("closed", "partiallyGranted"?):
            language.pick(
                fr: "Votre demande est acceptée et close.", en: "Your request is granted and closed.")
        case (_, "granted"?):
            language.pick(
                fr: "Votre demande est acceptée. Les bases liées confirment une à une.",
                en: "Your request is granted. The linked databases confirm one by one.")
        case (_, "partiallyGranted"?):
            language.pick(
                fr: "Votre demande est acceptée en partie. Les bases liées confirment une à une.",
                en: "Your request is granted in part. The linked databases confirm one by one.")
        case (_, "refused"?): language.pick(fr: "Votre demande est refusée.", en: "Your request is refused.")
        case (_, "transferred"?):
            language.pick(
                fr: "Votre demande est transmise à l’organisme compétent.",
                en: "Your request has been passed to the competent body.")
        case (_, "withdrawn"?):
            language.pick(
                fr: "Vous avez retiré votre opposition.", en: "You have withdrawn your objection.")
        case (_, "abandoned"?):
            language.pick(fr: "Votre demande est classée sans suite.", en: "Your request has been set aside.")
        case (_, "voided"?): language.pick(fr: "Votre demande a été annulée.", en: "Your request was voided.")
        case (_, "unreadable"?):
            language.pick(
                fr: "Votre demande est close : nous ne pouvons plus la lire.",
                en: "Your request is closed: we can no longer read it.")
        default: language.pick(fr: "Votre demande est close.", en: "Your request is closed.")
        }
    }

    /// What keeps an objection from taking effect, and what to do about it.
    /// - Parameter isWaiting: whether an answer to the request itself is awaited as well.
    func lacksNumber(isWaiting: Bool) -> String {
        language.pick(
            fr: (isWaiting ? "Votre opposition est enregistrée, et un agent l’examine. " : "")
                + "Sans numéro de sécurité sociale, les bases ne peuvent pas encore l’appliquer : un agent le complète. Si "
                + "vous l’avez, envoyez-le dans «\u{A0}Nous écrire\u{A0}» : ce sera plus rapide.",
            en: (isWaiting ? "Your objection is registered, and an agent is examining it. " : "")
                + "Without a social security number, the databases cannot apply it yet: an agent completes it. If you have "
                + "it, send it under “Write to us”: that is quicker.")
    }

    /// What there is to do for whoever is asked for a proof, and was not written to about it.
    var sendProof: String {
        language.pick(
            fr: "Envoyez le justificatif demandé plus bas. Un agent l’examine, puis vous répond.",
            en: "Send the proof that is asked for below. An agent examines it, then answers you.")
    }

    /// In place of the state of a request that was not answered and that nobody can read any more.
    var lostHeadline: String {
        language.pick(
            fr: "Nous ne pouvons plus répondre à cette demande.", en: "We can no longer answer this request.")
    }

    /// In place of the state, where a death is recorded: nobody is waited for, and nobody told.
    var deathHeadline: String {
        language.pick(fr: "Un décès est enregistré dans cette demande.", en: "A death is recorded in this request.")
    }

    var afterDeath: String {
        language.pick(fr: "Plus aucun message n’est envoyé.", en: "No message is sent any more.")
    }

    /// For whoever has signed in and so is likely to live.
    var deathToDispute: String {
        language.pick(
            fr: "Un décès y est enregistré : plus aucun message n’est envoyé. Si c’est une erreur, appelez-nous.",
            en: "A death is recorded in it: no message is sent any more. If that is a mistake, call us.")
    }

    private func notApplied(_ count: Int) -> String {
        count == 1
            ? language.pick(
                fr: "Une base ne peut pas l’appliquer : voyez plus bas laquelle, et pourquoi.",
                en: "One database cannot apply it: see below which, and why.")
            : language.pick(
                fr: "Des bases ne peuvent pas l’appliquer : voyez plus bas lesquelles, et pourquoi.",
                en: "Some databases cannot apply it: see below which, and why.")
    }

    /// What happens next and what the citizen has to do.
    /// - Parameter impossible: how many databases can't apply it.
    func next(
        state: String, outcome: String?, right: Right = .objection, impossible: Int = 0
    ) -> String {
        switch (state, outcome) {
        case ("closed", "granted"?) where right == .objectionWithdrawal && impossible > 0:
            notApplied(impossible)
        case ("closed", "granted"?) where right == .objection && impossible > 0,
            ("closed", "partiallyGranted"?) where right == .objection && impossible > 0:
            notApplied(impossible)
                + language.pick(
                    fr: " Votre opposition reste en vigueur tant que vous ne la retirez pas.",
                    en: " Your objection stays in force until you withdraw it.")
        case ("closed", "granted"?) where right.isCarriedByTasks && impossible > 0,
            ("closed", "partiallyGranted"?) where right.isCarriedByTasks && impossible > 0:
            language.pick(
                fr: "Notre réponse est dans le fil ci-dessous. "
                    + (impossible == 1
                        ? "Une base n’a pas pu répondre : voyez plus bas laquelle, et pourquoi."
                        : "Des bases n’ont pas pu répondre : voyez plus bas lesquelles, et pourquoi."),
                en: "Our answer is in the timeline below. \(impossible == 1 ? "One database" : "Some databases") "
                    + "could not answer: see below which, and why.")
        case ("closed", "granted"?) where right.isCarriedByTasks:
            language.pick(
                fr: "Notre réponse est dans le fil ci-dessous. Chaque base liée interrogée a répondu.",
                en: "Our answer is in the timeline below. Each linked database that was asked has answered.")
        case (_, "granted"?) where right != .objection && right != .objectionWithdrawal:
            language.pick(
                fr:
                    "Notre réponse est dans le fil ci-dessous. La demande reste ouverte : un agent fait le nécessaire, et "
                    + "vous pouvez nous écrire ici.",
                en:
                    "Our answer is in the timeline below. The request stays open: an agent does what is needed, and you "
                    + "can write to us here.")
        case (_, "partiallyGranted"?) where right != .objection:
            language.pick(
                fr: "Ce qui est refusé, les raisons et vos recours sont ci-dessous.",
                en: "What is refused, the reasons and your remedies are below.")
        case ("closed", "granted"?) where right == .objectionWithdrawal:
            language.pick(
                fr: "Chaque base liée l’a confirmé. Vous pouvez vous opposer de nouveau à tout moment.",
                en: "Each linked database has confirmed it. You can object again at any time.")
        case ("received", _) where right != .objection:
            language.pick(
                fr: "Un agent va l’examiner. Vous n’avez rien à faire.",
                en: "An agent will examine it. You have nothing to do.")
        case ("received", _):
            language.pick(
                fr: "Un agent va l’examiner. Vous n’avez rien à faire. Plus bas : où en est chaque base liée.",
                en: "An agent will examine it. You have nothing to do. Below: how far each linked database has come.")
        case ("awaitingIdentity", _):
            language.pick(
                fr: "Répondez ci-dessous : un justificatif suffit. Le délai est suspendu en attendant.",
                en: "Answer below: a proof is enough. The clock is paused meanwhile.")
        case ("underReview", nil):
            language.pick(
                fr: "Vous recevrez une réponse motivée au plus tard à la date ci-dessous. Vous n’avez rien à faire.",
                en: "You will have an answer, with its reasons, by the date below. You have nothing to do.")
        case ("closed", "granted"?), ("closed", "partiallyGranted"?):
            language.pick(
                fr:
                    "Chaque base liée l’a confirmé : voyez plus bas. Votre opposition reste en vigueur tant que vous ne la "
                    + "retirez pas.",
                en:
                    "Each linked database has confirmed it: see below. Your objection stays in force until you withdraw "
                    + "it.")
        case (_, "granted"?), (_, "partiallyGranted"?):
            language.pick(
                fr: "Chaque base liée confirme à son tour. Le détail est ci-dessous ; vous n’avez rien à faire.",
                en: "Each linked database confirms in turn. The detail is below; you have nothing to do.")
        case (_, "abandoned"?) where right == .objection:
            language.pick(
                fr:
                    "Faute de réponse sur votre identité, votre opposition ne s’applique plus. Vous pouvez la reprendre à "
                    + "tout moment, avec le même code.",
                en: "Without an answer on your identity, your objection no longer applies. You can take it up again at "
                    + "any time, with the same code.")
        case (_, "abandoned"?):
            language.pick(
                fr:
                    "Nous n’avons pas eu de réponse sur votre identité. Vous pouvez reprendre votre demande à tout moment, "
                    + "avec le même code.",
                en: "We had no answer on your identity. You can take your request up again at any time, with the same "
                    + "code.")
        case (_, "refused"?):
            language.pick(
                fr: "Les raisons et vos recours sont ci-dessous.", en: "The reasons and your remedies are below.")
        case ("closed", "withdrawn"?):
            language.pick(
                fr: "Cette opposition ne vous protège plus. Une autre, si vous en avez fait une, reste en vigueur. "
                    + "Vous pouvez vous opposer de nouveau à tout moment.",
                en: "This objection no longer protects you. Another one, if you made one, stays in force. You can "
                    + "object again at any time.")
        case (_, "withdrawn"?):
            language.pick(
                fr: "Cette opposition ne vous protégera plus, dès que les bases liées auront confirmé. Une autre, si "
                    + "vous en avez fait une, reste en vigueur. Vous pouvez vous opposer de nouveau à tout moment.",
                en: "This objection will no longer protect you, once the linked databases have confirmed. Another one, "
                    + "if you made one, stays in force. You can object again at any time.")
        default:
            language.pick(
                fr: "Vous n’avez rien à faire. Vous pouvez déposer une nouvelle demande à tout moment.",
                en: "You have nothing to do. You can file a new request at any time.")
        }
    }
}
