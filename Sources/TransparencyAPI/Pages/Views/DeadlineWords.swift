import CivilTime
import RightsRegistry
import StrictJSON

/// What happens when the answer is due, told before it is; and at that day and after it, what can be done.
struct DeadlineWords: Sendable {
    let heading: String
    /// In the order in which they happen, or are to be done.
    let steps: [String]
    /// The remedies, next one first, each with the day from which it is open.
    let remedies: [String]

    /// Nil once the answer is given: its remedies stand with it.
    /// - Parameter alertDays: days before the due date at which operators see the request marked.
    init?(_ reading: ClockReading, isRunning: Bool, today: CalendarDate, alertDays: Int, language: Language) {
        guard isRunning else { return nil }
        let words = Words(language)
        let dayAfter = words.date(reading.due.adding(days: 1))
        func pick(_ french: String, _ english: String) -> String { language.pick(fr: french, en: english) }
        let next = pick("au délégué à la protection des données", "to the data protection officer")
        let days = words.count(alertDays, fr: ("jour", "jours"), en: ("day", "days"))
        if reading.isPaused {
            heading = pick("Ce qui se passe ensuite", "What happens then")
            steps = [
                pick(
                    "Le délai repart le jour de votre réponse sur votre identité : la date recule d’autant de jours que "
                        + "la suspension a duré.",
                    "The clock runs again from the day on which you answer who you are: the date moves by as many days as "
                        + "the pause lasted."),
                pick(
                    "Nos agents voient votre demande signalée \(days) avant la nouvelle date, puis comme en retard dès le "
                        + "lendemain.",
                    "Our agents see your request marked \(days) before the new date, and as late from the day after."),
            ]
            remedies = [
                pick(
                    "Si rien n’est venu le lendemain de la nouvelle date : écrivez \(next).",
                    "If nothing has come by the day after the new date: write \(next)."),
                pick(
                    "Dès ce jour aussi, sans attendre sa réponse : saisissez la CNIL, ou le juge.",
                    "From that day too, without waiting for their answer: go to the CNIL, or to court."),
            ]
            return
        }
        if today > reading.due {
            heading = pick("Que faire maintenant", "What to do now")
            steps = [
                pick(
                    "Le retard est de notre fait. Votre demande est signalée à nos agents comme en retard.",
                    "The delay is our fault. Your request is marked as late for our agents.")
            ]
            remedies = [
                pick("D’abord, écrivez \(next) : c’est le plus rapide.", "First, write \(next): it is the quickest."),
                pick(
                    "Saisissez la CNIL, sans attendre sa réponse.", "Go to the CNIL, without waiting for their answer."),
                pick("Vous pouvez aussi saisir le juge.", "You can also go to court."),
            ]
            return
        }
        let isToday = today == reading.due
        heading =
            isToday
            ? pick("L’échéance est aujourd’hui", "The answer is due today")
            : pick("Ce qui se passe à l’échéance", "What happens when the answer is due")
        steps = [
            isToday
                ? pick("Notre réponse doit arriver aujourd’hui, ici même.", "Our answer must come today, here.")
                : pick(
                    "D’ici là, notre réponse arrive ici même, avec ses raisons.",
                    "By then our answer comes here, with its reasons."),
            pick(
                "Nos agents voient votre demande signalée \(days) avant, puis comme en retard dès le \(dayAfter).",
                "Our agents see your request marked \(days) before, and as late from \(dayAfter)."),
        ]
        remedies = [
            pick(
                "Si rien n’est venu, dès le \(dayAfter) : écrivez \(next).",
                "If nothing has come, from \(dayAfter): write \(next)."),
            pick(
                "Dès ce jour aussi, sans attendre sa réponse : saisissez la CNIL, ou le juge.",
                "From that day too, without waiting for their answer: go to the CNIL, or to court."),
        ]
    }
}

/// What the clock's own dates do not tell: why it stood still, why it was extended, by which way the request came.
struct ClockCauses: Sendable {
    /// Of the notice of extension.
    private(set) var extended: String?
    /// The body's questions on identity, by the day on which they were asked.
    private(set) var questions: [CalendarDate: String] = [:]
    /// Whether the clock runs since the request was taken up again.
    private(set) var isReopened = false
    /// Nil where it was sent here.
    private(set) var channel: FilingChannel?

    init() {}

    /// Reads the events as the clock does.
    init(_ events: [RequestView.Event], day: (Instant) -> CalendarDate) {
        for event in events {
            switch event.event.type {
            case .filed: channel = event.event.data["channel"]?.string.flatMap(FilingChannel.init(rawValue:))
            case .extended: extended = event.words?["reasons"]?.string
            case .identityRequested:
                let asked = day(event.event.at)
                questions[asked] = questions[asked] ?? event.words?["text"]?.string
            case .reopened: (extended, questions, isReopened) = (nil, [:], true)
            default: break
            }
        }
    }

    /// “, par courrier”; nothing where it was sent here.
    func way(_ language: Language) -> String {
        switch channel {
        case .post: language.pick(fr: ", par courrier", en: ", by post")
        case .telephone: language.pick(fr: ", par téléphone", en: ", by telephone")
        case .imported: language.pick(fr: ", avant ce portail", en: ", before this portal")
        case nil: ""
        }
    }
}
