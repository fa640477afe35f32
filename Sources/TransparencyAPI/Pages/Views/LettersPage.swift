/// `/suivi/lettres`: letters to the data protection officer and to the CNIL, filled in from the case. The name and the
/// address stay blank: who it is about is sealed, and is not opened for this.
struct LettersPage: Page {
    static let template = PageTemplate.letters

    struct Letter: Sendable {
        let id: String
        let heading: String
        let recipient: [String]
        let subject: String
        let paragraphs: [String]
    }

    let frame: PageFrame
    let letters: [Letter]
    /// “Le 5 mars 2026”.
    let today: String
    /// Which of them fits the moment.
    let advice: String

    /// - Parameters:
    ///   - right: in words, as the dates.
    ///   - complaintAddress: in lines.
    ///   - decidedOn: nil while no decision stands.
    init(
        frame: PageFrame, reference: String, right: String, receivedOn: String, dueOn: String, decidedOn: String?,
        isRefused: Bool, isLate: Bool, complaintAddress: String, today: String
    ) {
        let language = frame.words
        func pick(_ french: String, _ english: String) -> String { language.pick(fr: french, en: english) }
        self.frame = frame
        self.today = today
        advice =
            isLate && decidedOn == nil
            ? pick(
                "Le délai est passé sans réponse. Vous pouvez écrire au délégué, et saisir la CNIL sans attendre.",
                "The time has passed without an answer. You can write to the officer, and to the CNIL without waiting.")
            : isRefused
                ? pick(
                    "La réponse ne vous convient pas ? Le délégué peut la revoir ; la CNIL peut l’examiner.",
                    "Not satisfied with the answer? The officer can review it; the CNIL can examine it.")
                : pick(
                    "Une réponse est due avant le \(dueOn). Ces lettres servent si elle ne vient pas, ou ne vous convient pas.",
                    "An answer is due by \(dueOn). These letters are for when it does not come, or does not satisfy you."
                )
        let facts = pick(
            "J’ai déposé la demande \(reference) (\(right.lowercased())), reçue le \(receivedOn). Le délai de réponse court "
                + "jusqu’au \(dueOn).",
            "I filed request \(reference) (\(right.lowercased())), received on \(receivedOn). The time to answer runs until "
                + "\(dueOn).")
        let outcome =
            decidedOn.map {
                pick(
                    "Une décision m’a été donnée le \($0). Je la conteste pour les raisons suivantes :",
                    "A decision was given on \($0). I contest it for the following reasons:")
            }
            ?? pick("À ce jour, je n’ai pas reçu de réponse.", "To this day, I have received no answer.")
        let subject = pick("Demande \(reference)", "Request \(reference)")
        letters = [
            Letter(
                id: "dpo", heading: pick("Au délégué à la protection des données", "To the data protection officer"),
                recipient: frame.contact.postalLines, subject: subject,
                paragraphs: [
                    facts, outcome,
                    pick(
                        "Je vous demande de l’examiner et de me répondre (article 38, paragraphe 4, du RGPD).",
                        "I ask you to examine it and to answer me (GDPR, article 38(4))."),
                ]),
            Letter(
                id: "cnil", heading: pick("À l’autorité de contrôle", "To the supervisory authority"),
                recipient: complaintAddress.split(separator: "\n").map(String.init), subject: subject,
                paragraphs: [
                    pick(
                        "Je vous adresse une réclamation (article 77 du RGPD) au sujet de : \(frame.institution).",
                        "I lodge a complaint (GDPR, article 77) about: \(frame.institution)."), facts, outcome,
                ]),
        ]
    }
}
