import HTTPServer
import HTTPTypes
import Hummingbird
import PublicRegistry
import RightsRegistry
import StrictJSON

extension Portal {
    /// Whole files through the console: tried first, taken after.
    func registerImportRoutes(_ console: Console, _ desk: RegisterDesk) -> [Route] {
        consoleRoutes(.get, .operatorImport, console) { request, _, language, asker in
            try await desk.require(.editRegister, of: asker, asking: request.uri.path)
            let forgotten = try request.queryFields()["notice"] == "forgotten"
            let notice =
                forgotten
                ? Notice(language.pick(fr: "Rien n’a été importé", en: "Nothing was imported"), tone: .done) : nil
            return personalPage(importPage(language, asker, notice: notice))
        }
            + consoleRoutes(.post, .operatorImport, console, bodyLimit: longestUpload) {
                request, context, language, asker in
                try await desk.require(.editRegister, of: asker, asking: request.uri.path)
                return try await withUpload(request, context) { form in
                    let kind = RecordKind(rawValue: form.fields["kind"] ?? "")
                    let file = form.files("file").first
                    guard let kind, let file, file.isWhole, file.size > 0 else {
                        let code = file.map { $0.isWhole ? "file.empty" : "file.tooLarge" } ?? "required"
                        return personalPage(
                            importPage(language, asker, kind: kind, errors: [FieldError(pointer: "/file", code: code)]),
                            status: .unprocessableContent)
                    }
                    let id = try await desk.upload(file.content, named: file.name, kind, by: asker)
                    return Self.seeOther(.operatorImportTrial(id), language)
                }
            }
            + consoleRoutes(.get, .operatorImportTrial("{id}"), console) { request, context, language, asker in
                try await desk.require(.editRegister, of: asker, asking: request.uri.path)
                return try await trial(try context.parameters.require("id"), language, asker, desk)
            }
            + consoleRoutes(.post, .operatorImportTrial("{id}"), console) { request, context, language, asker in
                try await desk.require(.editRegister, of: asker, asking: request.uri.path)
                let id = try context.parameters.require("id")
                let form = try await request.formBody(in: context)
                if form["act"] == "forget" {
                    try await desk.forget(id, by: asker)
                    return Self.seeOther(.operatorImport, language, notice: "forgotten")
                }
                let reason = form["reason"] ?? ""
                do {
                    let name = try await desk.trialName(id, for: asker)
                    let report = try await desk.take(id, because: reason, by: asker)
                    return personalPage(reportPage(report, name, id, language, asker))
                } catch RightsError.invalid(let found) {
                    return try await trial(id, language, asker, desk, reason: reason, errors: found.errors)
                }
            }
    }

    private func importPage(
        _ language: Language, _ asker: Operator, kind: RecordKind? = nil, errors: [FieldError] = [],
        notice: Notice? = nil
    ) -> RegisterImportPage {
        let names = RecordFieldNames(language)
        let mark = errors.isEmpty ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        let texts = errors.map { error in
            switch error.code {
            case "required": language.pick(fr: "Choisissez un fichier.", en: "Choose a file.")
            case "file.empty": language.pick(fr: "Ce fichier est vide.", en: "This file is empty.")
            default:
                language.pick(
                    fr: "Ce fichier est trop grand pour cette page : utilisez la commande “regard import”.",
                    en: "This file is too large for this page: use the command “regard import”.")
            }
        }
        return RegisterImportPage(
            frame: frame(
                language, .operatorImport, title: mark + language.pick(fr: "Importer un fichier", en: "Import a file"),
                signedIn: SignedInOperator(asker, language: language)),
            notice: notice, summary: ErrorSummary(texts.map { FieldMessage(anchor: "file", text: $0) }),
            kinds: RecordKind.allCases.map { Choice($0.rawValue, names.kinds($0), isChosen: $0 == kind ?? .project) },
            file: FormField("file", value: "", error: texts.first, hint: true))
    }

    private func trial(
        _ id: String, _ language: Language, _ asker: Operator, _ desk: RegisterDesk, reason: String = "",
        errors: [FieldError] = []
    ) async throws -> Response {
        let (upload, report) = try await desk.trial(id, for: asker)
        return personalPage(
            reportPage(report, upload.name, id, language, asker, reason: reason, errors: errors),
            status: errors.isEmpty ? .ok : .unprocessableContent)
    }

    private func reportPage(
        _ report: ImportReport, _ file: String, _ id: String, _ language: Language, _ asker: Operator,
        reason: String = "", errors: [FieldError] = []
    ) -> ImportReportPage {
        let (names, words) = (RecordFieldNames(language), Words(language))
        let mark = errors.isEmpty ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        let counts = [
            words.count(report.added, fr: ("ajout", "ajouts"), en: ("addition", "additions")),
            words.count(report.changed, fr: ("changement", "changements"), en: ("change", "changes")),
            words.count(
                report.skipped, fr: ("ligne sans changement", "lignes sans changement"),
                en: ("line without change", "lines without change")),
            words.count(
                report.refused.count, fr: ("ligne refusée", "lignes refusées"), en: ("line refused", "lines refused")),
        ]
        let more = report.changes.count - report.changes.first.count
        let title =
            report.isDryRun
            ? language.pick(fr: "Ce que ce fichier change", en: "What this file changes")
            : language.pick(fr: "Le fichier est importé", en: "The file is imported")
        return ImportReportPage(
            frame: frame(
                language, .operatorImportTrial(id), title: mark + title,
                signedIn: SignedInOperator(asker, language: language)),
            heading: title, summary: ErrorSummary(errors.map { FieldMessage(anchor: "reason", text: names.error($0)) }),
            action: PagePath.operatorImportTrial(id).path(in: language), file: file, isTrial: report.isDryRun,
            mayTake: report.isDryRun && report.added + report.changed > 0, counts: counts,
            changes: report.changes.first.map { change in
                let fields = change.fields.map { names.label("/\($0)") }.joined(separator: ", ")
                let what =
                    change.isNew
                    ? language.pick(fr: "ajouté", en: "added")
                    : fields.isEmpty ? language.pick(fr: "typographie seule", en: "typography alone") : fields
                return ImportReportPage.Line(text: "\(change.reference) : \(what)", href: nil)
            },
            moreChanges: more > 0 ? language.pick(fr: "… et \(more) autres", en: "… and \(more) others") : nil,
            refused: report.refused.first.map { $0.words(language) },
            warnings: report.warnings.first.map { $0.words(language) },
            notShown: report.notShown.sorted { $0.key < $1.key }.prefix(1000).map { reference, missing in
                "\(reference) : \(missing.map { names.label("/\($0)") }.joined(separator: ", "))"
            },
            reason: FormField("reason", value: reason, error: errors.first.map { names.error($0) }, hint: true))
    }
}

extension LineReport {
    /// The line and what is wrong with it. The reasons are those of the command.
    fileprivate func words(_ language: Language) -> String {
        let names = RecordFieldNames(language)
        let parts = problems.map { problem -> String in
            let place = problem.pointer.isEmpty ? "" : problem.pointer + " : "
            return place + names.importReason(problem)
        }
        let name = reference.map { " (\($0))" } ?? ""
        return "\(language.pick(fr: "Ligne", en: "Line")) \(line)\(name) : \(parts.joined(separator: " ; "))"
    }
}
