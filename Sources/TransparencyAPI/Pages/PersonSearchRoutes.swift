import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry
import StrictJSON

extension Portal {
    /// `/operateur/recherche`: the requests of a person, by an exact identity. It is sent by POST alone: an address is kept
    /// in histories and logs.
    func personSearchRoutes(_ console: Console) -> [Route] {
        consoleRoutes(.get, .operatorSearch, console) { _, _, language, asker in
            try await console.desk.demand(.openIdentity, of: asker, asking: "people")
            return personalPage(searchPage(language, asker))
        }
            + consoleRoutes(.post, .operatorSearch, console) { request, context, language, asker in
                let form = try await request.formBody(in: context).firstValues
                do {
                    let motive = OpeningMotive(rawValue: form["motive"] ?? "")
                    let sought = try SoughtPerson(Self.soughtBody(form), today: today)
                    guard let motive else {
                        throw FieldErrors([FieldError(pointer: "/motive", code: "required")])
                    }
                    let (found, hasMore) = try await console.desk.find(sought, motive: motive, for: asker)
                    return personalPage(
                        searchPage(
                            language, asker, typed: form,
                            found: found.map { AlikeWords($0, zone: policy.zone, language: language) }, hasMore: hasMore
                        ))
                } catch let error as FieldErrors {
                    return personalPage(
                        searchPage(language, asker, typed: form, errors: error.errors), status: .unprocessableContent)
                }
            }
    }

    private func searchPage(
        _ language: Language, _ asker: Operator, typed: [String: String] = [:], errors: [FieldError] = [],
        found: [AlikeWords]? = nil, hasMore: Bool = false
    ) -> OperatorSearchPage {
        let mark = errors.isEmpty ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        return OperatorSearchPage(
            frame: consoleFrame(
                .operatorSearch, language, asker,
                title: mark + language.pick(fr: "Chercher une personne", en: "Find a person")),
            typed: typed, errors: errors, found: found, hasMore: hasMore)
    }

    private static func soughtBody(_ form: [String: String]) -> JSON {
        func text(_ name: String) -> JSON? {
            form[name]?.trimming(while: \.isWhitespace).nonEmpty.map(JSON.string)
        }
        return .object(ofPresent: [
            "birthName": text("birthName"), "givenNames": text("givenNames"), "birthDate": text("birthDate"),
            "sex": text("sex"), "birthPlace": text("birthPlace"), "nir": text("nir"),
        ])
    }
}
