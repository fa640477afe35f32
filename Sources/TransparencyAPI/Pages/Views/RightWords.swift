import RightsRegistry

/// One of the six rights as it is said before anything is asked: what it does and will not do, how long it takes, what is
/// needed.
struct RightWords: Sendable {
    /// The code of the right, and the id of its place on the page.
    let code: String
    let title: String
    let lede: String
    let does: [String]
    let doesNot: [String]
    let time: String
    let needs: String
    /// The form, with this right chosen.
    let href: String

    init(_ right: Right, _ site: Site, _ language: Language) {
        let texts = RightTexts(right, language)
        code = right.rawValue
        (title, lede) = (texts.title, texts.lede)
        does = texts.does(registersOnFiling: site.policy.register == .onFiling)
        doesNot = texts.doesNot
        time = texts.time(site.periods)
        needs = texts.needs
        href = "\(RequestStep.capacity.page.path(in: language))?right=\(right.rawValue)"
    }

    /// In the order in which they are shown: most come for the first.
    static let order: [Right] = [.objection, .objectionWithdrawal, .access, .rectification, .erasure, .restriction]
}

extension RightTexts {
    /// How long an answer takes at most.
    fileprivate func time(_ periods: Site.Periods) -> String {
        let words = Words(language)
        func months(_ count: Int) -> String {
            count == 1
                ? language.pick(fr: "un mois", en: "one month")
                : words.count(count, fr: ("mois", "mois"), en: ("month", "months"))
        }
        let (usual, extended) = (months(periods.answerMonths), months(periods.extendedAnswerMonths))
        return switch right {
        case .objection, .objectionWithdrawal:
            language.pick(fr: "Une réponse en \(usual) au plus.", en: "An answer within \(usual).")
        case .access, .rectification, .erasure, .restriction:
            language.pick(
                fr: "Une réponse en \(usual) au plus, \(extended) si c’est complexe.",
                en: "An answer within \(usual), \(extended) if it is complex.")
        }
    }

    /// What to have at hand.
    fileprivate var needs: String {
        switch right {
        case .objection:
            language.pick(fr: "Votre identité. Aucune raison à donner.", en: "Your identity. No reason to give.")
        case .objectionWithdrawal:
            language.pick(
                fr: "La même identité que pour l’opposition, et sa référence si vous l’avez.",
                en: "The same identity as for the objection, and its reference if you have it.")
        case .access, .erasure:
            language.pick(
                fr: "Votre identité. Vous pouvez préciser quelles données.",
                en: "Your identity. You may say which data.")
        case .rectification:
            language.pick(
                fr: "Votre identité, ce qui est faux et ce qui est juste.",
                en: "Your identity, what is wrong and what is right.")
        case .restriction:
            language.pick(
                fr: "Votre identité, et ce qui est en cause.", en: "Your identity, and what is at issue.")
        }
    }
}

/// `/droits`: the six rights, each leading into the form.
struct RightsPage: Page {
    static let template = PageTemplate.rights

    let frame: PageFrame
    let rights: [RightWords]

    init(frame: PageFrame, site: Site) {
        self.frame = frame
        rights = RightWords.order.map { RightWords($0, site, frame.words) }
    }
}
