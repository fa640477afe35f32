public import RightsRegistry

/// What notices say by mail: the same to everybody, whatever happened. A subject can be read over a shoulder, and a mail by
/// whoever shares the address.
public struct MailTexts: Sendable {
    private struct Content: Sendable {
        let reference: String
        let follow: String
        let answerBy: String?
        let phone: String
        let phoneHours: String
        let siteName: String
    }

    private let texts: OutgoingTexts
    private var site: Site { texts.site }

    public init(_ texts: OutgoingTexts) { self.texts = texts }

    /// Subject and text of a notice.
    public func message(for notice: MailedNotice) -> (subject: String, text: String) {
        let language = Language(notice.language)
        let text = texts.templates.render(
            Content(
                reference: notice.reference, follow: texts.address(of: .follow, in: language),
                answerBy: notice.answerBy.map(Words(language).date), phone: site.contacts.phone,
                phoneHours: site.contacts.phoneHours[language], siteName: site.name),
            as: .mail, in: language)
        return (
            language.pick(fr: "Votre demande : du nouveau à lire", en: "Your request: something new to read"), text
        )
    }
}

extension Language {
    /// The language in which a citizen is answered.
    init(_ filed: FilingLanguage) {
        switch filed {
        case .fr: self = .fr
        case .en: self = .en
        }
    }
}
