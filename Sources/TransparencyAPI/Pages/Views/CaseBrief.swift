import CivilTime
import Foundation
import RightsRegistry
import StrictJSON

/// The top of a case, in the order in which an operator thinks: what is asked, by whom, what is missing, until when, and what can
/// be done now.
struct CaseBrief: Sendable {
    /// A line, with the place on the page where it is dealt with.
    struct Line: Sendable {
        let text: String
        /// `#s-tasks`; nil where there is nothing to go to.
        let href: String?

        init(_ text: String, at anchor: String? = nil) {
            self.text = text
            href = anchor.map { "#\($0)" }
        }
    }

    /// “Obtenir ses données, dans toutes les bases.”
    let asked: String
    let receivedOn: String
    /// Who it is about, once the identity is open; else how far that is known.
    let person: String
    /// What the answer waits for; empty where nothing is missing.
    let missing: [Line]
    /// Said where nothing is.
    let nothingMissing: String
    /// “lundi 28 décembre 2026”.
    let due: String
    /// “dans 31 jours”; nil once decided, and while the clock stands.
    let left: String?
    let isLate: Bool
    let acts: [Line]
    /// Said where there is nothing to be done, or nothing that this operator may do.
    let noActs: String

    /// - Parameters:
    ///   - receivedOn: with its hour, or how it came.
    ///   - name: who it is about, once open; as `capacity`, in whose name it is made.
    ///   - daysLeft: until the due date.
    ///   - isProposed: whether a refusal waits for a second person.
    ///   - isSecond: whether that is whoever reads it.
    ///   - hasRefusal: whether a refusal, or its proposal, is offered.
    init(
        _ view: RequestView, scope: String?, receivedOn: String, name: String?, capacity: String?, clock: ClockWords,
        daysLeft: Int,
        allowed: OperatorCasePage.Allowed, isProposed: Bool, isSecond: Bool, hasRefusal: Bool, zone: TimeZone,
        _ language: Language
    ) {
        func pick(_ french: String, _ english: String) -> String { language.pick(fr: french, en: english) }
        let words = Words(language)
        asked = [Self.asked(view.right, language), scope].compactMap { $0 }.joined(separator: ", ") + "."
        self.receivedOn = receivedOn
        let isNeeded = !view.events.contains { $0.event.data["identity"] == "notNeeded" }
        let standing =
            view.isIdentityVerified
            ? pick("Identité vérifiée", "Identity verified")
            : isNeeded
                ? pick("Identité à vérifier", "Identity to be verified")
                : pick(
                    "Identité non demandée : rien n’en fait douter",
                    "Identity not asked for: nothing calls it into doubt")
        let who = [name, capacity.map(Labels(language).capacity)].compactMap { $0 }.joined(separator: ", ").nonEmpty
        person = [who, standing].compactMap { $0 }.joined(separator: ". ") + "."
        missing =
            view.erasedAt == nil && !view.isLostForOperators
            ? Self.missing(view, isNeeded: isNeeded, isProposed: isProposed, zone, language) : []
        nothingMissing =
            view.isLostForOperators && view.state != .closed
            ? pick("Ses clés : elles n’existent plus.", "Its keys: they are gone.")
            : view.erasedAt != nil || view.state == .closed
                ? pick("Rien : elle est close.", "Nothing: it is closed.")
                : view.outcome == nil
                    ? pick("Rien : elle peut être décidée.", "Nothing: it can be decided.")
                    : pick("Rien : elle est décidée.", "Nothing: it is decided.")
        if view.outcome != nil, let answered = clock.answeredOn {
            due =
                switch view.outcome {
                case .withdrawn: pick("Retirée le \(answered)", "Withdrawn on \(answered)")
                case .voided: pick("Annulée le \(answered)", "Voided on \(answered)")
                case .transferred: pick("Transmise le \(answered)", "Passed on on \(answered)")
                case .abandoned: pick("Classée le \(answered)", "Set aside on \(answered)")
                case .unreadable: pick("Close le \(answered)", "Closed on \(answered)")
                default: pick("Décidée le \(answered)", "Decided on \(answered)")
                }
            (left, isLate) = (nil, false)
        } else if clock.isPaused {
            due = pick("Le délai est suspendu", "The clock stands still")
            (left, isLate) = (nil, false)
        } else {
            due = clock.dueOn
            isLate = view.outcome == nil && daysLeft < 0
            let days = words.count(abs(daysLeft), fr: ("jour", "jours"), en: ("day", "days"))
            left =
                view.outcome != nil
                ? nil
                : daysLeft == 0
                    ? pick("aujourd’hui", "today")
                    : isLate ? pick("en retard de \(days)", "\(days) late") : pick("dans \(days)", "in \(days)")
        }
        acts = Self.acts(view, allowed, isSecond: isSecond, hasRefusal: hasRefusal && !isProposed, language)
        noActs =
            allowed.isReader
            ? pick("Votre rôle lit ce dossier, sans y agir.", "Your role reads this case, and does not act in it.")
            : pick("Rien.", "Nothing.")
    }

    private static func asked(_ right: Right, _ language: Language) -> String {
        switch right {
        case .objection:
            language.pick(fr: "S’opposer à la réutilisation de ses données", en: "To object to the reuse of their data")
        case .objectionWithdrawal: language.pick(fr: "Retirer une opposition", en: "To withdraw an objection")
        case .access: language.pick(fr: "Obtenir ses données", en: "To obtain their data")
        case .rectification: language.pick(fr: "Faire corriger ses données", en: "To have their data corrected")
        case .erasure: language.pick(fr: "Faire effacer ses données", en: "To have their data erased")
        case .restriction:
            language.pick(fr: "Faire limiter l’usage de ses données", en: "To have the use of their data restricted")
        }
    }

    private static func missing(
        _ view: RequestView, isNeeded: Bool, isProposed: Bool, _ zone: TimeZone, _ language: Language
    ) -> [Line] {
        func pick(_ french: String, _ english: String) -> String { language.pick(fr: french, en: english) }
        let words = Words(language)
        var lines: [Line] = []
        if view.state == .awaitingIdentity {
            let until = view.answerBy.map(words.date)
            lines.append(
                Line(
                    pick("La réponse de la personne sur son identité", "The person’s answer on who they are")
                        + (until.map { pick(", attendue avant le \($0)", ", awaited before \($0)") } ?? "") + "."))
        } else if view.outcome == nil, isNeeded, !view.isIdentityVerified {
            lines.append(Line(pick("La vérification de son identité.", "A check of their identity."), at: "s-identity"))
        }
        if view.files.contains(where: { $0.isProof && $0.destroyedAt == nil }) {
            lines.append(Line(pick("Un regard sur ses justificatifs.", "A look at their proofs."), at: "s-identity"))
        }
        if view.isDeathDoubted {
            lines.append(
                Line(
                    pick(
                        "Un regard : elle est arrivée après un décès enregistré.",
                        "A look: it came after a death was recorded."), at: "death"))
        }
        if view.awaitsReply {
            lines.append(Line(pick("Une réponse à son message.", "An answer to their message."), at: "s-acts"))
        }
        if view.propagation.contains(where: { $0.listing == .noIdentifier && $0.matching.usesNIR }) {
            lines.append(
                Line(
                    pick(
                        "Son numéro de sécurité sociale : sans lui, des bases ne peuvent pas la retrouver.",
                        "Their social security number: without it, databases can’t find them."), at: "s-identity"))
        }
        lines += tasks(view, zone, language)
        let untold = view.controllerTasks.count { $0.state == .toTell }
        if untold > 0 {
            let projects = words.projects(untold)
            lines.append(
                Line(
                    pick("Prévenir le responsable de \(projects).", "Telling the controller of \(projects)."),
                    at: "s-projects"))
        }
        if isProposed {
            lines.append(
                Line(
                    pick("La confirmation de ce qui est proposé.", "A confirmation of what is proposed."),
                    at: "s-proposal"))
        }
        return lines
    }

    /// What databases have not been asked, or have not answered, for a right that they are asked about.
    private static func tasks(_ view: RequestView, _ zone: TimeZone, _ language: Language) -> [Line] {
        let isWanted = [nil, .granted, .partiallyGranted].contains(view.outcome) && view.state != .closed
        guard view.right.isCarriedByTasks, isWanted else { return [] }
        let words = Words(language)
        let reading = AskedDatabases(view.tasks)
        var lines: [Line] = []
        if !reading.unasked.isEmpty {
            lines.append(
                Line(
                    reading.isNobodyAsked
                        ? language.pick(
                            fr: "La réponse des bases : aucune n’a été interrogée.",
                            en: "The databases’ answers: none has been asked.")
                        : language.pick(
                            fr: "\(words.linkedDatabases(reading.unasked.count)) à interroger.",
                            en: "\(words.linkedDatabases(reading.unasked.count)) to be asked."), at: "s-tasks"))
        }
        if let last = reading.awaited.map(\.answerBy).max() {
            let count = words.linkedDatabases(reading.awaited.count)
            lines.append(
                Line(
                    language.pick(
                        fr: "La réponse de \(count), attendue jusqu’au \(words.date(last)).",
                        en: "The answer of \(count), awaited until \(words.date(last))."), at: "s-tasks"))
        }
        return lines
    }

    /// In the order in which they stand under “Agir”.
    private static func acts(
        _ view: RequestView, _ allowed: OperatorCasePage.Allowed, isSecond: Bool, hasRefusal: Bool,
        _ language: Language
    ) -> [Line] {
        func line(_ isAllowed: Bool, _ french: String, _ english: String, _ anchor: String) -> Line? {
            isAllowed ? Line(language.pick(fr: french, en: english), at: anchor) : nil
        }
        let mayAsk =
            allowed.askDatabases && view.right.isCarriedByTasks && !AskedDatabases(view.tasks).unasked.isEmpty
        return [
            line(allowed.assign && view.assignee == nil, "Prendre en charge", "Take it", "s-acts"),
            line(isSecond, "Confirmer ou renvoyer", "Confirm or send back", "s-proposal"),
            line(allowed.provideIdentity, "Noter sa réponse", "Note their answer", "form-identity"),
            line(allowed.verifyIdentity, "Vérifier l’identité", "Verify the identity", "s-identity"),
            line(mayAsk, "Interroger les bases", "Ask the databases", "s-tasks"),
            line(allowed.grant, "Accepter", "Grant", "form-answer"),
            line(hasRefusal && !allowed.propose, "Refuser", "Refuse", "refusal"),
            line(hasRefusal && allowed.propose, "Proposer un refus", "Propose a refusal", "refusal"),
            line(allowed.message, "Écrire à la personne", "Write to the person", "form-message"),
            line(allowed.closeUnread, "Clore ce dossier illisible", "Close this unreadable case", "form-unreadable"),
            line(allowed.reopen, "Rouvrir", "Reopen", "form-reopening"),
        ].compactMap { $0 }
    }
}

/// Which linked databases a request's right has reached: an answer that is impossible, and said to be, is awaited no more.
struct AskedDatabases: Sendable {
    /// Those that nobody has asked, and of which nobody has said that they can't answer.
    let unasked: [LinkedDatabase]
    let awaited: [RequestTask]
    /// Whether none has been asked so far, and nothing else was found out about any of them.
    let isNobodyAsked: Bool

    init(_ standing: TaskStanding) {
        unasked = standing.toAsk.filter { standing.impossible(in: $0.id) == nil }
        awaited = standing.tasks.filter { $0.isOpen && standing.impossible(in: $0.database) == nil }
        isNobodyAsked = standing.tasks.allSatisfy { $0.state == .cancelled } && standing.impossible.isEmpty
    }

    /// What a grant would go without; nil where each database has answered.
    func grantWarning(_ language: Language) -> String? {
        let words = Words(language)
        if isNobodyAsked, !unasked.isEmpty {
            return language.pick(
                fr: "Aucune base n’a été interrogée : accepter maintenant, c’est répondre sans elles. La demande ne se "
                    + "clôt qu’une fois chacune interrogée.",
                en:
                    "No database has been asked: to grant it now is to answer without them. The request closes only once "
                    + "each has been asked.")
        }
        let waiting = unasked.count + awaited.count
        guard waiting > 0 else { return nil }
        return language.pick(
            fr: "La réponse de \(words.linkedDatabases(waiting)) manque encore. La demande ne se clôt qu’après elle.",
            en: "The answer of \(words.linkedDatabases(waiting)) is still missing. The request closes only after it.")
    }
}

extension Words {
    /// “2 bases liées”.
    func linkedDatabases(_ value: Int) -> String {
        count(value, fr: ("base liée", "bases liées"), en: ("linked database", "linked databases"))
    }
}
