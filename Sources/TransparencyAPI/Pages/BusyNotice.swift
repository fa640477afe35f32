import HTTPServer

extension Notice {
    /// Beyond a limit: nothing is lost, when to send again, and what else works.
    /// - Parameter keptUntil: in words, where the answers are kept here; nil where the page itself is what keeps them.
    static func tooMany(
        _ refusal: TooManyRequests, keptUntil: String? = nil, site: Site, _ language: Language
    ) -> Notice {
        let wait = Words(language).wait(seconds: refusal.seconds)
        let kept =
            keptUntil.map {
                language.pick(fr: "Vos réponses sont gardées jusqu’à \($0).", en: "Your answers are kept until \($0).")
            }
            ?? language.pick(
                fr: "Rien n’est perdu : ce que vous avez saisi est resté ici.",
                en: "Nothing is lost: what you entered is still here.")
        return Notice(
            language.pick(
                fr: "Beaucoup de personnes écrivent en ce moment", en: "Many people are writing at this moment"),
            text: kept
                + language.pick(
                    fr: " Renvoyez cette page dans \(wait). Vous pouvez aussi nous écrire, ou appeler le "
                        + "\(site.contacts.phone).",
                    en: " Send this page again in \(wait). You can also write to us, or call \(site.contacts.phone)."),
            tone: .wait)
    }
}

extension Words {
    /// Seconds, or minutes once there are two of them.
    func wait(seconds: Int) -> String {
        seconds < 120
            ? count(seconds, fr: ("seconde", "secondes"), en: ("second", "seconds"))
            : count((seconds + 59) / 60, fr: ("minute", "minutes"), en: ("minute", "minutes"))
    }
}
