/// Something that a dataset's record lacks.
public struct DatasetGap: Sendable, Hashable {
    /// Who misses it.
    public enum Level: String, Sendable, Hashable {
        /// Without it the dataset is not shown at all.
        case shown
        /// HealthDCAT-AP (release 5, datasets that are not public) demands it: without it the dataset is left out of that profile.
        case mandatory
        /// The French validator asks for it.
        case recommended
    }

    /// The field of the record: `healthDataAccessBody`, `publisher.email`.
    public let field: String
    /// The property that profiles name: `healthdcatap:hdab`.
    public let property: String
    public let level: Level
}

extension Dataset {
    /// What the record lacks, the worst first; what an editor is shown, and `regard doctor` names.
    public var gaps: [DatasetGap] {
        var gaps: [DatasetGap] = []
        func need(_ isThere: Bool, _ field: String, _ property: String, _ level: DatasetGap.Level = .mandatory) {
            if !isThere { gaps.append(DatasetGap(field: field, property: property, level: level)) }
        }
        need(title != nil, "title", "dct:title", .shown)
        need(description != nil, "description", "dct:description")
        need(AccessRights(accessRights) == .nonPublic, "accessRights", "dct:accessRights")
        need(legislation.contains { $0.iri != nil }, "legislation", "dcatap:applicableLegislation")
        need(!publishedDistributions.isEmpty, "distributions.url", "dcat:distribution")
        need(publisher.map(\.hasContact) ?? true, "publisher.email", "dct:publisher")
        need(healthDataAccessBody != nil, "healthDataAccessBody", "healthdcatap:hdab")
        need(healthDataAccessBody.map(\.hasContact) ?? true, "healthDataAccessBody.email", "healthdcatap:hdab")
        need(healthCategories.contains { $0.iri != nil }, "healthCategories", "healthdcatap:healthCategory")
        need(contacts.contains(where: \.isReachable), "contacts.email", "dcat:contactPoint")
        need(keywords != nil, "keywords", "dcat:keyword")
        need(!types.isEmpty, "type", "dct:type")
        need(provenance != nil, "provenance", "dct:provenance")

        need(publisher != nil, "publisher", "dct:publisher", .recommended)
        need(publisher?.homepage != nil, "publisher.homepage", "foaf:homepage", .recommended)
        need(publisher?.email != nil, "publisher.email", "foaf:mbox", .recommended)
        need(publisher?.type != nil, "publisher.type", "healthdcatap:publisherType", .recommended)
        need(publisher?.note != nil, "publisher.note", "healthdcatap:publisherNote", .recommended)
        need(
            publisher?.trustedDataHolder != nil, "publisher.trustedDataHolder", "healthdcatap:trustedDataHolder",
            .recommended)
        need(
            coverage?.places != nil || coverage.map { !$0.spatial.isEmpty } ?? false, "coverage.spatial", "dct:spatial",
            .recommended)
        need(!purposes.isEmpty, "purposes", "dpv:hasPurpose", .recommended)
        let first = publishedDistributions.first?.distribution
        need(first?.byteSize != nil, "distributions.byteSize", "dcat:byteSize", .recommended)
        need(first?.format != nil, "distributions.format", "dct:format", .recommended)
        need(first?.rights != nil, "distributions.rights", "dct:rights", .recommended)
        return gaps
    }

    /// Whether the HealthDCAT-AP profile takes it.
    public var isComplete: Bool { gaps.allSatisfy { $0.level == .recommended } }

    /// The distributions that catalogues can name: those with an address.
    var publishedDistributions: [(distribution: Distribution, address: IRI)] {
        distributions.compactMap { distribution in
            distribution.url.flatMap { IRI($0) }.map { (distribution, $0) }
        }
    }
}

/// Who may come to a dataset, as the Publications Office of the EU names it.
enum AccessRights: String, Sendable {
    case open = "PUBLIC"
    case restricted = "RESTRICTED"
    case nonPublic = "NON_PUBLIC"

    private static let authority = "http://publications.europa.eu/resource/authority/access-right/"

    /// Reads the vocabulary's IRI, its code, or the words that French catalogues use; nil for anything else.
    init?(_ text: String?) {
        guard let text else { return nil }
        let word = text.hasPrefix(Self.authority) ? String(text.dropFirst(Self.authority.count)) : text
        switch FoldedText.words(of: word).joined(separator: " ") {
        case "public", "ouvert", "open": self = .open
        case "restricted", "restreint": self = .restricted
        case "non public", "nonpublic": self = .nonPublic
        default: return nil
        }
    }

    var iri: IRI { IRI(known: Self.authority + rawValue) }
}

extension Organisation {
    /// Whether catalogues can say how to reach it.
    var hasContact: Bool { mailIRI != nil || homepageIRI != nil }

    var mailIRI: IRI? { email.flatMap { IRI("mailto:\($0)") } }
    var homepageIRI: IRI? { homepage.flatMap { IRI($0) } }
}

extension Contact {
    /// Whether catalogues can say how: by mail, or on a page.
    var isReachable: Bool { mailIRI != nil || pageIRI != nil }

    var mailIRI: IRI? { email.flatMap { IRI("mailto:\($0)") } }
    var pageIRI: IRI? { url.flatMap { IRI($0) } }
}
