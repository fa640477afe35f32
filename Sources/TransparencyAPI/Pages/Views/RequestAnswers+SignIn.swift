import CivilTime
import RightsRegistry
import StrictJSON

extension RequestAnswers {
    /// The answers as a step shows them to somebody who has signed in: filled with what the provider says where that was
    /// asked for, and where nothing was written yet. The number is not among what it says: it stays as it is.
    func filled(at step: RequestStep, from traits: ProvenTraits?, isAsked: Bool) -> RequestAnswers {
        guard let traits else { return self }
        var filled = self
        switch step {
        case .person where !isForAnother:
            let isBlank = step.fields(self).allSatisfy { self[$0].isEmpty }
            if isAsked || isBlank { filled.fillPerson(from: traits) }
        case .contact where isForAnother:
            if isAsked || self["requesterName"].isEmpty { filled["requesterName"] = traits.currentName }
        default: break
        }
        return filled
    }

    private mutating func fillPerson(from traits: ProvenTraits) {
        self["birthName"] = traits.birthName
        self["usageName"] = traits.usageName ?? ""
        self["givenNames"] = traits.givenNames.joined(separator: ", ")
        if let date = traits.birthDate {
            self["birthDay"] = String(date.day)
            self["birthMonth"] = String(date.month)
            self["birthYear"] = String(date.year)
        }
        if let sex = traits.sex { self["sex"] = sex.rawValue }
        if let place = traits.birthPlace { self["birthPlace"] = place }
    }

    /// Whether the person as written is the one who has signed in; nil where that says nothing: nobody has, it is for
    /// somebody else, or it is not all written.
    var agreesWithSignIn: Bool? {
        guard !isForAnother, let proven,
            let subject = try? Subject(json: filing(in: .fr)["subject"] ?? .null)
        else { return nil }
        return proven.agree(with: subject)
    }
}

extension ProvenTraits {
    /// As one says it: the first given name and the name in use.
    var currentName: String { "\(givenNames[0]) \(usageName ?? birthName)" }

    /// As the civil register has it.
    var civilName: String { "\(givenNames.joined(separator: " ")) \(birthName)" }
}
