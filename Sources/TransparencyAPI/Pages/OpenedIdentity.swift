import CivilTime
import RightsRegistry
import StrictJSON

extension OperatorCasePage.Identity {
    /// What opening an identity gave; nil where it can't be read.
    init?(_ opened: JSON, language: Language) {
        guard let subject = try? Subject(json: opened["subject"] ?? .null) else { return nil }
        let contact = opened["contact"]
        self.init(
            birthName: subject.birthName, usageName: subject.usageName,
            givenNames: subject.givenNames.joined(separator: ", "), birthDate: Words(language).date(subject.birthDate),
            sex: Labels(language).sex(subject.sex.rawValue), birthPlace: subject.birthPlace,
            nir: subject.nir.map { Words.nir($0.full) },
            otherIdentifiers: subject.otherIdentifiers.map { Words.nir($0.nir.full) },
            email: contact?["email"]?.string, postal: contact?["postal"]?.string, message: opened["message"]?.string,
            details: opened["details"]?.string,
            requester: opened["requester"].flatMap { requester in
                let parts = ["name", "organisation"].compactMap { requester[$0]?.string }
                return parts.isEmpty ? nil : parts.joined(separator: ", ")
            }, nirHolder: subject.nirHolder.map(Labels(language).nirHolder),
            filed: [
                "birthName": subject.birthName, "usageName": subject.usageName ?? "",
                "givenNames": subject.givenNames.joined(separator: ", "), "birthDate": subject.birthDate.description,
                "sex": subject.sex.rawValue, "birthPlace": subject.birthPlace ?? "", "nir": subject.nir?.full ?? "",
                "nirHolder": subject.nirHolder?.rawValue ?? "",
            ])
    }
}
