import CivilTime
public import PublicRegistry
public import RightsRegistry

/// What mails to the data protection officer, to operators and to custodians say: in French, and then in English, since nobody
/// has told which they read.
public struct ServiceMailTexts: Sendable {
    private struct Content: Sendable {
        let database: String
        let target: String
        let since: String
        let isOver: Bool
        let link: String
        let siteName: String
    }

    /// Of a mail about clocks: references, dates and a link.
    private struct ClocksContent: Sendable {
        struct Part: Sendable {
            let heading: String
            let lines: [String]
            /// How many are not listed, in words.
            let more: String?
        }

        let parts: [Part]
        let link: String
        let siteName: String
    }

    private let texts: OutgoingTexts
    private var site: Site { texts.site }

    public init(_ texts: OutgoingTexts) { self.texts = texts }

    /// Subject and text.
    ///
    /// - Parameter name: the linked database's, where it has one.
    public func message(for mail: ServiceMail, name: LocalizedText?) -> (subject: String, text: String) {
        let both = Language.allCases.map { text(of: mail, name, in: $0) }
        return (
            Language.allCases.map { subject(of: mail, in: $0) }.joined(separator: " / "),
            both.joined(separator: "\n\n-- English --\n\n")
        )
    }

    private func text(of mail: ServiceMail, _ name: LocalizedText?, in language: Language) -> String {
        let words = Words(language)
        switch mail.matter {
        case .database(let id, let since, let targetHours):
            let page: PagePath = mail.kind == .custodianReminded ? .operatorSignIn : .custodianDatabase(id)
            return texts.templates.render(
                Content(
                    database: Phrase(fr: name?.fr, en: name?.en, in: language)?.text ?? id,
                    target: words.hours(targetHours), since: words.moment(since, in: site.timeZone),
                    isOver: mail.kind == .targetMet, link: texts.address(of: page, in: language), siteName: site.name),
                as: mail.kind == .custodianReminded ? .mailReminder : .mailTarget, in: language)
        case .clocks:
            return texts.templates.render(
                ClocksContent(
                    parts: (mail.digest?.parts ?? []).map { part($0, words) },
                    link: texts.address(of: .operatorQueue, in: language) + "?due=soon"
                        + (mail.digest?.isOwn == true ? "&assignee=me" : ""),
                    siteName: site.name),
                as: .mailClocks, in: language)
        }
    }

    private func part(_ part: ClockDigest.Part, _ words: Words) -> ClocksContent.Part {
        let language = words.language
        let heading =
            switch part.reason {
            case .own:
                language.pick(
                    fr: "Demandes que vous suivez, ou dont l’agent absent vous a pour suppléant, à décider bientôt",
                    en: "Requests that you have taken, or for whose absent operator you stand in, to be decided soon")
            case .nobodys:
                language.pick(
                    fr: "Demandes à décider bientôt, que personne ne suit ou dont l’agent n’a pas d’adresse",
                    en: "Requests to be decided soon that nobody has taken, or whose operator has no address")
            case .onTheDay:
                language.pick(
                    fr: "Demandes non décidées dont c’est le dernier jour, ou qui l’ont passé",
                    en: "Undecided requests whose last day it is, or that are past it")
            case .over:
                language.pick(
                    fr: "Demandes non décidées dont le délai est passé", en: "Undecided requests whose time is over")
            }
        return ClocksContent.Part(
            heading: "\(heading)\(language.pick(fr: "\u{A0}:", en: ":")) \(words.number(part.total))",
            lines: part.cases.map {
                let date = words.date($0.dueOn)
                return language.pick(fr: "\($0.reference), pour le \(date)", en: "\($0.reference), by \(date)")
            },
            more: part.total > part.cases.count
                ? language.pick(
                    fr: "et \(words.number(part.total - part.cases.count)) de plus, dans la file",
                    en: "and \(words.number(part.total - part.cases.count)) more, in the queue") : nil)
    }

    private func subject(of mail: ServiceMail, in language: Language) -> String {
        switch mail.kind {
        case .targetPassed: language.pick(fr: "Objectif de propagation dépassé", en: "Propagation target passed")
        case .targetMet: language.pick(fr: "Objectif de propagation rejoint", en: "Propagation target met again")
        case .custodianReminded: language.pick(fr: "Rappel", en: "Reminder")
        case .clocksAlerted: language.pick(fr: "Délais de réponse", en: "Time to answer")
        }
    }
}
