import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import LetterPress
import NIOCore
import RightsRegistry
import StrictJSON

extension Portal {
    /// The print queue: what is to be posted.
    func operatorLetterRoutes(_ console: Console) -> [Route] {
        consoleRoutes(.get, .operatorLetters, console) { request, _, language, asker in
            let asked = try request.queryFields()["notice"]
            return try await letterQueue(asker, language, console, notice: .afterLetters(asked, language))
        }
            + consoleRoutes(.post, .operatorLetters, console) { request, context, language, asker in
                let form = try await request.formBody(in: context)
                let chosen = form.all("letter")
                guard !chosen.isEmpty else {
                    return try await letterQueue(
                        asker, language, console, form: form,
                        errors: [FieldError(pointer: "/letter", code: "required")])
                }
                return form["act"] == "posted"
                    ? try await notePosted(chosen, form, asker, language, console)
                    : try await printed(chosen, form, request, asker, language, console)
            }
    }

    private func letterQueue(
        _ asker: Operator, _ language: Language, _ console: Console, form: FormFields? = nil, errors: [FieldError] = [],
        notice: Notice? = nil
    ) async throws -> Response {
        let (items, outbox) = try await console.desk.letters(for: asker)
        let mark = errors.isEmpty ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        return personalPage(
            LetterQueuePage(
                frame: frame(
                    language, .operatorLetters, title: mark + language.pick(fr: "Courriers", en: "Letters"),
                    signedIn: SignedInOperator(asker, language: language)),
                items: items, outbox: outbox, chosen: form.map { Set($0.all("letter")) },
                group: form?["group"],
                canAct: policy.roles.allows(asker.role, .printLetters),
                postedOn: form?["postedOn"] ?? today.description, errors: errors, notice: notice, zone: policy.zone),
            status: errors.isEmpty ? .ok : .unprocessableContent)
    }

    /// The letters as one file: what they say appears on no page.
    private func printed(
        _ chosen: [String], _ form: FormFields, _ request: Request, _ asker: Operator, _ language: Language,
        _ console: Console
    ) async throws -> Response {
        let contents = try await console.desk.openLetters(chosen, for: asker)
        guard !contents.isEmpty else {
            return try await letterQueue(
                asker, language, console, form: form,
                errors: [FieldError(pointer: "/letter", code: "letter.cannotPrint")])
        }
        let texts = LetterTexts(OutgoingTexts(site: site, templates: templates, portal: Self.origin(of: request)))
        let bytes = try await LetterPress().print(
            contents.map { texts.sheet(for: $0, on: today) }, title: LetterTexts.title(language))
        let name = language.pick(fr: "courriers", en: "letters")
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/pdf",
                .contentDisposition: "attachment; filename=\"\(name)-\(today).pdf\"",
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private func notePosted(
        _ chosen: [String], _ form: FormFields, _ asker: Operator, _ language: Language, _ console: Console
    ) async throws -> Response {
        let typed = (form["postedOn"] ?? "").trimming(while: \.isWhitespace)
        guard let day = CalendarDate(typed), day <= today else {
            let code = typed.isEmpty ? "required" : "letter.date"
            return try await letterQueue(
                asker, language, console, form: form, errors: [FieldError(pointer: "/postedOn", code: code)])
        }
        guard try await console.desk.postLetters(chosen, on: day, by: asker) > 0 else {
            return try await letterQueue(
                asker, language, console, form: form,
                errors: [FieldError(pointer: "/letter", code: "letter.notPrinted")])
        }
        return Self.seeOther(.operatorLetters, language, notice: "posted")
    }
}

extension Notice {
    fileprivate static func afterLetters(_ asked: String?, _ language: Language) -> Notice? {
        guard asked == "posted" else { return nil }
        return Notice(
            language.pick(fr: "La date d’envoi est notée", en: "The day of posting is noted"),
            text: language.pick(
                fr: "Chacun la lit dans son suivi.", en: "Each person reads it when they follow the request."),
            tone: .done)
    }
}
