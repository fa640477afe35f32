import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry
import StrictJSON

/// A case with what waits in it for the operator who reads it.
struct ShownCase: Sendable {
    let view: RequestView
    let answering: CaseAnswering
    let templates: [AnswerTemplate]
    /// Whether the operator confirms refusals that others propose.
    let mayConfirm: Bool
}

/// What a form of a case is asked besides being sent: `fill:message`, `keep:refusal`, `discard:note`.
struct FormAsk: Sendable {
    enum Kind: String { case fill, keep, discard }

    let kind: Kind
    let form: DraftForm

    /// Nil where the form is sent.
    init?(_ word: String?) {
        let parts = (word ?? "").split(separator: ":").map(String.init)
        guard parts.count == 2, let kind = Kind(rawValue: parts[0]), let form = DraftForm(rawValue: parts[1]) else {
            return nil
        }
        self.kind = kind
        self.form = form
    }
}

/// What goes before an answer: templates, drafts, a second person, a minute to recall.
extension Portal {
    func shownCase(_ reference: String, _ asker: Operator, _ console: Console) async throws -> ShownCase {
        let view = try await console.desk.request(reference, for: asker)
        return ShownCase(
            view: view, answering: try await console.desk.answering(reference, for: asker),
            templates: try await TemplateDesk(console.desk).list(for: asker),
            mayConfirm: console.desk.mayConfirm(asker))
    }

    func operatorAnswerRoutes(_ console: Console) -> [Route] {
        consoleRoutes(.post, .operatorProposal("{reference}"), console) { request, context, language, asker in
            try await settleProposal(
                try await request.formBody(in: context), on: try context.parameters.require("reference"), asker,
                try QueueFilters(try request.queryFields()), language, console)
        }
            + consoleRoutes(.post, .operatorRecall("{reference}"), console) { request, context, language, asker in
                let reference = try context.parameters.require("reference")
                let filters = try QueueFilters(try request.queryFields())
                let form = try await request.formBody(in: context)
                do {
                    try await console.desk.recall(form["id"] ?? "", on: reference, by: asker)
                    return Self.seeOther(.operatorCase(reference), language, filters: filters, notice: "recalled")
                } catch RightsError.outdated {
                    return try await casePage(
                        try await shownCase(reference, asker, console), for: asker, filters, language, console,
                        status: .conflict, notice: .tooLateToRecall(language))
                }
            }
    }

    private func settleProposal(
        _ form: FormFields, on reference: String, _ asker: Operator, _ filters: QueueFilters, _ language: Language,
        _ console: Console
    ) async throws -> Response {
        let (id, act) = (form["id"] ?? "", form["act"] ?? "")
        var typed = form.firstValues
        typed["type"] = nil
        func caseAgain(
            _ status: HTTPResponse.Status, errors: [FieldError] = [], notice: Notice? = nil
        ) async throws -> Response {
            try await casePage(
                try await shownCase(reference, asker, console), for: asker, filters, language, console,
                status: status, typed: typed, errors: errors, notice: notice)
        }
        do {
            switch act {
            case "confirm":
                let isHeld = try await console.desk.sendConfirmation(of: id, on: reference, by: asker)
                let last = isHeld ? nil : try await console.desk.request(reference, for: asker).events.last
                return Self.seeOther(
                    .operatorCase(reference), language, filters: filters, notice: last?.event.type.rawValue,
                    at: isHeld ? "held" : nil)
            case "return":
                try await console.desk.sendBack(id, on: reference, note: form["note"] ?? "", by: asker)
                return Self.seeOther(.operatorCase(reference), language, filters: filters, notice: "sentBack")
            case "takeBack":
                try await console.desk.takeBack(id, on: reference, by: asker)
                return Self.seeOther(.operatorCase(reference), language, filters: filters, notice: "takenBack")
            default: return Self.seeOther(.operatorCase(reference), language, filters: filters)
            }
        } catch RightsError.invalid(let found) {
            return try await caseAgain(.unprocessableContent, errors: found.errors)
        } catch RightsError.outdated, RightsError.transition {
            let last = try await console.desk.lastAct(on: reference, for: asker)
            return try await caseAgain(.conflict, notice: .somebodyActed(last, zone: policy.zone, language))
        }
    }

    // MARK: Drafts and templates

    /// Keeps, fills or empties a form, and shows the case again at that form.
    func tend(
        _ asked: FormAsk, _ typed: [String: String], in reference: String, _ asker: Operator,
        _ filters: QueueFilters, _ language: Language, _ console: Console
    ) async throws -> Response {
        var fields = typed
        switch asked.kind {
        case .discard:
            try await console.desk.discardDraft(of: asked.form, in: reference, by: asker)
            return Self.caseAt(asked.form, of: reference, filters, language, notice: nil)
        case .keep: break
        case .fill:
            let view = try await console.desk.request(reference, for: asker)
            let templates = try await TemplateDesk(console.desk).list(for: asker)
            if let picked = templates.first(where: { $0.id == typed["pick"] && !$0.content.isRetired }),
                picked.purpose.form == asked.form, let field = asked.form.templateField
            {
                let text = try MergeText(picked.content.text[view.language], at: "/text")
                // Behind what was typed: nothing of that is lost.
                fields[field] = [typed[field], text.filled(mergeValues(of: view))].compactMap { $0?.nonEmpty }
                    .joined(separator: "\n\n")
                fields["template"] = picked.id
                fields["templateVersion"] = String(picked.version)
            }
        }
        do {
            try await keep(fields, of: asked.form, in: reference, asker, console)
        } catch RightsError.invalid(let found) {
            return try await casePage(
                try await shownCase(reference, asker, console), for: asker, filters, language, console,
                status: .unprocessableContent, typed: fields, errors: found.errors)
        }
        return Self.caseAt(asked.form, of: reference, filters, language, notice: "draftKept")
    }

    /// Keeps what was typed into a form; nothing where nothing was.
    func keep(
        _ typed: [String: String], of form: DraftForm, in reference: String, _ asker: Operator, _ console: Console
    ) async throws {
        let fields = typed.filter { form.fields.contains($0.key) }
            .mapValues { $0.replacing("\r\n", with: "\n") }
        guard fields.contains(where: { !$0.value.allSatisfy(\.isWhitespace) }) else { return }
        try await console.desk.keepDraft(fields, of: form, in: reference, by: asker)
    }

    private static func caseAt(
        _ form: DraftForm, of reference: String, _ filters: QueueFilters, _ language: Language, notice: String?
    ) -> Response {
        let query = PageQuery(filters.fields + [("notice", notice ?? "")]).text
        return Response(
            status: .seeOther,
            headers: [
                .location: "\(PagePath.operatorCase(reference).path(in: language))\(query)#form-\(form.rawValue)"
            ])
    }

    /// What a template says of a request, in its citizen's language.
    func mergeValues(of view: RequestView) -> [MergeField: String] {
        let language = Language(rawValue: view.language.rawValue) ?? .fr
        let words = Words(language)
        var (extended, questioned) = (Timeline(view.events.map(\.event)), Timeline(view.events.map(\.event)))
        extended.record(RequestEvent(n: extended.nextNumber, type: .extended, at: now(), actor: .system))
        questioned.record(RequestEvent(n: questioned.nextNumber, type: .identityRequested, at: now(), actor: .system))
        var values: [MergeField: String] = [
            .reference: view.reference, .right: Labels(language).right(view.right.rawValue).lowercased(),
            .receivedOn: words.date(view.receivedAt.date(in: policy.zone)), .dueOn: words.date(view.clock.due),
            .extendedDueOn: words.date(policy.clock(of: extended, receivedAt: view.receivedAt).due),
            .today: words.date(today), .institution: site.institution.name[language],
            .officer: site.contacts.dpo.email,
        ]
        values[.answerBy] = policy.identityAbandonedOn(questioned).map(words.date)
        return values
    }
}

extension Notice {
    fileprivate static func tooLateToRecall(_ language: Language) -> Notice {
        Notice(
            language.pick(fr: "C’est déjà parti", en: "It has gone already"),
            text: language.pick(
                fr: "Le temps pour rappeler est passé : la chronologie dit ce qui s’est passé.",
                en: "The time to recall it is over: the timeline says what happened."), tone: .alert)
    }
}
