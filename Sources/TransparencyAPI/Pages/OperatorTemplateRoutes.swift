import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry
import StrictJSON

extension Portal {
    /// The templates of answers: whoever reads requests reads them, and some write them.
    func operatorTemplateRoutes(_ console: Console) -> [Route] {
        let desk = TemplateDesk(console.desk)
        return consoleRoutes(.get, .operatorTemplates, console) { request, _, language, asker in
            let notice = try request.queryFields()["notice"]
            return personalPage(try await templateList(language, asker, desk, notice: notice))
        }
            + consoleRoutes(.get, .operatorTemplate("{id}"), console) { request, context, language, asker in
                let id = try context.parameters.require("id")
                if id == OperatorTemplatePage.newID {
                    try await desk.demandEditing(of: asker)
                    return personalPage(templatePage(id, nil, versions: [], language, asker, desk))
                }
                let versions = try await desk.versions(of: id, for: asker)
                return personalPage(templatePage(id, nil, versions: versions, language, asker, desk))
            }
            + consoleRoutes(.post, .operatorTemplate("{id}"), console) { request, context, language, asker in
                try await desk.demandEditing(of: asker)
                return try await writeTemplate(
                    try await request.formBody(in: context), try context.parameters.require("id"), language, asker,
                    desk)
            }
    }

    private func templateList(
        _ language: Language, _ asker: Operator, _ desk: TemplateDesk, notice: String?
    ) async throws -> OperatorTemplatesPage {
        let all = try await desk.list(for: asker)
        let words = Words(language)
        let groups = TemplatePurpose.allCases.map { purpose in
            OperatorTemplatesPage.Group(
                heading: OperatorTemplatePage.words(for: purpose, language),
                rows: all.filter { $0.purpose == purpose }.map { template in
                    let day = words.date(template.writtenAt.date(in: policy.zone))
                    return OperatorTemplatesPage.Row(
                        href: PagePath.operatorTemplate(template.id).path(in: language),
                        title: language.pick(fr: template.content.title.fr, en: template.content.title.en),
                        note: language.pick(
                            fr: "version \(template.version), le \(day)", en: "version \(template.version), \(day)"),
                        retired: template.content.isRetired
                            ? Tag(language.pick(fr: "N’est plus proposé", en: "No longer offered"), .stop) : nil)
                })
        }
        return OperatorTemplatesPage(
            frame: frame(
                language, .operatorTemplates,
                title: language.pick(fr: "Modèles de réponse", en: "Templates of answers"),
                signedIn: SignedInOperator(asker, language: language)),
            mayEdit: desk.mayEdit(asker),
            newHref: PagePath.operatorTemplate(OperatorTemplatePage.newID).path(in: language),
            groups: groups.filter { !$0.rows.isEmpty },
            notice: notice == "saved" && !all.isEmpty
                ? Notice(
                    language.pick(fr: "Modèle enregistré", en: "Template saved"),
                    text: language.pick(
                        fr: "Ce qui est déjà parti garde la version d’alors.",
                        en: "What has gone already keeps the version of then."), tone: .done) : nil)
    }

    /// - Parameter typed: what was sent; nil to show the newest version.
    private func templatePage(
        _ id: String, _ typed: [String: String]?, versions: [AnswerTemplate], _ language: Language, _ asker: Operator,
        _ desk: TemplateDesk, preview: TemplateContent? = nil, errors: [FieldError] = [], notice: Notice? = nil
    ) -> OperatorTemplatePage {
        let (newest, words) = (versions.first, Words(language))
        let isNew = id == OperatorTemplatePage.newID
        let mark = errors.isEmpty ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        let heading =
            newest.map { language.pick(fr: $0.content.title.fr, en: $0.content.title.en) }
            ?? language.pick(fr: "Nouveau modèle", en: "New template")
        var values = typed ?? newest?.formValues ?? [:]
        if !isNew { values["purpose"] = newest?.purpose.rawValue }
        return OperatorTemplatePage(
            frame: frame(
                language, .operatorTemplate(id), title: mark + heading,
                signedIn: SignedInOperator(asker, language: language)),
            heading: heading, mayEdit: desk.mayEdit(asker), isNew: isNew,
            action: PagePath.operatorTemplate(id).path(in: language), typed: values,
            preview: preview.map { content in
                FilingLanguage.allCases.map { side in
                    let text = try? MergeText(content.text[side], at: "")
                    return OperatorTemplatePage.Preview(
                        side, title: content.title[side],
                        text: text?.filled(sampleValues(Language(rawValue: side.rawValue) ?? .fr)) ?? "", language)
                }
            } ?? [],
            versions: versions.map { version in
                let moment = words.moment(version.writtenAt, in: policy.zone)
                return OperatorTemplatePage.Version(
                    heading: language.pick(
                        fr: "Version \(version.version), le \(moment), par \(version.editor)",
                        en: "Version \(version.version), \(moment), by \(version.editor)"),
                    texts: FilingLanguage.allCases.map {
                        OperatorTemplatePage.Preview(
                            $0, title: version.content.title[$0], text: version.content.text[$0], language)
                    })
            }, errors: errors, notice: notice)
    }

    private func writeTemplate(
        _ form: FormFields, _ id: String, _ language: Language, _ asker: Operator, _ desk: TemplateDesk
    ) async throws -> Response {
        let typed = form.firstValues
        let isNew = id == OperatorTemplatePage.newID
        let versions = isNew ? [] : try await desk.versions(of: id, for: asker)
        func again(
            _ status: HTTPResponse.Status, preview: TemplateContent? = nil, errors: [FieldError] = [],
            notice: Notice? = nil
        ) -> Response {
            personalPage(
                templatePage(
                    id, typed, versions: versions, language, asker, desk, preview: preview, errors: errors,
                    notice: notice), status: status)
        }
        do {
            if isNew {
                let new = try NewTemplate(Self.templateBody(typed, isNew: true))
                if form["act"] == "preview" { return again(.ok, preview: new.content) }
                try await desk.add(new, by: asker)
            } else {
                let changed = try ChangedTemplate(Self.templateBody(typed, isNew: false))
                if form["act"] == "preview" { return again(.ok, preview: changed.content) }
                try await desk.change(id, changed, by: asker)
            }
            return Self.seeOther(.operatorTemplates, language, notice: "saved")
        } catch let found as FieldErrors {
            return again(.unprocessableContent, errors: found.errors)
        } catch RightsError.invalid(let found) {
            return again(.unprocessableContent, errors: found.errors)
        } catch RightsError.outdated {
            return again(
                .conflict,
                notice: Notice(
                    language.pick(fr: "Le modèle a changé entre-temps", en: "The template has changed meanwhile"),
                    text: language.pick(
                        fr: "Rien n’est enregistré. La dernière version est en bas : comparez, puis rouvrez le modèle.",
                        en: "Nothing was saved. The newest version is below: compare, then open the template again."),
                    tone: .alert))
        }
    }

    /// The body of the API that the form says. A field left empty is absent.
    private static func templateBody(_ form: [String: String], isNew: Bool) -> JSON {
        func text(_ name: String) -> JSON? {
            let value = (form[name] ?? "").replacing("\r\n", with: "\n").trimming(while: \.isWhitespace)
            return value.isEmpty ? nil : .string(value)
        }
        func both(_ name: String) -> JSON {
            .object(ofPresent: ["fr": text("\(name)-fr"), "en": text("\(name)-en")])
        }
        return .object(ofPresent: [
            "id": isNew ? text("id") : nil, "purpose": isNew ? text("purpose") : nil,
            "version": isNew ? nil : form["base"].flatMap { Int64($0) }.map(JSON.integer), "title": both("title"),
            "text": both("text"), "retired": .bool(form["retired"] == "yes"),
        ])
    }

    /// What the fields become for a request that nobody has made.
    private func sampleValues(_ language: Language) -> [MergeField: String] {
        let words = Words(language)
        func day(_ days: Int) -> String { words.date(today.adding(days: days)) }
        return [
            .reference: "R-\(today.year)-AB12CD",
            .right: Labels(language).right(Right.access.rawValue).lowercased(), .receivedOn: day(-10),
            .dueOn: day(20), .extendedDueOn: day(80), .answerBy: day(policy.identityAbandonDays), .today: day(0),
            .institution: site.institution.name[language], .officer: site.contacts.dpo.email,
        ]
    }
}

extension AnswerTemplate {
    /// As the form holds it.
    fileprivate var formValues: [String: String] {
        [
            "base": String(version), "title-fr": content.title.fr, "title-en": content.title.en,
            "text-fr": content.text.fr, "text-en": content.text.en, "retired": content.isRetired ? "yes" : "",
        ]
    }
}
