public import StrictJSON

/// A word of a vocabulary: its IRI, what people read, or both.
///
/// In a file it is a text, which is the IRI where it has the shape of one, or `{"iri": …, "label": …}`.
public struct CodedTerm: Sendable, Hashable {
    public let iri: IRI?
    public let label: LocalizedText?
    /// A label of no language: how lists of before wrote these fields.
    public let text: String?

    /// What people read, the IRI where there is nothing else.
    public var words: LocalizedText {
        label ?? LocalizedText(fr: text ?? iri?.text ?? "", en: nil)!
    }
}

extension CodedTerm: RecordValue {
    init?(reading json: JSON, at pointer: String, into findings: inout Findings) {
        switch json {
        case .object(let members):
            var reader = RecordReader(members, at: pointer)
            let iri: IRI? = reader.one("iri", or: "@id")
            let label: LabelText? = reader.one("label", or: "prefLabel")
            reader.finish(into: &findings)
            guard iri != nil || label != nil else { return nil }
            (self.iri, self.label, text) = (iri, label?.localized, label?.plain)
        default:
            guard let text = String(reading: json, at: pointer, into: &findings) else { return nil }
            iri = IRI(text)
            label = nil
            self.text = iri == nil ? text : nil
        }
    }

    public var json: JSON {
        if let iri, label == nil, text == nil { return .string(iri.text) }
        if let text, iri == nil { return .string(text) }
        return .object(ofPresent: ["iri": iri?.json, "label": label?.json ?? text?.json])
    }
}

/// A label in languages, or in none.
private struct LabelText: RecordValue {
    let localized: LocalizedText?
    let plain: String?

    init?(reading json: JSON, at pointer: String, into findings: inout Findings) {
        if case .string = json {
            guard let text = String(reading: json, at: pointer, into: &findings) else { return nil }
            (localized, plain) = (nil, text)
        } else {
            guard let text = LocalizedText(reading: json, at: pointer, into: &findings) else { return nil }
            (localized, plain) = (text, nil)
        }
    }

    var json: JSON { localized?.json ?? plain?.json ?? .null }
}
