import Foundation
import TestSupport

@testable import RightsRegistry
@testable import TransparencyAPI

/// Somebody who exists nowhere, as they would fill in the form.
enum Kervezec {
    static let person: KeyValuePairs<String, String> = [
        "birthName": "Kervézec-Canari", "usageName": "", "givenNames": "Maëlys, Anne-Marie", "birthDay": "7",
        "birthMonth": "5", "birthYear": "1969", "sex": "F", "birthPlace": "", "nir": "2 69 05 49 588 157 80",
    ]
    static let contact: KeyValuePairs<String, String> = [
        "email": "maelys@exemple.example", "postal": "1 rue des Essais\r\n35000 Ville", "message": "Merci.",
    ]
    /// What must never stand anywhere in the clear.
    static let traces = ["Kervézec", "Canari", "Maëlys", "2690549588157", "maelys@", "rue des Essais"]
}

extension Browser {
    /// Sends a step, with some answers replaced.
    func send(
        _ step: RequestStep, _ fields: KeyValuePairs<String, String> = [:], replacing: [String: String] = [:],
        in language: Language = .fr
    ) async throws -> Page {
        let known = fields.map { ($0.key, replacing[$0.key] ?? $0.value) }
        let others = replacing.filter { name, _ in !fields.contains { $0.key == name } }.map { ($0.key, $0.value) }
        return try await post(step.page.path(in: language), known + others)
    }

    /// Follows a redirection, as a browser does: what is after `#` stays with it.
    func follow(_ page: Page) async throws -> Page {
        try await get(String(page.location.prefix { $0 != "#" }))
    }

    /// Up to the page about the person: an objection of one's own to everything.
    func reachThePerson(in language: Language = .fr) async throws {
        _ = try await send(.capacity, ["right": "objection", "capacity": "dataSubject"], in: language)
        _ = try await send(.scope, ["scope": "all"], in: language)
    }

    /// Up to the last button.
    func reachTheCheck(_ replaced: [String: String] = [:]) async throws {
        try await reachThePerson()
        _ = try await send(.person, Kervezec.person, replacing: replaced)
        _ = try await send(.contact, Kervezec.contact)
    }

    /// Files an objection; reference and secret as the confirmation shows them.
    func file() async throws -> (reference: String, secret: String) {
        try await reachTheCheck()
        return try await follow(try await send(.check)).credentials
    }
}

extension Browser.Page {
    var credentials: (reference: String, secret: String) {
        (between("<dd class=\"code\">", "<"), between("data-copy=\"", "\""))
    }
}
