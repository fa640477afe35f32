import CivilTime
import Foundation
import RightsRegistry
import StrictJSON

/// On the page of a request: that what answers it is ready, or what becomes of it.
struct PackageOffer: Sendable {
    let text: String
    /// Where it is opened, or more is told; nil where there is nothing to be done.
    let href: String?
    let label: String

    init?(_ package: PackageStanding?, isSilent: Bool = false, zone: TimeZone, _ language: Language) {
        guard let package else { return nil }
        let words = Words(language)
        let page = PagePath.followPackage.path(in: language)
        switch package.state {
        case .assembling:
            text =
                language.pick(
                    fr: "Ce que les bases répondent sera réuni dans un seul dossier.",
                    en: "What the databases answer will be put into one package.")
                + (isSilent
                    ? ""
                    : language.pick(
                        fr: " Vous serez prévenu dès qu’il est prêt.", en: " You will be told once it is ready."))
            (href, label) = (nil, "")
        case .ready(_, let until):
            text = language.pick(
                fr: "Ce que chaque base a répondu est réuni dans un seul dossier, à télécharger jusqu’au "
                    + "\(words.date(until.date(in: zone))).",
                en: "What each database has answered is in one package, to download until "
                    + "\(words.date(until.date(in: zone))).")
            (href, label) = (page, language.pick(fr: "Ouvrir mon dossier", en: "Open my package"))
        case .destroyed(let at):
            text = language.pick(
                fr: "Votre dossier était prêt, et a été détruit le \(words.date(at.date(in: zone))).",
                en: "Your package was ready, and was destroyed on \(words.date(at.date(in: zone))).")
            (href, label) = (page, language.pick(fr: "Le demander de nouveau", en: "Ask for it again"))
        }
    }
}

/// `/suivi/dossier`: what answers a request of access, opened with the code of the request and one proof more.
struct FollowPackagePage: Page {
    static let template = PageTemplate.followPackage

    let frame: PageFrame
    let reference: String
    let isAssembling: Bool
    let isReady: Bool
    /// Whether nothing is sent any more, since a death is recorded.
    let isSilent: Bool
    /// When it was destroyed, in words; nil while it was not.
    let destroyedOn: String?
    let until: String
    /// Nil where no provider is set, or signing in proves nothing beside this secret.
    let signIn: SignInOffer?
    /// Why signing in does not open it, in words; nil where it does, or nobody can sign in.
    let needsLetter: String?
    let code: FormField
    /// What became of the last letter, in words; nil where none was asked for.
    let letter: String?
    /// Whether there is a code to be typed.
    let showsCode: Bool
    /// Why no letter goes now; shown where one was asked for.
    let askError: String?
    let summary: ErrorSummary?
    let notice: Notice?

    /// - Parameter errors: pointers `/code` of what was to open it, `/letter` of what was asked for.
    init(
        frame: PageFrame, reference: String, _ package: PackageStanding, signIn: SignInOffer?, hasProvider: Bool,
        isSilent: Bool = false, errors: [FieldError] = [], notice: Notice? = nil, now: Instant, zone: TimeZone
    ) {
        let language = frame.words
        let (words, texts) = (Words(language), FieldErrorTexts(language))
        func day(_ moment: Instant) -> String { words.date(moment.date(in: zone)) }
        let messages = errors.map { error in
            FieldMessage(
                anchor: String(error.pointer.dropFirst()),
                text: texts.text(pointer: error.pointer, code: error.code, arguments: error.arguments))
        }
        self.frame = frame
        self.reference = reference
        isAssembling = package.state == .assembling
        isReady = package.isReady
        self.isSilent = isSilent
        if case .destroyed(let at) = package.state { destroyedOn = day(at) } else { destroyedOn = nil }
        if case .ready(_, let end) = package.state { until = day(end) } else { until = "" }
        self.signIn = package.takesSignIn ? signIn : nil
        needsLetter = hasProvider ? package.letterOnly.map { language.words(for: $0) } : nil
        code = FormField("code", value: "", error: messages.text(for: "code"), hint: true)
        showsCode = package.code?.isAlive(at: now) == true || code.error != nil
        letter = package.code.map { code in
            if code.triesLeft == 0 {
                return language.pick(
                    fr: "Ce code a été essayé cinq fois : il ne vaut plus rien. Demandez une nouvelle lettre.",
                    en: "This code was tried five times: it is worth nothing any more. Ask for another letter.")
            }
            if now >= code.validUntil {
                return language.pick(
                    fr: "Le code de la dernière lettre ne vaut plus : demandez-en une nouvelle.",
                    en: "The code of the last letter is over: ask for another.")
            }
            let tries = words.count(
                code.triesLeft, fr: ("essai possible", "essais possibles"), en: ("try left", "tries left"))
            let sent =
                code.postedOn.map { words.date($0) }.map {
                    language.pick(fr: "Lettre postée le \($0)", en: "Letter posted on \($0)")
                }
                ?? language.pick(
                    fr: "Lettre demandée le \(day(code.askedAt))", en: "Letter asked for on \(day(code.askedAt))")
            return language.pick(
                fr: "\(sent). Son code vaut jusqu’au \(day(code.validUntil)) ; \(tries).",
                en: "\(sent). Its code is good until \(day(code.validUntil)); \(tries).")
        }
        askError = messages.text(for: "letter")
        summary = ErrorSummary(messages)
        self.notice = notice
    }
}

extension Language {
    fileprivate func words(for reason: PackageStanding.LetterReason) -> String {
        switch reason {
        case .secretBySignIn:
            pick(
                fr:
                    "Votre code de suivi vous a été donné par identification : il faut donc, ici, le code d’une lettre.",
                en: "Your tracking code was given to you by signing in: here it therefore takes the code of a letter.")
        case .actsForAnother:
            pick(
                fr:
                    "Vous agissez pour quelqu’un d’autre : de vous, nous connaissons le nom, que d’autres peuvent porter. "
                    + "S’identifier ne suffit donc pas ici.",
                en:
                    "You act for somebody else: of you we know the name, which others may bear. Signing in is therefore "
                    + "not enough here.")
        }
    }
}

/// What operators see of a package: that it is ready and what is in it by name, and nothing of its content.
struct OperatorPackage: Sendable {
    let state: Tag
    let text: String
    /// Empty where the operator may not read words, or nothing is ready.
    let names: [String]
    /// Where it is opened to be printed for somebody who wants paper; nil where the operator may not.
    let paper: String?

    init?(
        _ view: RequestView, mayPrint: Bool, zone: TimeZone, _ language: Language
    ) {
        guard let package = view.package else { return nil }
        let words = Words(language)
        func day(_ moment: Instant) -> String { words.date(moment.date(in: zone)) }
        switch package.state {
        case .assembling:
            state = Tag(language.pick(fr: "Pas encore prêt", en: "Not ready yet"), .wait)
            text = language.pick(
                fr: "Il se fait de lui-même quand chaque base a répondu, ou que l’impossible est noté.",
                en: "It is made by itself once each database has answered, or what is impossible is recorded.")
        case .ready(let at, let until):
            state = Tag(language.pick(fr: "Prêt", en: "Ready"), .done)
            text =
                language.pick(
                    fr: "Depuis le \(day(at)), jusqu’au \(day(until)). ", en: "Since \(day(at)), until \(day(until)). ")
                + (package.openedAt.map {
                    language.pick(fr: "Ouvert le \(day($0)).", en: "Opened on \(day($0)).")
                } ?? language.pick(fr: "Pas encore ouvert.", en: "Not opened yet."))
        case .destroyed(let at):
            state = Tag(language.pick(fr: "Détruit", en: "Destroyed"), .stop)
            text = language.pick(fr: "Le \(day(at)).", en: "On \(day(at)).")
        }
        names = package.names ?? []
        paper = mayPrint && package.isReady ? PagePath.operatorPackage(view.reference).path(in: language) : nil
    }
}
