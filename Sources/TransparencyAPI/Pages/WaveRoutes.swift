import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry
import StrictJSON

extension Portal {
    /// `/operateur/vagues`: filings that look forged together, voided and restored as one; where that takes two, proposed by one
    /// and confirmed by another.
    func waveRoutes(_ console: Console) -> [Route] {
        consoleRoutes(.get, .operatorWaves, console) { request, _, language, asker in
            try await waves(
                asker, language, console, notice: .ofVoidings(try request.queryFields()["notice"], language))
        }
            + consoleRoutes(.post, .operatorWaves, console) { request, context, language, asker in
                let form = try await request.formBody(in: context).firstValues
                do {
                    return try await actOnWaves(form, asker, language, console)
                } catch RightsError.outdated {
                    return try await waves(
                        asker, language, console, notice: .wavesChanged(language), status: .conflict)
                } catch RightsError.invalid(let found) where found.errors.allSatisfy({ $0.pointer == "/note" }) {
                    return try await waves(
                        asker, language, console, wrong: form["decline"], errors: found.errors,
                        status: .unprocessableContent)
                }
            }
    }

    private func actOnWaves(
        _ form: [String: String], _ asker: Operator, _ language: Language, _ console: Console
    ) async throws -> Response {
        let desk = console.desk
        if let id = form["confirm"] {
            return wavesDone(.voided, try await desk.confirmVoiding(id, by: asker), asker, language)
        }
        if let id = form["decline"] {
            try await desk.declineVoiding(id, note: form["note"] ?? "", by: asker)
            return Self.seeOther(.operatorWaves, language, notice: "declined")
        }
        if let id = form["takeBack"] {
            try await desk.takeBackVoiding(id, by: asker)
            return Self.seeOther(.operatorWaves, language, notice: "takenBack")
        }
        guard let reasons = form["reasons"]?.trimming(while: \.isWhitespace).nonEmpty else {
            return try await waves(
                asker, language, console, wrong: form["void"] ?? form["restore"],
                errors: [FieldError(pointer: "/reasons", code: "required")], status: .unprocessableContent)
        }
        if let id = form["restore"] {
            return wavesDone(.reopened, try await desk.restore(wave: id, reasons: reasons, by: asker), asker, language)
        }
        let (id, seen) = (form["void"] ?? "", form["seen"].flatMap { Int($0) } ?? 0)
        guard policy.refusals == .direct else {
            try await desk.proposeVoiding(wave: id, seen: seen, reasons: reasons, by: asker)
            return Self.seeOther(.operatorWaves, language, notice: "proposed")
        }
        return wavesDone(
            .voided, try await desk.void(wave: id, seen: seen, reasons: reasons, by: asker), asker, language)
    }

    private func wavesDone(
        _ type: EventType, _ results: [BulkResult], _ asker: Operator, _ language: Language
    ) -> Response {
        personalPage(
            OperatorBatchDonePage(
                frame: consoleFrame(.operatorWaves, language, asker, title: language.pick(fr: "Fait", en: "Done")),
                type: type, results: results, query: "", zone: policy.zone))
    }

    /// - Parameter wrong: the wave or the proposal whose words are missing.
    private func waves(
        _ asker: Operator, _ language: Language, _ console: Console, wrong: String? = nil, errors: [FieldError] = [],
        notice: Notice? = nil, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let mark = wrong == nil ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        return personalPage(
            OperatorWavesPage(
                frame: consoleFrame(
                    .operatorWaves, language, asker,
                    title: mark + language.pick(fr: "Dépôts suspects", en: "Suspicious filings")),
                waves: try await console.desk.waves(for: asker),
                proposals: try await console.desk.voidingProposals(for: asker),
                voided: try await console.desk.voidedWaves(for: asker),
                may: OperatorWavesPage.Allowed(
                    isProposed: policy.refusals == .confirmed,
                    void: policy.refusals == .confirmed
                        ? console.desk.mayProposeVoiding(asker) : policy.roles.allows(asker.role, .refuse),
                    confirm: console.desk.mayConfirm(asker),
                    restore: policy.roles.allows(asker.role, .refuse)),
                asker: asker.name, wrong: wrong, errors: errors, notice: notice, zone: policy.zone), status: status)
    }
}

extension Notice {
    fileprivate static func ofVoidings(_ word: String?, _ language: Language) -> Notice? {
        switch word {
        case "proposed":
            Notice(
                language.pick(fr: "C’est proposé", en: "It is proposed"),
                text: language.pick(
                    fr: "Rien n’est annulé encore : une autre personne le confirme ici, ou vous le renvoie.",
                    en: "Nothing is voided yet: another person confirms it here, or sends it back to you."), tone: .done
            )
        case "declined":
            Notice(
                language.pick(fr: "C’est renvoyé", en: "It is sent back"),
                text: language.pick(
                    fr: "Rien n’est annulé. La personne qui l’avait proposé lit votre note.",
                    en: "Nothing is voided. Whoever had proposed it reads your note."), tone: .done)
        case "takenBack":
            Notice(
                language.pick(fr: "La proposition est retirée", en: "The proposal is taken back"),
                text: language.pick(fr: "Rien n’est annulé.", en: "Nothing is voided."), tone: .done)
        default: nil
        }
    }

    fileprivate static func wavesChanged(_ language: Language) -> Notice {
        Notice(
            language.pick(fr: "Cela a changé entre-temps", en: "This has changed meanwhile"),
            text: language.pick(
                fr:
                    "D’autres demandes sont arrivées, ou quelqu’un vient de proposer, de confirmer ou de renvoyer. Rien n’a "
                    + "été fait : relisez cette page.",
                en:
                    "More requests have come, or somebody has just proposed, confirmed or sent back. Nothing was done: read "
                    + "this page again."), tone: .alert)
    }
}
