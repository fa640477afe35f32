import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import Propagation
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import Vault

extension Portal {
    /// `/operateur/bases`, as operators see it: where each linked database stands, and what can be done about it. Custodians
    /// have pages of their own at the same addresses.
    func propagationRoutes(_ console: Console) -> [Route] {
        consoleRoutes(.post, .operatorExceptions("{database}"), console) { request, context, language, asker in
            try await retry(try await request.formBody(in: context), context, asker, language, console)
        }
            + consoleRoutes(.post, .operatorReconciliation("{database}"), console) {
                request, context, language, asker in
                try await askReconciliation(try await request.formBody(in: context), context, asker, language, console)
            }
            + consoleRoutes(.post, .operatorResume("{database}"), console) { _, context, language, asker in
                try await tryNow(context, asker, language, console)
            }
    }

    // MARK: Seeing

    func propagationPage(_ asker: Operator, _ language: Language, _ console: Console) async throws -> Response {
        try await console.desk.demand(.readDatabases, of: asker, asking: "databases")
        let moment = now()
        let days = (0...7).map { moment.adding(seconds: ($0 - 7) * 86_400) }
        let week = moment.adding(seconds: -7 * 86_400)
        let (all, points, runs) = try await database.read { connection in
            let all = try DatabaseStandingStore.all(on: connection)
            let heads = try DatabaseHistory.heads(at: days, on: connection)
            var points: [String: [LagPoint]] = [:]
            var runs: [String: ReconciliationRun] = [:]
            for standing in all where standing.condition != .removed {
                let id = standing.linked.id
                points[id] = try DatabaseHistory.points(of: standing.linked, at: days, heads: heads, on: connection)
                runs[id] = try ReconciliationStore.runs(of: id, limit: 1, on: connection).first
            }
            return (all, points, runs)
        }
        func words(_ standing: DatabaseStanding) -> DatabaseWords {
            DatabaseWords(
                standing, hours: policy.targets.hours(of: standing.linked), now: moment, policy.zone, language)
        }
        let text = Words(language)
        func urgency(_ standing: DatabaseStanding) -> Int {
            let isLate = standing.isLate(after: policy.targets.hours(of: standing.linked), at: moment)
            return DatabaseWords.urgency(standing, isLate: isLate)
        }
        let shown = all.filter { $0.condition != .removed }.sorted {
            (urgency($0), $0.linked.id) < (urgency($1), $1.linked.id)
        }
        let rows = shown.map { standing in
            let points = points[standing.linked.id] ?? []
            let drawings = LagDrawings(of: standing.linked.id, points, policy.zone, language)
            return PropagationPage.Row(
                database: words(standing), drawing: drawings.lag,
                days: points.map {
                    .init(day: text.day($0.at.date(in: policy.zone)), lag: text.number(Int($0.lag)))
                },
                throughput: throughput(
                    points.first { $0.at == days[6] }, points.first { $0.at == week }, standing, language),
                circuit: circuit(standing.linked, language),
                reconciliation: runs[standing.linked.id].map { reconciliation($0, language) }
                    ?? language.pick(fr: "aucun", en: "none"))
        }
        let removed = all.filter { $0.condition == .removed }.map(words)
        return personalPage(
            PropagationPage(
                frame: frame(
                    language, .custodianDatabases, title: language.pick(fr: "Bases liées", en: "Linked databases"),
                    signedIn: SignedInOperator(asker, language: language)),
                rows: rows,
                late: shown.compactMap {
                    LateDatabase(
                        $0, hours: policy.targets.hours(of: $0.linked), now: moment, policy.zone, language)
                },
                days: days.map { text.day($0.date(in: policy.zone)) }, hasRemoved: !removed.isEmpty, removed: removed))
    }

    /// How many entries it confirmed in a day and in a week, and how many that is an hour.
    private func throughput(
        _ yesterday: LagPoint?, _ lastWeek: LagPoint?, _ standing: DatabaseStanding, _ language: Language
    ) -> String {
        func pace(since point: LagPoint?, hours: Int, _ period: String) -> String {
            let words = Words(language)
            let count = max(0, standing.linked.position - (point?.position ?? 0))
            guard count > 0 else { return language.pick(fr: "aucune en \(period)", en: "none in \(period)") }
            let entries = words.number(Int(count))
            let tenths = (Int(count) * 10 + hours / 2) / hours
            let hourly = tenths == 0 ? language.pick(fr: "moins de 0,1", en: "less than 0.1") : words.tenths(tenths)
            return language.pick(
                fr: "\(entries) en \(period) (\(hourly) par heure)", en: "\(entries) in \(period) (\(hourly) an hour)")
        }
        return pace(since: yesterday, hours: 24, language.pick(fr: "24\u{A0}heures", en: "24\u{A0}hours")) + ", "
            + pace(since: lastWeek, hours: 168, language.pick(fr: "7\u{A0}jours", en: "7\u{A0}days"))
    }

    /// Since when it can't be served, and when it is tried again; nil while it is served.
    private func circuit(_ linked: LinkedDatabase, _ language: Language) -> String? {
        guard let since = linked.failingSince else { return nil }
        let words = Words(language)
        let tries = words.count(linked.tries, fr: ("essai", "essais"), en: ("try", "tries"))
        let start = words.moment(since, in: policy.zone)
        let next = linked.nextTryAt.map { words.moment($0, in: policy.zone) }
        return language.pick(fr: "en échec depuis le \(start), \(tries)", en: "failing since \(start), \(tries)")
            + (linked.isTriedSeldom
                ? language.pick(fr: " ; essais espacés", en: "; tried seldom") : "")
            + (next.map { language.pick(fr: " ; prochain le \($0)", en: "; next at \($0)") } ?? "")
    }

    private func reconciliation(_ run: ReconciliationRun, _ language: Language) -> String {
        let words = PropagationDatabasePage.Run(run, policy.zone, language)
        return "\(words.outcome.label), \(words.askedAt)"
    }

    /// Runs and exceptions of one page.
    private static let (pageOfRuns, pageOfExceptions) = (20, 100)

    func propagationDatabasePage(
        _ request: Request, _ context: PortalContext, _ asker: Operator, _ language: Language, _ console: Console
    ) async throws -> Response {
        try await console.desk.demand(.readDatabases, of: asker, asking: "databases")
        let id = try context.parameters.require("database")
        let query = try request.queryFields()
        let cursor = query.present("cursor")
        let after = try cursor.map(RunCursor.decode)
        let moment = now()
        let times = (0...28).map { moment.adding(seconds: ($0 - 28) * 6 * 3600) }
        let found = try await database.read { connection in
            guard let standing = try DatabaseStandingStore.find(id, on: connection) else { throw RightsError.notFound }
            let heads = try DatabaseHistory.heads(at: times, on: connection)
            let exceptions = try DeliveryExceptionStore.open(
                in: id, limit: Self.pageOfExceptions, on: connection)
            return Found(
                standing: standing,
                points: try DatabaseHistory.points(of: standing.linked, at: times, heads: heads, on: connection),
                exceptions: exceptions,
                references: try DeliveryExceptionStore.requests(of: exceptions, on: connection),
                runs: try ReconciliationStore.runs(
                    of: id, limit: Self.pageOfRuns + 1, after: after, on: connection),
                lastRun: try ReconciliationStore.runs(of: id, limit: 1, on: connection).first,
                batches: try DatabaseHistory.batches(of: standing.linked, limit: 20, on: connection),
                breaches: try TargetBreachStore.breaches(of: id, limit: 20, on: connection))
        }
        return personalPage(page(found, asker, language, cursor: cursor, notice: query["notice"]))
    }

    private struct Found: Sendable {
        let standing: DatabaseStanding
        let points: [LagPoint]
        let exceptions: [DeliveryException]
        let references: [ObjectionID: String]
        let runs: [ReconciliationRun]
        let lastRun: ReconciliationRun?
        let batches: [DatabaseHistory.ConfirmedBatch]
        let breaches: [TargetBreach]
    }

    private func page(
        _ found: Found, _ asker: Operator, _ language: Language, cursor: String?, notice: String?
    ) -> PropagationDatabasePage {
        let (words, zone, standing) = (Words(language), policy.zone, found.standing)
        let linked = standing.linked
        let database = DatabaseWords(
            standing, hours: policy.targets.hours(of: linked), now: now(), zone, language)
        let mayManage = policy.roles.allows(asker.role, .manageDatabases) && linked.state != .removed
        let mayReadRequests = policy.roles.allows(asker.role, .readRequests)
        let exceptions = found.exceptions.map { exception in
            PropagationDatabasePage.Exception(
                exception, reference: mayReadRequests ? found.references[exception.objection] : nil,
                mayManage: mayManage, zone, language)
        }
        let more = standing.exceptions - found.exceptions.count { !$0.isImpossible }
        let isWaiting = found.lastRun.map { $0.endedAt == nil } ?? false
        let shownRuns = found.runs.prefix(Self.pageOfRuns)
        return PropagationDatabasePage(
            frame: frame(
                language, .custodianDatabase(linked.id), title: database.name,
                query: PageQuery([("cursor", cursor ?? "")]).text,
                signedIn: SignedInOperator(asker, language: language)),
            notice: .afterPropagation(notice, language),
            database: database, facts: facts(of: found, database, language),
            drawings: LagDrawings(of: linked.id, found.points, zone, language), exceptions: exceptions,
            moreExceptions: more > 0 ? words.number(more) : nil,
            canRetryAll: mayManage
                && found.exceptions.count { $0.retryAt == nil && !$0.isImpossible } > 1,
            runs: shownRuns.map { PropagationDatabasePage.Run($0, zone, language) },
            pager: Pager(
                list: PagePath.custodianDatabase(linked.id).path(in: language), filters: [], cursor: cursor,
                next: found.runs.count > Self.pageOfRuns ? shownRuns.last.map(RunCursor.encode) : nil),
            canAsk: mayManage && !isWaiting && linked.state != .pending,
            canRepair: mayManage && !isWaiting && found.lastRun?.outcome == .differs && ListRepair.isReadable(linked),
            isRunWaiting: isWaiting,
            batches: found.batches.map { batch in
                PropagationDatabasePage.Batch(
                    confirmedAt: words.moment(batch.confirmedAt, in: zone),
                    interval: "\(words.number(Int(batch.from + 1))) – \(words.number(Int(batch.to)))",
                    entries: words.number(Int(batch.to - batch.from)))
            },
            breaches: found.breaches.map { PropagationDatabasePage.Breach($0, zone, language) },
            exceptionsAction: PagePath.operatorExceptions(linked.id).path(in: language),
            reconciliationAction: PagePath.operatorReconciliation(linked.id).path(in: language),
            resumeAction: PagePath.operatorResume(linked.id).path(in: language),
            canResume: mayManage && linked.state == .active && linked.failingSince != nil)
    }

    private func facts(
        of found: Found, _ database: DatabaseWords, _ language: Language
    ) -> [PropagationDatabasePage.Fact] {
        let (words, standing) = (Words(language), found.standing)
        let linked = standing.linked
        var facts: [PropagationDatabasePage.Fact] = []
        func add(_ french: String, _ english: String, _ text: String?, isTechnical: Bool = false) {
            guard let text else { return }
            facts.append(
                .init(label: language.pick(fr: french, en: english), text: text, isTechnical: isTechnical))
        }
        add("Connecteur", "Connector", connector(of: linked, language))
        add(
            "Position", "Position",
            language.pick(
                fr: "\(database.position) sur \(words.number(Int(standing.head)))",
                en: "\(database.position) of \(words.number(Int(standing.head)))"))
        add("Retard", "Lag", [database.lag, database.waits].compactMap { $0 }.joined(separator: ", "))
        add(
            "À rattraper", "To catch up",
            standing.catchingUp == 0 ? nil : words.projects(standing.catchingUp))
        add(
            "Chez le dépositaire", "With its custodian",
            standing.mailbox.map { waiting in
                let batches = words.count(waiting.batches, fr: ("lot", "lots"), en: ("batch", "batches"))
                let changes = words.count(
                    waiting.changes, fr: ("changement", "changements"), en: ("change", "changes"))
                return language.pick(
                    fr: "\(batches) sans réponse, \(changes)", en: "\(batches) without an answer, \(changes)")
            })
        add("Objectif publié", "Published target", database.target)
        add("Dernière confirmation", "Last confirmation", database.lastConfirmed)
        add(
            "Confirmées", "Confirmed",
            throughput(
                found.points.dropLast(4).last, found.points.first, standing, language))
        add("Connexion", "Connection", circuit(linked, language))
        add("Dernière erreur", "Last error", linked.failure, isTechnical: true)
        add(
            "Liée depuis", "Linked since",
            linked.linkedAt.map { words.moment($0, in: policy.zone) })
        return facts
    }

    /// How it is reached, and never where: an address may name machines and accounts.
    private func connector(of linked: LinkedDatabase, _ language: Language) -> String {
        switch try? ConnectorAddress(linked.connector) {
        case .postgresql: "PostgreSQL"
        case .sqlite: "SQLite"
        case .https: language.pick(fr: "HTTPS, envoyé au dépositaire", en: "HTTPS, pushed to its custodian")
        case .directory: language.pick(fr: "Dossier partagé", en: "Shared folder")
        case .pull: language.pick(fr: "Programme du dépositaire", en: "Its custodian’s program")
        case .manual: language.pick(fr: "À la main", en: "By hand")
        case nil: linked.connector.split(separator: ":").first.map(String.init) ?? ""
        }
    }

    // MARK: Acting

    /// Has the current state of one objection sent again, or of all.
    private func retry(
        _ form: FormFields, _ context: PortalContext, _ asker: Operator, _ language: Language, _ console: Console
    ) async throws -> Response {
        try await console.desk.demand(.manageDatabases, of: asker, asking: "databases")
        let id = try context.parameters.require("database")
        let one = (form["objection"] ?? "").isEmpty ? nil : ObjectionID(form["objection"] ?? "")
        let isAll = form["all"] == "yes"
        let moment = now()
        let audit = AuditEvent(
            at: moment, actor: asker.name, role: asker.role.rawValue, act: "database.exceptionsRetried", subject: id,
            detail: .object(ofPresent: ["objection": one.map { .string($0.description) }]), random: random)
        let count = try await database.write { connection in
            guard let linked = try LinkedDatabaseStore.find(id, on: connection), linked.state != .removed else {
                throw RightsError.notFound
            }
            let open = try DeliveryExceptionStore.open(in: id, limit: 100_000, on: connection)
            let asked = open.filter { $0.retryAt == nil && (isAll && !$0.isImpossible || $0.objection == one) }
            for exception in asked {
                _ = try DeliveryExceptionStore.retry(exception.objection, in: id, at: moment, on: connection)
            }
            if !asked.isEmpty { try audit.record(on: connection) }
            return asked.count
        }
        return Self.seeOther(.custodianDatabase(id), language, notice: count > 0 ? "retried" : "nothingToRetry")
    }

    private func askReconciliation(
        _ form: FormFields, _ context: PortalContext, _ asker: Operator, _ language: Language, _ console: Console
    ) async throws -> Response {
        try await console.desk.demand(.manageDatabases, of: asker, asking: "databases")
        let id = try context.parameters.require("database")
        let repairs = form["repair"] == "yes"
        let run = ReconciliationRun(
            of: id, by: asker.name, role: asker.role.rawValue, repairs: repairs, at: now(), random: random)
        if form["mode"] == "repair", !repairs {
            return Self.seeOther(.custodianDatabase(id), language, notice: "notConfirmed")
        }
        let isNew = try await database.write { connection in
            guard let linked = try LinkedDatabaseStore.find(id, on: connection), linked.state != .removed,
                linked.state != .pending
            else { throw RightsError.notFound }
            // One at a time: a second would say what the first says.
            let last = try ReconciliationStore.runs(of: id, limit: 1, on: connection).first
            guard last?.endedAt != nil || last == nil else { return false }
            guard !repairs || (last?.outcome == .differs && ListRepair.isReadable(linked)) else { return false }
            try ReconciliationStore.ask(run, on: connection)
            return true
        }
        return Self.seeOther(.custodianDatabase(id), language, notice: isNew ? "asked" : "notAsked")
    }

    /// Has a database that can't be served tried at once.
    private func tryNow(
        _ context: PortalContext, _ asker: Operator, _ language: Language, _ console: Console
    ) async throws -> Response {
        try await console.desk.demand(.manageDatabases, of: asker, asking: "databases")
        let id = try context.parameters.require("database")
        let audit = AuditEvent(
            at: now(), actor: asker.name, role: asker.role.rawValue, act: "database.triedAtOnce", subject: id,
            random: random)
        try await database.write { connection in
            guard let linked = try LinkedDatabaseStore.find(id, on: connection), linked.state == .active,
                try LinkedDatabaseStore.set(.active, of: id, on: connection)
            else { throw RightsError.notFound }
            try audit.record(on: connection)
        }
        return Self.seeOther(.custodianDatabase(id), language, notice: "tried")
    }
}

/// Where a page of reconciliations ended.
private enum RunCursor {
    static func encode(_ run: ReconciliationRun) -> String {
        Base64URL.encode(Array("\(run.askedAt.milliseconds)|\(run.id)".utf8))
    }

    /// Throws `CursorError` for anything that `encode` did not make.
    static func decode(_ text: String) throws -> (askedAt: Instant, id: String) {
        let parts = Base64URL.decode(text).map { String(decoding: $0, as: UTF8.self).split(separator: "|") } ?? []
        guard parts.count == 2, let milliseconds = Int64(parts[0]) else { throw CursorError.malformed }
        return (Instant(milliseconds: milliseconds), String(parts[1]))
    }
}

extension Notice {
    fileprivate static func afterPropagation(_ asked: String?, _ language: Language) -> Notice? {
        switch asked {
        case "retried":
            Notice(
                language.pick(fr: "C’est noté", en: "Noted"),
                text: language.pick(
                    fr: "L’état présent de ces oppositions sera renvoyé. L’exception se ferme quand la base l’a pris.",
                    en:
                        "The current state of these objections is sent again. An exception ends once the database has taken it."
                ),
                tone: .done)
        case "nothingToRetry":
            Notice(
                language.pick(fr: "Il n’y avait rien à renvoyer", en: "There was nothing to send again"), tone: .wait)
        case "asked":
            Notice(
                language.pick(fr: "Le rapprochement est demandé", en: "The comparison is asked for"),
                text: language.pick(
                    fr: "Son résultat vient sur cette page, d’ordinaire en moins d’une minute.",
                    en: "What comes of it appears on this page, mostly within a minute."), tone: .done)
        case "notAsked":
            Notice(
                language.pick(fr: "Rien n’a été demandé", en: "Nothing was asked for"),
                text: language.pick(
                    fr: "Un rapprochement attend déjà, ou il n’y a rien à réparer.",
                    en: "A comparison waits already, or there is nothing to repair."), tone: .wait)
        case "notConfirmed":
            Notice(
                language.pick(fr: "Cochez la case pour réparer", en: "Tick the box to repair"),
                text: language.pick(fr: "Rien n’a été changé.", en: "Nothing was changed."), tone: .alert)
        case "tried":
            Notice(language.pick(fr: "La base est réessayée", en: "The database is tried again"), tone: .done)
        default: nil
        }
    }
}
