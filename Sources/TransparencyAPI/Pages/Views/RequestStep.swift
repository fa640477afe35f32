import RightsRegistry
import StrictJSON

/// A page of the form by which a right is exercised. The order of the cases is that of the form.
enum RequestStep: String, Sendable, CaseIterable {
    case right, capacity, scope, databases, projects, details, person, age, contact, check

    /// Where it stands.
    var page: PagePath { self == .right ? .request : .requestStep(self) }

    /// “Étape 2 sur 6”: pages that belong together count as one.
    var number: Int {
        switch self {
        case .right: 1
        case .capacity: 2
        case .scope, .databases, .projects, .details: 3
        case .person, .age: 4
        case .contact: 5
        case .check: 6
        }
    }

    static let count = 6

    /// The last part of its address.
    func slug(in language: Language) -> String {
        switch self {
        case .right: ""
        case .capacity: language.pick(fr: "pour-qui", en: "for-whom")
        case .scope: language.pick(fr: "portee", en: "scope")
        case .databases: language.pick(fr: "bases", en: "databases")
        case .projects: language.pick(fr: "projets", en: "projects")
        case .details: language.pick(fr: "precisions", en: "details")
        case .person: language.pick(fr: "personne", en: "person")
        case .age: "age"
        case .contact: "contact"
        case .check: language.pick(fr: "verification", en: "check")
        }
    }

    /// The step where an error of `POST /requests` is put right.
    init(of error: FieldError, in answers: RequestAnswers) {
        let parts = error.pointer.split(separator: "/")
        switch parts.first {
        case "right": self = .right
        case "capacity": self = ["capacity.ofAge", "capacity.tooYoung"].contains(error.code) ? .age : .capacity
        case "scope" where parts.dropFirst().first == "ids":
            self = answers["scope"] == "databases" ? .databases : .projects
        case "scope": self = .scope
        case "details": self = .details
        case "subject": self = .person
        case "requester", "contact", "message": self = .contact
        default: self = .check
        }
    }

    /// The fields that its form sends, apart from those that may come many times.
    func fields(_ answers: RequestAnswers) -> [String] {
        switch self {
        case .right: ["right"]
        case .capacity: ["capacity"]
        case .scope: ["scope"]
        case .details: ["details"]
        case .person:
            [
                "birthName", "usageName", "givenNames", "birthDay", "birthMonth", "birthYear", "sex", "birthPlace",
                "nir", "nirHolder",
            ] + (0..<answers.otherNumbers).flatMap(OtherNumber.fields)
        case .contact: ["requesterName", "organisation", "email", "postal", "message"]
        case .databases, .projects, .age, .check: []
        }
    }
}

/// The names of the fields of another number under which the person is known.
enum OtherNumber {
    /// As many as the page has room for; the service takes more.
    static let most = 5

    static func fields(_ index: Int) -> [String] {
        ["otherNir", "otherDay", "otherMonth", "otherYear", "otherSex"].map { "\($0)\(index)" }
    }
}
