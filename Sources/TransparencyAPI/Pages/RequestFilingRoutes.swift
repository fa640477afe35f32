import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import Logging
import PublicRegistry
import RightsRegistry
import StrictJSON
import Vault

extension Portal {
    /// The last step: the answers checked and sent; and the same requester for another person.
    func requestFilingRoutes(_ intake: Intake) -> [Route] {
        routes(
            .post, RequestStep.check.page, access: .personal, bodyLimit: Self.longestForm
        ) { request, context, language in
            let form = try await request.formBody(in: context)
            guard let opened = try await openedDraft(request) else { return draftOver(language) }
            switch opened.draft {
            case .filed(let reference, let secret, _): return try receipt(reference, secret, language, intake)
            case .open(let answers) where form["act"] == "keep":
                let here = RequestStep.check.page.path(in: language)
                return try await save(.open(answers), in: opened, then: here + "?notice=kept", language)
            case .open(let answers): return try await file(answers, opened, context, language, intake)
            }
        }
        .limited(.filing) { request, _, language, refusal in
            try await fileLater(request, language, intake, refusal)
        }
            + routes(.post, .requestAnother, access: .personal, bodyLimit: Self.longestForm) { request, _, language in
                guard let opened = try await openedDraft(request), case .filed(_, _, let another) = opened.draft else {
                    return Self.seeOther(.request, language)
                }
                let pending = another.pending(review(another, language).errors)
                return try await save(.open(another), in: opened, then: pending.page.path(in: language), language)
            }
    }

    // MARK: Reviewing

    /// What the service says of the answers so far.
    struct Review {
        /// The body that the answers make.
        let body: JSON
        let errors: [FieldError]
        /// Whether it is to be asked whose number the NIR is.
        let asksNIRHolder: Bool
        /// Nil while there are errors.
        let filing: Filing?
    }

    /// The rules are those of `POST /api/v1/requests`: the form has none of its own.
    func review(_ answers: RequestAnswers, _ language: Language) -> Review {
        let plain = review(answers.filing(in: language), asksNIRHolder: false)
        guard plain.errors.contains(where: { $0.code == "nir.holder" }) else { return plain }
        guard !answers["nirHolder"].isEmpty else {
            return Review(body: plain.body, errors: plain.errors, asksNIRHolder: true, filing: nil)
        }
        return review(answers.filing(in: language, nirHolder: true), asksNIRHolder: true)
    }

    private func review(_ body: JSON, asksNIRHolder: Bool) -> Review {
        do throws(FieldErrors) {
            let filing = try Filing(body, today: today, parentActsUnderAge: policy.parentActsUnderAge)
            var errors: [FieldError] = []
            // A list that names nothing is one nobody chose from.
            if case .databases([]) = filing.scope { errors.append(FieldError(pointer: "/scope/ids", code: "required")) }
            if case .projects([]) = filing.scope { errors.append(FieldError(pointer: "/scope/ids", code: "required")) }
            return Review(
                body: body, errors: errors, asksNIRHolder: asksNIRHolder, filing: errors.isEmpty ? filing : nil)
        } catch {
            return Review(body: body, errors: error.errors, asksNIRHolder: asksNIRHolder, filing: nil)
        }
    }

    /// Whether the person files alone and is not of age; false while there is no date.
    func isMinor(_ answers: RequestAnswers) -> Bool {
        guard !answers.isForAnother, let born = answers.birthDate.flatMap({ CalendarDate($0) }) else { return false }
        let (year, month, day) = (today.year - site.periods.adultAge, today.month, today.day)
        return (born.year, born.month, born.day) > (year, month, day)
    }

    /// How far an objection reaches today.
    func reach(_ choices: DatasetChoices, _ language: Language) async throws -> Reach {
        Reach(
            try await linkedDatabases(),
            catalogue: try await choices.all(generation: register.generation, in: language), in: language)
    }

    func checkPage(
        _ answers: RequestAnswers, _ review: Review, keptUntil: Instant?, notice: Notice? = nil,
        errors: [FieldError] = [], _ language: Language
    ) async throws -> RequestCheckPage {
        let words = Words(language)
        let right = answers.right ?? .objection
        return RequestCheckPage(
            frame: stepFrame(
                .check, language.pick(fr: "Relire et déposer", en: "Check and file"), hasErrors: !errors.isEmpty,
                language),
            step: StepFrame(
                .check, in: answers, keptUntil: keptUntil.map { words.clock($0, in: policy.zone) },
                minutes: site.periods.filingDraftMinutes, notice: notice, language: language),
            answers: answers, right: right, asksNIRHolder: review.asksNIRHolder,
            birthDate: answers.birthDate.flatMap { CalendarDate($0) }.map(words.date) ?? "",
            chosen: try await names(answers, language), concerned: try await concerned(by: answers), site: site,
            proof: proof(answers, language), errors: errors)
    }

    /// The databases that the scope concerns; none where it names projects, whose databases may change.
    private func concerned(by answers: RequestAnswers) async throws -> [LinkedDatabase] {
        switch answers["scope"] {
        case "projects": return []
        case "databases": return try await linkedDatabases().filter { answers.databases.contains($0.id) }
        default: return try await linkedDatabases()
        }
    }

    private func proof(_ answers: RequestAnswers, _ language: Language) -> Notice? {
        guard let provider = intake?.signIn?.provider, let agrees = answers.agreesWithSignIn else { return nil }
        return .provenIdentity(agrees: agrees, provider, language)
    }

    /// What the scope lists, by name.
    private func names(_ answers: RequestAnswers, _ language: Language) async throws -> [String] {
        switch answers["scope"] {
        case "databases":
            return try await linkedDatabases().filter { answers.databases.contains($0.id) }.map {
                Phrase($0.name, in: language)?.text ?? $0.id
            }
        case "projects":
            var names: [String] = []
            for reference in answers.projects {
                let title = try await projects.project(reference)?.project.title
                names.append(Phrase(title, in: language)?.text ?? reference)
            }
            return names
        default: return []
        }
    }

    // MARK: Filing

    /// The draft's key makes it one filing, however often it is sent. What goes wrong leaves the draft as it is.
    private func file(
        _ answers: RequestAnswers, _ opened: OpenedDraft, _ context: PortalContext, _ language: Language,
        _ intake: Intake
    ) async throws -> Response {
        let review = review(answers, language)
        let pending = answers.pending(review.errors)
        guard pending == .check, let filing = review.filing else {
            guard pending == .check else { return Self.seeOther(pending.page, language) }
            return try await again(answers, review, opened, review.errors, language)
        }
        let filed: FilingReceipt
        do {
            filed = try await intake.filing.file(
                filing, idempotencyKey: answers.idempotencyKey, body: review.body.canonicalBytes,
                provenBy: answers.proven)
        } catch let error as FieldErrors {
            return try await again(answers, review, opened, error.errors, language)
        } catch RightsError.invalid(let error) {
            return try await again(answers, review, opened, error.errors, language)
        } catch RightsError.idempotencyKeyReused {
            // It was filed, then changed in another window before its draft was gone: from here on it is another one.
            let other = answers.withKey(newAnswers().idempotencyKey)
            return try await save(
                .open(other), in: opened, then: RequestStep.check.page.path(in: language), language)
        } catch {
            let problem = Problems.problem(of: error)
            if problem == nil { context.logger.error("a filing failed", metadata: ["error": "\(error)"]) }
            return try await sendLater(answers, review, opened, problem, language)
        }
        let remains = RequestDraft.filed(
            reference: filed.reference, secret: filed.secret,
            another: answers.forAnotherPerson(idempotencyKey: newAnswers().idempotencyKey))
        do {
            _ = try await drafts.save(remains.content, opened.token)
        } catch {
            // It is filed all the same; the draft ends by itself.
            context.logger.warning("a filed draft could not be erased", metadata: ["error": "\(error)"])
        }
        return try receipt(filed.reference, filed.secret, language, intake)
    }

    /// By GET from here on: the receipt can be read again and printed, and nothing is filed twice.
    private func receipt(
        _ reference: String, _ secret: String, _ language: Language, _ intake: Intake
    ) throws -> Response {
        try opening(reference, try TrackingSecret(entered: secret), at: .receipt, language, intake)
    }

    /// The check once more, with what the service refused.
    private func again(
        _ answers: RequestAnswers, _ review: Review, _ opened: OpenedDraft, _ errors: [FieldError], _ language: Language
    ) async throws -> Response {
        personalPage(
            try await checkPage(answers, review, keptUntil: opened.expiresAt, errors: errors, language),
            status: .unprocessableContent)
    }

    /// The check once more, with a button to send it again, since too many came at once.
    private func fileLater(
        _ request: Request, _ language: Language, _ intake: Intake, _ refusal: TooManyRequests
    ) async throws -> Response {
        guard let opened = try await openedDraft(request) else { return draftOver(language) }
        switch opened.draft {
        case .filed(let reference, let secret, _): return try receipt(reference, secret, language, intake)
        case .open(let answers):
            let time = Words(language).clock(opened.expiresAt, in: policy.zone)
            let notice = Notice.tooMany(refusal, keptUntil: time, site: site, language)
            return personalPage(
                try await checkPage(
                    answers, review(answers, language), keptUntil: opened.expiresAt, notice: notice, language))
        }
    }

    /// The check once more, with a button to send it again, since the fault is ours.
    private func sendLater(
        _ answers: RequestAnswers, _ review: Review, _ opened: OpenedDraft, _ problem: ProblemDetails?,
        _ language: Language
    ) async throws -> Response {
        let time = Words(language).clock(opened.expiresAt, in: policy.zone)
        let notice = Notice(
            language.pick(fr: "Votre demande n’est pas partie", en: "Your request has not been sent"),
            text: language.pick(
                fr:
                    "C’est de notre fait. Vos réponses sont gardées jusqu’à \(time) : attendez un instant, puis déposez de "
                    + "nouveau. Elle ne comptera qu’une fois. Vous pouvez aussi écrire ou appeler "
                    + "le \(site.contacts.phone).",
                en: "The fault is ours. Your answers are kept until \(time): wait a moment, then file again. It will "
                    + "count once. You can also write to us, or call \(site.contacts.phone)."), tone: .stop)
        return personalPage(
            try await checkPage(answers, review, keptUntil: opened.expiresAt, notice: notice, language),
            status: problem?.status ?? .internalServerError, headers: problem?.headers ?? [:])
    }
}

extension RequestAnswers {
    /// The same answers, as another filing.
    fileprivate func withKey(_ key: String) -> RequestAnswers {
        var members = json.object ?? [:]
        members["key"] = .string(key)
        return RequestAnswers(json: .object(members)) ?? self
    }
}
