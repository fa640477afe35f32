public import StrictJSON
public import Vault

/// As whom someone files a request.
public enum Capacity: String, Sendable, Hashable, CaseIterable {
    /// The person whose data it is about.
    case dataSubject
    case parentalAuthorityHolder, guardian, authorisedAgent, heir

    /// Whether the requester is another person than the subject, and so must be named.
    public var actsForAnother: Bool { self != .dataSubject }
}

/// Who files for someone else.
public struct Requester: Sendable, Hashable, Redacted {
    /// In full.
    public let name: String
    /// The body for which a guardian or an agent acts.
    public let organisation: String?

    /// Reads a requester; nil where `reader` has recorded errors.
    public init?(reading reader: inout ObjectReader) {
        let name = reader.name("name", maxLength: 200)
        organisation = reader.optionalName("organisation", maxLength: 200)
        guard let name, reader.errors.isEmpty else { return nil }
        self.name = name
    }

    /// Reads what `json` wrote.
    public init(json: JSON) throws(FieldErrors) {
        self = try ObjectReader.read(json) { Requester(reading: &$0) }
    }

    /// What `init(json:)` reads.
    public var json: JSON {
        .object(ofPresent: ["name": .string(name), "organisation": organisation.map(JSON.string)])
    }
}
