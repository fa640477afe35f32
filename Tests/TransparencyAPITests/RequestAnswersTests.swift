import CivilTime
import Foundation
import HTTPTypes
import PublicRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import RightsRegistry
@testable import TransparencyAPI

@Suite("What the form asks, and what is said of it")
struct RequestAnswersTests {
    @Test("The form asks only what the right and the capacity need")
    func asks() {
        func answers(_ fields: [String: String]) -> RequestAnswers { RequestAnswers(idempotencyKey: "k", fields) }
        #expect(answers(["right": "objection"]).steps == [.right, .capacity, .scope, .person, .contact, .check])
        #expect(answers(["right": "objection", "scope": "databases"]).steps.contains(.databases))
        #expect(answers(["right": "objection", "scope": "projects"]).steps.contains(.projects))
        for right in [Right.objectionWithdrawal, .access, .rectification, .erasure, .restriction] {
            let steps = answers(["right": right.rawValue, "scope": "projects"]).steps
            #expect(steps == [.right, .capacity, .details, .person, .contact, .check])
        }
    }

    @Test("The body says what was answered, and nothing that was not asked")
    func body() {
        var answers = RequestAnswers(
            idempotencyKey: "k",
            [
                "right": "objection", "capacity": "parentalAuthorityHolder", "scope": "projects",
                "birthName": "Kervézec",
                "givenNames": "Zoé Lou", "birthDay": "7", "birthMonth": "5", "birthYear": "2019", "sex": "F",
                "nir": "269054958815780", "nirHolder": "insuredParent", "requesterName": "Maëlys Kervézec",
                "organisation": "laissée d’avant", "otherNumbers": "2", "otherNir1": "185057800608491",
                "otherSex1": "M", "details": "laissé d’avant", "message": "un\r\ndeux",
            ])
        answers.projects = ["P-1"]
        let body = answers.filing(in: .en, nirHolder: true)
        #expect(body["scope"] == ["kind": "projects", "ids": ["P-1"]])
        #expect(body["subject"]?["givenNames"] == ["Zoé", "Lou"])
        #expect(body["subject"]?["birthDate"] == "2019-05-07")
        #expect(body["subject"]?["nirHolder"] == "insuredParent")
        // Where they are left empty, date and sex are the person’s own.
        #expect(
            body["subject"]?["otherIdentifiers"] == [
                ["nir": "185057800608491", "birthDate": "2019-05-07", "sex": "M"]
            ])
        #expect(body["requester"] == ["name": "Maëlys Kervézec"])
        #expect(body["details"] == nil)
        #expect(body["message"] == "un\ndeux")
        #expect(body["language"] == "en")
        #expect(answers.filing(in: .fr)["subject"]?["nirHolder"] == nil)

        answers["right"] = "rectification"
        answers["capacity"] = "dataSubject"
        let other = answers.filing(in: .fr)
        #expect(other["scope"] == ["kind": "all"])
        #expect(other["details"] == "laissé d’avant")
        #expect(other["message"] == nil)
        #expect(other["requester"] == nil)
        #expect(RequestAnswers(json: answers.json) == answers)
    }

    @Test("An age that asks for another form is put right on a page of its own; the rest stays")
    func ages() {
        var answers = RequestAnswers(
            idempotencyKey: "k",
            [
                "right": "objection", "capacity": "parentalAuthorityHolder", "scope": "all", "birthName": "Kervézec",
                "requesterName": "Maëlys", "email": "maelys@exemple.example",
            ])
        answers.sent = [.right, .capacity, .scope, .person, .contact]
        #expect(answers.pending([FieldError(pointer: "/capacity", code: "capacity.ofAge")]) == .age)
        #expect(answers.pending([FieldError(pointer: "/capacity", code: "required")]) == .capacity)
        #expect(answers.pending([FieldError(pointer: "/subject/birthDate", code: "date")]) == .person)
        answers.becomeOwnRequest()
        #expect(answers.capacity == .dataSubject)
        #expect(answers["birthName"] == "Kervézec")
        for name in ["requesterName", "email"] { #expect(answers[name].isEmpty) }
        #expect(answers.pending([]) == .contact)
    }

    @Test("Twins are two requests of one requester")
    func twins() {
        var first = RequestAnswers(
            idempotencyKey: "k",
            [
                "right": "objection", "capacity": "parentalAuthorityHolder", "scope": "all", "birthName": "Kervézec",
                "nir": "269054958815780", "requesterName": "Maëlys", "email": "maelys@exemple.example",
            ])
        first.sent = [.right, .capacity, .scope, .person, .contact]
        let second = first.forAnotherPerson(idempotencyKey: "l")
        #expect(second.idempotencyKey == "l")
        #expect(second["requesterName"] == "Maëlys")
        #expect(second["birthName"].isEmpty && second["nir"].isEmpty)
        #expect(second.pending([]) == .person)
    }

    @Test("What keeps an objection from reaching a project is computed from what the linked databases hold")
    func reach() async throws {
        try await withPortal(.sqlite, seeded: true) { opened in
            let catalogue = try await DatasetChoices(opened.portal.datasets).all(generation: 1, in: .fr)
            let none = Reach([], catalogue: catalogue, in: .fr)
            #expect(none.unlinked == catalogue.count)
            var seen = 0
            for summary in try await opened.portal.projects.search(ProjectQuery(limit: PageLimit(100)!)).items {
                let record = try #require(try await opened.portal.projects.project(summary.reference))
                guard !record.datasets.isEmpty else { continue }
                seen += 1
                #expect(none.limits(of: record, in: .fr).contains { $0.contains("Aucune de ses bases") })
            }
            #expect(seen > 0)
        }
    }
}
