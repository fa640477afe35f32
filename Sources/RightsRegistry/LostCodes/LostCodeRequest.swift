public import CivilTime
public import StrictJSON
public import Vault

/// What somebody writes who has lost their code and asks for another by letter: it proves nothing, and lets an operator
/// find the request.
public struct LostCodeRequest: Sendable, Redacted {
    public let reference: String?
    public let birthName: String
    /// As they were typed.
    public let givenNames: String
    public let birthDate: CalendarDate
    /// The address that was given when the request was filed, in lines.
    public let postal: String

    /// Reads what was sent. Throws every error found, each with its pointer.
    public init(_ body: JSON, today: CalendarDate) throws(FieldErrors) {
        self = try ObjectReader.read(body) { LostCodeRequest(reading: &$0, today: today) }
    }

    /// Reads what `json` wrote: what was sealed.
    init(json: JSON) throws(FieldErrors) {
        self = try ObjectReader.read(json) { LostCodeRequest(reading: &$0, today: nil) }
    }

    private init?(reading reader: inout ObjectReader, today: CalendarDate?) {
        let entered = reader.optionalName("reference", maxLength: 40)
        reference = entered.flatMap { RequestReference(entered: $0)?.description }
        if entered != nil, reference == nil { reader.fail("reference", "reference.invalid") }
        let birthName = reader.name("birthName")
        let givenNames = reader.name("givenNames", maxLength: 200)
        let birthDate = reader.birthDate("birthDate", today: today)
        let postal = reader.string("postal", maxLength: 500)
        guard let birthName, let givenNames, let birthDate, let postal, reader.errors.isEmpty else { return nil }
        self.birthName = birthName
        self.givenNames = givenNames
        self.birthDate = birthDate
        self.postal = postal
    }

    var json: JSON {
        .object(ofPresent: [
            "reference": reference.map(JSON.string), "birthName": .string(birthName),
            "givenNames": .string(givenNames), "birthDate": .string(birthDate.description), "postal": .string(postal),
        ])
    }
}
