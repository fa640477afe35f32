import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import Propagation
import PublicRegistry
import RightsRegistry
import StrictJSON

extension Portal {
    /// `/operateur/bases`: what custodians without a program do. They see their own databases, and nothing else of the
    /// console.
    func custodianRoutes(_ console: Console) -> [Route] {
        custodianRoutes(.get, .custodianDatabases, console) { _, _, language, asker in
            guard asker.role == .custodian else { return try await propagationPage(asker, language, console) }
            let found = try await console.custodians.databases(for: asker)
            if found.count == 1 { return Self.seeOther(.custodianDatabase(found[0].linked.id), language) }
            return personalPage(
                CustodianDatabasesPage(
                    frame: frame(
                        language, .custodianDatabases, title: language.pick(fr: "Vos bases", en: "Your databases"),
                        signedIn: SignedInOperator(asker, language: language)),
                    rows: found.map {
                        CustodianState(
                            $0, hours: policy.targets.hours(of: $0.linked), now: now(), policy.zone, language)
                    }))
        }
            + custodianRoutes(.get, .custodianDatabase("{database}"), console) { request, context, language, asker in
                guard asker.role == .custodian else {
                    return try await propagationDatabasePage(request, context, asker, language, console)
                }
                let asked = try request.queryFields()["notice"]
                return try await custodianPage(
                    context, asker, language, console, notice: .afterCustodian(asked, language))
            }
            + custodianRoutes(.post, .custodianListAsked("{database}"), console) { _, context, language, asker in
                let id = try context.parameters.require("database")
                try await console.custodians.askForList(of: id, by: asker)
                return Self.seeOther(
                    .custodianDatabase(id), language,
                    notice: try await isListMade(id, asker, console) ? "list" : "listAsked")
            }
            + custodianRoutes(.get, .custodianList("{database}"), console) { _, context, language, asker in
                let id = try context.parameters.require("database")
                guard let file = try await console.custodians.list(of: id, for: asker) else {
                    return Self.seeOther(.custodianDatabase(id), language)
                }
                return Self.download(file, named: "regard-\(id)-\(language.pick(fr: "liste", en: "list"))")
            }
            + custodianRoutes(.get, .custodianChanges("{database}"), console) { _, context, language, asker in
                let id = try context.parameters.require("database")
                guard let file = try await console.custodians.changes(of: id, for: asker) else {
                    return Self.seeOther(.custodianDatabase(id), language)
                }
                return Self.download(file, named: "regard-\(id)-\(language.pick(fr: "changements", en: "changes"))")
            }
            + custodianRoutes(.post, .custodianAttestation("{database}"), console) {
                request, context, language, asker in
                try await attest(try await request.formBody(in: context), context, asker, language, console)
            }
            + custodianRoutes(
                .post, .custodianTask("{database}", "{task}"), console, bodyLimit: longestUpload
            ) { request, context, language, asker in
                try await withUpload(request, context) { form in
                    try await answer(form, context, asker, language, console)
                }
            }
    }

    private func custodianRoutes(
        _ method: HTTPRequest.Method, _ page: PagePath, _ console: Console, bodyLimit: Int = Portal.longestForm,
        handler: @escaping @Sendable (Request, PortalContext, Language, Operator) async throws -> Response
    ) -> [Route] {
        routes(method, page, access: .personal, bodyLimit: bodyLimit) { request, context, language in
            guard let asker = try await whoeverSignedIn(request, console) else {
                return Self.seeOther(.operatorSignIn, language, notice: "signIn")
            }
            return try await handler(request, context, language, asker)
        }
    }

    private func custodianPage(
        _ context: PortalContext, _ asker: Operator, _ language: Language, _ console: Console,
        typed: FormFields? = nil, errors: [FieldError] = [], refused: RefusedTask? = nil, notice: Notice? = nil
    ) async throws -> Response {
        let id = try context.parameters.require("database")
        let found = try await console.custodians.database(id, for: asker)
        let tasks = try await console.custodians.tasks(of: id, for: asker).map { task in
            CustodianTaskForm(
                task, of: id, today: today, typed: refused?.id == task.id ? refused?.typed ?? [:] : [:],
                errors: refused?.id == task.id ? refused?.errors ?? [] : [],
                fileNames: refused?.id == task.id ? refused?.fileNames ?? [] : [], language)
        }
        let isRefused = !errors.isEmpty || refused != nil
        let mark = !isRefused ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        let state = CustodianState(
            found, hours: policy.targets.hours(of: found.linked), now: now(), policy.zone, language)
        return personalPage(
            CustodianDatabasePage(
                frame: frame(
                    language, .custodianDatabase(id), title: mark + state.name,
                    signedIn: SignedInOperator(asker, language: language)),
                found: found, state: state, tasks: tasks, number: typed?["number"] ?? "",
                extractedOn: typed?["extractedOn"] ?? "", errors: errors, notice: notice, zone: policy.zone),
            status: isRefused ? .unprocessableContent : .ok)
    }

    /// Waits a little for the hub, so that whoever asked need not come back.
    private func isListMade(_ id: String, _ asker: Operator, _ console: Console) async throws -> Bool {
        for _ in 0..<16 {
            if try await !console.custodians.database(id, for: asker).isListAsked { return true }
            try await Task.sleep(for: .milliseconds(500))
        }
        return false
    }

    private func attest(
        _ form: FormFields, _ context: PortalContext, _ asker: Operator, _ language: Language, _ console: Console
    ) async throws -> Response {
        let id = try context.parameters.require("database")
        func typed(_ name: String) -> String { (form[name] ?? "").trimming(while: \.isWhitespace) }
        do {
            try await console.custodians.attest(
                typed("number"), extractedOn: typed("extractedOn"), of: id, by: asker)
            return Self.seeOther(.custodianDatabase(id), language, notice: "attested")
        } catch let errors as FieldErrors {
            return try await custodianPage(
                context, asker, language, console, typed: form, errors: errors.errors)
        }
    }

    private func answer(
        _ form: SentForm, _ context: PortalContext, _ asker: Operator, _ language: Language, _ console: Console
    ) async throws -> Response {
        let id = try context.parameters.require("database")
        let task = try context.parameters.require("task")
        let (kind, said) = (form.fields["answer"] ?? "", (form.fields["words"] ?? "").replacing("\r\n", with: "\n"))
        let files = form.files(Self.filesField)
        func again(_ errors: [FieldError]) async throws -> Response {
            try await custodianPage(
                context, asker, language, console,
                refused: RefusedTask(
                    id: task, typed: ["answer": kind, "words": said], errors: errors,
                    fileNames: files.map { FileWords.readable($0.name) }))
        }
        do {
            try await console.custodians.answer(
                task, kind, words: said.trimming(while: \.isWhitespace),
                files: files.map { OfferedFile(name: $0.name, size: $0.size, content: $0.content) }, of: id, by: asker,
                scan: scan)
            return Self.seeOther(.custodianDatabase(id), language, notice: "answered")
        } catch let errors as FieldErrors {
            return try await again(errors.errors)
        } catch RightsError.scannerUnavailable {
            return try await again([FieldError(pointer: "/files/0", code: "file.again")])
        } catch is TaskRefusal {
            return Self.seeOther(.custodianDatabase(id), language, notice: "notAsked")
        }
    }

    /// A file in pieces. One that can't be had whole ends without its end, which browsers show as a failure.
    private static func download(_ file: CustodianFile, named name: String) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8; header=present",
                .contentDisposition: "attachment; filename=\"\(name)-\(file.file).csv\"",
            ],
            body: ResponseBody { writer in
                for piece in 0..<file.pieces {
                    var rest = try await file.piece(piece)[...]
                    while !rest.isEmpty {
                        try await writer.write(ByteBuffer(bytes: rest.prefix(64 * 1024)))
                        rest = rest.dropFirst(64 * 1024)
                    }
                }
                try await writer.finish(nil)
            })
    }
}

extension Notice {
    fileprivate static func afterCustodian(_ asked: String?, _ language: Language) -> Notice? {
        switch asked {
        case "attested":
            Notice(
                language.pick(fr: "Votre attestation est enregistrée", en: "Your attestation is recorded"),
                text: language.pick(
                    fr: "Les personnes concernées le voient dès maintenant dans leur suivi.",
                    en: "The people concerned see it from now on when they follow their request."), tone: .done)
        case "answered":
            Notice(
                language.pick(fr: "Votre réponse est enregistrée", en: "Your answer is recorded"),
                text: language.pick(fr: "Merci. Nous répondons à la personne.", en: "Thank you. We answer the person."),
                tone: .done)
        case "notAsked":
            Notice(
                language.pick(fr: "Cette réponse n’est plus attendue", en: "This answer is awaited no more"),
                text: language.pick(
                    fr: "Une réponse est déjà là, ou la demande a été retirée. Rien n’a changé.",
                    en: "An answer is there already, or the request was withdrawn. Nothing has changed."), tone: .alert)
        case "list":
            Notice(
                language.pick(fr: "La liste entière est prête", en: "The whole list is ready"),
                text: language.pick(fr: "Téléchargez-la ci-dessous.", en: "Download it below."), tone: .done)
        case "listAsked":
            Notice(
                language.pick(fr: "La liste entière se prépare", en: "The whole list is being prepared"),
                text: language.pick(
                    fr: "Revenez sur cette page dans quelques minutes.", en: "Come back to this page in a few minutes."),
                tone: .wait)
        default: nil
        }
    }
}
