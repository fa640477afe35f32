import CivilTime
import StrictJSON
import Vault

/// A case opened with the cases' private key, to write to its citizen: to whom, where, and whether an adult reads it.
struct OpenedCase: Sendable {
    let caseKey: CaseKey
    /// Nil where nothing was given, and for a parent once the child acts alone: what happens then is the child's.
    let contact: Contact?
    /// Who is written to: whoever filed.
    let addressee: String
    /// Whether a parent filed for a child who acts alone by now.
    let isOfAge: Bool
    private let minorBornOn: CalendarDate?

    /// Nil where the case can't be opened: erased, or by a process without the key.
    init?(_ stored: StoredRequest, _ keys: RightsKeys, _ policy: RightsPolicy, on day: CalendarDate) {
        guard let wrap = stored.operatorWrap, let privateKey = keys.casesPrivate, let sealed = stored.sealedFiling,
            let caseKey = try? CaseKey(unwrapping: wrap, with: privateKey, reference: stored.reference),
            let opened = try? caseKey.open(sealed, at: CaseLocation.filing(stored.reference)),
            let filing = try? JSON(parsing: opened)
        else { return nil }
        self.init(filing, under: caseKey, policy, on: day)
    }

    /// The case of `filing`, as it was opened with `caseKey`; nil where it can't be read.
    init?(_ filing: JSON, under caseKey: CaseKey, _ policy: RightsPolicy, on day: CalendarDate) {
        guard let subject = try? Subject(json: filing["subject"] ?? .null) else { return nil }
        self.caseKey = caseKey
        let requester = filing["requester"].flatMap { try? Requester(json: $0) }
        let capacity = filing["capacity"]?.string.flatMap(Capacity.init)
        isOfAge = capacity == .parentalAuthorityHolder && subject.age(on: day) >= policy.parentActsUnderAge
        contact = isOfAge ? nil : filing["contact"].flatMap { try? Contact(json: $0) }
        if let requester, capacity?.actsForAnother == true {
            addressee = [requester.organisation, requester.name].compactMap { $0 }.joined(separator: "\n")
        } else {
            addressee = "\(subject.givenNames.first ?? "") \(subject.usageName ?? subject.birthName)"
        }
        minorBornOn = capacity == .dataSubject ? subject.birthDate : nil
    }

    /// The lines of an envelope; empty without a postal address. The name comes first unless it was written with the
    /// address.
    var envelope: [String] {
        let lines = contact?.postal?.split(whereSeparator: \.isNewline).map(String.init) ?? []
        guard let first = lines.first else { return [] }
        let last = addressee.split(whereSeparator: \.isWhitespace).last.map { $0.lowercased() } ?? ""
        let isNamed = !last.isEmpty && first.lowercased().contains(last)
        return (isNamed ? [] : addressee.split(separator: "\n").map(String.init)) + lines
    }

    /// Whether a minor who acts alone reads it, or whoever opens the family's post.
    func isMinor(on day: CalendarDate, adultAge: Int) -> Bool {
        guard let minorBornOn else { return false }
        return minorBornOn.adding(months: 12 * adultAge) > day
    }
}
