import Foundation
import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry
import StrictJSON

extension Portal {
    /// One case: reading it, opening who it is about, and acting on it.
    func operatorCaseRoutes(_ console: Console) -> [Route] {
        consoleRoutes(.get, .operatorCase("{reference}"), console) { request, context, language, asker in
            let fields = try request.queryFields()
            let shown = try await shownCase(try context.parameters.require("reference"), asker, console)
            try await console.desk.noteViewing(of: shown.view.reference, by: asker)
            return try await casePage(
                shown, for: asker, try QueueFilters(fields), language, console,
                notice: .afterAct(fields["notice"], shown, language))
        }
            + operatorAnswerRoutes(console) + operatorPackageRoutes(console)
            + consoleRoutes(.post, .operatorIdentity("{reference}"), console) { request, context, language, asker in
                let form = try await request.formBody(in: context)
                return try await openIdentity(
                    try context.parameters.require("reference"), motive: form["motive"] ?? "", asker,
                    try QueueFilters(try request.queryFields()), language, console)
            }
            + consoleRoutes(.post, .operatorEvents("{reference}"), console, bodyLimit: longestUpload) {
                request, context, language, asker in
                let filters = try QueueFilters(try request.queryFields())
                return try await withUpload(request, context) { form in
                    try await act(
                        form, on: try context.parameters.require("reference"), asker, filters, language, console)
                }
            }
            + consoleRoutes(.get, .operatorFile("{reference}", "{n}"), console) { request, context, _, asker in
                Self.download(
                    try await console.desk.openFile(
                        try Self.fileNumber(context), of: try context.parameters.require("reference"), for: asker))
            }
            + consoleRoutes(.post, .operatorFile("{reference}", "{n}"), console) { request, context, language, asker in
                let motive = try await request.formBody(in: context)["motive"] ?? ""
                return try await openProof(
                    try Self.fileNumber(context), of: try context.parameters.require("reference"), motive: motive,
                    asker, try QueueFilters(try request.queryFields()), language, console)
            }
    }

    /// The page of a case, with what the desk says beside it.
    func casePage(
        _ shown: ShownCase, for asker: Operator, _ filters: QueueFilters, _ language: Language, _ console: Console,
        status: HTTPResponse.Status = .ok, identity: JSON? = nil, typed: [String: String] = [:],
        errors: [FieldError] = [], notice: Notice? = nil
    ) async throws -> Response {
        let colleagues = try await console.desk.colleagues(for: asker)
        let refusers = colleagues.filter {
            policy.roles.allows($0.role, .refuse) && $0.name != asker.name && !$0.isAway(on: today)
        }
        let page = operatorCase(
            shown, for: asker, filters: filters,
            colleagues: colleagueChoices(colleagues, chosen: shown.view.assignee, asker, language),
            refusers: refusers.map { Choice($0.name, $0.name) }, language,
            identity: identity, typed: typed, errors: errors, notice: notice)
        return personalPage(page, status: status)
    }

    /// Shows who a case is about in this one answer: the address that it has cannot be asked for again by GET.
    private func openIdentity(
        _ reference: String, motive: String, _ asker: Operator, _ filters: QueueFilters, _ language: Language,
        _ console: Console
    ) async throws -> Response {
        do {
            let identity = try await console.desk.openIdentity(
                reference, motive: OpeningMotive(rawValue: motive), for: asker)
            let shown = try await shownCase(reference, asker, console)
            return try await casePage(shown, for: asker, filters, language, console, identity: identity)
        } catch RightsError.invalid(let found) {
            let shown = try await shownCase(reference, asker, console)
            return try await casePage(
                shown, for: asker, filters, language, console, status: .unprocessableContent, errors: found.errors)
        }
    }

    private func openProof(
        _ n: Int, of reference: String, motive: String, _ asker: Operator, _ filters: QueueFilters,
        _ language: Language, _ console: Console
    ) async throws -> Response {
        do {
            return Self.download(
                try await console.desk.openFile(
                    n, of: reference, motive: OpeningMotive(rawValue: motive), for: asker))
        } catch RightsError.invalid(let found) {
            let shown = try await shownCase(reference, asker, console)
            return try await casePage(
                shown, for: asker, filters, language, console, status: .unprocessableContent, errors: found.errors)
        }
    }

    private func act(
        _ sent: SentForm, on reference: String, _ asker: Operator, _ filters: QueueFilters, _ language: Language,
        _ console: Console
    ) async throws -> Response {
        var form = sent.fields.firstValues
        if form["databases"] != nil { form["databases"] = sent.fields.all("databases").joined(separator: ",") }
        if let asked = FormAsk(form["do"]) {
            return try await tend(asked, form, in: reference, asker, filters, language, console)
        }
        let typed = form
        // What was typed is kept whatever becomes of it; where it goes, the act itself takes the draft away.
        func caseAgain(
            _ status: HTTPResponse.Status, errors: [FieldError] = [], notice: Notice? = nil
        ) async throws -> Response {
            if let form = typed["type"].flatMap(EventType.init(rawValue:)).flatMap(DraftForm.init(of:)) {
                try await keep(typed, of: form, in: reference, asker, console)
            }
            let shown = try await shownCase(reference, asker, console)
            return try await casePage(
                shown, for: asker, filters, language, console, status: status, typed: typed, errors: errors,
                notice: notice)
        }
        do {
            try Self.requireFilledIn(typed)
            let act = try OperatorAct(Self.actBody(typed), today: today)
            let files = try await checkedFiles(sent)
            if act.isRefusal, policy.refusals == .confirmed {
                guard files.isEmpty else { throw FieldErrors([FieldError(pointer: "/files", code: "file.notHere")]) }
                try await console.desk.propose(act, on: reference, by: asker)
                return Self.seeOther(.operatorCase(reference), language, filters: filters, notice: "proposed")
            }
            let isHeld = try await console.desk.send(act, on: reference, by: asker, files: files)
            // What waits says so itself, and is what is looked at first: on a telephone it would be below the fold.
            return Self.seeOther(
                .operatorCase(reference), language, filters: filters, notice: isHeld ? nil : act.type.rawValue,
                at: isHeld ? "held" : nil)
        } catch let error as FieldErrors {
            return try await caseAgain(.unprocessableContent, errors: error.errors)
        } catch let error as RightsError {
            switch error {
            case .invalid(let found): return try await caseAgain(.unprocessableContent, errors: found.errors)
            case .transition(.identityNotVerified):
                return try await caseAgain(.unprocessableContent, notice: .verifyFirst(language))
            case .outdated, .transition:
                let isHeld = try await console.desk.answering(reference, for: asker).held != nil
                let last = try await console.desk.lastAct(on: reference, for: asker)
                return try await caseAgain(
                    .conflict,
                    notice: isHeld ? .anotherIsHeld(language) : .somebodyActed(last, zone: policy.zone, language))
            case .extensionTooLate:
                return try await caseAgain(
                    .unprocessableContent, errors: [FieldError(pointer: "/extension", code: "extension.tooLate")])
            case .scannerUnavailable:
                return try await caseAgain(
                    .serviceUnavailable, errors: [FieldError(pointer: "/files/0", code: "file.again")])
            case .notFound, .comeOfAge, .forbidden, .idempotencyKeyReused, .proofNotAsked, .fileDestroyed, .sealed,
                .erased, .lost, .keysOutdated:
                throw error
            }
        }
    }

    /// Throws where a template's own blanks, which stand between square brackets, were left in what the citizen would read.
    private static func requireFilledIn(_ form: [String: String]) throws(FieldErrors) {
        guard form["template"] != nil else { return }
        let left = ["text", "reasons"].filter { (form[$0] ?? "").contains(/\[[^\[\]]+\]/) }
        guard left.isEmpty else {
            throw FieldErrors(left.map { FieldError(pointer: "/\($0)", code: "template.blank") })
        }
    }

    /// The body of `POST …/events` that the form says. A field left empty is absent.
    private static func actBody(_ form: [String: String]) -> JSON {
        func text(_ name: String) -> JSON? {
            let value = (form[name] ?? "").replacing("\r\n", with: "\n").trimming(while: \.isWhitespace)
            return value.isEmpty ? nil : .string(value)
        }
        let after = form["after"].flatMap { Int64($0) }.map(JSON.integer)
        let template: JSON? = form["template"].flatMap { id in
            let version = form["templateVersion"].flatMap { Int64($0) }
            return id.isEmpty ? nil : .object(ofPresent: ["id": .string(id), "version": version.map(JSON.integer)])
        }
        switch form["type"] {
        case EventType.refused.rawValue, EventType.partiallyGranted.rawValue:
            return .object(ofPresent: [
                "type": text("type"), "after": after, "grounds": text("grounds"), "reasons": text("reasons"),
                "complaint": text("complaint"), "judicialRemedy": text("judicialRemedy"), "template": template,
            ])
        case EventType.transferred.rawValue:
            return .object(ofPresent: [
                "type": text("type"), "after": after, "recipient": text("recipient"), "text": text("text"),
                "template": template,
            ])
        case EventType.noted.rawValue:
            return .object(ofPresent: ["type": text("type"), "after": after, "note": text("note")])
        case EventType.message.rawValue, EventType.identityRequested.rawValue:
            return .object(ofPresent: [
                "type": text("type"), "after": after, "text": text("text"), "template": template,
            ])
        case EventType.taskSent.rawValue where form["project"] == nil:
            let databases = (form["databases"] ?? "").split(separator: ",").map { JSON.string(String($0)) }
            return .object(ofPresent: [
                "type": text("type"), "after": after, "databases": .array(databases),
                "instruction": text("instruction"),
            ])
        case EventType.taskCompleted.rawValue where form["database"] != nil:
            return .object(ofPresent: [
                "type": text("type"), "after": after, "database": text("database"), "answer": text("answer"),
                "text": text("text"),
            ])
        case EventType.taskSent.rawValue, EventType.taskCompleted.rawValue:
            return .object(ofPresent: [
                "type": text("type"), "after": after, "project": text("project"),
                "text": form["type"] == EventType.taskCompleted.rawValue ? text("text") : nil,
            ])
        case EventType.impossible.rawValue:
            return .object(ofPresent: [
                "type": text("type"), "after": after, "database": text("database"), "reasons": text("reasons"),
                "disproportionate": form["disproportionate"] == "yes" ? true : nil,
            ])
        case EventType.granted.rawValue:
            return .object(ofPresent: [
                "type": text("type"), "after": after, "text": text("text"), "objection": text("objection"),
                "template": template,
            ])
        case EventType.identityCorrected.rawValue:
            return .object(ofPresent: [
                "type": text("type"), "after": after,
                "subject": .object(ofPresent: [
                    "birthName": text("birthName"), "usageName": text("usageName"),
                    "givenNames": .array(
                        (form["givenNames"] ?? "").split(separator: ",").map {
                            .string(String($0).trimming(while: \.isWhitespace))
                        }),
                    "birthDate": text("birthDate"), "sex": text("sex"), "birthPlace": text("birthPlace"),
                    "nir": text("nir"), "nirHolder": text("nirHolder"),
                ]),
            ])
        case EventType.identityProvided.rawValue:
            // Another way than a message has no number.
            let message = form["message"].flatMap { Int64($0) }.map(JSON.integer)
            return .object(ofPresent: ["type": text("type"), "after": after, "message": message])
        case EventType.assigned.rawValue:
            return .object(ofPresent: ["type": text("type"), "after": after, "assignee": text("assignee")])
        case EventType.extended.rawValue:
            return .object(ofPresent: [
                "type": text("type"), "after": after, "reasons": text("reasons"), "template": template,
            ])
        case EventType.deathRecorded.rawValue:
            return .object(ofPresent: [
                "type": text("type"), "after": after, "source": text("source"), "diedOn": text("diedOn"),
                "samePerson": form["samePerson"] == "yes" ? true : nil,
            ])
        case EventType.deathUnrecorded.rawValue:
            return .object(ofPresent: [
                "type": text("type"), "after": after, "reasons": text("reasons"),
                "samePerson": form["samePerson"] == "yes" ? true : nil,
            ])
        case EventType.unreadable.rawValue:
            return .object(ofPresent: ["type": text("type"), "after": after, "reason": text("reason")])
        case EventType.reopened.rawValue, EventType.voided.rawValue:
            return .object(ofPresent: ["type": text("type"), "after": after, "reasons": text("reasons")])
        default: return .object(ofPresent: ["type": text("type"), "after": after])
        }
    }
}

extension Notice {
    /// After an act. Only what the request's last event says is shown: an address alone can make no claim.
    fileprivate static func afterAct(_ asked: String?, _ shown: ShownCase, _ language: Language) -> Notice? {
        if asked == "draftKept", !shown.answering.drafts.isEmpty {
            return Notice(
                language.pick(fr: "Brouillon enregistré", en: "Draft saved"),
                text: language.pick(
                    fr: "Rien n’est parti. Vous seul le voyez, et il reste ici jusqu’à l’envoi.",
                    en: "Nothing has gone. You alone see it, and it stays here until you send it."), tone: .done)
        }
        if asked == "recalled", let recalled = shown.answering.drafts.first(where: { $0.failure == .recalled }) {
            return Notice(
                language.pick(fr: "Rappelé : rien n’est parti", en: "Recalled: nothing has gone"),
                text: language.pick(
                    fr: "Vos mots sont gardés en brouillon dans le formulaire.",
                    en: "Your words are kept as a draft in the form.")
                    + (recalled.lostFiles > 0
                        ? language.pick(fr: " Choisissez de nouveau les fichiers.", en: " Choose the files again.")
                        : ""),
                tone: .done)
        }
        let last = shown.view.events.last?.event
        if let asked, asked == last?.data["refusal"]?.string, let title = last.flatMap(EventTexts(language).proposal) {
            return Notice(
                title,
                text: language.pick(
                    fr: "La personne ne voit rien de cela, et le délai court.",
                    en: "The person sees nothing of this, and the clock runs."), tone: .done)
        }
        guard let asked, let last = last?.type.rawValue, last == asked else { return nil }
        let act = EventTexts(language).console(last)
        return Notice(language.pick(fr: "C’est fait : \(act)", en: "Done: \(act)"), tone: .done)
    }

    fileprivate static func verifyFirst(_ language: Language) -> Notice {
        Notice(
            language.pick(fr: "Vérifiez d’abord l’identité", en: "Verify the identity first"),
            text: language.pick(
                fr: "Une demande ne peut être acceptée que pour une personne reconnue. Rien n’a été fait.",
                en: "A request can be granted only for a person who is known. Nothing was done."), tone: .alert)
    }

    fileprivate static func anotherIsHeld(_ language: Language) -> Notice {
        Notice(
            language.pick(fr: "Un envoi attend déjà dans ce dossier", en: "Something waits to go in this case already"),
            text: language.pick(
                fr: "Rien d’autre n’est parti. Rappelez-le, ou attendez qu’il parte, puis relisez.",
                en: "Nothing else has gone. Recall it, or wait until it goes, and then read again."), tone: .alert)
    }

    /// - Parameter last: what happened last, which tells what the other did.
    static func somebodyActed(_ last: LastAct?, zone: TimeZone, _ language: Language) -> Notice {
        let told = last.map { " " + $0.words(in: language, zone: zone) } ?? ""
        return Notice(
            language.pick(fr: "La demande a changé entre-temps", en: "The request has changed meanwhile"),
            text: language.pick(
                fr: "Quelqu’un vient d’agir, ou son état ne permet plus cet acte. Rien n’a été fait : relisez-la."
                    + told,
                en: "Somebody has just acted, or its state no longer allows this. Nothing was done: read it again."
                    + told),
            tone: .alert)
    }
}
