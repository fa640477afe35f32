public import CivilTime
public import LetterPress
public import RightsRegistry

/// What notices say on paper. An adult reads what happened and why; to a minor who acts alone a letter says no more than a
/// mail does, since it may be opened at home.
public struct LetterTexts: Sendable {
    private struct Event: Sendable {
        let on: String
        let title: String
        let lines: [String]
    }

    private struct Content: Sendable {
        let reference: String
        let right: String
        let receivedOn: String
        let dueOn: String?
        let answerBy: String?
        let events: [Event]
        let isNeutral: Bool
        let carriesCode: Bool
        let isReissued: Bool
        let opensPackage: Bool
        let follow: String
        let phone: String
        let phoneHours: String
        let siteName: String
    }

    private let texts: OutgoingTexts
    private var site: Site { texts.site }

    public init(_ texts: OutgoingTexts) { self.texts = texts }

    /// The letter as it is laid out.
    /// - Parameter day: the day on which it is printed.
    public func sheet(for letter: LetterContent, on day: CalendarDate) -> LetterSheet {
        let language = Language(letter.language)
        let words = Words(language)
        let isRunning = letter.events.contains { [.filed, .extended, .reopened].contains($0.event.type) }
        let isDecided = letter.events.contains { $0.event.type.outcome != nil }
        let text = texts.templates.render(
            Content(
                reference: letter.reference, right: Labels(language).right(letter.right.rawValue),
                receivedOn: words.date(letter.receivedAt.date(in: site.timeZone)),
                dueOn: isRunning && !isDecided ? words.dateWithWeekday(letter.dueOn) : nil,
                answerBy: letter.answerBy.map(words.date),
                events: letter.events.compactMap { event($0, of: letter.right, language) },
                isNeutral: letter.isForMinor, carriesCode: letter.kind.carriesSecret,
                isReissued: letter.kind == .secretReissued, opensPackage: letter.kind == .packageCode,
                follow: texts.address(of: .follow, in: language),
                phone: site.contacts.phone, phoneHours: site.contacts.phoneHours[language], siteName: site.name),
            as: .letter, in: language)
        // A minor's letter does not say who writes either: the institution's name may tell what it is about.
        let sender =
            letter.isForMinor ? [site.name] : site.contacts.postal[language].split(separator: "\n").map(String.init)
        return LetterSheet(
            sender: sender, recipient: letter.envelope, date: words.date(day),
            subject: language.pick(fr: "Votre demande \(letter.reference)", en: "Your request \(letter.reference)"),
            paragraphs: Self.paragraphs(of: text), code: letter.secret,
            foot: "\(site.name) · \(site.contacts.phone) · \(letter.reference)")
    }

    /// A title for the file of several letters.
    static func title(_ language: Language) -> String { language.pick(fr: "Courriers", en: "Letters") }

    private func event(_ event: RequestView.Event, of right: Right, _ language: Language) -> Event? {
        guard
            let entry = TimelineEntry(
                event, zone: site.timeZone, isListed: !right.isCarriedByTasks, language: language)
        else { return nil }
        var lines = entry.detail.map { $0.split(separator: "\n").map(String.init) } ?? []
        if let refusal = RefusalWords(in: [event], language: language) {
            lines += [refusal.ground].compactMap { $0 } + refusal.reasons + refusal.complaint + refusal.judicialRemedy
        }
        return Event(
            on: Words(language).date(event.event.at.date(in: site.timeZone)), title: entry.title, lines: lines)
    }

    /// What stands between empty lines.
    private static func paragraphs(of text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { String($0).trimming(while: \.isWhitespace) }
            .split(separator: "").map { $0.joined(separator: "\n") }
    }
}
