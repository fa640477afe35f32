import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import PublicRegistry
import RightsRegistry
import StrictJSON
import Vault

extension Portal {
    /// The forms by which citizens exercise their rights, and the page where they follow a request.
    func rightsPageRoutes(_ intake: Intake) -> [Route] {
        requestFormRoutes(intake) + requestFilingRoutes(intake) + followRoutes(intake)
    }

    /// `/droits`: the same for everybody.
    var rightsOverviewRoutes: [Route] {
        Language.allCases.map { language in
            let title = language.pick(fr: "Exercer mes droits", en: "Exercise my rights")
            let description = language.pick(
                fr:
                    "Six droits sur vos données de santé : ce que chacun fait, ce qu’il ne fait pas, en combien de temps.",
                en: "Six rights over your health data: what each does, what it does not, and how long it takes.")
            let body = publicBody(
                RightsPage(
                    frame: frame(language, .rights, title: title, section: .request, description: description),
                    site: site))
            return Route(.get, PagePath.rights.route(in: language), access: .site) { request, _ in
                body.response(to: request)
            }
        }
    }

    /// `/droits/formulaire`: the same on paper.
    var rightsFormRoutes: [Route] {
        Language.allCases.map { language in
            let title = language.pick(fr: "Le formulaire sur papier", en: "The form on paper")
            let body = publicBody(
                RightsFormPage(frame: frame(language, .rightsForm, title: title, section: .request), site: site))
            return Route(.get, PagePath.rightsForm.route(in: language), access: .site) { request, _ in
                body.response(to: request)
            }
        }
    }

    private func requestFormRoutes(_ intake: Intake) -> [Route] {
        let choices = datasetChoices
        return RequestStep.allCases.flatMap { step in
            routes(.get, step.page, access: .personal) { request, _, language in
                try await show(step, request, language, choices, intake)
            }
                + (step == .check
                    ? []
                    : routes(
                        .post, step.page, access: .personal, bodyLimit: Self.longestForm
                    ) { request, context, language in
                        let form = try await request.formBody(in: context)
                        return try await take(
                            step, form, try await openedDraft(request), citizen(request, intake), language)
                    }
                    .limited(.form) { request, context, language, refusal in
                        let form = try await request.formBody(in: context)
                        let opened = try await openedDraft(request)
                        return try await takeLater(
                            step, form, opened, signedIn: opened.flatMap { signedIn(request, $0, intake) }, language,
                            choices, refusal)
                    })
        }
            + routes(.post, .requestErasure, access: .personal, bodyLimit: Self.longestForm) { request, _, language in
                if let token = request.cookie(OpenedDraft.cookieName) { try await drafts.erase(token) }
                var response = Self.seeOther(.request, language, notice: "erased")
                response.set(OpenedDraft.clearedCookie)
                return response
            }
    }

    // MARK: Showing a step

    private func show(
        _ step: RequestStep, _ request: Request, _ language: Language, _ choices: DatasetChoices, _ intake: Intake
    ) async throws -> Response {
        let query = try request.queryFields()
        let opened = try await openedDraft(request)
        let hasCookie = request.cookie(OpenedDraft.cookieName)?.isEmpty == false
        // The first two questions are asked before there is a draft; what a link chose is carried along unseen.
        guard step == .right || step == .capacity else {
            guard let opened, let answers = opened.answers else {
                if case .filed(let reference, _, let another) = opened?.draft {
                    return requestSent(reference, another, language)
                }
                return draftOver(language, hasBegun: hasCookie)
            }
            let review = review(answers, language)
            let pending = answers.pending(review.errors)
            guard step == .age ? pending == .age : answers.reaches(step, pending: pending) else {
                return Self.seeOther(pending.page, language)
            }
            let signedIn = signedIn(request, opened, intake)
            let filled = answers.filled(
                at: step, from: signedIn?.traits, isAsked: query["fill"] == SignInPurpose.fill)
            return try await page(
                step, filled, self.review(filled, language), keptUntil: opened.expiresAt, query, language,
                choices: choices, signedIn: signedIn)
        }
        if hasCookie, opened == nil { return draftOver(language) }
        var answers = opened?.answers ?? newAnswers()
        if let right = query["right"].flatMap(Right.init(rawValue:)) { answers["right"] = right.rawValue }
        let chosen = PageQuery([("right", query["right"] ?? ""), ("project", query["project"] ?? "")]).text
        if step == .right, answers.right != nil, !chosen.isEmpty {
            return Response(
                status: .seeOther, headers: [.location: RequestStep.capacity.page.path(in: language) + chosen])
        }
        if case .filed(let reference, _, let another) = opened?.draft, chosen.isEmpty, query["new"] == nil {
            return requestSent(reference, another, language)
        }
        if step == .capacity, answers.right == nil { return Self.seeOther(.request, language) }
        return try await page(
            step, answers, review(answers, language), keptUntil: opened?.answers == nil ? nil : opened?.expiresAt,
            query, language, choices: choices)
    }

    private func page(
        _ step: RequestStep, _ answers: RequestAnswers, _ review: Review, keptUntil: Instant?, _ query: FormFields,
        _ language: Language, choices: DatasetChoices, signedIn: CitizenSession? = nil, busy: Notice? = nil
    ) async throws -> Response {
        let errors =
            answers.sent.contains(step) ? review.errors.filter { RequestStep(of: $0, in: answers) == step } : []
        let shown = StepFrame(
            step, in: answers, keptUntil: keptUntil.map { Words(language).clock($0, in: policy.zone) },
            minutes: site.periods.filingDraftMinutes, errors: errors,
            notice: busy ?? notice(query["notice"], keptUntil, language), language: language)
        func frame(_ title: String) -> PageFrame { stepFrame(step, title, hasErrors: !errors.isEmpty, language) }
        let right = answers.right ?? .objection
        switch step {
        case .right, .capacity:
            let hidden = [
                HiddenField("right", step == .capacity ? answers["right"] : ""),
                HiddenField("project", query["project"] ?? ""),
            ].filter { !$0.value.isEmpty }
            let title =
                step == .right
                ? language.pick(fr: "Que voulez-vous faire ?", en: "What do you want to do?")
                : language.pick(fr: "Pour qui ?", en: "For whom?")
            return personalPage(
                step == .right
                    ? RequestChoicePage(
                        frame: frame(title), step: shown, answers: answers, hidden: hidden, site: site)
                    : RequestChoicePage(
                        frame: frame(title), step: shown, answers: answers, hidden: hidden))
        case .scope:
            return personalPage(
                RequestScopePage(
                    frame: frame(language.pick(fr: "La portée", en: "The scope")), step: shown, answers: answers,
                    reach: try await reach(choices, language), site: site))
        case .databases:
            return personalPage(
                RequestDatabasesPage(
                    frame: frame(language.pick(fr: "Quelles bases ?", en: "Which databases?")), step: shown,
                    answers: answers, reach: try await reach(choices, language)))
        case .projects:
            return try await projectsPage(
                frame(language.pick(fr: "Quels projets ?", en: "Which projects?")), shown, answers, query, language,
                choices)
        case .details:
            return personalPage(
                RequestDetailsPage(
                    frame: frame(language.pick(fr: "Précisions", en: "Details")), step: shown, answers: answers,
                    right: right, site: site))
        case .person:
            return personalPage(
                RequestPersonPage(
                    frame: frame(language.pick(fr: "La personne concernée", en: "The person concerned")), step: shown,
                    answers: answers, asksNIRHolder: review.asksNIRHolder && answers.sent.contains(.person),
                    signIn: signInOffer(at: step, answers, signedIn, language)))
        case .age:
            return personalPage(
                RequestAgePage(
                    frame: frame(language.pick(fr: "L’âge", en: "Age")), step: shown,
                    isOfAge: review.errors.contains { $0.code == "capacity.ofAge" },
                    age: site.periods.parentActsUnderAge))
        case .contact:
            return personalPage(
                RequestContactPage(
                    frame: frame(language.pick(fr: "Contact", en: "Contact")), step: shown, answers: answers,
                    isMinor: isMinor(answers), signIn: signInOffer(at: step, answers, signedIn, language)))
        case .check:
            return personalPage(
                try await checkPage(answers, review, keptUntil: keptUntil, notice: shown.notice, language))
        }
    }

    private func projectsPage(
        _ frame: PageFrame, _ step: StepFrame, _ answers: RequestAnswers, _ query: FormFields, _ language: Language,
        _ choices: DatasetChoices
    ) async throws -> Response {
        let reach = try await reach(choices, language)
        var chosen: [RequestProjectsPage.Chosen] = []
        for reference in answers.projects {
            guard let record = try await projects.project(reference) else { continue }
            chosen.append(
                RequestProjectsPage.Chosen(
                    reference: reference, title: Phrase(record.project.title, in: language) ?? Phrase(reference),
                    href: PagePath.project(reference).path(in: language), limits: reach.limits(of: record, in: language)
                ))
        }
        let text = String((query["q"] ?? "").prefix(200)).trimming(while: \.isWhitespace)
        let found =
            text.isEmpty
            ? nil
            : try await projects.search(
                ProjectQuery(text: text), asOf: register.generation)
        return personalPage(
            RequestProjectsPage(
                frame: frame, step: step, chosen: chosen, query: text,
                found: (found?.items ?? []).filter { !answers.projects.contains($0.reference) }.map {
                    ProjectCard($0, language: language)
                },
                hasMore: found?.nextCursor != nil))
    }

    private func notice(_ asked: String?, _ keptUntil: Instant?, _ language: Language) -> Notice? {
        switch (asked, keptUntil) {
        case ("erased", nil):
            return Notice(
                language.pick(fr: "Vos réponses sont effacées", en: "Your answers have been erased"),
                text: language.pick(
                    fr: "Rien n’en reste, ni ici ni sur cet appareil.",
                    en: "Nothing of them is left, here or on this device."), tone: .done)
        case ("kept", let instant?):
            let time = Words(language).clock(instant, in: policy.zone)
            return Notice(
                language.pick(
                    fr: "Vos réponses sont gardées jusqu’à \(time)", en: "Your answers are kept until \(time)"),
                tone: .live)
        default: return nil
        }
    }

    func stepFrame(_ step: RequestStep, _ title: String, hasErrors: Bool = false, _ language: Language) -> PageFrame {
        let mark = hasErrors ? language.pick(fr: "Erreur : ", en: "Error: ") : ""
        let progress = language.pick(
            fr: "étape \(step.number) sur \(RequestStep.count)", en: "step \(step.number) of \(RequestStep.count)")
        return frame(
            language, step.page, title: "\(mark)\(title) (\(progress))", section: .request,
            hiddenFromSearch: step != .right)
    }

    // MARK: Taking a step

    /// What the form's buttons ask for besides going on.
    private enum Act: String { case keep, addNumber, minor, parent, signIn }

    private func take(
        _ step: RequestStep, _ form: FormFields, _ opened: OpenedDraft?, _ citizen: CitizenSession?,
        _ language: Language
    ) async throws -> Response {
        guard step == .right || step == .capacity || opened?.answers != nil else { return draftOver(language) }
        var answers = opened?.answers ?? newAnswers()
        let before = answers
        if let citizen { answers.proven = citizen.traits }
        answers.fill(step, from: form)
        if step == .projects, let place = takeProjects(form, &answers, language) {
            return try await save(.open(answers), in: opened, then: place, language)
        }
        let here = step.page.path(in: language)
        switch form["act"].flatMap(Act.init) {
        case .keep: return try await save(.open(answers), in: opened, then: here + "?notice=kept", language)
        case .addNumber:
            let index = answers.otherNumbers
            answers["otherNumbers"] = String(min(index + 1, OtherNumber.most))
            return try await save(.open(answers), in: opened, then: here + "#otherNir\(index)", language)
        case .signIn: return try await signIn(at: step, answers, in: opened, language)
        case .minor where step == .age: answers.becomeOwnRequest()
        case .parent where step == .age: answers.becomeParentsRequest()
        case .minor, .parent, nil: break
        }
        answers.sent.insert(step)
        answers.forgetWhatChanged(since: before)
        let errors = review(answers, language).errors
        let pending = answers.pending(errors)
        let isWrong = pending == step
        return try await save(
            .open(answers), in: opened, then: pending.page.path(in: language) + (isWrong ? "#errors" : ""), language)
    }

    /// The step again as it was filled in, since too many came at once; the draft is as it was before.
    private func takeLater(
        _ step: RequestStep, _ form: FormFields, _ opened: OpenedDraft?, signedIn: CitizenSession?,
        _ language: Language, _ choices: DatasetChoices, _ refusal: TooManyRequests
    ) async throws -> Response {
        guard step == .right || step == .capacity || opened?.answers != nil else { return draftOver(language) }
        var answers = opened?.answers ?? newAnswers()
        answers.fill(step, from: form)
        return try await page(
            step, answers, review(answers, language), keptUntil: opened?.answers == nil ? nil : opened?.expiresAt,
            form, language, choices: choices, signedIn: signedIn, busy: .tooMany(refusal, site: site, language))
    }

    /// Adds or removes a project, or looks for some; nil to go on.
    private func takeProjects(_ form: FormFields, _ answers: inout RequestAnswers, _ language: Language) -> String? {
        let here = RequestStep.projects.page.path(in: language)
        let search = PageQuery([("q", form["q"] ?? "")]).text
        if let added = form["add"].flatMap(RecordReference.init)?.text {
            answers.choose(added)
            return here + search + "#chosen"
        }
        if let removed = form["remove"] {
            answers.projects.removeAll { $0 == removed }
            return here + search + "#chosen"
        }
        return nil
    }
}

extension FormFields {
    /// Each field's first value.
    var firstValues: [String: String] {
        names.reduce(into: [:]) { values, name in values[name] = self[name] }
    }
}

extension RequestAnswers {
    /// Whether the citizen may stand before a step: everything ahead of it was sent and is right.
    fileprivate func reaches(_ step: RequestStep, pending: RequestStep) -> Bool {
        guard let place = steps.firstIndex(of: step) else { return false }
        let reached = pending == .age ? RequestStep.person : pending
        return place <= (steps.firstIndex(of: reached) ?? 0)
    }

    /// Takes what a step's form says, unjudged.
    fileprivate mutating func fill(_ step: RequestStep, from form: FormFields) {
        if step == .capacity, let right = form["right"].flatMap(Right.init(rawValue:)) {
            self["right"] = right.rawValue
            sent.insert(.right)
        }
        if let project = form["project"].flatMap(RecordReference.init)?.text { choose(project) }
        // A radio button that nobody chose does not come at all.
        for name in step.fields(self) { self[name] = form[name] ?? "" }
        if step == .databases { databases = form.all("database") }
    }

    /// Adds a project to an objection to some projects.
    fileprivate mutating func choose(_ project: String) {
        guard !projects.contains(project), projects.count < Self.mostProjects else { return }
        projects.append(project)
        if self["scope"].isEmpty { self["scope"] = "projects" }
    }

    /// Another capacity asks other things of whoever files, another right says other things.
    fileprivate mutating func forgetWhatChanged(since before: RequestAnswers) {
        if before.capacity != nil, capacity != before.capacity { sent.remove(.contact) }
        if before.right != nil, right != before.right { sent.subtract([.scope, .details]) }
    }
}
