import RightsRegistry

/// At the top of the queue: how many of the reader's own requests are to be decided soon, and where these are.
struct OwnDueWords: Sendable {
    let text: String
    /// “Dont 1 en retard”; nil where none is.
    let late: String?
    let href: String

    /// Nil where there is none.
    init?(_ own: OwnDue, alertDays: Int, _ language: Language) {
        guard own.soon > 0 else { return nil }
        let words = Words(language)
        let isOne = own.soon == 1
        let days = words.count(alertDays, fr: ("jour", "jours"), en: ("day", "days"))
        let count = words.number(own.soon)
        text = language.pick(
            fr: "\(count) de vos demandes \(isOne ? "est à décider" : "sont à décider") d’ici \(days)",
            en: "\(count) of your requests \(isOne ? "is" : "are") to be decided within \(days)")
        late =
            own.late == 0
            ? nil
            : language.pick(fr: "dont \(words.number(own.late)) en retard", en: "\(words.number(own.late)) overdue")
        href = "\(PagePath.operatorQueue.path(in: language))?due=soon&assignee=me"
    }
}
