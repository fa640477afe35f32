import CivilTime
import Foundation
import PublicRegistry
import RightsRegistry
import StrictJSON

/// Whoever is signed in, as their provider knows them.
struct ProvenPerson: Sendable {
    let name: String
    let birth: String?

    init(_ traits: ProvenTraits, _ language: Language) {
        name = "\(traits.givenNames.joined(separator: " ")) \(traits.birthName)"
        birth = traits.birthDate.map(Words(language).date)
    }
}

/// Where the number is given that no provider tells, so that what was filed under it can be found.
struct NumberForm: Sendable {
    /// The page to come back to.
    let purpose: String
    let field: FormField
    let summary: ErrorSummary?
    /// The number that was given, but for its last digits; nil where none was.
    let given: String?

    init(for purpose: SignInPurpose, typed: String, errors: [FieldError], has nir: NIR?, _ language: Language) {
        let texts = FieldErrorTexts(language)
        let messages = errors.map {
            FieldMessage(
                anchor: "nir", text: texts.text(pointer: $0.pointer, code: $0.code, arguments: $0.arguments))
        }
        self.purpose = purpose.rawValue
        field = FormField("nir", value: typed, error: messages.text(for: "nir"), hint: true)
        summary = ErrorSummary(messages)
        given = nir.map { String(Words.nir($0.full).prefix(7)) + " …" }
    }
}

/// What keeps somebody who is signed in from being shown anything, in words.
struct ObstacleWords: Sendable {
    let text: String

    init(_ obstacle: Claimant.Obstacle, minorActsFrom age: Int, provider: String, _ language: Language) {
        text =
            switch obstacle {
            case .age:
                language.pick(
                    fr:
                        "Avant \(age) ans, ce sont vos parents qui décident. À \(age) ans, vous trouverez ici ce qu’ils "
                        + "ont choisi pour vous.",
                    en: "Until you are \(age), your parents decide. At \(age), you will find here what they chose for "
                        + "you.")
            case .traits:
                language.pick(
                    fr: "\(provider) ne nous a pas donné votre date de naissance ou votre sexe : nous ne pouvons pas "
                        + "retrouver vos demandes avec certitude. Écrivez-nous ou appelez-nous.",
                    en: "\(provider) has not told us your birth date or sex: we can’t find your requests with "
                        + "certainty. Write or call us.")
            }
    }
}

/// One objection of whoever is signed in.
struct ChoiceItem: Sendable {
    /// A database or a project that can be taken out of it.
    struct Part: Sendable {
        let id: String
        let value: String
        let label: String
    }

    let reference: String
    let id: String
    let href: String
    /// “Opposition à toutes les réutilisations”.
    let title: String
    /// The databases or projects that it names.
    let names: [String]
    /// What was taken back of it.
    let exceptions: [String]
    let receivedOn: String
    let state: Tag
    let next: String
    let propagation: [DatabaseProgress]
    let controllers: [ControllerProgress]
    let canEnd: Bool
    /// What can be ended alone.
    let parts: [Part]
    /// `databases` or `projects`.
    let partKind: String

    init(_ view: RequestView, zone: TimeZone, targets: PublishedTargets, language: Language) {
        reference = view.reference
        id = "choice-\(view.reference)"
        href = PagePath.choice(view.reference).path(in: language)
        title = language.pick(fr: "Opposition : ", en: "Objection: ") + view.scope.words(language)
        receivedOn = Words(language).date(view.receivedAt.date(in: zone))
        let names = Self.names(in: view, language)
        func named(_ ids: [String]) -> [String] { ids.map { names[$0] ?? $0 } }
        self.names = named(view.scope.ids)
        exceptions = named(view.exceptions.flatMap(\.ids))
        propagation = view.propagation.map {
            DatabaseProgress(
                $0, targetHours: targets.hours(of: $0.database, isByHand: $0.isByHand), zone: zone, language: language)
        }
        controllers = view.controllerTasks.map {
            ControllerProgress($0, mayAct: false, zone: zone, language: language)
        }
        canEnd = view.isInForce || (view.right == .objection && view.outcome == nil)
        let (state, standing) = Self.standing(view, language)
        self.state = state
        next = view.deathRecordedAt == nil ? standing : "\(standing) \(EventTexts(language).deathToDispute)"
        let ended = Set(view.exceptions.flatMap(\.ids))
        let candidates =
            view.scope == .all ? view.propagation.filter { $0.project == nil }.map(\.database) : view.scope.ids
        let remaining = view.isInForce ? candidates.filter { !ended.contains($0) } : []
        // Ending the only part is ending the whole, which is offered already.
        parts =
            remaining.count < 2 && view.scope != .all
            ? []
            : remaining.enumerated().map {
                Part(id: "part-\($0.offset)", value: $0.element, label: names[$0.element] ?? $0.element)
            }
        if case .projects = view.scope { partKind = "projects" } else { partKind = "databases" }
    }

    private static func standing(_ view: RequestView, _ language: Language) -> (Tag, String) {
        if view.isInForce {
            return (Tag(language.pick(fr: "En vigueur", en: "In force"), .live), inForce(view, language))
        }
        if view.outcome == nil {
            return (
                Tag(language.pick(fr: "En attente de réponse", en: "Awaiting an answer"), .wait),
                language.pick(fr: "Elle n’est pas encore en vigueur.", en: "It is not in force yet.")
            )
        }
        let texts = EventTexts(language)
        return (
            Tag(language.pick(fr: "Terminée", en: "Ended"), .stop),
            texts.headline(state: view.state.rawValue, outcome: view.outcome?.rawValue)
        )
    }

    private static func inForce(_ view: RequestView, _ language: Language) -> String {
        let unknown = view.propagation.filter { $0.listing == .noIdentifier }
        if !unknown.isEmpty {
            return unknown.allSatisfy { $0.matching == .nir }
                ? language.pick(
                    fr: "Pour agir, il lui manque le numéro de sécurité sociale : un agent le complète.",
                    en: "To take effect it lacks the social security number: an agent is completing it.")
                : unknown.count == 1
                    ? language.pick(
                        fr: "Une base ne peut pas encore vous reconnaître : un agent complète ce qui lui manque.",
                        en: "One database cannot recognise you yet: an agent is completing what it lacks.")
                    : language.pick(
                        fr: "Des bases ne peuvent pas encore vous reconnaître : un agent complète ce qui leur manque.",
                        en: "Some databases cannot recognise you yet: an agent is completing what they lack.")
        }
        if view.outcome == nil {
            return language.pick(
                fr: "Elle part vers chaque base ; un agent l’examine encore.",
                en: "It is on its way to each database; an agent is still examining it.")
        }
        return language.pick(
            fr: "Elle le reste tant que vous ne la retirez pas.", en: "It stays so until you withdraw it.")
    }

    /// The names of what the request speaks of, by id or reference.
    private static func names(in view: RequestView, _ language: Language) -> [String: String] {
        var names: [String: String] = [:]
        for status in view.propagation {
            names[status.database] = Phrase(status.name, in: language)?.text
            if let project = status.project { names[project.reference] = Phrase(project.title, in: language)?.text }
        }
        for task in view.controllerTasks { names[task.project] = Phrase(task.title, in: language)?.text }
        return names
    }
}

/// `/mes-choix`.
struct ChoicesPage: Page {
    static let template = PageTemplate.choices

    let frame: PageFrame
    /// Nil where no provider of identities is set.
    let provider: String?
    let goesOn: String
    let person: ProvenPerson?
    let obstacle: ObstacleWords?
    /// Whether somebody is signed in to whom what is theirs can be shown.
    let isOpen: Bool
    let items: [ChoiceItem]
    let hasStanding: Bool
    let number: NumberForm
    let summary: ErrorSummary?
    let notice: Notice?

    init(
        frame: PageFrame, provider: String?, goesOn: String, claimant: Claimant?, obstacle: Claimant.Obstacle?,
        items: [ChoiceItem], number: NumberForm, notice: Notice? = nil
    ) {
        self.frame = frame
        self.provider = provider
        self.goesOn = goesOn
        person = claimant.map { ProvenPerson($0.traits, frame.words) }
        self.obstacle = obstacle.map {
            ObstacleWords($0, minorActsFrom: frame.minorActsFrom, provider: provider ?? "", frame.words)
        }
        isOpen = claimant != nil && obstacle == nil
        self.items = items
        hasStanding = items.contains(where: \.canEnd)
        self.number = number
        summary = number.summary
        self.notice = claimant == nil ? nil : notice
    }
}

/// One objection, to be ended whole or in part.
struct ChoicePage: Page {
    static let template = PageTemplate.choice

    let frame: PageFrame
    let item: ChoiceItem
    let error: String?
    let summary: ErrorSummary?

    init(frame: PageFrame, item: ChoiceItem, error: String? = nil) {
        self.frame = frame
        self.item = item
        self.error = error
        summary = ErrorSummary(error.map { [FieldMessage(anchor: "what-all", text: $0)] } ?? [])
    }
}

/// What is about to end, before it does.
struct ChoiceCheckPage: Page {
    static let template = PageTemplate.choiceCheck

    let frame: PageFrame
    let item: ChoiceItem
    /// Empty for the whole.
    let parts: [ChoiceItem.Part]
    let what: String

    init(frame: PageFrame, item: ChoiceItem, parts: [ChoiceItem.Part]) {
        self.frame = frame
        self.item = item
        self.parts = parts
        what = parts.isEmpty ? "all" : "part"
    }
}

/// The choices that stand at a moment, for whoever asks for a paper of it.
struct AttestationPage: Page {
    static let template = PageTemplate.attestation

    let frame: PageFrame
    let person: ProvenPerson
    let items: [ChoiceItem]
    let asOf: String
    /// The address of `/suivi`.
    let follow: String

    init(frame: PageFrame, claimant: Claimant, items: [ChoiceItem], asOf: String, follow: String) {
        self.frame = frame
        person = ProvenPerson(claimant.traits, frame.words)
        self.items = items
        self.asOf = asOf
        self.follow = follow
    }

    /// The same in plain text, to be kept.
    var file: String {
        let language = frame.words
        func line(_ french: String, _ english: String) -> String { language.pick(fr: french, en: english) }
        var lines = [
            line("Attestation des choix en vigueur", "Attestation of the choices in force"), frame.institution, "",
            person.name,
        ]
        if let birth = person.birth { lines.append(line("Naissance : \(birth)", "Born: \(birth)")) }
        lines += [line("État au \(asOf)", "As of \(asOf)"), ""]
        if items.isEmpty {
            lines += [line("Aucune opposition en vigueur à cette date.", "No objection in force on this date."), ""]
        }
        for item in items {
            lines += [
                "\(item.title) (\(item.reference))",
                line("Depuis le \(item.receivedOn)", "Since \(item.receivedOn)"),
            ]
            lines += item.names.map { "- \($0)" }
            lines += item.exceptions.map { line("Sauf : \($0)", "Except: \($0)") }
            for database in item.propagation {
                lines += [
                    "* \(database.name)", "  \(database.listed.text)", "  \(database.checked.text)",
                    "  \(database.released)",
                ]
            }
            lines += item.controllers.map { "* \($0.name) : \($0.fact.text)" } + [""]
        }
        lines += [
            line(
                "Cette attestation dit ce qui était en vigueur à cet instant, pas si vous figurez dans ces bases : nous ne "
                    + "le savons pas.",
                "This attestation says what stood at that moment, not whether you are in these databases: we do not know."
            ),
            line(
                "Pour vérifier : \(follow) avec la référence et le code, ou \(frame.contact.phone).",
                "To check: \(follow) with the reference and the code, or \(frame.contact.phone)."),
        ]
        return lines.joined(separator: "\r\n") + "\r\n"
    }
}

/// `/suivi/code-perdu`.
struct LostCodePage: Page {
    static let template = PageTemplate.lostCode

    /// A request that a new secret may be had for.
    struct Request: Sendable {
        let reference: String
        let id: String
        let label: String
        let hint: String
        let isChosen: Bool

        init(_ view: RequestView, isChosen: Bool = false, zone: TimeZone, language: Language) {
            reference = view.reference
            self.isChosen = isChosen
            id = "request-\(view.reference)"
            label = Labels(language).right(view.right.rawValue)
            let date = Words(language).date(view.receivedAt.date(in: zone))
            hint = language.pick(fr: "Reçue le \(date)", en: "Received on \(date)")
        }
    }

    let frame: PageFrame
    let provider: String?
    let goesOn: String
    let person: ProvenPerson?
    let obstacle: ObstacleWords?
    let isOpen: Bool
    let requests: [Request]
    /// Whether there is one of theirs that no code could open any more.
    let hasLost: Bool
    let number: NumberForm
    let error: String?
    let summary: ErrorSummary?
    let notice: Notice?

    init(
        frame: PageFrame, provider: String?, goesOn: String, claimant: Claimant?, obstacle: Claimant.Obstacle?,
        requests: [Request], hasLost: Bool = false, number: NumberForm, hasChosenNothing: Bool = false,
        notice: Notice? = nil
    ) {
        self.frame = frame
        self.notice = notice
        self.hasLost = hasLost
        self.provider = provider
        self.goesOn = goesOn
        person = claimant.map { ProvenPerson($0.traits, frame.words) }
        self.obstacle = obstacle.map {
            ObstacleWords($0, minorActsFrom: frame.minorActsFrom, provider: provider ?? "", frame.words)
        }
        isOpen = claimant != nil && obstacle == nil
        self.requests = requests
        self.number = number
        error =
            hasChosenNothing
            ? frame.words.pick(fr: "Choisissez une demande.", en: "Choose a request.") : nil
        summary =
            number.summary
            ?? ErrorSummary(
                error.map { [FieldMessage(anchor: requests.first?.id ?? "main", text: $0)] } ?? [])
    }
}
