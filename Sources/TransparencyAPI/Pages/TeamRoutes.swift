import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry
import StrictJSON

extension Portal {
    /// `/operateur/equipe`: who works on requests, who is away, and giving cases away.
    func teamRoutes(_ console: Console) -> [Route] {
        consoleRoutes(.get, .operatorTeam, console) { request, _, language, asker in
            try await team(asker, language, console, notice: .inTeam(try request.queryFields()["notice"], language))
        }
            + consoleRoutes(.post, .operatorTeam, console) { request, context, language, asker in
                let form = try await request.formBody(in: context)
                do {
                    return try await changeTeam(form.firstValues, asker, language, console)
                } catch RightsError.invalid(let found) {
                    return try await team(asker, language, console, typed: form.firstValues, errors: found.errors)
                }
            }
    }

    private func team(
        _ asker: Operator, _ language: Language, _ console: Console, typed: [String: String] = [:],
        errors: [FieldError] = [], handsOver: Bool = false, notice: Notice? = nil
    ) async throws -> Response {
        let mark = errors.isEmpty ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        return personalPage(
            OperatorTeamPage(
                frame: consoleFrame(
                    .operatorTeam, language, asker, title: mark + language.pick(fr: "Équipe", en: "Team")),
                colleagues: try await console.desk.colleagues(for: asker), asker: asker, today: today,
                mayAssign: policy.roles.allows(asker.role, .assign),
                mayReassign: policy.roles.allows(asker.role, .reassign), typed: typed, errors: errors,
                handsOver: handsOver, notice: notice),
            status: errors.isEmpty ? .ok : .unprocessableContent)
    }

    private func changeTeam(
        _ form: [String: String], _ asker: Operator, _ language: Language, _ console: Console
    ) async throws -> Response {
        func text(_ name: String) -> String? { form[name]?.trimming(while: \.isWhitespace).nonEmpty }
        let name = text("operator") ?? asker.name
        switch form["act"] {
        case "back":
            try await console.desk.setAbsence(nil, of: name, by: asker)
            return Self.seeOther(.operatorTeam, language, notice: "back")
        case "handOver":
            guard let taker = text("to") else {
                throw RightsError.invalid(FieldErrors([FieldError(pointer: "/to", code: "required")]))
            }
            // So many at once are given after a look: there is no button that takes them back.
            guard form["confirmed"] == "yes" else {
                try await console.desk.requireGivable(from: name, to: taker, note: text("note"), by: asker)
                let giver = try await console.desk.colleagues(for: asker).first { $0.name == name }
                guard let giver, giver.openCases > 0 else {
                    return Self.seeOther(.operatorTeam, language, notice: "nothingToGive")
                }
                return try await team(asker, language, console, typed: form, handsOver: true)
            }
            let results = try await console.desk.handOver(from: name, to: taker, note: text("note"), by: asker)
            guard !results.isEmpty else { return Self.seeOther(.operatorTeam, language, notice: "nothingToGive") }
            return personalPage(
                OperatorBatchDonePage(
                    frame: consoleFrame(.operatorBatch, language, asker, title: language.pick(fr: "Fait", en: "Done")),
                    type: .assigned, results: results, query: "", zone: policy.zone))
        default:
            func day(_ name: String) throws -> CalendarDate {
                guard let typed = text(name) else {
                    throw RightsError.invalid(FieldErrors([FieldError(pointer: "/\(name)", code: "required")]))
                }
                guard let day = CalendarDate(typed) else {
                    throw RightsError.invalid(FieldErrors([FieldError(pointer: "/\(name)", code: "date.iso")]))
                }
                return day
            }
            let absence = Absence(from: try day("from"), until: try day("until"), deputy: text("deputy"))
            try await console.desk.setAbsence(absence, of: name, by: asker)
            return Self.seeOther(.operatorTeam, language, notice: "absence")
        }
    }
}

extension Notice {
    fileprivate static func inTeam(_ asked: String?, _ language: Language) -> Notice? {
        switch asked {
        case "absence": Notice(language.pick(fr: "L’absence est notée", en: "The absence is noted"), tone: .done)
        case "back": Notice(language.pick(fr: "Le retour est noté", en: "The return is noted"), tone: .done)
        case "nothingToGive":
            Notice(
                language.pick(fr: "Il n’y a aucune demande à confier", en: "There is no request to give"), tone: .wait)
        default: nil
        }
    }
}
