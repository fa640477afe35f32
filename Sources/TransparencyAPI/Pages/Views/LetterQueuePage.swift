import CivilTime
import Foundation
import RightsRegistry
import StrictJSON

/// What became of one notice, for operators.
struct NoticeWords: Sendable {
    /// What it tells, in a few words.
    let title: String
    let state: Tag
    /// When, or why not.
    let detail: String?
    let isUndeliverable: Bool
    /// Whether it was put away since no key opens the case.
    let isUnopened: Bool

    init(_ notice: NoticeStatus, zone: TimeZone, language: Language) {
        let words = Words(language)
        title = EventTexts(language).console(notice.type.rawValue)
        let settled = notice.settledAt.map { words.moment($0, in: zone) }
        let reason = notice.failure.map { Self.failure($0, language) }
        isUndeliverable = notice.state == .undeliverable
        isUnopened = isUndeliverable && notice.failure == "sealed"
        switch notice.state {
        case .waiting:
            state = Tag(language.pick(fr: "En attente", en: "Waiting"), reason == nil ? .wait : .alert)
            detail = reason
        case .mailed:
            state = Tag(language.pick(fr: "Courriel parti", en: "Mailed"), .done)
            detail = settled
        case .lettered:
            let posted = notice.postedOn.map { words.date($0) }
            state = Tag(
                posted == nil
                    ? language.pick(fr: "Courrier à poster", en: "Letter to post")
                    : language.pick(fr: "Courrier posté", en: "Letter posted"), posted == nil ? .wait : .done)
            detail = posted ?? reason
        case .noContact:
            state = Tag(language.pick(fr: "Ni courriel ni adresse", en: "No mail, no address"), .done)
            detail = language.pick(
                fr: "La personne le lit dans son suivi.", en: "The person reads it when they follow the request.")
        case .withheld:
            state = Tag(language.pick(fr: "Retenu", en: "Withheld"), .stop)
            detail = language.pick(fr: "Un décès est enregistré.", en: "A death is recorded.")
        case .undeliverable:
            state = Tag(language.pick(fr: "Pas pu être remis", en: "Could not be delivered"), .stop)
            detail = reason
        }
    }

    /// A failure in words. Codes alone are kept, so that no address stands in them.
    static func failure(_ code: String, _ language: Language) -> String {
        switch code {
        case "sealed":
            language.pick(fr: "aucune clé d’ici n’ouvre le dossier", en: "no key here opens the case")
        case "notConfigured": language.pick(fr: "aucun serveur de courriel n’est réglé", en: "no mail server is set")
        case "refused", "address":
            language.pick(fr: "l’adresse électronique a été refusée", en: "the e-mail address was refused")
        case "connect", "resolve", "ending":
            language.pick(fr: "le serveur de courriel est injoignable", en: "the mail server can’t be reached")
        case "timeout":
            language.pick(fr: "le serveur de courriel ne répond pas à temps", en: "the mail server is too slow")
        case "tls":
            language.pick(
                fr: "la connexion au serveur de courriel n’est pas sûre", en: "the mail server’s connection is not safe"
            )
        case "login":
            language.pick(
                fr: "le serveur de courriel refuse le mot de passe", en: "the mail server refuses the password")
        default:
            language.pick(fr: "réponse du serveur de courriel : \(code)", en: "the mail server’s answer: \(code)")
        }
    }
}

/// `/operateur/courriers`: what is to be printed and posted, and how the notices stand.
struct LetterQueuePage: Page {
    static let template = PageTemplate.operatorLetters

    struct Row: Sendable {
        let id: String
        let reference: String
        let href: String
        let kind: String
        let since: String
        let state: Tag
        /// Since when, in words.
        let printedOn: String?
        /// Whether it may be chosen: printed by an operator, or noted as posted.
        let canChoose: Bool
        let isChosen: Bool
    }

    /// Letters that are handled alike: those that are printed here, and those with a code, which no screen shows.
    struct Group: Sendable {
        /// The id of its table, and what its form says of itself.
        let id: String
        let heading: String
        let text: String
        let rows: [Row]
        let canPrint: Bool
        /// Whether there is something to be noted as posted.
        let canPost: Bool
        let postedOn: FormField
    }

    /// A sentence about the outbox, in its tone.
    struct Line: Sendable {
        let text: String
        let tone: String
    }

    let frame: PageFrame
    /// “12 courriers à poster”.
    let total: String
    let groups: [Group]
    let canAct: Bool
    let action: String
    let summary: ErrorSummary?
    let notice: Notice?
    let outbox: [Line]
    /// The requests whose citizens could not be told.
    let untold: [Untold]

    struct Untold: Sendable {
        let reference: String
        let href: String
    }

    /// - Parameters:
    ///   - chosen: those that were chosen when a form came back; nil before.
    ///   - group: the form that came back.
    init(
        frame: PageFrame, items: [LetterItem], outbox: OutboxOverview, chosen: Set<String>?, group: String? = nil,
        canAct: Bool, postedOn: String, errors: [FieldError] = [], notice: Notice? = nil, zone: TimeZone
    ) {
        let language = frame.words
        let (words, texts) = (Words(language), FieldErrorTexts(language, isConsole: true))
        let answered = group == Self.codes ? Self.codes : Self.letters
        let messages = errors.map { error in
            FieldMessage(
                anchor: error.pointer == "/postedOn" ? "\(answered)-postedOn" : answered,
                text: texts.text(pointer: error.pointer, code: error.code, arguments: error.arguments))
        }
        self.frame = frame
        total = words.count(
            outbox.letters, fr: ("courrier à poster", "courriers à poster"), en: ("letter to post", "letters to post"))
        let codes = items.filter(\.kind.carriesSecret)
        let printedCodes = codes.filter { $0.printedAt != nil }
        let letters = items.filter { !$0.kind.carriesSecret }
        // What comes next is chosen already: what is not printed, and once all is, what is not posted.
        let unprinted = letters.filter { $0.printedAt == nil && $0.failure == nil }
        let preset = Set((unprinted.isEmpty ? letters.filter { $0.printedAt != nil } : unprinted).map(\.id))
            .union(printedCodes.map(\.id))
        func row(_ item: LetterItem) -> Row {
            Row(
                id: item.id, reference: item.reference, href: PagePath.operatorCase(item.reference).path(in: language),
                kind: Self.kind(item.kind, language), since: words.date(item.createdAt.date(in: zone)),
                state: Self.state(item, language), printedOn: item.printedAt.map { words.date($0.date(in: zone)) },
                canChoose: !item.kind.carriesSecret || item.printedAt != nil,
                isChosen: (chosen ?? preset).contains(item.id))
        }
        func postedField(_ id: String) -> FormField {
            FormField(
                "postedOn", id: "\(id)-postedOn", value: postedOn, error: messages.text(for: "\(id)-postedOn"))
        }
        groups = [
            Group(
                id: Self.letters, heading: language.pick(fr: "À imprimer ici", en: "To print here"),
                text: language.pick(
                    fr: "Mettez chaque lettre sous une enveloppe à fenêtre, sans autre mention.",
                    en: "Put each letter into a window envelope that says nothing else."), rows: letters.map(row),
                canPrint: true, canPost: true, postedOn: postedField(Self.letters)),
            Group(
                id: Self.codes,
                heading: language.pick(fr: "Codes, imprimés à part", en: "Codes, printed apart"),
                text: language.pick(
                    fr: "Ces lettres s’impriment sans passer par cet écran. Une fois postées, notez-le ici.",
                    en: "These letters are printed without passing this screen. Once they are posted, note it here."),
                rows: codes.map(row), canPrint: false, canPost: !printedCodes.isEmpty,
                postedOn: postedField(Self.codes)),
        ].filter { !$0.rows.isEmpty }
        self.canAct = canAct && !items.isEmpty
        action = PagePath.operatorLetters.path(in: language)
        summary = ErrorSummary(messages)
        self.notice = notice
        self.outbox = Self.lines(outbox, words, zone)
        untold = outbox.undeliverable.map {
            Untold(reference: $0, href: PagePath.operatorCase($0).path(in: language))
        }
    }

    static let letters = "letters"
    static let codes = "codes"

    private static func kind(_ kind: LetterKind, _ language: Language) -> String {
        switch kind {
        case .notice: language.pick(fr: "Avis", en: "Notice")
        case .filedOnPaper: language.pick(fr: "Code d’un dossier saisi", en: "Code of a filing that was entered")
        case .secretReissued: language.pick(fr: "Nouveau code", en: "New code")
        case .packageCode: language.pick(fr: "Code d’un dossier à ouvrir", en: "Code of a package to open")
        }
    }

    private static func state(_ item: LetterItem, _ language: Language) -> Tag {
        if item.printedAt != nil { return Tag(language.pick(fr: "Imprimé", en: "Printed"), .live) }
        switch item.failure {
        case "noAddress": return Tag(language.pick(fr: "Sans adresse postale", en: "No postal address"), .stop)
        case .some: return Tag(language.pick(fr: "Ne s’imprime pas", en: "Can’t be printed"), .stop)
        case nil: break
        }
        return item.kind.carriesSecret
            ? Tag(language.pick(fr: "Part à l’imprimante, sous pli", en: "Goes to the printer, unseen"), .wait)
            : Tag(language.pick(fr: "À imprimer", en: "To print"), .wait)
    }

    private static func lines(_ outbox: OutboxOverview, _ words: Words, _ zone: TimeZone) -> [Line] {
        let language = words.language
        var lines: [Line] = []
        if outbox.waiting == 0 {
            lines.append(
                Line(text: language.pick(fr: "Aucun avis n’attend.", en: "No notice is waiting."), tone: "done"))
        } else {
            let count = words.count(
                outbox.waiting, fr: ("avis attend", "avis attendent"), en: ("notice is waiting", "notices are waiting"))
            let since = outbox.waitingSince.map { words.moment($0, in: zone) } ?? ""
            lines.append(
                Line(
                    text: language.pick(
                        fr:
                            "\(count), depuis le \(since) : par courriel, ou par lettre à qui n’a pas d’adresse électronique.",
                        en: "\(count), since \(since): by e-mail, or by letter to whoever has no e-mail address."),
                    tone: "wait"))
        }
        if outbox.failing > 0, let failure = outbox.lastFailure {
            let since = outbox.failingSince.map { words.moment($0, in: zone) } ?? ""
            let reason = NoticeWords.failure(failure, language)
            lines.append(
                Line(
                    text: language.pick(
                        fr: "L’envoi échoue depuis le \(since) : \(reason). Il est retenté tout seul.",
                        en: "Sending fails since \(since): \(reason). It is tried again by itself."), tone: "alert"))
        }
        return lines
    }
}
