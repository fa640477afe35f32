import HTTPServer
import HTTPTypes
import Hummingbird
import PublicRegistry
import RightsRegistry
import StrictJSON

extension Portal {
    /// Taking a record out of the register: one person asks, another one agrees.
    func registerRemovalRoutes(_ console: Console, _ desk: RegisterDesk) -> [Route] {
        RecordKind.edited.flatMap { kind in
            consoleRoutes(.get, .operatorRecordRemoval(kind, "{reference}"), console) {
                request, context, language, asker in
                try await desk.require(.removeRecords, of: asker, asking: request.uri.path)
                return try await removalPage(try Self.recordReference(context), kind, language, asker, desk)
            }
                + consoleRoutes(.post, .operatorRecordRemoval(kind, "{reference}"), console) {
                    request, context, language, asker in
                    try await desk.require(.removeRecords, of: asker, asking: request.uri.path)
                    let reference = try Self.recordReference(context)
                    let form = try await request.formBody(in: context)
                    if form["act"] == "decline" {
                        try await desk.decline(reference, kind, by: asker)
                        return Self.seeOther(.operatorRegister, language)
                    }
                    do {
                        let outcome = try await desk.remove(
                            reference, kind, because: form["reason"] ?? "", keepsContent: form["keeps"] != "no",
                            by: asker)
                        return outcome == .removed
                            ? Self.seeOther(.operatorRegister, language)
                            : Self.seeOther(.operatorRecordRemoval(kind, reference), language)
                    } catch RightsError.invalid(let found) {
                        return try await removalPage(
                            reference, kind, language, asker, desk, reason: form["reason"] ?? "", errors: found.errors)
                    }
                }
        }
    }

    private func removalPage(
        _ reference: String, _ kind: RecordKind, _ language: Language, _ asker: Operator, _ desk: RegisterDesk,
        reason: String = "", errors: [FieldError] = []
    ) async throws -> Response {
        let found = try await desk.record(reference, kind, for: asker)
        guard let record = found.record else { throw ProblemDetails.notFound }
        let names = RecordFieldNames(language)
        let mark = errors.isEmpty ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        let heading = language.pick(fr: "Retirer \(reference)", en: "Remove \(reference)")
        return personalPage(
            RecordRemovalPage(
                frame: frame(
                    language, .operatorRecordRemoval(kind, reference),
                    title: mark + heading, signedIn: SignedInOperator(asker, language: language)), heading: heading,
                summary: ErrorSummary(errors.map { FieldMessage(anchor: "reason", text: names.error($0)) }),
                action: PagePath.operatorRecordRemoval(kind, reference).path(in: language),
                editHref: desk.may(.editRegister, asker)
                    ? PagePath.operatorRecord(kind, reference).path(in: language) : nil,
                reference: reference, title: Phrase(record.content["title"], in: language)?.text,
                asked: found.removal.map { removal in
                    let moment = Words(language).moment(removal.askedAt, in: policy.zone)
                    return language.pick(
                        fr: "Demandé par \(removal.editor), le \(moment).",
                        en: "Asked by \(removal.editor), on \(moment).")
                },
                askedReason: found.removal?.reason, askedKeeps: found.removal?.keepsContent ?? true,
                mayAgree: found.removal.map { $0.editor != asker.name } ?? false,
                reason: FormField("reason", value: reason, error: errors.first.map { names.error($0) }, hint: true)),
            status: errors.isEmpty ? .ok : .unprocessableContent)
    }
}
