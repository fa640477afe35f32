import CivilTime
import RightsRegistry

/// `/suivi/lettres`: letters to the data protection officer, to the supervisory authority and to the court, in the order
/// in which they help, each with the time when it can be sent, filled in from the case. The name and the address stay
/// blank: who it is about is sealed, and is not opened for this.
struct LettersPage: Page {
    static let template = PageTemplate.letters

    struct Letter: Sendable {
        let id: String
        let heading: String
        /// From when on, or until when, it can be sent.
        let when: String
        let recipient: [String]
        let subject: String
        let paragraphs: [String]
    }

    let frame: PageFrame
    let letters: [Letter]
    /// “5 mars 2026”.
    let today: String
    /// Which of them fits the moment.
    let advice: String

    /// - Parameters:
    ///   - right: in words.
    ///   - decidedOn: nil while no decision stands. Until then a paused clock has no date yet.
    init(
        frame: PageFrame, reference: String, right: String, clock: ClockReading, decidedOn: CalendarDate?,
        isRefused: Bool, remedies: Site.Remedies, today: CalendarDate
    ) {
        let (language, words) = (frame.words, Words(frame.words))
        func pick(_ french: String, _ english: String) -> String { language.pick(fr: french, en: english) }
        func lines(_ text: LocalisedText) -> [String] { text[language].split(separator: "\n").map(String.init) }
        let pausedSince = decidedOn == nil ? clock.pausedSince : nil
        let isLate = today > clock.due && decidedOn == nil && pausedSince == nil
        let dueOn = words.date(clock.due)
        let moments = Moments(clock, decidedOn: decidedOn, courtMonths: remedies.courtMonths, today: today, words)
        self.frame = frame
        self.today = words.date(today)
        advice =
            isLate
            ? pick(
                "Le délai est passé sans réponse. Vous pouvez écrire au délégué, et saisir la CNIL sans attendre.",
                "The time has passed without an answer. You can write to the officer, and to the CNIL without waiting.")
            : isRefused
                ? pick(
                    "La réponse ne vous convient pas ? Le délégué peut la revoir ; la CNIL peut l’examiner ; le juge peut "
                        + "l’annuler.",
                    "Not satisfied with the answer? The officer can review it; the CNIL can examine it; a court can "
                        + "annul it.")
                : pausedSince != nil
                    ? pick(
                        "Le délai est suspendu jusqu’à votre réponse sur votre identité. Ces lettres servent ensuite, si la "
                            + "réponse ne vient pas, ou ne vous convient pas.",
                        "The clock is paused until you answer who you are. These letters are for afterwards, when the "
                            + "answer does not come, or does not satisfy you.")
                    : decidedOn == nil
                        ? pick(
                            "Une réponse est due le \(dueOn) au plus tard. Ces lettres servent si elle ne vient pas, ou ne vous "
                                + "convient pas.",
                            "An answer is due by \(dueOn). These letters are for when it does not come, or does not satisfy "
                                + "you.")
                        : pick(
                            "Ces lettres servent si la réponse ne vous convient pas.",
                            "These letters are for when the answer does not satisfy you.")
        let time =
            pausedSince.map(words.date).map {
                pick(
                    "Le délai de réponse est suspendu depuis le \($0), où mon identité m’a été demandée.",
                    "The time to answer has been paused since \($0), when I was asked who I am.")
            }
            ?? pick(
                "Le délai de réponse \(decidedOn == nil && !isLate ? "court" : "courait") jusqu’au \(dueOn).",
                "The time to answer \(decidedOn == nil && !isLate ? "runs" : "ran") until \(dueOn).")
        let facts =
            pick(
                "J’ai déposé la demande \(reference) (\(right.lowercased())), reçue le \(words.date(clock.receivedOn)). ",
                "I filed request \(reference) (\(right.lowercased())), received on \(words.date(clock.receivedOn)). ")
            + time
        let outcome =
            decidedOn.map(words.date).map {
                pick(
                    "Une décision m’a été donnée le \($0). Je la conteste pour les raisons suivantes :",
                    "A decision was given on \($0). I contest it for the following reasons:")
            }
            ?? pick("À ce jour, je n’ai pas reçu de réponse.", "To this day, I have received no answer.")
        let subject = pick("Demande \(reference)", "Request \(reference)")
        letters = [
            Letter(
                id: "dpo",
                heading: pick("1. Au délégué à la protection des données", "1. To the data protection officer"),
                when: moments.officer, recipient: frame.contact.postalLines, subject: subject,
                paragraphs: [
                    facts, outcome,
                    pick(
                        "Je vous demande de l’examiner et de me répondre (article 38, paragraphe 4, du RGPD).",
                        "I ask you to examine it and to answer me (GDPR, article 38(4))."),
                ]),
            Letter(
                id: "cnil", heading: pick("2. À l’autorité de contrôle", "2. To the supervisory authority"),
                when: moments.authority, recipient: lines(remedies.complaintAddress), subject: subject,
                paragraphs: [
                    pick(
                        "Je vous adresse une réclamation (article 77 du RGPD) au sujet de : \(frame.institution).",
                        "I lodge a complaint (GDPR, article 77) about: \(frame.institution)."), facts, outcome,
                ]),
            Letter(
                id: "juge", heading: pick("3. Au juge", "3. To the court"), when: moments.court,
                recipient: lines(remedies.court),
                subject: pick("Requête – demande \(reference)", "Action – request \(reference)"),
                paragraphs: [
                    pick(
                        "Je forme un recours (article 79 du RGPD) contre : \(frame.institution).",
                        "I bring an action (GDPR, article 79) against: \(frame.institution)."), facts, outcome,
                    decidedOn == nil
                        ? pick(
                            "Je demande au tribunal d’enjoindre à l’organisme de répondre à ma demande et d’y faire droit.",
                            "I ask the court to order the body to answer my request and to grant it.")
                        : pick(
                            "Je demande au tribunal d’annuler cette décision et d’enjoindre à l’organisme de faire droit à "
                                + "ma demande.",
                            "I ask the court to annul this decision and to order the body to grant my request."),
                    pick(
                        "Pièces jointes : le récépissé de ma demande ; la réponse, si je l’ai reçue.",
                        "Enclosed: the receipt of my request; the answer, if I have received it."),
                ]),
        ]
    }

    /// When each can be sent.
    private struct Moments {
        let officer: String
        let authority: String
        let court: String

        init(
            _ clock: ClockReading, decidedOn: CalendarDate?, courtMonths: Int, today: CalendarDate, _ words: Words
        ) {
            func pick(_ french: String, _ english: String) -> String { words.language.pick(fr: french, en: english) }
            let dayAfter = words.date(clock.due.adding(days: 1))
            officer = pick(
                "À tout moment, et d’abord : c’est le plus rapide.", "At any time, and first: it is the quickest.")
            if let decidedOn {
                let last = words.date(decidedOn.adding(months: courtMonths))
                authority = pick("Dès maintenant.", "From now on.")
                court = pick(
                    "Jusqu’au \(last) : le délai court depuis la réponse.",
                    "Until \(last): the time runs from the answer."
                )
            } else if clock.isPaused {
                authority = pick(
                    "Si rien n’est venu le lendemain de l’échéance, qui dépend du jour de votre réponse ; ou dès qu’une "
                        + "réponse ne vous convient pas.",
                    "If nothing has come by the day after the due date, which depends on the day of your answer; or as "
                        + "soon as an answer does not satisfy you.")
                court = authority
            } else if today > clock.due {
                authority = pick(
                    "Dès maintenant, sans attendre le délégué.", "From now on, without waiting for the officer.")
                court = pick(
                    "Dès maintenant, si rien d’autre n’a servi.", "From now on, where nothing else has helped.")
            } else {
                authority = pick(
                    "Dès le \(dayAfter) si rien n’est venu, ou dès qu’une réponse ne vous convient pas.",
                    "From \(dayAfter) if nothing has come, or as soon as an answer does not satisfy you.")
                court = authority
            }
        }
    }
}
