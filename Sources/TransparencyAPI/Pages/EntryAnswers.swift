import HTTPServer
import PublicRegistry
import RightsRegistry
import StrictJSON

/// What an operator typed from a paper form or heard on the telephone, as it was typed.
struct EntryAnswers: Sendable {
    /// By the names of the page's fields.
    let typed: [String: String]
    let databases: [String]
    /// One page is one entry, however often it is sent.
    let idempotencyKey: String
    /// The same in the words of the citizens' form, which makes the body.
    let answers: RequestAnswers

    init(_ form: FormFields, idempotencyKey: String) {
        self.init(typed: form.firstValues, databases: form.all("database"), idempotencyKey: idempotencyKey)
    }

    init(typed: [String: String], databases: [String], idempotencyKey: String) {
        var typed = typed.mapValues { $0.trimming(while: \.isWhitespace) }
        let otherNumbers = min(max(0, Int(typed["otherNumbers"] ?? "") ?? 0), OtherNumber.most)
        typed["otherNumbers"] = String(otherNumbers)
        self.typed = typed
        self.databases = databases
        self.idempotencyKey = idempotencyKey

        var answers = RequestAnswers(idempotencyKey: idempotencyKey, typed)
        answers.databases = databases
        answers.projects = (typed["projects"] ?? "").split { $0 == "," || $0 == ";" || $0.isWhitespace }.map { text in
            RecordReference(String(text))?.text ?? String(text)
        }
        // On paper there is one place for one's own words, whatever the right.
        answers["details"] = typed["message"] ?? ""
        func put(_ date: String, into names: [String]) {
            let parts = TypedDate(typed[date] ?? "").parts
            for (name, part) in zip(names, parts) { answers[name] = part }
        }
        put("birthDate", into: ["birthYear", "birthMonth", "birthDay"])
        for index in 0..<otherNumbers {
            put("otherDate\(index)", into: ["otherYear\(index)", "otherMonth\(index)", "otherDay\(index)"])
        }
        self.answers = answers
    }

    /// The same as another entry.
    func withKey(_ key: String) -> EntryAnswers {
        EntryAnswers(typed: typed, databases: databases, idempotencyKey: key)
    }

    /// The language in which the citizen wrote.
    var language: Language { Language(rawValue: typed["language"] ?? "") ?? .fr }

    /// The body of `POST /api/v1/operator/requests` that says the same.
    /// - Parameter nirHolder: whether to say whose number the NIR is, which is asked only where it is in doubt.
    func body(nirHolder: Bool) -> JSON {
        var members = answers.filing(in: language, nirHolder: nirHolder).object ?? [:]
        func present(_ name: String) -> JSON? {
            let text = typed[name] ?? ""
            return text.isEmpty ? nil : .string(text)
        }
        members["channel"] = present("channel")
        members["receivedOn"] = TypedDate(typed["receivedOn"] ?? "").text.map(JSON.string)
        if typed["doubt"] != nil { members["doubt"] = true }
        // Whoever signed is kept, even where nobody asks for it: what was typed is never dropped in silence.
        let requester = JSON.object(ofPresent: [
            "name": present("requesterName"), "organisation": present("organisation"),
        ])
        if requester != [:] { members["requester"] = requester }
        return .object(members)
    }
}

/// A date as it is typed at a desk: `7/5/1969`, `07 05 1969`, `07051969`, or `1969-05-07`.
struct TypedDate {
    /// Year, month and day as texts; a text that is none of those shapes is a year that does not exist, so that it is
    /// refused as a date. Empty texts where nothing was typed.
    let parts: [String]

    init(_ typed: String) {
        let numbers = typed.split { !$0.isNumber }.map(String.init)
        let isTidy = typed.allSatisfy { $0.isNumber || $0.isWhitespace || "/-.".contains($0) }
        if typed.isEmpty {
            parts = ["", "", ""]
        } else if isTidy, numbers.count == 3 {
            parts = numbers[0].count == 4 ? numbers : numbers.reversed()
        } else if isTidy, numbers.count == 1, typed.count == 8 {
            parts = [String(typed.suffix(4)), String(typed.dropFirst(2).prefix(2)), String(typed.prefix(2))]
        } else {
            parts = [String(typed.prefix(20)), "", ""]
        }
    }

    /// `YYYY-MM-DD`, where it has that shape; what was typed otherwise; nil where nothing was.
    var text: String? {
        parts == ["", "", ""]
            ? nil
            : zip(parts, [4, 2, 2]).map { part, width in
                String(repeating: "0", count: max(0, width - part.count)) + part
            }.joined(separator: "-")
    }
}
