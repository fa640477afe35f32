public import CivilTime
import SQLDatabase
public import StrictJSON
import Vault

/// Somebody whose requests an operator looks for: exactly, under the blind index. Nothing sealed is opened or read through.
public struct SoughtPerson: Sendable {
    let birthName: String?
    let givenNames: [String]
    let birthDate: CalendarDate
    let sex: Sex
    /// INSEE code.
    let birthPlace: String?
    let nir: NIR?

    /// Reads `{birthName?, givenNames?, birthDate, sex, birthPlace?, nir?}`: the names, or the number, or both.
    ///
    /// - Parameter today: nobody is born after it.
    public init(_ body: JSON, today: CalendarDate) throws(FieldErrors) {
        self = try ObjectReader.read(body) { SoughtPerson(reading: &$0, today: today) }
    }

    /// Reads one within another body.
    public init?(reading reader: inout ObjectReader, today: CalendarDate) {
        let birthName = reader.optionalString("birthName", maxLength: 200)
        let givenNames = reader.optionalString("givenNames", maxLength: 400)
        let birthDate = reader.birthDate("birthDate", today: today)
        let sex = reader.choice("sex", of: Sex.self)
        birthPlace = reader.optionalString("birthPlace", maxLength: 5)
        var number: NIR?
        if let entered = reader.optionalString("nir", maxLength: 40) {
            do { number = try NIR(entered) } catch { reader.fail("nir", error.rawValue) }
        } else if birthName == nil {
            reader.fail("birthName", "person.namesOrNumber")
        }
        if birthName != nil, givenNames == nil { reader.fail("givenNames", "required") }
        guard let birthDate, let sex, reader.errors.isEmpty else { return nil }
        self.birthName = birthName
        self.givenNames = (givenNames ?? "").split { $0.isWhitespace || $0 == "," }.map(String.init)
        self.birthDate = birthDate
        self.sex = sex
        nir = number
    }
}

extension OperatorDesk {
    private static let mostFound = 100

    /// The requests that are about whoever is sought, for certain or perhaps, the newest first: a hundred at most, and
    /// whether there are more.
    ///
    /// It takes the permission to open identities, and a motive, which the audit keeps; whom it was about, the audit does
    /// not. Throws `RightsError`.
    public func find(
        _ sought: SoughtPerson, motive: OpeningMotive, for signedIn: Operator
    ) async throws -> (found: [AlikeCase], hasMore: Bool) {
        try await demand(.openIdentity, of: signedIn, asking: "people")
        guard let index = keys.personIndex else { throw RightsError.sealed }
        let entries = index.entries(of: sought)
        let moment = now()
        let cases = try await database.read { connection in
            guard !entries.isEmpty else { return [] as [AlikeCase] }
            let bytes = entries.map(\.bytes)
            let places = bytes.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
            let most = Self.mostFound + 1
            return try AlikeCase.grouped(
                connection.query(
                    """
                    SELECT DISTINCT p.kind, \(AlikeCase.columns)
                    FROM person_index p JOIN rights_request r ON r.reference = p.reference
                    WHERE p.entry IN (\(places)) ORDER BY r.received_at DESC, r.reference
                    LIMIT \(most * PersonIndexKind.allCases.count)
                    """, parameters: bytes), limit: most)
        }
        let audit = event(
            "person.sought", on: motive.rawValue, by: signedIn, ["found": .integer(Int64(cases.count))], moment)
        try await database.write { try audit.record(on: $0) }
        return (Array(cases.prefix(Self.mostFound)), cases.count > Self.mostFound)
    }
}
