import StrictJSON

/// A body named by a record: a controller, a processor, a funder, a publisher.
public struct Organisation: Sendable, Hashable {
    public let name: String
    /// What kind of body it is, in the source's words: public, university, industry…
    public let sector: String?
    /// ISO 3166 or a name, as the source has it.
    public let country: String?
    public let homepage: String?
    public let email: String?
    /// The publisher's type, as the catalogue profiles ask for it.
    public let type: String?
    public let note: LocalizedText?
    /// Whether it is a trusted health data holder (EHDS art. 72).
    public let trustedDataHolder: Bool?
}

extension Organisation: RecordObject {
    init?(from reader: inout RecordReader) {
        let name: String? = reader.main("name")
        let homepage: WebAddress? = reader.one("homepage")
        let email: MailAddress? = reader.one("email", or: "mbox")
        sector = reader.one("sector")
        country = reader.one("country")
        self.homepage = homepage?.text
        self.email = email?.text
        type = reader.one("type", or: "publisherType")
        note = reader.one("note", or: "publisherNote")
        trustedDataHolder = reader.one("trustedDataHolder", or: "trusteddataholder")
        guard let name else { return nil }
        self.name = name
    }

    var members: KeyValuePairs<String, JSON?> {
        [
            "name": name.json, "sector": sector?.json, "country": country?.json, "homepage": homepage?.json,
            "email": email?.json, "type": type?.json, "note": note?.json,
            "trustedDataHolder": trustedDataHolder?.json,
        ]
    }
}

/// Where questions about a record go.
public struct Contact: Sendable, Hashable {
    public let name: String?
    public let email: String?
    public let telephone: String?
    public let postal: String?
    public let url: String?
}

extension Contact: RecordObject {
    init?(from reader: inout RecordReader) {
        let url: WebAddress? = reader.one("url", or: "hasURL")
        let email: MailAddress? = reader.one("email", or: "hasEmail")
        name = reader.one("name", or: "fn")
        self.email = email?.text
        telephone = reader.one("telephone", or: "hasTelephone")
        postal = reader.one("postal")
        self.url = url?.text
        if members.allSatisfy({ $0.value == nil }) { return nil }
    }

    var members: KeyValuePairs<String, JSON?> {
        [
            "name": name?.json, "email": email?.json, "telephone": telephone?.json, "postal": postal?.json,
            "url": url?.json,
        ]
    }
}

/// An address for mail; catalogues write `mailto:` before it.
struct MailAddress: RecordValue {
    let text: String

    init?(reading json: JSON, at pointer: String, into findings: inout Findings) {
        guard let text = String(reading: json, at: pointer, into: &findings) else { return nil }
        let scheme = "mailto:"
        self.text = text.lowercased().hasPrefix(scheme) ? String(text.dropFirst(scheme.count)) : text
    }

    var json: JSON { .string(text) }
}
