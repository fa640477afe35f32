import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import Vault

extension Portal {
    /// The operators' console: sign-in, the queue, the cases.
    func operatorPageRoutes(_ console: Console) -> [Route] {
        routes(.get, .operatorSignIn, access: .personal) { request, _, language in
            if let asker = try await whoeverSignedIn(request, console) {
                return Self.seeOther(Self.firstPage(of: asker), language)
            }
            let asked = try request.queryFields()["notice"]
            return personalPage(signInForm(language, notice: .beforeSignIn(asked, language)))
        }
            + routes(
                .post, .operatorSignIn, access: .personal, bodyLimit: Self.longestForm
            ) { request, context, language in
                try await signIn(
                    try await request.formBody(in: context), from: context.remoteAddress?.ipAddress ?? "", language,
                    console)
            }
            .limited(.operatorSignIn) { request, context, language, refusal in
                let name = try await request.formBody(in: context)["name"] ?? ""
                return personalPage(
                    signInForm(
                        language, name: name, errors: [FieldError(pointer: "/name", code: "signIn.tooMany")],
                        notice: .wait(seconds: refusal.seconds, language)))
            }
            + routes(.post, .operatorSignOut, access: .personal, bodyLimit: Self.longestForm) { request, _, language in
                try await signOut(request, language, console)
            }
            + consoleRoutes(.get, .operatorQueue, console) { request, _, language, asker in
                try await queuePage(request, language, asker, console)
            }
            + operatorCaseRoutes(console) + operatorLetterRoutes(console) + operatorTemplateRoutes(console)
            + deskRoutes(console) + teamRoutes(console) + personSearchRoutes(console) + waveRoutes(console)
    }

    /// Routes for those who have signed in; everybody else is sent to do so.
    func consoleRoutes(
        _ method: HTTPRequest.Method, _ page: PagePath, _ console: Console, bodyLimit: Int = longestForm,
        handler: @escaping @Sendable (Request, PortalContext, Language, Operator) async throws -> Response
    ) -> [Route] {
        routes(method, page, access: .personal, bodyLimit: bodyLimit) { request, context, language in
            let asker: Operator
            do {
                asker = try await signedIn(request, console)
            } catch let problem as ProblemDetails where problem.status == .unauthorized {
                return Self.seeOther(.operatorSignIn, language, notice: "signIn")
            }
            return try await handler(request, context, language, asker)
        }
    }

    // MARK: Signing in and out

    private func signIn(
        _ form: FormFields, from address: String, _ language: Language, _ console: Console
    ) async throws -> Response {
        let name = (form["name"] ?? "").trimming(while: \.isWhitespace).lowercased()
        let (password, code) = (form["password"] ?? "", form["otp"] ?? "")
        func refused(
            _ errors: [FieldError], _ status: HTTPResponse.Status, notice: Notice? = nil, headers: HTTPFields = [:]
        ) -> Response {
            personalPage(
                signInForm(language, name: name, errors: errors, notice: notice), status: status, headers: headers)
        }
        func refusedForNow(seconds: Int) -> Response {
            refused(
                [FieldError(pointer: "/name", code: "signIn.tooMany")], .tooManyRequests,
                notice: .wait(seconds: seconds, language), headers: [.retryAfter: String(seconds)])
        }
        let missing = [("/name", name), ("/password", password), ("/otp", code)].filter { $0.1.isEmpty }
        guard missing.isEmpty else {
            return refused(missing.map { FieldError(pointer: $0.0, code: "required") }, .unprocessableContent)
        }
        do {
            let session = try await console.sessions.signIn(
                name: name, password: password, code: code, address: address)
            var response = Self.seeOther(Self.firstPage(of: session.signedIn), language)
            response.set(OperatorCookie.carrying(session.token, of: console.sessions))
            return response
        } catch OperatorSessions.Refusal.wrongCredentials {
            // Which of the three was wrong is not told.
            return refused([FieldError(pointer: "/name", code: "signIn.failed")], .unprocessableContent)
        } catch OperatorSessions.Refusal.tooManyFailures(let seconds) {
            return refusedForNow(seconds: seconds)
        } catch is PasswordGate.Busy {
            return refusedForNow(seconds: 2)
        }
    }

    private func signInForm(
        _ language: Language, name: String = "", errors: [FieldError] = [], notice: Notice? = nil
    ) -> OperatorSignInPage {
        let mark = errors.isEmpty ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        return OperatorSignInPage(
            frame: frame(
                language, .operatorSignIn, title: mark + language.pick(fr: "Espace opérateur", en: "Operators")),
            name: name, errors: errors, notice: notice)
    }

    private func signOut(_ request: Request, _ language: Language, _ console: Console) async throws -> Response {
        if let token = request.cookie(OperatorCookie.name),
            let asker = try await console.sessions.operatorOfSession(token)
        {
            try await console.sessions.signOut(token, of: asker)
        }
        var response = Self.seeOther(.operatorSignIn, language, notice: "signedOut")
        response.set(OperatorCookie.cleared)
        response.headers[.clearSiteData] = "\"cache\", \"cookies\", \"storage\""
        return response
    }

    // MARK: The queue

    private func queuePage(
        _ request: Request, _ language: Language, _ asker: Operator, _ console: Console
    ) async throws -> Response {
        let fields = try request.queryFields()
        let filters = try QueueFilters(fields)
        let query = try await queueQuery(filters, for: asker, console)
        let (items, total, hasMore) = try await console.desk.queue(query, countingTo: Self.mostCounted, for: asker)
        let next = hasMore ? items.last.map(QueueCursor.encode) : nil
        let own = try await console.desk.ownDue(for: asker)
        let colleagues = try await console.desk.colleagues(for: asker)
        let saved = try await console.desk.filters(for: asker)
        let late = policy.roles.allows(asker.role, .readDatabases) ? try await lateDatabases(language) : []
        return personalPage(
            OperatorQueuePage(
                frame: frame(
                    language, .operatorQueue, title: language.pick(fr: "Demandes", en: "Requests"),
                    query: PageQuery(filters.fields).text, signedIn: SignedInOperator(asker, language: language)),
                total: total, state: filters.stateWord, right: filters.right?.rawValue,
                assignee: filters.assignee?.word, due: filters.due?.rawValue, query: filters.reference,
                rows: items.map { row($0, filters, language) },
                desk: queueDesk(filters, colleagues, saved, total: total, asker, language),
                pager: Pager(
                    list: PagePath.operatorQueue.path(in: language), filters: filters.fields,
                    cursor: filters.cursor, next: next),
                mayEnter: policy.roles.allows(asker.role, .enterRequests),
                asksToConfirm: policy.refusals == .confirmed,
                hasLost: try await console.desk.hasOpenLostCases(for: asker),
                mayVoid: console.desk.maySeeWaves(asker),
                voidings: try await console.desk.voidingsToConfirm(by: asker), late: late,
                own: OwnDueWords(own, alertDays: site.periods.alertDays, language),
                notice: .inQueue(fields["notice"], language)))
    }

    /// What the queue's filters ask of the desk.
    func queueQuery(_ filters: QueueFilters, for asker: Operator, _ console: Console) async throws -> QueueQuery {
        let deputised = filters.assignee == .me ? try await console.desk.deputised(by: asker) : []
        var query = filters.query(
            for: asker, deputising: deputised, today: today, alertDays: site.periods.alertDays)
        query.limit = Self.queuePage
        return query
    }

    /// How far the queue's page counts: whoever has more before them needs no number.
    static let mostCounted = OperatorDesk.bulkLimit

    /// How many requests a page of the queue shows.
    private static let queuePage = 50

    /// The databases where something waits for longer than the published target.
    private func lateDatabases(_ language: Language) async throws -> [LateDatabase] {
        let standings = try await database.read { try DatabaseStandingStore.linked(on: $0) }
        return standings.compactMap {
            LateDatabase($0, hours: policy.targets.hours(of: $0.linked), now: now(), policy.zone, language)
        }
    }

    private func row(_ item: QueueItem, _ filters: QueueFilters, _ language: Language) -> OperatorQueuePage.Row {
        let words = Words(language)
        let isRunning = item.outcome == nil
        return OperatorQueuePage.Row(
            reference: item.reference, right: item.right.rawValue,
            receivedOn: words.date(item.receivedAt.date(in: policy.zone)),
            dueOn: isRunning ? words.date(item.dueOn) : nil, daysLeft: item.alertOn.map(daysLeft),
            soon: site.periods.alertDays, state: item.state.rawValue, outcome: item.outcome?.rawValue,
            assignee: item.assignee, awaitsReply: item.awaitsReply, isDeathDoubted: item.isDeathDoubted,
            eventCount: item.eventCount, filters: filters.query, language: language)
    }
}

extension Notice {
    fileprivate static func beforeSignIn(_ asked: String?, _ language: Language) -> Notice? {
        switch asked {
        case "signIn":
            Notice(
                language.pick(fr: "Connectez-vous d’abord", en: "Please sign in first"),
                text: language.pick(
                    fr:
                        "Une session se ferme après un temps sans activité. Si vous veniez d’envoyer quelque chose, ce n’est pas "
                        + "enregistré : recommencez.",
                    en:
                        "A session closes after a time without activity. If you had just sent something, it is not recorded: "
                        + "do it again."), tone: .wait)
        case "signedOut":
            Notice(language.pick(fr: "Vous êtes déconnecté", en: "You have signed out"), tone: .done)
        default: nil
        }
    }

    fileprivate static func wait(seconds: Int, _ language: Language) -> Notice {
        let time = Words(language).count(seconds, fr: ("seconde", "secondes"), en: ("second", "seconds"))
        return Notice(language.pick(fr: "Attendez \(time)", en: "Wait \(time)"), tone: .alert)
    }
}
