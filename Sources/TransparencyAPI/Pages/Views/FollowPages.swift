import CivilTime
import RightsRegistry
import StrictJSON

/// `/suivi` without a session: reference and secret.
struct FollowPage: Page {
    static let template = PageTemplate.follow

    let frame: PageFrame
    let summary: ErrorSummary?
    let notice: Notice?
    let reference: FormField
    let secret: FormField
    /// The receipt's file, given back.
    let receipt: FormField
    /// Whether whoever signs in sees all that is theirs.
    let hasSignIn: Bool

    /// - Parameters:
    ///   - errors: pointers `/reference`, `/secret` and `/receipt`; `notFound` speaks of both at once.
    ///   - notice: for a session that ended, or after leaving.
    init(
        frame: PageFrame, reference: String = "", secret: String = "", errors: [FieldError] = [],
        notice: Notice? = nil, hasSignIn: Bool = false
    ) {
        let texts = FieldErrorTexts(frame.words)
        let messages = errors.map { error in
            FieldMessage(
                anchor: ["/secret", "/receipt"].contains(error.pointer)
                    ? String(error.pointer.dropFirst()) : "reference",
                text: texts.text(pointer: error.pointer, code: error.code, arguments: error.arguments))
        }
        self.frame = frame
        summary = ErrorSummary(messages)
        self.notice = notice
        self.hasSignIn = hasSignIn
        self.reference = FormField("reference", value: reference, error: messages.text(for: "reference"), hint: true)
        self.secret = FormField("secret", value: secret, error: messages.text(for: "secret"), hint: true)
        receipt = FormField("receipt", value: "", error: messages.text(for: "receipt"), hint: true)
    }
}

/// An event of a request as a line of its timeline.
struct TimelineEntry: Sendable {
    /// In words.
    let when: String
    /// RFC 3339, for `datetime`.
    let instant: String
    var title: String
    /// A database's name, a motive, a note.
    var detail: String?
    var files: [FileWords] = []
    /// Who acted, in the console only.
    var actor: String?
    /// That a letter tells it, and since when it is on its way.
    var posted: String?
}

/// The three facts of a linked database about one objection. There is no fourth that says “done”: none would be true.
struct DatabaseProgress: Sendable {
    /// One fact: whether it stands, in a word, and the sentence.
    struct Fact: Sendable {
        let stands: Bool
        let text: String
    }

    let name: String
    /// On its list since.
    let listed: Fact
    /// Last extraction checked against the list.
    let checked: Fact
    /// What was released before and can't be recalled.
    let released: String
    /// The published time within which this database applies a choice, another than that of the answer; shown until it
    /// has.
    let target: String?
    /// Only in the console: what stands in the way.
    let technical: String?

    /// How many releases can't be recalled, in words; what they were before stands beside it.
    static func released(_ count: Int, _ words: Words) -> String {
        count == 0
            ? words.language.pick(fr: "Aucune mise à disposition pour un projet", en: "No release to a project")
            : words.language.pick(
                fr: "\(words.releases(count)) pour des projets : rien ne peut en être rappelé",
                en: "\(words.releases(count)) to projects: nothing of that can be called back")
    }

    /// The published target of a database, in words: a date once it counts, else so many hours or days. Once that date is
    /// over it says so.
    static func target(
        _ hours: Int, from start: CalendarDate? = nil, today: CalendarDate? = nil, _ words: Words
    ) -> String {
        let period = words.hours(hours)
        guard let last = start?.adding(days: (hours + 23) / 24) else {
            return words.language.pick(fr: "Objectif : sous \(period)", en: "Target: within \(period)")
        }
        let date = words.date(last)
        if let today, today > last {
            return words.language.pick(
                fr: "L’objectif était le \(date) (sous \(period)) : il est dépassé, et nous le suivons",
                en: "The target was \(date) (within \(period)): it has passed, and we are following it up")
        }
        return words.language.pick(
            fr: "Objectif : le \(date) au plus tard (sous \(period))", en: "Target: by \(date) (within \(period))")
    }
}

/// The answer to a request that was refused, in whole or in part.
struct RefusalWords: Sendable {
    let ground: String?
    let reasons: [String]
    let complaint: [String]
    let judicialRemedy: [String]

    /// Each text is cut into paragraphs at its line ends.
    init(ground: String?, reasons: String, complaint: String, judicialRemedy: String) {
        func paragraphs(_ text: String) -> [String] {
            text.split(separator: "\n").map { String($0).trimming(while: \.isWhitespace) }.filter { !$0.isEmpty }
        }
        self.ground = ground
        self.reasons = paragraphs(reasons)
        self.complaint = paragraphs(complaint)
        self.judicialRemedy = paragraphs(judicialRemedy)
    }
}

/// The legal clock of a request in words.
struct ClockWords: Sendable {
    /// With its weekday.
    let dueOn: String
    /// With its weekday; nil while no decision stands.
    let answeredOn: String?
    /// How the date was found: one line each for receipt, pause, holiday, extension.
    let explanation: [String]
    let isLate: Bool
    let isSoon: Bool
    /// False once decided.
    let isRunning: Bool
    /// Whether an answer on identity is awaited.
    let isPaused: Bool
    /// What happens at the deadline; nil once the answer is given.
    let deadline: DeadlineWords?
}

/// `/suivi` with a session: one request, for the person who made it.
struct FollowCasePage: Page {
    static let template = PageTemplate.followCase

    let frame: PageFrame
    let reference: String
    let right: String
    /// What it covers, where it is an objection or its end.
    let scope: String?
    let state: Tag
    let headline: String
    let next: String
    let clock: ClockWords?
    let refusal: RefusalWords?
    let timeline: [TimelineEntry]
    let propagation: [DatabaseProgress]
    /// Whether a database is still to confirm, so that its target stands beside it.
    let hasTargets: Bool
    /// The databases that can't know the person.
    let unknownThere: UnknownThere?
    let controllers: [ControllerProgress]
    let tasks: [TaskProgress]
    /// What answers a request of access, put together.
    let package: PackageOffer?
    /// What is wrong further down, said where the page begins.
    let summary: ErrorSummary?
    /// Whether a date is still to come that can be kept in a calendar.
    let hasDueDate: Bool
    /// Where the citizen writes to those who handle the request.
    let message: FormField
    let messageFiles: FilesField
    /// Where a proof is asked for.
    let proof: ProofForm?
    /// Whether the message that comes back was said to be the proof.
    let isMessageProof: Bool
    let canWithdraw: Bool
    /// Whether it was set aside, and can be taken up again.
    let canReopen: Bool
    /// The last day to answer a question of identity, in words, and what happens after it.
    let answerBy: String?
    /// Set where the box to confirm was left empty.
    let withdrawalError: String?
    let notice: Notice?
    /// That the case was erased and when, and what that means; nil while it is kept.
    let erased: String?
    /// That its keys are gone, and what that means; nil where they are not.
    let lost: LostCase?
    /// Whether words can be added.
    let canWrite: Bool
    /// When a death was recorded, in words; nil where none is.
    let death: String?
    /// How to prove who one is online, while that is awaited.
    let signIn: SignInOffer?

    /// - Parameters:
    ///   - state: the code of the state, as `outcome` that of the outcome.
    ///   - right: the code of the right.
    ///   - lacksNumber: whether no database can apply it before a number is completed.
    ///   - impossible: how many databases can't apply it.
    ///   - answered: a form that comes back with what is wrong.
    init(
        frame: PageFrame, reference: String, right: String, scope: String? = nil, state: String, outcome: String?,
        clock: ClockWords?, refusal: RefusalWords? = nil, timeline: [TimelineEntry], propagation: [DatabaseProgress],
        unknownThere: UnknownThere? = nil, controllers: [ControllerProgress] = [], tasks: [TaskProgress] = [],
        package: PackageOffer? = nil, lacksNumber: Bool = false, impossible: Int = 0,
        hasDueDate: Bool = false,
        canWithdraw: Bool, canReopen: Bool = false, answerBy: String? = nil,
        proof: ProofForm? = nil, answered: FollowAnswer? = nil, withdrawalError: String? = nil, notice: Notice? = nil,
        erased: String? = nil, lost: LostCase? = nil, death: String? = nil, signIn: SignInOffer? = nil
    ) {
        let language = frame.words
        let texts = EventTexts(language)
        self.frame = frame
        self.reference = reference
        self.right = Labels(language).right(right)
        self.state = Labels(language).requestState(state, outcome: outcome)
        let kind = Right(rawValue: right) ?? .objection
        headline =
            death != nil
            ? texts.deathHeadline
            : outcome == nil && lost?.isForOperators == true
                ? texts.lostHeadline : texts.headline(state: state, outcome: outcome, right: kind)
        let awaited =
            switch (state == "awaitingIdentity", proof != nil, lacksNumber) {
            case (false, true, _): texts.sendProof
            case (false, false, true): texts.lacksNumber(isWaiting: outcome == nil)
            default:
                texts.next(
                    state: state, outcome: outcome, right: kind, impossible: impossible)
            }
        next = death == nil ? lost?.status ?? awaited : texts.afterDeath
        self.death = death
        self.clock = clock
        self.refusal = refusal
        self.timeline = timeline
        self.propagation = propagation
        hasTargets = propagation.contains { $0.target != nil }
        self.unknownThere = unknownThere
        self.controllers = controllers
        self.tasks = tasks
        self.package = package
        self.scope = scope
        self.hasDueDate = hasDueDate
        let written = answered?.form == .message ? answered : nil
        let messageError = written?.errors.first { $0.pointer == "/text" }.map {
            FieldErrorTexts(language).text(pointer: $0.pointer, code: $0.code, arguments: $0.arguments)
        }
        message = FormField("text", value: written?.text ?? "", error: messageError, hint: true)
        messageFiles = FilesField("message-files", answered: written, language: language)
        self.proof = proof
        isMessageProof = written?.isProof ?? false
        summary = ErrorSummary(
            [
                ("text", messageError), ("message-files", messageFiles.error), ("proof-files", proof?.files.error),
                ("proof-text", proof?.text.error), ("confirm", withdrawalError),
            ].compactMap { anchor, text in text.map { FieldMessage(anchor: anchor, text: $0) } })
        self.canWithdraw = canWithdraw
        self.canReopen = canReopen
        self.answerBy = answerBy
        self.withdrawalError = withdrawalError
        self.notice = notice
        self.erased = erased
        self.lost = lost
        canWrite = erased == nil && lost == nil
        self.signIn = signIn
    }
}

/// What is told of a case whose keys are gone, though it was not erased: an older state was restored without them.
struct LostCase: Sendable {
    let title: String
    /// In a few words, for the top of the page.
    let status: String
    let text: String
    /// Whether nobody can read it any more; else its code alone is gone.
    let isForOperators: Bool
    /// Of its objection; nil where none is in force.
    let objection: String?
    let whatToDo: String
    /// Whether a new request is what may be missing, so that the page leads to it.
    let mayFileAgain: Bool

    /// - Parameters:
    ///   - hasSignIn: whether one can sign in here.
    ///   - closing: the event that closed it unread; nil while it is open, or where it was closed before.
    init(
        _ lost: LostKeys, isInForce: Bool, hasSignIn: Bool, closing: RequestEvent? = nil, _ language: Language
    ) {
        let reason = closing.flatMap { $0.data["reason"]?.string.flatMap(UnreadableReason.init) }
        mayFileAgain = reason == .keysGone
        isForOperators = lost.isForOperators
        status =
            lost.isForOperators
            ? language.pick(
                fr: "Ce dossier ne peut plus être lu ni complété.", en: "This case can’t be read or added to any more.")
            : language.pick(
                fr: "Ce code n’ouvre plus les textes du dossier.",
                en: "This code no longer opens the words of the case.")
        let signIn =
            hasSignIn
            ? language.pick(fr: "identifiez-vous dans « Mes choix », ou ", en: "sign in under “My choices”, or ") : ""
        title =
            lost.isForOperators
            ? language.pick(fr: "Dossier perdu", en: "Case lost")
            : language.pick(fr: "Code perdu", en: "Code lost")
        text =
            lost.isForOperators
            ? language.pick(
                fr:
                    "Nous avons dû restaurer une sauvegarde ancienne, et les clés de ce dossier n’existent plus. Nous ne pouvons "
                    + "plus lire ce que vous y avez écrit et envoyé, ni y répondre. Nous vous prions de nous en excuser.",
                en:
                    "We had to restore an old backup, and the keys of this case are gone. We can no longer read what you wrote "
                    + "and sent in it, nor answer. We apologise.")
            : language.pick(
                fr:
                    "Nous avons dû restaurer une sauvegarde ancienne, et ce code n’ouvre plus les textes de votre dossier. Le "
                    + "dossier est gardé, et nos agents peuvent le lire.",
                en:
                    "We had to restore an old backup, and this code no longer opens the words of your case. The case is kept, and "
                    + "our agents can read it.")
        let canEnd =
            lost.mayEnd
            ? language.pick(fr: "Vous pouvez la retirer ici.", en: "You can withdraw it here.")
            : language.pick(
                fr:
                    "Pour la retirer, \(signIn)déposez une demande de retrait : nous ne pouvons plus vérifier que ce code est "
                    + "bien celui de la personne concernée.",
                en:
                    "To withdraw it, \(signIn)file a withdrawal: we can no longer check that this code is that of the person "
                    + "concerned.")
        objection =
            isInForce
            ? language.pick(fr: "Votre opposition reste en vigueur. ", en: "Your objection stays in force. ") + canEnd
            : nil
        whatToDo =
            switch reason {
            case .keysGone:
                language.pick(
                    fr:
                        "Nous l’avons donc close, et personne n’y répondra. Si vous attendez encore une réponse, refaites votre "
                        + "demande : elle aura un nouveau code et un délai entier. Vous pouvez aussi nous appeler.",
                    en:
                        "So we have closed it, and nobody will answer in it. If you still await an answer, make your request "
                        + "again: it will have a new code and its whole time. You can also call us.")
            case .filedAgain:
                language.pick(
                    fr:
                        "Vous avez refait cette demande : nous répondons dans la nouvelle, avec le code que vous avez eu pour "
                        + "elle. Si ce n’est pas le cas, appelez-nous.",
                    en:
                        "You have made this request again: we answer in the new one, with the code that you had for it. If that "
                        + "is not so, call us.")
            case .answered:
                language.pick(
                    fr: "Nous vous avons répondu autrement. Si ce n’est pas le cas, appelez-nous.",
                    en: "We have answered you by another way. If that is not so, call us.")
            case nil where lost.isForOperators:
                language.pick(
                    fr: "Si vous attendiez une réponse, refaites votre demande, ou appelez-nous.",
                    en: "If you were waiting for an answer, make your request again, or call us.")
            case nil:
                language.pick(
                    fr: "Pour un nouveau code, \(signIn)suivez « J’ai perdu mon code ».",
                    en: "For a new code, \(signIn)follow “I have lost my code”.")
            }
    }
}
