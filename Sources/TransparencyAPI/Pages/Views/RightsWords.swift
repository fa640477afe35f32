import CivilTime
import Foundation
import RightsRegistry
import StrictJSON

extension ClockWords {
    /// The legal clock, and line by line how its date was found.
    /// - Parameters:
    ///   - answeredOn: nil while no decision stands.
    ///   - dueIfAnsweredToday: while the clock is paused, for the citizen: what the date becomes by an answer today.
    init(
        _ reading: ClockReading, causes: ClockCauses = ClockCauses(), answeredOn: CalendarDate?,
        dueIfAnsweredToday: CalendarDate? = nil, today: CalendarDate, alertDays: Int, language: Language
    ) {
        let words = Words(language)
        let isRunning = answeredOn == nil
        let isPaused = isRunning && reading.isPaused
        let due = isPaused ? dueIfAnsweredToday ?? reading.due : reading.due
        let start = words.dateWithWeekday(reading.receivedOn)
        var lines = [
            causes.isReopened
                ? language.pick(
                    fr: "Demande rouverte le \(start) : un nouveau délai court depuis ce jour.",
                    en: "Request reopened on \(start): a new period runs from that day.")
                : language.pick(
                    fr: "Demande reçue le \(start)\(causes.way(language)).",
                    en: "Request received on \(start)\(causes.way(language)).")
        ]
        if let extendedOn = reading.extendedOn {
            lines.append(
                language.pick(
                    fr: "Délai prolongé le \(words.date(extendedOn)) ; il se compte depuis la réception.",
                    en: "Time extended on \(words.date(extendedOn)); it still counts from receipt.")
                    + Self.reason(causes.extended, language))
        }
        lines.append(
            language.pick(
                fr: "Le délai légal mène au \(words.dateWithWeekday(reading.nominalDue)).",
                en: "The legal period leads to \(words.dateWithWeekday(reading.nominalDue))."))
        lines += reading.pauses.map { pause in
            Self.pause(pause, words) + Self.reason(causes.questions[pause.suspension.asked], language)
        }
        lines += reading.skipped.map { Self.skipped($0, words) }
        if isPaused {
            lines.append(
                language.pick(
                    fr:
                        "Sans cette suspension, l’échéance serait le \(words.dateWithWeekday(reading.due)) ; elle recule "
                        + "d’autant de jours que la suspension dure.",
                    en:
                        "Without this pause the answer would be due on \(words.dateWithWeekday(reading.due)); that date "
                        + "moves by as many days as the pause lasts."))
        } else if reading.due != reading.nominalDue {
            lines.append(
                language.pick(
                    fr: "L’échéance est donc le \(words.dateWithWeekday(reading.due)).",
                    en: "So the answer is due on \(words.dateWithWeekday(reading.due))."))
        }
        self.init(
            dueOn: words.dateWithWeekday(due), answeredOn: answeredOn.map(words.dateWithWeekday),
            explanation: lines, isLate: isRunning && today > due,
            isSoon: isRunning && today.adding(days: alertDays) >= reading.alertOn, isRunning: isRunning,
            isPaused: isPaused,
            deadline: DeadlineWords(
                reading, isRunning: isRunning, today: today, alertDays: alertDays, language: language))
    }

    /// The first line of what was written then, in quotation marks.
    private static func reason(_ text: String?, _ language: Language) -> String {
        let line = text?.split(whereSeparator: \.isNewline).first.map { String($0.prefix(200)) }
        return line.map { language.pick(fr: " Motif : « \($0) »", en: " Reason: “\($0)”") } ?? ""
    }

    private static func pause(_ pause: ClockReading.Pause, _ words: Words) -> String {
        let asked = words.date(pause.suspension.asked)
        guard pause.stopsTheClock else {
            return words.language.pick(
                fr: "Identité demandée le \(asked), trop tard pour suspendre le délai : rien ne s’y ajoute.",
                en: "Identity asked for on \(asked), too late to pause the clock: nothing is added.")
        }
        guard let answered = pause.suspension.answered.map(words.date) else {
            return words.language.pick(
                fr: "Le délai est suspendu depuis le \(asked), en attendant de savoir qui demande.",
                en: "The clock has been paused since \(asked), until it is known who asks.")
        }
        let days = words.count(pause.days, fr: ("jour", "jours"), en: ("day", "days"))
        return words.language.pick(
            fr: "Identité demandée le \(asked), donnée le \(answered) : \(days) de plus.",
            en: "Identity asked for on \(asked), given on \(answered): \(days) more.")
    }

    private static func skipped(_ skipped: ClockReading.SkippedDay, _ words: Words) -> String {
        let day = words.dateWithWeekday(skipped.date)
        switch skipped.closure {
        case .weekend:
            return words.language.pick(fr: "Le \(day) n’est pas un jour ouvré.", en: "\(day) is not a working day.")
        case .holiday(let holiday):
            let name = holiday.names[words.language.rawValue] ?? ""
            return words.language.pick(
                fr: "Le \(day) est férié (\(name)).", en: "\(day) is a public holiday (\(name)).")
        }
    }
}

extension DatabaseProgress {
    /// - Parameters:
    ///   - targetHours: the published target of the site for this database; shown until it has confirmed.
    ///   - appliesFrom: the day from which it counts; nil while there is none, or where it is told elsewhere.
    ///   - today: the day that it is, to say that a target has passed.
    ///   - isConsole: whether operators read it: then also what stands in the way.
    init(
        _ status: PropagationStatus, targetHours: Int?, appliesFrom: CalendarDate? = nil, today: CalendarDate? = nil,
        zone: TimeZone, isConsole: Bool = false, language: Language
    ) {
        let words = Words(language)
        func day(_ instant: Instant) -> String { words.date(instant.date(in: zone)) }
        let database = Phrase(status.name, in: language)?.text ?? status.database
        name =
            status.project.map { project in
                database + language.pick(fr: " — projet ", en: " — project ")
                    + (Phrase(project.title, in: language)?.text ?? project.reference)
            } ?? database
        listed =
            status.listing == .noIdentifier
            ? Self.unknown(status.matching, isConsole: isConsole, language)
            : Self.listed(status.listing, isConsole: isConsole, day: day, language)
        checked =
            status.lastExtractionChecked.map { instant in
                Fact(
                    true, fr: "Dernière extraction vérifiée avec la liste le \(day(instant))",
                    en: "Last extraction checked against the list on \(day(instant))", language)
            }
            ?? Fact(
                false, fr: "Pas encore d’extraction vérifiée avec la liste",
                en: "No extraction checked against the list yet", language)
        released = Self.released(status.releasesBefore, words)
        // Its days are counted from when the database has something to apply.
        let start = status.listing == .noIdentifier ? nil : appliesFrom
        target =
            status.isComplete || status.isImpossible || status.listing == .removalPending(listedSince: nil)
            ? nil
            : targetHours.map { hours in
                Self.target(hours, from: start, today: today, words)
                    + (status.listing == .noIdentifier
                        ? language.pick(fr: ", une fois complété", en: ", once completed") : "")
            }
        technical = isConsole ? Self.technical(status, day: day, language) : nil
    }

    private static func listed(
        _ listing: PropagationStatus.Listing, isConsole: Bool, day: (Instant) -> String, _ language: Language
    ) -> Fact {
        switch listing {
        case .pending:
            Fact(false, fr: "En route, pas encore confirmé", en: "On its way, not confirmed yet", language)
        case .listed(let since):
            Fact(true, fr: "Sur sa liste depuis le \(day(since))", en: "On its list since \(day(since))", language)
        case .removalPending(let since?):
            Fact(
                false, fr: "Sur sa liste depuis le \(day(since)) ; la fin de ce choix est en route",
                en: "On its list since \(day(since)); the end of this choice is on its way", language)
        case .removalPending(nil):
            Fact(
                false, fr: "Ce choix ne s’applique plus ; cette base ne l’a pas encore confirmé",
                en: "This choice no longer applies; this database has not confirmed it yet", language)
        case .removed(let since):
            Fact(
                true, fr: "Ce choix est sorti de sa liste le \(day(since))",
                en: "This choice is off its list since \(day(since))", language)
        case .noIdentifier: unknown(.nir, isConsole: isConsole, language)
        case .exception(PropagationStatus.stopped):
            Fact(
                false, fr: "Les échanges avec cette base sont arrêtés ; un agent s’en occupe",
                en: "Exchanges with this database have stopped; an agent is seeing to it", language)
        case .exception:
            Fact(
                false, fr: "Cette base n’a pas pu l’appliquer ; un agent s’en occupe",
                en: "This database could not apply it; an agent is seeing to it", language)
        case .impossible(_, let reason?):
            Fact(
                false, fr: "Impossible dans cette base : \(reason)", en: "Impossible in this database: \(reason)",
                language)
        case .impossible(let since, nil):
            Fact(
                false, fr: "Impossible dans cette base, depuis le \(day(since)) : les raisons sont dans le suivi",
                en: "Impossible in this database since \(day(since)): the reasons are with the request", language)
        }
    }

    /// What is missing for the database to know the person.
    private static func unknown(_ matching: Matching, isConsole: Bool, _ language: Language) -> Fact {
        let (fr, en): (String, String) =
            switch (matching, isConsole) {
            case (.nir, true): ("le numéro de sécurité sociale", "The social security number is")
            case (.nir, false): ("votre numéro de sécurité sociale", "Your social security number is")
            case (.insTraits, true): ("la commune de naissance", "The place of birth is")
            case (.insTraits, false): ("votre commune de naissance", "Your place of birth is")
            case (.both, true):
                ("le numéro de sécurité sociale, ou la commune de naissance", "The number and the place of birth are")
            case (.both, false):
                (
                    "votre numéro de sécurité sociale, ou votre commune de naissance",
                    "Your number and your place of birth are"
                )
            }
        return isConsole
            ? Fact(false, fr: "Il manque \(fr) : à compléter", en: "\(en) missing: to be completed", language)
            : Fact(
                false, fr: "Il nous manque \(fr) ; un agent le complète",
                en: "\(en) missing; an agent is completing it",
                language)
    }

    private static func technical(
        _ status: PropagationStatus, day: (Instant) -> String, _ language: Language
    ) -> String? {
        if case .exception(let reason) = status.listing {
            return reason == PropagationStatus.stopped
                ? language.pick(fr: "À l’arrêt : voir les bases liées", en: "Stopped: see the linked databases")
                : reason
        }
        return status.failingSince.map { since in
            language.pick(fr: "Ne répond pas depuis le \(day(since))", en: "Has not answered since \(day(since))")
        }
    }
}

extension DatabaseProgress.Fact {
    fileprivate init(_ stands: Bool, fr: String, en: String, _ language: Language) {
        self.init(stands: stands, text: language.pick(fr: fr, en: en))
    }
}

extension TimelineEntry {
    /// A line of the citizen's timeline, or of the console's; nil for an event that this reader does not see.
    ///
    /// - Parameters:
    ///   - files: those that came with it.
    ///   - named: who did it, and to whom the request was given, for the console.
    ///   - postedOn: the day on which a letter that tells it was posted.
    ///   - isListed: whether a list of a database is concerned, so that its closing tells of it.
    init?(
        _ event: RequestView.Event, files: [FileWords] = [], zone: TimeZone, postedOn: CalendarDate? = nil,
        isConsole: Bool = false, by named: NamedAct? = nil, isListed: Bool = true, language: Language
    ) {
        let texts = EventTexts(language)
        let type = event.event.type.rawValue
        let isOwnMessage = event.event.type == .message && event.event.actor == .citizen
        let isOwnReopening = event.event.type == .reopened && event.event.actor == .citizen
        let ofFile = files.isEmpty && event.event.data["file"] == nil ? nil : texts.ofFile(event)
        let project = event.event.data["project"]?.string
        let ofController = project == nil ? nil : texts.controller(type)
        let bySignIn = event.event.isBySignIn ? texts.signIn(type, isConsole: isConsole) : nil
        let channel = event.event.data["channel"]?.string.flatMap(FilingChannel.init(rawValue:))
        // One that is not applied everywhere says where it stands on the page itself.
        let isPlainClosing =
            event.event.type == .closed && (!isListed || event.event.data["notApplied"]?.array?.isEmpty == false)
        let own =
            isOwnMessage
            ? texts.ownMessage : isOwnReopening ? texts.ownReopening : isPlainClosing ? texts.closed : nil
        let forCitizen =
            ofFile ?? channel.map(texts.filed(by:)) ?? own ?? ofController
            ?? texts.unanswerable(event.event) ?? texts.askedOne(event.event) ?? texts.citizen(type)
        guard
            let title = bySignIn
                ?? (isConsole ? texts.proposal(event.event) ?? texts.given(named) ?? texts.console(type) : forCitizen)
        else { return nil }
        let ended = event.event.data["scope"]?["ids"]?.array?.compactMap(\.string) ?? []
        let projects = ([project].compactMap { $0 } + ended).joined(separator: ", ").nonEmpty
        let motive = event.event.data["motive"]?.string.map { code in
            language.pick(fr: "Motif\u{A0}: ", en: "Reason: ") + OperatorCasePage.motive(code, language)
        }
        let unread =
            event.event.type == .unreadable
            ? event.event.data["reason"]?.string.flatMap(UnreadableReason.init).map(texts.unreadable) : nil
        self.init(
            // What came by another way has a day of receipt and no hour.
            when: channel == nil
                ? Words(language).moment(event.event.at, in: zone)
                : Words(language).date(event.event.at.date(in: zone)), instant: event.event.at.description,
            title: title,
            detail: motive ?? unread
                ?? texts.ofPackage(event.event) { Words(language).date($0.date(in: zone)) }
                ?? (isConsole ? channel.map(Labels(language).channel) : nil)
                    ?? projects.map { name in
                        [name, event.words?["text"]?.string].compactMap { $0 }.joined(separator: "\n")
                    }
                    ?? ["recipient", "text", "reasons", "note"].compactMap { name in
                        // A refusal's reasons stand in a section of their own.
                        event.event.type.outcome == .refused || event.event.type.outcome == .partiallyGranted
                            ? nil : event.words?[name]?.string
                    }.joined(separator: "\n").nonEmpty,
            files: files, actor: isConsole ? texts.actor(event.event.actor.rawValue, name: named?.operatorName) : nil,
            posted: postedOn.map { day in
                language.pick(fr: "Lettre postée le ", en: "Letter posted on ") + Words(language).date(day)
            })
    }
}

extension RefusalWords {
    /// The refusal among a request's events; nil where there is none.
    init?(in events: [RequestView.Event], language: Language) {
        guard let refused = events.last(where: { [.refused, .partiallyGranted].contains($0.event.type) }),
            let words = refused.words
        else {
            return nil
        }
        self.init(
            ground: refused.event.data["grounds"]?.string.map(Labels(language).refusalGround),
            reasons: words["reasons"]?.string ?? "", complaint: words["complaint"]?.string ?? "",
            judicialRemedy: words["judicialRemedy"]?.string ?? "")
    }
}

extension String {
    /// The text; nil where there is none.
    var nonEmpty: String? { isEmpty ? nil : self }
}
