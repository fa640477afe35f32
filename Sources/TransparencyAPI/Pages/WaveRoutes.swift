import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry
import StrictJSON

extension Portal {
    /// `/operateur/vagues`: filings that look forged together, voided and restored as one.
    func waveRoutes(_ console: Console) -> [Route] {
        consoleRoutes(.get, .operatorWaves, console) { _, _, language, asker in
            try await waves(asker, language, console)
        }
            + consoleRoutes(.post, .operatorWaves, console) { request, context, language, asker in
                let form = try await request.formBody(in: context).firstValues
                guard let reasons = form["reasons"]?.trimming(while: \.isWhitespace).nonEmpty else {
                    return try await waves(asker, language, console, wrong: form["void"] ?? form["restore"])
                }
                let results: [BulkResult]
                let type: EventType
                if let id = form["restore"] {
                    (results, type) = (
                        try await console.desk.restore(wave: id, reasons: reasons, by: asker), .reopened
                    )
                } else {
                    (results, type) = (
                        try await console.desk.void(
                            wave: form["void"] ?? "", seen: form["seen"].flatMap { Int($0) } ?? 0, reasons: reasons,
                            by: asker), .voided
                    )
                }
                return personalPage(
                    OperatorBatchDonePage(
                        frame: consoleFrame(
                            .operatorWaves, language, asker, title: language.pick(fr: "Fait", en: "Done")),
                        type: type, results: results, query: ""))
            }
    }

    /// - Parameter wrong: the wave whose reasons are missing.
    private func waves(
        _ asker: Operator, _ language: Language, _ console: Console, wrong: String? = nil
    ) async throws -> Response {
        let mark = wrong == nil ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        return personalPage(
            OperatorWavesPage(
                frame: consoleFrame(
                    .operatorWaves, language, asker,
                    title: mark + language.pick(fr: "Dépôts suspects", en: "Suspicious filings")),
                waves: try await console.desk.waves(for: asker),
                voided: try await console.desk.voidedWaves(for: asker), wrong: wrong, zone: policy.zone),
            status: wrong == nil ? .ok : .unprocessableContent)
    }
}
