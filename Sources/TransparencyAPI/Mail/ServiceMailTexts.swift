import CivilTime
public import PublicRegistry
public import RightsRegistry

/// What mails to the data protection officer and to custodians say: in French, and then in English, since nobody has told
/// which they read.
public struct ServiceMailTexts: Sendable {
    private struct Content: Sendable {
        let database: String
        let target: String
        let since: String
        let isOver: Bool
        let link: String
        let siteName: String
    }

    private let site: Site
    private let templates: Templates
    private let portal: String

    /// - Parameter portal: the portal's own address, without a slash at its end.
    public init(site: Site, templates: Templates, portal: String) {
        self.site = site
        self.templates = templates
        self.portal = portal
    }

    /// Subject and text.
    ///
    /// - Parameter name: the linked database's, where it has one.
    public func message(for mail: ServiceMail, name: LocalizedText?) -> (subject: String, text: String) {
        let texts = Language.allCases.map { text(of: mail, name, in: $0) }
        return (
            Language.allCases.map { subject(of: mail, in: $0) }.joined(separator: " / "),
            texts.joined(separator: "\n\n-- English --\n\n")
        )
    }

    private func text(of mail: ServiceMail, _ name: LocalizedText?, in language: Language) -> String {
        let words = Words(language)
        let page: PagePath = mail.kind == .custodianReminded ? .operatorSignIn : .custodianDatabase(mail.database)
        return templates.render(
            Content(
                database: Phrase(fr: name?.fr, en: name?.en, in: language)?.text ?? mail.database,
                target: words.hours(mail.targetHours),
                since: words.moment(mail.waitingSince, in: site.timeZone), isOver: mail.kind == .targetMet,
                link: portal + page.path(in: language), siteName: site.name),
            as: mail.kind == .custodianReminded ? .mailReminder : .mailTarget, in: language)
    }

    private func subject(of mail: ServiceMail, in language: Language) -> String {
        switch mail.kind {
        case .targetPassed: language.pick(fr: "Objectif de propagation dépassé", en: "Propagation target passed")
        case .targetMet: language.pick(fr: "Objectif de propagation rejoint", en: "Propagation target met again")
        case .custodianReminded: language.pick(fr: "Rappel", en: "Reminder")
        }
    }
}
