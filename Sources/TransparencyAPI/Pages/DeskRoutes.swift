import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry
import StrictJSON

extension Portal {
    /// Getting through many requests: one act on all of them, the next one, and the filters that one comes back to.
    func deskRoutes(_ console: Console) -> [Route] {
        consoleRoutes(.post, .operatorBatch, console) { request, context, language, asker in
            let filters = try QueueFilters(try request.queryFields())
            return try await batch(try await request.formBody(in: context), filters, asker, language, console)
        }
            + consoleRoutes(.get, .operatorNext, console) { request, _, language, asker in
                let fields = try request.queryFields()
                let filters = try QueueFilters(fields)
                var query = try await queueQuery(filters, for: asker, console)
                query.after = nil
                guard let next = try await console.desk.next(after: fields["after"] ?? "", in: query, for: asker) else {
                    return Self.seeOther(.operatorQueue, language, filters: filters, notice: "nothingElse")
                }
                return Self.seeOther(.operatorCase(next.reference), language, filters: filters)
            }
            + consoleRoutes(.post, .operatorFilters, console) { request, context, language, asker in
                try await keepOrDrop(try await request.formBody(in: context), asker, language, console)
            }
    }

    /// Sends the browser on, with the filters of the list that it came from.
    /// - Parameter anchor: the id of what is to be looked at; nil for the page's top.
    static func seeOther(
        _ page: PagePath, _ language: Language, filters: QueueFilters, notice: String? = nil, at anchor: String? = nil
    ) -> Response {
        let query = PageQuery(filters.fields + [("notice", notice ?? "")]).text
        let place = anchor.map { "#\($0)" } ?? ""
        return Response(status: .seeOther, headers: [.location: page.path(in: language) + query + place])
    }

    /// The frame of a console's page.
    func consoleFrame(_ page: PagePath, _ language: Language, _ asker: Operator, title: String) -> PageFrame {
        frame(language, page, title: title, signedIn: SignedInOperator(asker, language: language))
    }

    /// What the queue offers beside the list.
    func queueDesk(
        _ filters: QueueFilters, _ colleagues: [Colleague], _ saved: [SavedFilter], total: Int, _ asker: Operator,
        _ language: Language
    ) -> QueueDesk {
        let words = BulkWords(language)
        let queue = PagePath.operatorQueue.path(in: language)
        return QueueDesk(
            filters: saved.map { filter in
                QueueDesk.Filter(
                    id: filter.id, name: filter.name, href: "\(queue)?\(filter.query)",
                    isCurrent: "?\(filter.query)" == filters.query,
                    owner: filter.owner == asker.name ? nil : filter.owner, isOwn: filter.owner == asker.name)
            },
            colleagues: colleagues.filter { $0.name != asker.name }.map {
                Choice($0.name, $0.name, isChosen: filters.assignee == .colleague($0.name))
            },
            acts: OperatorDesk.bulkTypes.filter { mayDoToMany($0, asker) }.map {
                Choice($0.rawValue, words.label($0))
            },
            batchPath: PagePath.operatorBatch.path(in: language) + filters.query,
            query: String(filters.query.dropFirst()), all: all(total, language))
    }

    /// Whether the operator does it to many, or proposes it where that takes two.
    private func mayDoToMany(_ type: EventType, _ asker: Operator) -> Bool {
        policy.roles.allows(asker.role, OperatorAct.permission(for: type)) || isProposed(type, of: asker)
    }

    /// Whether what the operator does to many waits for a second person: one alone stays the act of those who may refuse.
    private func isProposed(_ type: EventType, _ cases: [SeenCase]? = nil, of asker: Operator) -> Bool {
        guard type == .voided, policy.refusals == .confirmed else { return false }
        if let cases, cases.count == 1, policy.roles.allows(asker.role, .refuse) { return false }
        return policy.roles.allows(asker.role, .proposeRefusal)
    }

    private func all(_ total: Int, _ language: Language) -> String {
        let most = min(total, OperatorDesk.bulkLimit)
        return total > most
            ? language.pick(
                fr: "Les \(Words(language).number(most)) premières de ce filtre",
                en: "The first \(Words(language).number(most)) of this filter")
            : language.pick(
                fr: "Toutes celles de ce filtre (\(Words(language).number(most)))",
                en: "All of this filter (\(Words(language).number(most)))")
    }

    /// Colleagues as a form offers them, whoever asks first; those who are away say so.
    func colleagueChoices(
        _ colleagues: [Colleague], chosen: String?, _ asker: Operator, _ language: Language
    ) -> [Choice] {
        let own = colleagues.filter { $0.name == asker.name }
        return (own + colleagues.filter { $0.name != asker.name }).map { colleague in
            let away = colleague.isAway(on: today) ? colleague.absence : nil
            let label =
                colleague.name == asker.name
                ? language.pick(fr: "Moi (\(colleague.name))", en: "Me (\(colleague.name))")
                : away.map {
                    let until = Words(language).date($0.until)
                    return language.pick(
                        fr: "\(colleague.name) (absence jusqu’au \(until))",
                        en: "\(colleague.name) (away until \(until))")
                } ?? colleague.name
            return Choice(colleague.name, label, isChosen: colleague.name == chosen)
        }
    }

    // MARK: Many at once

    private func batch(
        _ form: FormFields, _ filters: QueueFilters, _ asker: Operator, _ language: Language, _ console: Console
    ) async throws -> Response {
        guard let type = form["type"].flatMap(EventType.init), OperatorDesk.bulkTypes.contains(type) else {
            return Self.seeOther(.operatorQueue, language, filters: filters, notice: "chooseAct")
        }
        if !mayDoToMany(type, asker) {
            try await console.desk.demand(
                OperatorAct.permission(for: type), of: asker, asking: "requests \(type.rawValue)")
        }
        let cases = try await chosenCases(form, filters, asker, console)
        guard !cases.isEmpty else {
            return Self.seeOther(.operatorQueue, language, filters: filters, notice: "chooseCases")
        }
        let typed = form.firstValues
        guard form["step"] == "do" else {
            return try await batchPage(type, cases, filters, asker, language, console)
        }
        do {
            let said = Self.bulkBody(type, typed)
            let act = try OperatorAct(said, today: today)
            if isProposed(type, cases, of: asker) {
                try await console.desk.proposeVoiding(cases, reasons: said["reasons"]?.string ?? "", by: asker)
                return Self.seeOther(.operatorWaves, language, notice: "proposed")
            }
            let results = try await console.desk.perform(act, onEach: cases, by: asker)
            return personalPage(
                OperatorBatchDonePage(
                    frame: consoleFrame(
                        .operatorBatch, language, asker, title: language.pick(fr: "Fait", en: "Done")),
                    type: type, results: results, query: filters.query, zone: policy.zone))
        } catch let error as FieldErrors {
            return try await batchPage(
                type, cases, filters, asker, language, console, typed: typed, errors: error.errors)
        } catch RightsError.invalid(let found) {
            return try await batchPage(
                type, cases, filters, asker, language, console, typed: typed, errors: found.errors)
        }
    }

    /// Those that were ticked, or all that the filters find.
    private func chosenCases(
        _ form: FormFields, _ filters: QueueFilters, _ asker: Operator, _ console: Console
    ) async throws -> [SeenCase] {
        if let written = form["cases"] { return written.split(separator: ",").compactMap { SeenCase(written: $0) } }
        guard form["which"] == "all" else { return form.all("case").compactMap { SeenCase(written: $0) } }
        var query = try await queueQuery(filters, for: asker, console)
        query.after = nil
        return try await console.desk.references(query, limit: OperatorDesk.bulkLimit, for: asker)
    }

    private func batchPage(
        _ type: EventType, _ cases: [SeenCase], _ filters: QueueFilters, _ asker: Operator, _ language: Language,
        _ console: Console, typed: [String: String] = [:], errors: [FieldError] = []
    ) async throws -> Response {
        let colleagues = try await console.desk.colleagues(for: asker)
        let mark = errors.isEmpty ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        return personalPage(
            OperatorBatchPage(
                frame: consoleFrame(
                    .operatorBatch, language, asker,
                    title: mark + language.pick(fr: "Plusieurs demandes", en: "Several requests")),
                type: type, cases: cases, query: filters.query,
                colleagues: colleagueChoices(colleagues, chosen: typed["assignee"], asker, language),
                isProposed: isProposed(type, cases, of: asker), typed: typed, errors: errors),
            status: errors.isEmpty ? .ok : .unprocessableContent)
    }

    /// The body of the act that the form says; words go where the act has them.
    private static func bulkBody(_ type: EventType, _ form: [String: String]) -> JSON {
        func text(_ name: String) -> JSON? {
            let value = (form[name] ?? "").replacing("\r\n", with: "\n").trimming(while: \.isWhitespace)
            return value.isEmpty ? nil : .string(value)
        }
        let words: (name: String, value: JSON?) =
            switch type {
            case .noted: ("note", text("words"))
            case .message, .identityRequested, .granted: ("text", text("words"))
            case .extended, .voided: ("reasons", text("words"))
            case .assigned: ("assignee", text("assignee"))
            case .unreadable: ("reason", text("reason"))
            default: ("", nil)
            }
        var body: [String: JSON] = ["type": .string(type.rawValue)]
        if let value = words.value { body[words.name] = value }
        return .object(body)
    }

    // MARK: Filters that are kept

    private func keepOrDrop(
        _ form: FormFields, _ asker: Operator, _ language: Language, _ console: Console
    ) async throws -> Response {
        if let id = form["drop"] {
            try await console.desk.dropFilter(id, for: asker)
            return Self.seeOther(.operatorQueue, language, notice: "filterDropped")
        }
        // Only what the queue's page itself says is kept.
        let filters = try QueueFilters(try FormFields(parsing: (form["query"] ?? "").utf8))
        do {
            try await console.desk.keepFilter(
                named: form["name"] ?? "", query: String(filters.query.dropFirst()), isShared: form["shared"] == "true",
                for: asker)
            return Self.seeOther(.operatorQueue, language, filters: filters, notice: "filterKept")
        } catch RightsError.invalid(let found) {
            let code = found.errors.first?.code == "filters.tooMany" ? "filtersTooMany" : "filterName"
            return Self.seeOther(.operatorQueue, language, filters: filters, notice: code)
        }
    }
}

extension Notice {
    /// What the queue says of what was just asked of it.
    static func inQueue(_ asked: String?, _ language: Language) -> Notice? {
        switch asked {
        case "nothingElse":
            Notice(language.pick(fr: "Rien d’autre à traiter ici", en: "Nothing else to do here"), tone: .done)
        case "chooseAct": Notice(language.pick(fr: "Choisissez un acte", en: "Choose an act"), tone: .alert)
        case "chooseCases":
            Notice(language.pick(fr: "Cochez au moins une demande", en: "Tick at least one request"), tone: .alert)
        case "filterKept": Notice(language.pick(fr: "Le filtre est gardé", en: "The filter is kept"), tone: .done)
        case "filterDropped":
            Notice(language.pick(fr: "Le filtre est supprimé", en: "The filter is deleted"), tone: .done)
        case "filterName":
            Notice(
                language.pick(
                    fr: "Donnez au filtre un nom de 60 caractères au plus",
                    en: "Give the filter a name of at most 60 characters"), tone: .alert)
        case "filtersTooMany":
            Notice(
                language.pick(
                    fr: "Vous gardez déjà 50 filtres : supprimez-en un",
                    en: "You keep 50 filters already: delete one"), tone: .alert)
        default: nil
        }
    }
}
