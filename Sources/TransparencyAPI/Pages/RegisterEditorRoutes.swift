import HTTPServer
import HTTPTypes
import Hummingbird
import PublicRegistry
import RightsRegistry
import StrictJSON

extension Portal {
    /// A form with every field of a record is longer than others.
    private static let longestRecordForm = 1024 * 1024

    /// Editing the register in the console: its list, a record, what would change.
    func registerEditorRoutes(_ console: Console) -> [Route] {
        let desk = RegisterDesk(console.desk)
        let list =
            consoleRoutes(.get, .operatorRegister, console) { request, _, language, asker in
                try await desk.require(.editRegister, .removeRecords, of: asker, asking: request.uri.path)
                return personalPage(try await registerList(try request.queryFields(), language, asker, desk))
            }
            + consoleRoutes(.post, .operatorRegister, console) { request, context, language, asker in
                try await desk.require(.editRegister, of: asker, asking: request.uri.path)
                let form = try await request.formBody(in: context)
                let text = (form["reference"] ?? "").trimming(while: \.isWhitespace)
                guard let reference = RecordReference(text) else {
                    let error = FieldError(pointer: "/reference", code: text.isEmpty ? "required" : "reference")
                    return personalPage(
                        try await registerList(form, language, asker, desk, newReference: text, errors: [error]),
                        status: .unprocessableContent)
                }
                return Self.seeOther(.operatorRecord(Self.kind(form["kind"]), reference.text), language)
            }
        let records = RecordKind.edited.flatMap { recordRoutes($0, console, desk) }
        let routes = list + records + registerRemovalRoutes(console, desk) + registerImportRoutes(console, desk)
        return routes.filter { $0.method != .post }
            + routes.filter { $0.method == .post }.limited(.editing) { request, context, language, refusal in
                try await consoleLater(request, context, .operatorRegister, language, console, refusal)
            }
    }

    private func recordRoutes(_ kind: RecordKind, _ console: Console, _ desk: RegisterDesk) -> [Route] {
        consoleRoutes(.get, .operatorRecord(kind, "{reference}"), console) { request, context, language, asker in
            try await desk.require(.editRegister, of: asker, asking: request.uri.path)
            let reference = try Self.recordReference(context)
            let place = RecordPlace(kind, reference, try await desk.record(reference, kind, for: asker))
            let notice = Notice.ofEditing(try request.queryFields()["notice"], language)
            return personalPage(recordPage(place, language, asker, desk, notice: notice))
        }
            + consoleRoutes(.post, .operatorRecord(kind, "{reference}"), console, bodyLimit: Self.longestRecordForm) {
                request, context, language, asker in
                try await desk.require(.editRegister, of: asker, asking: request.uri.path)
                let reference = try Self.recordReference(context)
                let form = try await request.formBody(in: context)
                let place = RecordPlace(kind, reference, try await desk.record(reference, kind, for: asker))
                return try await edit(form, place, language, asker, desk)
            }
            + consoleRoutes(.get, .operatorRecordPreview(kind, "{reference}"), console) {
                request, context, language, asker in
                try await desk.require(.editRegister, of: asker, asking: request.uri.path)
                let reference = try Self.recordReference(context)
                return try await preview(reference, kind, language, asker, desk)
            }
            + consoleRoutes(.post, .operatorRecordPreview(kind, "{reference}"), console) {
                request, context, language, asker in
                try await desk.require(.editRegister, of: asker, asking: request.uri.path)
                let reference = try Self.recordReference(context)
                let form = try await request.formBody(in: context)
                return try await publish(form, reference, kind, language, asker, desk)
            }
    }

    static func recordReference(_ context: PortalContext) throws -> String {
        guard let reference = RecordReference(try context.parameters.require("reference")) else {
            throw RightsError.notFound
        }
        return reference.text
    }

    static func kind(_ word: String?) -> RecordKind { word == "dataset" ? .dataset : .project }

    // MARK: The list

    private func registerList(
        _ fields: FormFields, _ language: Language, _ asker: Operator, _ desk: RegisterDesk, newReference: String = "",
        errors: [FieldError] = []
    ) async throws -> RegisterEditorPage {
        let (kind, text) = (Self.kind(fields["kind"]), fields["q"] ?? "")
        let unshown = fields["shown"] == "no"
        let found = try await desk.list(
            kind, text: text, unshownOnly: unshown, after: fields["after"] ?? "", for: asker)
        let names = RecordFieldNames(language)
        let mayEdit = desk.may(.editRegister, asker)
        let shownRows = found.records.prefix(EditableRecord.atOnce)
        let query = PageQuery([
            ("kind", kind.rawValue), ("q", text), ("shown", unshown ? "no" : ""),
            ("after", found.records.count > shownRows.count ? shownRows.last?.reference ?? "" : ""),
        ])
        func kinds(_ chosen: RecordKind) -> [Choice] {
            RecordKind.edited.map { Choice($0.rawValue, names.kind($0), isChosen: $0 == chosen) }
        }
        let reference = FormField(
            "reference", value: newReference, error: errors.first.map { names.error($0) }, hint: true)
        let mark = errors.isEmpty ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        return RegisterEditorPage(
            frame: frame(
                language, .operatorRegister, title: mark + language.pick(fr: "Le répertoire", en: "The register"),
                signedIn: SignedInOperator(asker, language: language)),
            mayEdit: mayEdit, kinds: kinds(kind), query: text, unshownOnly: unshown,
            rows: mayEdit ? shownRows.map { row($0, names, language) } : [],
            drafts: found.drafts.map { draft in
                RecordRow(
                    href: PagePath.operatorRecord(draft.kind, draft.reference).path(in: language),
                    reference: draft.reference, title: Phrase(draft.content["title"], in: language)?.text,
                    kind: names.kind(draft.kind), tag: nil, note: Words(language).moment(draft.savedAt, in: policy.zone)
                )
            },
            removals: found.removals.map { removal in
                RecordRow(
                    href: PagePath.operatorRecordRemoval(removal.kind, removal.reference).path(in: language),
                    reference: removal.reference, title: nil, kind: names.kind(removal.kind), tag: nil,
                    note: removal.reason)
            },
            next: found.records.count > shownRows.count
                ? PagePath.operatorRegister.path(in: language) + query.text : nil,
            summary: ErrorSummary(errors.map { FieldMessage(anchor: "reference", text: names.error($0)) }),
            newKinds: kinds(kind), newReference: reference)
    }

    private func row(_ record: EditableRecord, _ names: RecordFieldNames, _ language: Language) -> RecordRow {
        RecordRow(
            href: PagePath.operatorRecord(record.kind, record.reference).path(in: language),
            reference: record.reference,
            title: Phrase(fr: record.title?.fr, en: record.title?.en, in: language)?.text,
            kind: names.kind(record.kind),
            tag: record.isShown ? nil : Tag(language.pick(fr: "non publié", en: "not shown"), .wait), note: nil)
    }

    // MARK: One record

    /// A record that is being edited: what it is, and what has been typed.
    struct RecordPlace {
        let kind: RecordKind
        let reference: String
        let record: EditedRecord?
        let draft: RecordDraft?
        let removal: AskedRemoval?

        init(
            _ kind: RecordKind, _ reference: String,
            _ found: (record: EditedRecord?, draft: RecordDraft?, removal: AskedRemoval?)
        ) {
            (self.kind, self.reference) = (kind, reference)
            (record, draft, removal) = found
        }

        var content: JSON { draft?.content ?? record?.content ?? [:] }
        /// The version that the content began from.
        var base: Int { draft?.base ?? record?.n ?? 0 }

        /// The content as it would be a record.
        func complete(_ content: JSON) -> JSON {
            var members = RecordForm.pruned(content).object ?? [:]
            members["reference"] = .string(reference)
            return .object(members)
        }
    }

    private func edit(
        _ form: FormFields, _ place: RecordPlace, _ language: Language, _ asker: Operator, _ desk: RegisterDesk
    ) async throws -> Response {
        let (kind, reference) = (place.kind, place.reference)
        let act = form["act"] ?? "save"
        if act == "discard" {
            try await desk.discard(reference, kind, by: asker)
            return Self.seeOther(.operatorRecord(kind, reference), language, notice: "discarded")
        }
        var content = RecordForm(form).content(RegisterEditing.fields(of: kind), onto: place.content)
        var anchor: String?
        if act.hasPrefix("add:") {
            let added = RecordForm.adding(rowTo: String(act.dropFirst(4)), of: content)
            content = added.content
            anchor = RecordBlocks.id(added.row)
        } else if act.hasPrefix("remove:") {
            let row = String(act.dropFirst(7))
            content = RecordForm.removing(rowAt: row, of: content)
            anchor = RecordBlocks.id(String(row[..<(row.lastIndex(of: "/") ?? row.startIndex)]))
        }
        let base = form["base"].flatMap { Int($0) } ?? place.base
        try await desk.keep(content, of: reference, kind, onto: base, by: asker)
        if act == "preview" {
            let judgement = RegisterEditing.judge(place.complete(content), kind)
            guard judgement.errors.isEmpty else {
                return personalPage(
                    recordPage(place, language, asker, desk, content: content, errors: judgement.errors),
                    status: .unprocessableContent)
            }
            return Self.seeOther(.operatorRecordPreview(kind, reference), language)
        }
        let path = PagePath.operatorRecord(kind, reference).path(in: language)
        let suffix = anchor.map { "#\($0)" } ?? "?notice=kept"
        return Response(status: .seeOther, headers: [.location: path + suffix])
    }

    private func recordPage(
        _ place: RecordPlace, _ language: Language, _ asker: Operator, _ desk: RegisterDesk, content: JSON? = nil,
        errors: [FieldError] = [], notice: Notice? = nil
    ) -> RecordEditorPage {
        let names = RecordFieldNames(language)
        let content = content ?? place.content
        let judgement = RegisterEditing.judge(place.complete(content), place.kind)
        let blocks = RecordBlocks(content, place.kind, errors: errors, language)
        let path = PagePath.operatorRecord(place.kind, place.reference)
        let isShown = place.record?.missing.isEmpty ?? false
        let mark = errors.isEmpty ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        let isThere = place.record != nil
        let heading =
            (isThere ? "" : language.pick(fr: "Nouvelle fiche\u{A0}: ", en: "New record: ")) + place.reference
        return RecordEditorPage(
            frame: frame(
                language, path, title: mark + heading, signedIn: SignedInOperator(asker, language: language)),
            heading: heading,
            notice: notice, summary: blocks.summary, action: path.path(in: language),
            previewHref: PagePath.operatorRecordPreview(place.kind, place.reference).path(in: language),
            removalHref: isThere && desk.may(.removeRecords, asker)
                ? PagePath.operatorRecordRemoval(place.kind, place.reference).path(in: language) : nil,
            publicHref: isShown ? PagePath.shown(place.kind, place.reference).path(in: language) : nil,
            base: String(place.base), errorMark: language.pick(fr: "Erreur : ", en: "Error: "), blocks: blocks.blocks,
            hasDraft: place.draft != nil, missing: judgement.missing.map { names.label("/\($0)") },
            lacking: judgement.empty.filter { !judgement.missing.contains($0) && !RecordFieldNames.extras.contains($0) }
                .map { names.label("/\($0)") })
    }

    // MARK: What would change

    private func preview(
        _ reference: String, _ kind: RecordKind, _ language: Language, _ asker: Operator, _ desk: RegisterDesk,
        reason: EditReason = EditReason(""), errors: [FieldError] = [], status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let place = RecordPlace(kind, reference, try await desk.record(reference, kind, for: asker))
        guard let draft = place.draft else { return Self.seeOther(.operatorRecord(kind, reference), language) }
        let names = RecordFieldNames(language)
        let judgement = RegisterEditing.judge(place.complete(draft.content), kind)
        guard let content = judgement.content else {
            return personalPage(
                recordPage(place, language, asker, desk, errors: judgement.errors), status: .unprocessableContent)
        }
        let standing = try await desk.standing(of: draft)
        let contested = Set(standing.conflict?.since.flatMap(\.fields) ?? [])
        let changed = RegisterEditing.changes(from: standing.base, to: content)
        let both = changed.filter(contested.contains)
        let historyWords = HistoryWords(kind: kind, language: language, names: try await recordNames(language))
        let words = Words(language)
        let reasonError = errors.first.map { names.error($0) }
        let mark = errors.isEmpty ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        let heading = language.pick(fr: "Ce qui change\u{A0}: ", en: "What changes: ") + reference
        let isUnchanged = standing.base == content
        return personalPage(
            RecordPreviewPage(
                frame: frame(
                    language, .operatorRecordPreview(kind, reference), title: mark + heading,
                    signedIn: SignedInOperator(asker, language: language)),
                heading: heading,
                summary: ErrorSummary(errors.map { FieldMessage(anchor: "reason", text: names.error($0)) }),
                action: PagePath.operatorRecordPreview(kind, reference).path(in: language),
                editHref: PagePath.operatorRecord(kind, reference).path(in: language), base: String(draft.base),
                isNew: standing.base == nil,
                fields: RegisterEditing.differences(from: standing.base, to: content).map {
                    FieldLines($0, historyWords)
                },
                contested: both.isEmpty ? nil : both.map { names.label("/\($0)") }.joined(separator: ", "),
                typographyOnly: standing.base.map { changed.isEmpty && $0 != content } ?? false,
                missing: judgement.missing.map { names.label("/\($0)") },
                lacking: judgement.empty.filter {
                    !judgement.missing.contains($0) && !RecordFieldNames.extras.contains($0)
                }
                .map { names.label("/\($0)") },
                gaps: judgement.gaps.filter { $0.level != .shown }.map { names.gap($0) },
                ignored: judgement.ignored.map { "\(names.label($0.pointer)) : \(names.error($0))" },
                unchanged: isUnchanged, mayPublish: !isUnchanged && standing.conflict == nil,
                others: standing.conflict.map { conflict in
                    conflict.since.map { version in
                        RecordPreviewPage.Other(
                            text: language.pick(
                                fr: "Version \(version.n), le \(words.moment(version.recordedAt, in: policy.zone))"
                                    + (version.editor.map { ", par \($0)" } ?? ""),
                                en: "Version \(version.n), on \(words.moment(version.recordedAt, in: policy.zone))"
                                    + (version.editor.map { ", by \($0)" } ?? "")),
                            fields: version.fields.map { names.label("/\($0)") }.joined(separator: ", "),
                            reason: version.reason)
                    }
                } ?? [],
                reason: FormField("reason", value: reason.text, error: reasonError, hint: true),
                isCorrection: reason.isCorrection),
            status: standing.conflict != nil && status == .ok ? .conflict : status)
    }

    private func publish(
        _ form: FormFields, _ reference: String, _ kind: RecordKind, _ language: Language, _ asker: Operator,
        _ desk: RegisterDesk
    ) async throws -> Response {
        let place = RecordPlace(kind, reference, try await desk.record(reference, kind, for: asker))
        guard let draft = place.draft else { return Self.seeOther(.operatorRecord(kind, reference), language) }
        if form["act"] == "rebase" {
            try await desk.rebase(draft, by: asker)
            return Self.seeOther(.operatorRecordPreview(kind, reference), language)
        }
        let reason = EditReason(form["reason"] ?? "", isCorrection: form["correction"] != nil)
        do {
            _ = try await desk.publish(
                place.complete(draft.content), of: reference, kind, onto: draft.base, because: reason, by: asker)
            return Self.seeOther(.operatorRecord(kind, reference), language, notice: "published")
        } catch RightsError.invalid(let found) {
            return try await preview(
                reference, kind, language, asker, desk, reason: reason, errors: found.errors,
                status: .unprocessableContent)
        } catch is EditConflict {
            return try await preview(reference, kind, language, asker, desk, reason: reason, status: .conflict)
        }
    }
}

extension RecordKind {
    /// The kinds that editors write by hand.
    static let edited: [RecordKind] = [.project, .dataset]
}

extension PagePath {
    /// The page where everybody reads a record.
    static func shown(_ kind: RecordKind, _ reference: String) -> PagePath {
        kind == .dataset ? .dataset(reference) : .project(reference)
    }
}

extension Phrase {
    /// A text in two languages as a record's content has it.
    init?(_ json: JSON?, in language: Language) {
        self.init(fr: json?["fr"]?.string, en: json?["en"]?.string, in: language)
    }
}

extension Notice {
    fileprivate static func ofEditing(_ asked: String?, _ language: Language) -> Notice? {
        switch asked {
        case "kept":
            Notice(
                language.pick(fr: "Brouillon gardé", en: "Draft kept"),
                text: language.pick(
                    fr: "Vous seul le voyez. Rien n’est publié.", en: "You alone see it. Nothing is published."),
                tone: .done)
        case "published":
            Notice(
                language.pick(fr: "C’est publié", en: "It is published"),
                text: language.pick(
                    fr: "Le répertoire le montre dès maintenant, avec votre motif dans l’historique.",
                    en: "The register shows it from now on, with your reason in its history."), tone: .done)
        case "discarded": Notice(language.pick(fr: "Brouillon effacé", en: "Draft erased"), tone: .done)
        default: nil
        }
    }
}
