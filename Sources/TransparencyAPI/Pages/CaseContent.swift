import CivilTime
import HTTPServer
import PublicRegistry
import RightsRegistry
import StrictJSON

/// One request as its two readers see it: the citizen who made it, and an operator.
extension Portal {
    /// The page of a request for its citizen.
    func followCase(
        _ view: RequestView, _ language: Language, signedIn: CitizenSession?, withdrawalError: String? = nil,
        answered: FollowAnswer? = nil, notice: Notice? = nil
    ) -> FollowCasePage {
        let isWrong = withdrawalError != nil || answered?.errors.isEmpty == false
        let mark = isWrong ? language.pick(fr: "Erreur : ", en: "Error: ") : ""
        let asked = view.events.last { $0.event.type == .identityRequested }?.words?["text"]?.string
        // What the citizen ended, or what lapsed, was not answered.
        // Nobody answers in a case that nobody can read any more.
        let isLost = view.isLostForOperators
        let showsClock =
            !isLost && [nil, .granted, .partiallyGranted, .refused, .transferred].contains(view.outcome)
        return FollowCasePage(
            frame: frame(
                language, .follow, title: mark + language.pick(fr: "Ma demande", en: "My request"), section: .follow,
                hiddenFromSearch: true),
            reference: view.reference, right: view.right.rawValue, scope: scope(view, language),
            state: view.state.rawValue,
            outcome: view.outcome?.rawValue, clock: showsClock ? clockWords(view, language) : nil,
            refusal: RefusalWords(in: view.events, language: language),
            timeline: timeline(view, isConsole: false, language),
            propagation: progress(view, isConsole: false, language),
            unknownThere: view.isInForce ? UnknownThere(view.propagation, language: language) : nil,
            controllers: controllers(view, mayAct: false, language),
            tasks: TaskProgress.all(view.tasks, today: today, zone: policy.zone, language: language),
            package: view.lost == nil
                ? PackageOffer(view.package, isSilent: view.deathRecordedAt != nil, zone: policy.zone, language) : nil,
            lacksNumber: view.lacksNumber,
            impossible: view.propagation.count(where: \.isImpossible) + view.tasks.impossible.count,
            hasDueDate: view.hasDueDate(on: today) && !isLost,
            // In force, or waiting to be where objections are registered on grant.
            canWithdraw: view.right == .objection && (view.isInForce || view.outcome == nil)
                && view.lost?.mayEnd != false,
            canReopen: view.canReopen, answerBy: view.answerBy.map(Words(language).dateWithWeekday),
            proof: view.proof.map {
                ProofForm(
                    $0, asked: asked, answered: answered?.form == .proof ? answered : nil, language: language)
            },
            answered: answered, withdrawalError: withdrawalError, notice: notice,
            erased: view.erasedAt.map { erased($0, isInForce: view.isInForce, language) },
            lost: view.lost.map {
                LostCase(
                    $0, isInForce: view.isInForce, hasSignIn: intake?.signIn != nil,
                    closing: view.events.last { $0.event.type == .unreadable }?.event, language)
            },
            death: view.deathRecordedAt.map { Words(language).date($0.date(in: policy.zone)) },
            signIn: view.lost == nil ? signInOffer(view, signedIn, language) : nil)
    }

    /// What is left of a case that was erased, for its citizen.
    private func erased(_ moment: Instant, isInForce: Bool, _ language: Language) -> String {
        let day = Words(language).date(moment.date(in: policy.zone))
        let whatWentAway = language.pick(
            fr: "Ce dossier a été effacé le \(day), au terme de sa durée de conservation. Vos messages, vos fichiers "
                + "et vos coordonnées n’y sont plus. ",
            en: "This case was erased on \(day), at the end of the time for which cases are kept. Your messages, your "
                + "files and your contact details are no longer in it. ")
        return whatWentAway
            + (isInForce
                ? language.pick(
                    fr: "Nous gardons seulement ce qu’il faut pour appliquer votre opposition. Elle reste en vigueur, "
                        + "et vous pouvez toujours la retirer ici, avec ce même code.",
                    en: "We keep only what it takes to apply your objection. It stays in force, and you can still "
                        + "withdraw it here, with this same code.")
                : language.pick(
                    fr: "Votre opposition a pris fin : cette page disparaîtra à son tour.",
                    en: "Your objection has ended: this page will disappear in its turn."))
    }

    /// The page of a request for an operator.
    /// - Parameters:
    ///   - shown: what waits in the case for this operator, and the templates there are.
    ///   - filters: those of the list that one came from.
    ///   - colleagues: to whom it can be given.
    ///   - refusers: those of them who may refuse, and are there today.
    ///   - identity: who it is about, once opened.
    ///   - typed: what was sent, where a form comes back with `errors`.
    func operatorCase(
        _ shown: ShownCase, for asker: Operator, filters: QueueFilters, colleagues: [Choice], refusers: [Choice],
        _ language: Language,
        identity: JSON? = nil, typed: [String: String] = [:], errors: [FieldError] = [], notice: Notice? = nil
    ) -> OperatorCasePage {
        let view = shown.view
        let mark = errors.isEmpty ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        // What a refusal says about remedies is for the citizen, so it starts in the citizen's language.
        let theirs = Language(rawValue: view.language.rawValue) ?? language
        let isRunning = view.outcome == nil
        let allowed = allowed(view, asker)
        let clock = clockWords(view, language)
        let opened = identity.flatMap { OperatorCasePage.Identity($0, language: language) }
        let grounds = RefusalGrounds.known(for: view.right).filter {
            $0 != .identityNotEstablished || !view.isIdentityVerified
        }
        let isErased = view.erasedAt != nil || view.isLostForOperators
        let mayAsk = !isErased && policy.roles.allows(asker.role, OperatorAct.permission(for: .taskSent))
        return OperatorCasePage(
            frame: frame(
                language, .operatorCase(view.reference), title: mark + view.reference,
                signedIn: SignedInOperator(asker, language: language)),
            reference: view.reference, right: view.right.rawValue,
            state: view.state.rawValue,
            outcome: view.outcome?.rawValue, assignee: view.assignee,
            brief: CaseBrief(
                view, scope: scope(view, language), receivedOn: receivedOn(view, language),
                name: opened.map { "\($0.givenNames) \($0.birthName)" },
                capacity: identity?["capacity"]?.string, clock: clock,
                daysLeft: daysLeft(until: view.clock.due), allowed: allowed,
                isProposed: shown.answering.proposal != nil,
                isSecond: shown.mayConfirm && shown.answering.proposal.map { $0.proposer != asker.name } ?? false,
                hasRefusal: allowed.mayRefuse && !grounds.isEmpty,
                zone: policy.zone, language),
            clock: clock,
            alert: isRunning
                ? OperatorQueuePage.Row.alert(
                    daysLeft(until: view.clock.alertOn), soon: site.periods.alertDays, language) : nil,
            awaitsReply: view.awaitsReply, decision: RefusalWords(in: view.events, language: language),
            timeline: timeline(view, isConsole: true, opensFiles: allowed.openIdentity, language),
            propagation: progress(view, isConsole: true, language),
            // Controllers are told of an end even where the case is gone.
            controllers: controllers(
                view, mayAct: policy.roles.allows(asker.role, OperatorAct.permission(for: .taskSent)), language),
            tasks: OperatorTasks(
                view, mayAct: mayAsk, today: today, zone: policy.zone, typed: typed, errors: errors, language),
            package: OperatorPackage(
                view,
                mayPrint: policy.roles.allows(asker.role, .printLetters)
                    && policy.roles.allows(asker.role, .openIdentity), zone: policy.zone, language),
            impossible: ImpossibleForm(
                view,
                mayAct: !isErased && policy.roles.allows(asker.role, OperatorAct.permission(for: .impossible)),
                typed: typed, errors: errors, language),
            death: CaseDeath(
                view, mayRecord: allowed.recordDeath, mayUndo: allowed.unrecordDeath,
                mayRefuse: policy.roles.allows(
                    asker.role, policy.refusals == .confirmed ? .proposeRefusal : .refuse), typed: typed,
                errors: errors,
                zone: policy.zone, language),
            notices: view.notices.map { NoticeWords($0, zone: policy.zone, language: language) },
            proofs: proofs(view, asker, language),
            identity: opened,
            desk: CaseDesk(
                view, filters: filters, colleagues: allowed.give ? colleagues : [], zone: policy.zone,
                language: language), query: filters.query, allowed: allowed, answers: answers(view, language),
            grounds: grounds.map(\.rawValue), refusers: allowed.handsRefusalOn ? refusers : [],
            unasked: allowed.grant && view.right.isCarriedByTasks ? AskedDatabases(view.tasks) : nil,
            complaint: site.remedies.complaint[theirs], judicialRemedy: site.remedies.judicialRemedy[theirs],
            after: view.events.count, answering: shown.answering, templates: shown.templates,
            held: shown.answering.held.map {
                HeldWords(
                    $0, of: view.reference, query: filters.query, asker: asker, zone: policy.zone, language: language)
            },
            proposal: shown.answering.proposal.map {
                let isSent = typed["act"] == "return"
                let wrong = isSent ? errors.first { $0.pointer == "/note" } : nil
                return ProposalWords(
                    $0, of: view.reference, query: filters.query, asker: asker, mayConfirm: shown.mayConfirm,
                    error: wrong.map {
                        FieldErrorTexts(language, isConsole: true).text(
                            pointer: $0.pointer, code: $0.code, arguments: $0.arguments)
                    }, typed: isSent ? typed["note"] ?? "" : "", zone: policy.zone, language: language)
            },
            zone: policy.zone, typed: typed, errors: errors, notice: notice,
            erased: view.erasedAt.map { Words(language).date($0.date(in: policy.zone)) },
            isLost: view.isLostForOperators)
    }

    /// The proofs that this operator may open.
    private func proofs(_ view: RequestView, _ asker: Operator, _ language: Language) -> [OperatorCasePage.Proof] {
        guard policy.roles.allows(asker.role, .openIdentity) else { return [] }
        return view.files.filter { $0.isProof && $0.destroyedAt == nil }.map { file in
            OperatorCasePage.Proof(
                id: "proof-\(file.n)", path: PagePath.operatorFile(view.reference, String(file.n)).path(in: language),
                file: FileWords(file, href: nil, zone: policy.zone, language: language))
        }
    }

    /// The citizen's messages since identity was asked for, the newest first: any of them may be the answer.
    private func answers(_ view: RequestView, _ language: Language) -> [Choice] {
        let timeline = Timeline(view.events.map(\.event))
        let messages = timeline.messagesSinceQuestion.reversed()
        return messages.map { event in
            let day = Words(language).moment(event.at, in: policy.zone)
            return Choice(
                String(event.n),
                language.pick(fr: "Par son message du \(day)", en: "By the message of \(day)"),
                isChosen: event.n == messages.first?.n)
        }
    }

    /// When it was received and, where nobody sent it here, how: such a request has a day and no hour.
    private func receivedOn(_ view: RequestView, _ language: Language) -> String {
        let words = Words(language)
        guard let channel = view.channel else { return words.moment(view.receivedAt, in: policy.zone) }
        return "\(words.date(view.receivedAt.date(in: policy.zone))) (\(Labels(language).channel(channel)))"
    }

    /// What the operator's role and the request's state let them do. The desk checks both again.
    private func allowed(_ view: RequestView, _ asker: Operator) -> OperatorCasePage.Allowed {
        // An operator's view holds every event, so the timeline is whole.
        let timeline = Timeline(view.events.map(\.event))
        func may(_ permission: Permission, _ event: EventType) -> Bool {
            policy.roles.allows(asker.role, permission) && canBe(event)
        }
        func canBe(_ event: EventType) -> Bool {
            guard view.erasedAt == nil,
                view.isLostForOperators ? [.assigned, .unreadable].contains(event) : event != .unreadable
            else { return false }
            do {
                try timeline.require(event)
                return true
            } catch {
                return false
            }
        }
        let isProposed = policy.refusals == .confirmed
        let hasProof = view.files.contains { $0.isProof && $0.destroyedAt == nil }
        let mayAssign = may(.assign, .assigned)
        let isOthers = view.assignee != nil && view.assignee != asker.name
        let mayRefuse = may(isProposed ? .proposeRefusal : .refuse, .refused)
        return OperatorCasePage.Allowed(
            openIdentity: !view.isLostForOperators && policy.roles.allows(asker.role, .openIdentity),
            assign: mayAssign,
            // What is a colleague's is not anybody's to give to a third.
            give: mayAssign && (!isOthers || policy.roles.allows(asker.role, .reassign)),
            verifyIdentity: view.outcome == nil && (!view.isIdentityVerified || hasProof)
                && may(.verifyIdentity, .identityVerified),
            grant: may(.decide, .granted), refuse: !isProposed && may(.refuse, .refused), note: may(.note, .noted),
            message: may(.message, .message), requestIdentity: may(.verifyIdentity, .identityRequested),
            extend: view.clock.mayExtend(on: today) && may(.decide, .extended),
            partiallyGrant: may(isProposed ? .proposeRefusal : .refuse, .partiallyGranted),
            propose: isProposed && may(.proposeRefusal, .refused),
            transfer: may(.decide, .transferred), void: may(.refuse, .voided),
            mayRefuse: mayRefuse,
            handsRefusalOn: !mayRefuse && mayAssign && view.right != .objectionWithdrawal && canBe(.refused),
            isReader: !policy.roles.allows(asker.role, .assign),
            askDatabases: policy.roles.allows(asker.role, OperatorAct.permission(for: .taskSent))
                && view.erasedAt == nil && !view.isLostForOperators
                && [nil, .granted, .partiallyGranted].contains(view.outcome)
                && view.state != .closed
                && (view.isIdentityVerified || view.events.contains { $0.event.data["identity"] == "notNeeded" }),
            reopen: may(.decide, .reopened),
            correctIdentity: may(.verifyIdentity, .identityCorrected),
            provideIdentity: view.state == .awaitingIdentity && may(.verifyIdentity, .identityProvided),
            recordDeath: may(.verifyIdentity, .deathRecorded), unrecordDeath: may(.verifyIdentity, .deathUnrecorded),
            closeUnread: may(.refuse, .unreadable))
    }

    /// Days from today; negative where the day is past.
    func daysLeft(until date: CalendarDate) -> Int { date.daysSinceEpoch - today.daysSinceEpoch }

    private func clockWords(_ view: RequestView, _ language: Language) -> ClockWords {
        ClockWords(
            view.clock, causes: ClockCauses(view.events) { $0.date(in: policy.zone) },
            answeredOn: view.decidedAt?.date(in: policy.zone), dueIfAnsweredToday: view.dueIfAnsweredToday,
            today: today, alertDays: site.periods.alertDays, language: language)
    }

    private func timeline(
        _ view: RequestView, isConsole: Bool, opensFiles: Bool = true, _ language: Language
    ) -> [TimelineEntry] {
        let posted = Dictionary(
            view.notices.compactMap { notice in notice.postedOn.map { (notice.n, $0) } }, uniquingKeysWith: { $1 })
        return view.events.compactMap { event in
            let files = view.files.filter { $0.event == event.event.n }.map { file in
                FileWords(
                    file,
                    href: opensFiles ? href(of: file, of: view.reference, isConsole: isConsole, language) : nil,
                    zone: policy.zone, language: language)
            }
            var entry = TimelineEntry(
                event, files: files, zone: policy.zone, postedOn: posted[event.event.n], isConsole: isConsole,
                by: isConsole ? view.desk?.acts[event.event.n] : nil, isListed: !view.propagation.isEmpty,
                language: language)
            let asked =
                [.taskSent, .taskCompleted].contains(event.event.type) ? names(of: event.event, view, language) : nil
            if let asked { entry?.detail = asked }
            if event.event.type == .impossible {
                let told = entry?.detail
                entry?.detail =
                    [names(of: event.event, view, language), told].compactMap { $0 }.joined(separator: "\n").nonEmpty
            }
            if event.event.type == .closed, let lines = notApplied(at: event.event, view, language) {
                if !isConsole {
                    let texts = EventTexts(language)
                    entry?.title =
                        view.right.isCarriedByTasks
                        ? texts.closedUnanswered(event.event.data["notApplied"]?.array?.count ?? 0)
                        : texts.closedNotEverywhere
                }
                entry?.detail = lines
            }
            if event.event.type == .filed {
                let said =
                    isConsole
                    ? view.erasedAt == nil && !view.isLostForOperators
                        ? EventTexts(language).sealedMessage(event.event) : nil
                    : view.filed?.said(language)
                let told = entry?.detail
                entry?.detail = [told, said].compactMap { $0 }.joined(separator: "\n").nonEmpty
            }
            return entry
        }
    }

    /// The linked databases that an event of tasks names; nil where it is about a project's controller.
    private func names(of event: RequestEvent, _ view: RequestView, _ language: Language) -> String? {
        let ids =
            event.data["databases"]?.array?.compactMap(\.string) ?? [event.data["database"]?.string].compactMap { $0 }
        let names = databaseNames(view, language)
        return ids.map { names[$0] ?? $0 }.joined(separator: ", ").nonEmpty
    }

    /// The names of the linked databases that a request tells of, by id.
    private func databaseNames(_ view: RequestView, _ language: Language) -> [String: String] {
        let named =
            view.tasks.tasks.map { ($0.database, $0.name) } + view.tasks.impossible.map { ($0.database, $0.name) }
            + view.propagation.map { ($0.database, $0.name) }
        return named.reduce(into: [:]) { $0[$1.0] = Phrase($1.1, in: language)?.text }
    }

    /// Where a request is not applied that was closed by `closing`: a line each, with the reasons that had been given by then.
    private func notApplied(at closing: RequestEvent, _ view: RequestView, _ language: Language) -> String? {
        let ids = closing.data["notApplied"]?.array?.compactMap(\.string) ?? []
        let names = databaseNames(view, language)
        return ids.map { id in
            let name = names[id] ?? id
            let told = view.events.last {
                $0.event.type == .impossible && $0.event.n < closing.n && $0.event.data["database"]?.string == id
            }
            return [name, told?.words?["reasons"]?.string].compactMap { $0 }.joined(
                separator: language.pick(fr: " : ", en: ": "))
        }.joined(separator: "\n").nonEmpty
    }

    /// Where a file is fetched; nil for a proof in the console, which takes a motive.
    private func href(of file: CaseFile, of reference: String, isConsole: Bool, _ language: Language) -> String? {
        guard isConsole else { return PagePath.followFile(String(file.n)).path(in: language) }
        return file.isProof ? nil : PagePath.operatorFile(reference, String(file.n)).path(in: language)
    }

    /// What the request covers. What it says of an objection or of its end would mislead for other rights.
    private func scope(_ view: RequestView, _ language: Language) -> String? {
        view.right == .objection || view.right == .objectionWithdrawal || view.scope != .all
            ? view.scope.words(language) : nil
    }

    private func controllers(_ view: RequestView, mayAct: Bool, _ language: Language) -> [ControllerProgress] {
        view.controllerTasks.map {
            ControllerProgress($0, mayAct: mayAct, zone: policy.zone, language: language)
        }
    }

    /// The day from which the databases are to apply what stands now: that of the choice, or of the decision that put it
    /// into force.
    private func appliesFrom(_ view: RequestView) -> CalendarDate? {
        let ended = view.events.last { [.withdrawn, .narrowed].contains($0.event.type) }?.event.at
        let began = policy.register == .onFiling && view.right == .objection ? view.receivedAt : view.decidedAt
        return (ended ?? began)?.date(in: policy.zone)
    }

    private func progress(_ view: RequestView, isConsole: Bool, _ language: Language) -> [DatabaseProgress] {
        view.propagation.map { status in
            DatabaseProgress(
                status, targetHours: policy.targets.hours(of: status.database, isByHand: status.isByHand),
                appliesFrom: appliesFrom(view), today: today, zone: policy.zone, isConsole: isConsole,
                language: language)
        }
    }
}

extension RequestView {
    /// Whether an answer is due on a day that is still to come and stands: not while the clock is paused.
    func hasDueDate(on today: CalendarDate) -> Bool { outcome == nil && !clock.isPaused && clock.due >= today }
}

extension FiledWords {
    /// What the citizen wrote, as their own timeline says it; nil where it was nothing.
    fileprivate func said(_ language: Language) -> String? {
        [
            details.map { language.pick(fr: "Vous demandez :\n", en: "You ask:\n") + $0 },
            message.map { language.pick(fr: "Vous avez écrit :\n", en: "You wrote:\n") + $0 },
        ].compactMap { $0 }.joined(separator: "\n").nonEmpty
    }
}
