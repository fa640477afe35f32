import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry
import StrictJSON
import Vault

extension Portal {
    /// `/operateur/codes-perdus`: an operator compares what was written with the filing, and has a new code posted.
    ///
    /// What is opened is shown in the answer to a form alone: its address can't be asked for again by GET.
    func operatorLostCodeRoutes(_ console: Console, _ desk: LostCodeDesk) -> [Route] {
        consoleRoutes(.get, .operatorLostCodes, console) { request, _, language, asker in
            let items = try await desk.waiting(for: asker)
            return personalPage(
                OperatorLostCodesPage(
                    frame: consoleFrame(.operatorLostCodes, language, asker), rows: items.map { row($0, language) },
                    notice: .afterLostCode(try request.queryFields()["notice"], language),
                    cannotPrint: !desk.printsLetters))
        }
            + consoleRoutes(.post, .operatorLostCode("{id}"), console) { request, context, language, asker in
                let form = try await request.formBody(in: context)
                return try await act(
                    form.firstValues, on: try context.parameters.require("id"), asker, language, desk)
            }
    }

    private func act(
        _ form: [String: String], on id: String, _ asker: Operator, _ language: Language, _ desk: LostCodeDesk
    ) async throws -> Response {
        switch form["act"] {
        case "dismiss":
            try await desk.dismiss(id, by: asker)
            return Self.seeOther(.operatorLostCodes, language, notice: "dismissed")
        case "compare": return try await compare(form, on: id, asker, language, desk)
        case "send": return try await send(form, on: id, asker, language, desk)
        default:
            return personalPage(lostCode(try await desk.open(id, for: asker), asker, language))
        }
    }

    private func compare(
        _ form: [String: String], on id: String, _ asker: Operator, _ language: Language, _ desk: LostCodeDesk
    ) async throws -> Response {
        let typed = (form["other"] ?? "").trimming(while: \.isWhitespace)
        let chosen = typed.isEmpty ? form["reference"] ?? "" : typed
        func again(_ code: String) async throws -> Response {
            let error = FieldError(pointer: "/reference", code: code)
            return personalPage(
                lostCode(try await desk.open(id, for: asker), asker, language, typed: typed, errors: [error]),
                status: .unprocessableContent)
        }
        guard !chosen.isEmpty else { return try await again("required") }
        guard let reference = RequestReference(entered: chosen)?.description else {
            return try await again("reference.invalid")
        }
        do {
            let identity = try await desk.identity(of: reference, for: asker)
            return personalPage(
                lostCode(
                    try await desk.open(id, for: asker), asker, language, compared: reference, identity: identity))
        } catch RightsError.notFound {
            return try await again("objection.unknown")
        }
    }

    private func send(
        _ form: [String: String], on id: String, _ asker: Operator, _ language: Language, _ desk: LostCodeDesk
    ) async throws -> Response {
        let reference = form["reference"] ?? ""
        func again(_ errors: [FieldError]) async throws -> Response {
            let identity = try await desk.identity(of: reference, for: asker)
            return personalPage(
                lostCode(
                    try await desk.open(id, for: asker), asker, language, compared: reference, identity: identity,
                    errors: errors), status: .unprocessableContent)
        }
        guard let address = form["address"].flatMap(LetterAddress.init(rawValue:)) else {
            return try await again([FieldError(pointer: "/address", code: "required")])
        }
        do {
            try await desk.send(id, for: reference, to: address, by: asker)
            return Self.seeOther(.operatorLostCodes, language, notice: "sent")
        } catch RightsError.invalid(let found) {
            return try await again(found.errors)
        }
    }

    private func lostCode(
        _ found: LostCodeCase, _ asker: Operator, _ language: Language, compared: String? = nil, identity: JSON? = nil,
        typed: String = "", errors: [FieldError] = []
    ) -> OperatorLostCodePage {
        let words = Words(language)
        return OperatorLostCodePage(
            frame: consoleFrame(.operatorLostCodes, language, asker, isWrong: !errors.isEmpty), found: found,
            receivedOn: words.moment(found.item.receivedAt, in: policy.zone),
            filedOn: { candidate in
                let date = words.date(candidate.receivedAt.date(in: policy.zone))
                return language.pick(fr: "Reçue le \(date)", en: "Received on \(date)")
            }, compared: compared, identity: identity, typed: typed, errors: errors)
    }

    private func row(_ item: LostCodeItem, _ language: Language) -> OperatorLostCodesPage.Row {
        OperatorLostCodesPage.Row(
            href: PagePath.operatorLostCode(item.id).path(in: language),
            receivedOn: Words(language).moment(item.receivedAt, in: policy.zone), label: String(item.id.prefix(8)))
    }

    private func consoleFrame(
        _ page: PagePath, _ language: Language, _ asker: Operator, isWrong: Bool = false
    ) -> PageFrame {
        frame(
            language, page,
            title: (isWrong ? language.pick(fr: "Erreur : ", en: "Error: ") : "")
                + language.pick(fr: "Codes perdus", en: "Lost codes"),
            signedIn: SignedInOperator(asker, language: language))
    }
}

extension Notice {
    fileprivate static func afterLostCode(_ asked: String?, _ language: Language) -> Notice? {
        switch asked {
        case "sent":
            Notice(
                language.pick(fr: "Un nouveau code part par lettre", en: "A new code leaves by letter"),
                text: language.pick(
                    fr: "L’ancien n’ouvre plus rien. La lettre attend d’être imprimée et postée.",
                    en: "The old one opens nothing any more. The letter waits to be printed and posted."), tone: .done)
        case "dismissed":
            Notice(
                language.pick(fr: "Classé sans suite", en: "Set aside"),
                text: language.pick(
                    fr: "Ce qui était écrit est détruit.", en: "What was written is destroyed."), tone: .done)
        default: nil
        }
    }
}
