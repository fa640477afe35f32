import RightsRegistry
import StrictJSON

/// The answers of the form as they were typed, from all its steps: what a draft holds.
struct RequestAnswers: Sendable, Equatable {
    private var fields: [String: String] = [:]
    /// Ids of linked databases.
    var databases: [String] = []
    /// References of projects.
    var projects: [String] = []
    /// The steps that were sent once. What is wrong with the others is not said yet.
    var sent: Set<RequestStep> = []
    /// What a provider of identities has said of whoever fills the form, until they leave.
    var proven: ProvenTraits?
    /// One draft is one filing, however often it is sent.
    let idempotencyKey: String

    /// Projects that one objection can name here.
    static let mostProjects = 50

    init(idempotencyKey: String, _ fields: [String: String] = [:]) {
        self.idempotencyKey = idempotencyKey
        for (name, value) in fields { self[name] = value }
    }

    /// An answer without the spaces around it; empty where there is none.
    subscript(name: String) -> String {
        get { fields[name] ?? "" }
        set {
            // A browser sends the line ends of a text area as CRLF.
            let value = newValue.replacing("\r\n", with: "\n").trimming(while: \.isWhitespace)
            fields[name] = value.isEmpty ? nil : value
        }
    }

    var right: Right? { Right(rawValue: self["right"]) }
    var capacity: Capacity? { Capacity(rawValue: self["capacity"]) }
    var isForAnother: Bool { capacity?.actsForAnother ?? false }

    /// How many other numbers the page shows fields for.
    var otherNumbers: Int { min(Int(self["otherNumbers"]) ?? 0, OtherNumber.most) }

    // MARK: Steps

    /// The steps that these answers lead through.
    var steps: [RequestStep] {
        let middle: [RequestStep] =
            switch (right?.hasScope ?? true, self["scope"]) {
            case (false, _): [.details]
            case (true, "databases"): [.scope, .databases]
            case (true, "projects"): [.scope, .projects]
            case (true, _): [.scope]
            }
        return [.right, .capacity] + middle + [.person, .contact, .check]
    }

    /// Where the citizen goes on: the first step that was not sent, or where something is wrong.
    func pending(_ errors: [FieldError]) -> RequestStep {
        let wrong = Set(errors.map { RequestStep(of: $0, in: self) })
        for step in steps where step != .check {
            if !sent.contains(step) || wrong.contains(step) { return step }
            if step == .person, wrong.contains(.age) { return .age }
        }
        return .check
    }

    // MARK: Names and dates

    /// The given names one by one: separated by commas, or by spaces where there is no comma.
    var givenNameList: [String] {
        let names = self["givenNames"]
        let parts = names.contains(",") ? names.split(separator: ",") : names.split(separator: " ")
        return parts.map { String($0).trimming(while: \.isWhitespace) }.filter { !$0.isEmpty }
    }

    /// `YYYY-MM-DD` where the three parts are short numbers (the date may still not exist); nil where all are empty,
    /// and the raw parts where they are anything else, for the service to refuse.
    var birthDate: String? { Self.date([self["birthYear"], self["birthMonth"], self["birthDay"]]) }

    /// The same of year, month and day as they were typed.
    static func date(_ parts: [String]) -> String? {
        guard parts.contains(where: { !$0.isEmpty }) else { return nil }
        return zip(parts, [4, 2, 2]).map { part, width in
            String(repeating: "0", count: max(0, width - part.count)) + part
        }.joined(separator: "-")
    }

    /// The other numbers that were begun, by their place on the page.
    var filledOtherNumbers: [Int] {
        (0..<otherNumbers).filter { index in OtherNumber.fields(index).contains { !self[$0].isEmpty } }
    }

    private func otherNumber(_ index: Int) -> JSON {
        let date = Self.date(["otherYear", "otherMonth", "otherDay"].map { self["\($0)\(index)"] })
        return .object(ofPresent: [
            "nir": present("otherNir\(index)"),
            // Most often a parent's number: then date and sex are the person's own.
            "birthDate": (date ?? birthDate).map(JSON.string),
            "sex": present("otherSex\(index)") ?? present("sex"),
        ])
    }

    // MARK: The body

    /// The body of `POST /api/v1/requests` that says the same. An answer left empty is absent.
    /// - Parameter nirHolder: whether to say whose number the NIR is, which is asked only where it is in doubt.
    func filing(in language: Language, nirHolder: Bool = false) -> JSON {
        let others = filledOtherNumbers.map(otherNumber)
        let contact = JSON.object(ofPresent: ["email": present("email"), "postal": present("postal")])
        let requester = JSON.object(ofPresent: [
            "name": present("requesterName"), "organisation": asksOrganisation ? present("organisation") : nil,
        ])
        let hasScope = right?.hasScope ?? true
        return .object(ofPresent: [
            "right": present("right"), "capacity": present("capacity"), "scope": hasScope ? scope : ["kind": "all"],
            "details": hasScope ? nil : present("details"),
            "subject": .object(ofPresent: [
                "birthName": present("birthName"), "usageName": present("usageName"),
                "givenNames": .array(givenNameList.map(JSON.string)), "birthDate": birthDate.map(JSON.string),
                "sex": present("sex"), "birthPlace": present("birthPlace"), "nir": present("nir"),
                "nirHolder": nirHolder ? present("nirHolder") : nil,
                "otherIdentifiers": others.isEmpty ? nil : .array(others),
            ]),
            "requester": isForAnother ? requester : nil, "contact": contact == [:] ? nil : contact,
            "message": hasScope ? present("message") : nil, "language": .string(language.rawValue),
        ])
    }

    /// Whether whoever files may do so for a body.
    var asksOrganisation: Bool { capacity == .guardian || capacity == .authorisedAgent }

    private var scope: JSON {
        func ids(_ ids: [String]) -> JSON { .array(ids.map(JSON.string)) }
        return switch self["scope"] {
        case "databases": ["kind": "databases", "ids": ids(databases)]
        case "projects": ["kind": "projects", "ids": ids(projects)]
        default: .object(ofPresent: ["kind": present("scope")])
        }
    }

    private func present(_ name: String) -> JSON? { fields[name].map(JSON.string) }
}

extension Right {
    /// Whether it is asked what the request covers. The other rights say it in words.
    var hasScope: Bool { self == .objection }
}

// MARK: - From one request to another

extension RequestAnswers {
    /// What serves again when the same requester files for another person: nothing of whom the first one was about,
    /// except where that was the requester.
    func forAnotherPerson(idempotencyKey: String) -> RequestAnswers {
        var other = RequestAnswers(idempotencyKey: idempotencyKey)
        for name in ["right", "scope", "email", "postal", "organisation"] { other[name] = self[name] }
        (other.databases, other.projects) = (databases, projects)
        other.sent = sent.intersection([.right, .scope, .databases, .projects])
        if isForAnother {
            other["requesterName"] = self["requesterName"]
            other["capacity"] = self["capacity"]
            other.sent.insert(.capacity)
        } else {
            let name = self["usageName"].isEmpty ? self["birthName"] : self["usageName"]
            other["requesterName"] = [givenNameList.first ?? "", name].joined(separator: " ")
        }
        return other
    }

    /// The same request by the minor themself: whoever filed for them is left out.
    mutating func becomeOwnRequest() {
        self["capacity"] = Capacity.dataSubject.rawValue
        for name in ["requesterName", "organisation", "email", "postal"] { self[name] = "" }
        sent.remove(.contact)
    }

    /// The same request by a parent.
    mutating func becomeParentsRequest() {
        self["capacity"] = Capacity.parentalAuthorityHolder.rawValue
        sent.remove(.contact)
    }
}

// MARK: - What a draft holds

extension RequestAnswers {
    var json: JSON {
        func list(_ texts: [String]) -> JSON { .array(texts.map(JSON.string)) }
        return .object(ofPresent: [
            "fields": .object(fields.mapValues(JSON.string)), "databases": list(databases), "projects": list(projects),
            "sent": list(sent.map(\.rawValue).sorted()), "key": .string(idempotencyKey), "proven": proven?.json,
        ])
    }

    /// Nil for anything but what `json` wrote.
    init?(json: JSON) {
        func list(_ name: String) -> [String] { (json[name]?.array ?? []).compactMap(\.string) }
        guard let key = json["key"]?.string, let fields = json["fields"]?.object else { return nil }
        self.init(idempotencyKey: key, fields.compactMapValues(\.string))
        databases = list("databases")
        projects = list("projects")
        sent = Set(list("sent").compactMap(RequestStep.init))
        proven = json["proven"].flatMap(ProvenTraits.init(json:))
    }
}

/// A value that a form carries along unseen.
struct HiddenField: Sendable {
    let name: String
    let value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

extension String {
    /// The text without what matches at both ends.
    func trimming(while matches: (Character) -> Bool) -> String {
        guard let start = firstIndex(where: { !matches($0) }), let end = lastIndex(where: { !matches($0) }) else {
            return ""
        }
        return String(self[start...end])
    }
}
