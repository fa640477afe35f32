import CivilTime

/// The catalogue as a whole: who hands it out, and where its things stand.
public struct CatalogueFrame: Sendable {
    /// Where the portal stands: `https://portail.exemple`, without a slash at its end.
    let origin: String
    let title: LocalizedText
    let description: LocalizedText
    let publisher: LocalizedText
    let email: String

    public init(
        origin: String, title: LocalizedText, description: LocalizedText, publisher: LocalizedText, email: String
    ) {
        (self.origin, self.title, self.description) = (origin, title, description)
        (self.publisher, self.email) = (publisher, email)
    }

    var catalogue: IRI { IRI(known: "\(origin)/api/v1/catalogue") }

    /// A reference is safe in an address as it is.
    func dataset(_ reference: String) -> IRI { IRI(known: "\(origin)/api/v1/datasets/\(reference)") }

    func page(_ reference: String) -> IRI { IRI(known: "\(origin)/bases/\(reference)") }
}

/// The part of the catalogue that one answer has.
public struct CataloguePart: Sendable {
    let datasets: [ExportedDataset]
    /// How many there are in all parts together.
    public let total: Int
    /// What to ask for the next part with.
    public let nextCursor: String?
}

extension RDFGraph {
    /// The Regulation on the European Health Data Space, under which such catalogues are kept.
    private static let legislation = IRI(known: "http://data.europa.eu/eli/reg/2025/327/oj")
    private static let health = IRI(known: "http://publications.europa.eu/resource/authority/data-theme/HEAL")
    private static let languages = "http://publications.europa.eu/resource/authority/language/"

    /// A part of the catalogue in DCAT-AP 3.0.1 and HealthDCAT-AP.
    ///
    /// - Parameters:
    ///   - address: of this answer, from the root of the site.
    ///   - next: of the next one.
    public init(_ part: CataloguePart, in frame: CatalogueFrame, address: String, next: String?) {
        self.init()
        let catalogue = RDFNode.iri(frame.catalogue)
        add(catalogue, Vocabulary.type, Vocabulary.dcat("Catalog"))
        add(catalogue, Vocabulary.type, Vocabulary.hydra("Collection"))
        add(catalogue, Vocabulary.dct("title"), frame.title)
        add(catalogue, Vocabulary.dct("description"), frame.description)
        add(catalogue, Vocabulary.dcatap("applicableLegislation"), Self.legislation)
        for language in ["FRA", "ENG"] {
            add(catalogue, Vocabulary.dct("language"), IRI(known: Self.languages + language))
        }
        add(catalogue, Vocabulary.foaf("homepage"), IRI(known: "\(frame.origin)/"))
        let publisher = blank(Vocabulary.foaf("Agent"))
        add(publisher, Vocabulary.foaf("name"), frame.publisher)
        addContact(of: publisher, name: frame.publisher.frenchFirst, mail: IRI("mailto:\(frame.email)"), page: nil)
        add(catalogue, Vocabulary.dct("publisher"), node: publisher)
        if let newest = part.datasets.map(\.recordedAt).max() {
            add(catalogue, Vocabulary.dct("modified"), .value("\(newest)", datatype: Vocabulary.xsd("dateTime")))
        }
        addPaging(part, of: catalogue, frame, address: address, next: next)
        for dataset in part.datasets {
            add(catalogue, Vocabulary.dcat("dataset"), frame.dataset(dataset.dataset.reference))
        }
        for dataset in part.datasets { add(dataset, in: frame) }
    }

    private mutating func addPaging(
        _ part: CataloguePart, of catalogue: RDFNode, _ frame: CatalogueFrame, address: String, next: String?
    ) {
        add(
            catalogue, Vocabulary.hydra("totalItems"),
            .value(String(part.total), datatype: Vocabulary.xsd("integer")))
        let view = RDFNode.iri(IRI(known: frame.origin + address))
        add(catalogue, Vocabulary.hydra("view"), node: view)
        add(view, Vocabulary.type, Vocabulary.hydra("PartialCollectionView"))
        add(view, Vocabulary.hydra("next"), next.map { IRI(known: frame.origin + $0) })
    }

    private mutating func add(_ exported: ExportedDataset, in frame: CatalogueFrame) {
        let dataset = exported.dataset
        let subject = RDFNode.iri(frame.dataset(dataset.reference))
        add(subject, Vocabulary.type, Vocabulary.dcat("Dataset"))
        add(subject, Vocabulary.dct("identifier"), dataset.reference)
        add(subject, Vocabulary.dct("identifier"), dataset.doi)
        add(subject, Vocabulary.dct("identifier"), dataset.catalogueReference)
        add(subject, Vocabulary.dct("title"), dataset.title)
        add(subject, Vocabulary.dct("alternative"), dataset.acronym)
        add(subject, Vocabulary.dct("description"), dataset.description)
        for word in dataset.keywords?.fr ?? [] { add(subject, Vocabulary.dcat("keyword"), .text(word, language: "fr")) }
        for word in dataset.keywords?.en ?? [] { add(subject, Vocabulary.dcat("keyword"), .text(word, language: "en")) }
        add(subject, Vocabulary.dcat("theme"), Self.health)
        add(subject, Vocabulary.dct("accessRights"), AccessRights(dataset.accessRights)?.iri)
        let legislation = dataset.legislation.compactMap(\.iri)
        for law in legislation { add(subject, Vocabulary.dcatap("applicableLegislation"), law) }
        add(subject, Vocabulary.dcat("landingPage"), frame.page(dataset.reference))
        add(
            subject, Vocabulary.dct("modified"),
            .value("\(exported.recordedAt)", datatype: Vocabulary.xsd("dateTime")))
        add(subject, Vocabulary.dcat("version"), String(exported.n))
        addParties(of: dataset, to: subject)
        addTerms(of: dataset, to: subject)
        addCoverage(dataset.coverage, to: subject)
        for (index, (distribution, address)) in dataset.publishedDistributions.enumerated() {
            let node = RDFNode.iri(IRI(known: "\(frame.dataset(dataset.reference).text)#distribution-\(index + 1)"))
            add(subject, Vocabulary.dcat("distribution"), node: node)
            add(distribution, at: address, as: node, legislation)
        }
        if let sample = dataset.sample, let address = sample.url.flatMap({ IRI($0) }) {
            let node = RDFNode.iri(IRI(known: "\(frame.dataset(dataset.reference).text)#sample"))
            add(subject, Vocabulary.adms("sample"), node: node)
            add(sample, at: address, as: node, legislation)
        }
    }

    private mutating func addParties(of dataset: Dataset, to subject: RDFNode) {
        if let publisher = dataset.publisher {
            let agent = add(publisher)
            add(subject, Vocabulary.dct("publisher"), node: agent)
            // One text alone is allowed; the property of earlier releases takes each language.
            add(agent, Vocabulary.dct("description"), publisher.note?.frenchFirst)
            add(agent, Vocabulary.health("publisherNote"), publisher.note)
            add(agent, Vocabulary.health("trustedDataHolder"), publisher.trustedDataHolder)
            // As earlier releases spell it.
            add(agent, Vocabulary.health("trusteddataholder"), publisher.trustedDataHolder)
            if let type = publisher.type {
                let concept = IRI(type).map(RDFNode.iri) ?? labelled(Vocabulary.skos("Concept"), type)
                add(agent, Vocabulary.dct("type"), node: concept)
                add(agent, Vocabulary.health("publisherType"), node: concept)
            }
        }
        if let body = dataset.healthDataAccessBody {
            add(subject, Vocabulary.health("hdab"), node: add(body))
        }
        for contact in dataset.contacts where contact.isReachable {
            let name = contact.name ?? dataset.publisher?.name ?? dataset.reference
            let kind = addKind(name: name, mail: contact.mailIRI, page: contact.pageIRI)
            add(subject, Vocabulary.dcat("contactPoint"), node: kind)
        }
    }

    private mutating func add(_ organisation: Organisation) -> RDFNode {
        let agent = blank(Vocabulary.foaf("Agent"))
        add(agent, Vocabulary.foaf("name"), organisation.name)
        add(agent, Vocabulary.foaf("homepage"), organisation.homepageIRI)
        add(agent, Vocabulary.foaf("mbox"), organisation.mailIRI)
        addContact(of: agent, name: organisation.name, mail: organisation.mailIRI, page: organisation.homepageIRI)
        return agent
    }

    private mutating func addContact(of agent: RDFNode, name: String, mail: IRI?, page: IRI?) {
        guard mail != nil || page != nil else { return }
        add(agent, Vocabulary.dcat("contactPoint"), node: addKind(name: name, mail: mail, page: page))
    }

    private mutating func addKind(name: String, mail: IRI?, page: IRI?) -> RDFNode {
        let kind = blank(Vocabulary.vcard("Kind"))
        add(kind, Vocabulary.vcard("fn"), name)
        add(kind, Vocabulary.vcard("hasEmail"), mail)
        add(kind, Vocabulary.vcard("hasURL"), page)
        return kind
    }

    private mutating func addTerms(of dataset: Dataset, to subject: RDFNode) {
        for category in dataset.healthCategories {
            // This one takes words of its vocabulary alone.
            guard category.iri != nil else { continue }
            add(subject, Vocabulary.health("healthCategory"), node: term(category, Vocabulary.skos("Concept")))
        }
        let concepts: [(IRI, [CodedTerm], IRI)] = [
            (Vocabulary.health("healthTheme"), dataset.healthThemes, Vocabulary.skos("Concept")),
            (Vocabulary.dct("type"), dataset.types, Vocabulary.skos("Concept")),
            (Vocabulary.dct("conformsTo"), dataset.standards, Vocabulary.dct("Standard")),
            (Vocabulary.health("hasCodingSystem"), dataset.codings, Vocabulary.dct("Standard")),
            (Vocabulary.dpv("hasPurpose"), dataset.purposes, Vocabulary.dpv("Purpose")),
        ]
        for (property, terms, type) in concepts {
            for each in terms { add(subject, property, node: term(each, type)) }
        }
        if let provenance = dataset.provenance {
            add(
                subject, Vocabulary.dct("provenance"),
                node: labelled(Vocabulary.dct("ProvenanceStatement"), provenance))
        }
        if let frequency = dataset.updateFrequency {
            add(
                subject, Vocabulary.dct("accrualPeriodicity"), node: labelled(Vocabulary.dct("Frequency"), frequency))
        }
    }

    private mutating func addCoverage(_ coverage: Coverage?, to subject: RDFNode) {
        guard let coverage else { return }
        add(subject, Vocabulary.health("populationCoverage"), coverage.population)
        add(subject, Vocabulary.health("numberOfUniqueIndividuals"), count: coverage.individuals)
        add(subject, Vocabulary.health("numberOfRecords"), count: coverage.records)
        add(subject, Vocabulary.health("minTypicalAge"), count: coverage.ages?.from)
        add(subject, Vocabulary.health("maxTypicalAge"), count: coverage.ages?.to)
        for place in coverage.spatial {
            add(subject, Vocabulary.dct("spatial"), node: term(place, Vocabulary.dct("Location")))
        }
        if let places = coverage.places {
            add(subject, Vocabulary.dct("spatial"), node: labelled(Vocabulary.dct("Location"), places))
        }
        if let period = coverage.period {
            let node = blank(Vocabulary.dct("PeriodOfTime"))
            func date(_ day: CalendarDate?) -> RDFTerm? {
                day.map { .value("\($0)", datatype: Vocabulary.xsd("date")) }
            }
            if let start = date(period.startsOn) { add(node, Vocabulary.dcat("startDate"), start) }
            if let end = date(period.endsOn) { add(node, Vocabulary.dcat("endDate"), end) }
            add(subject, Vocabulary.dct("temporal"), node: node)
        }
    }

    private mutating func add(_ distribution: Distribution, at address: IRI, as node: RDFNode, _ legislation: [IRI]) {
        add(node, Vocabulary.type, Vocabulary.dcat("Distribution"))
        add(node, Vocabulary.dct("title"), distribution.title)
        add(node, Vocabulary.dct("description"), distribution.description)
        add(node, Vocabulary.dcat("accessURL"), address)
        for law in legislation { add(node, Vocabulary.dcatap("applicableLegislation"), law) }
        add(node, Vocabulary.dcat("byteSize"), count: distribution.byteSize)
        if let format = distribution.format {
            let type = IRI(format).map(RDFNode.iri) ?? labelled(Vocabulary.dct("MediaTypeOrExtent"), format)
            add(node, Vocabulary.dct("format"), node: type)
        }
        if let rights = distribution.rights {
            let statement = IRI(rights).map(RDFNode.iri) ?? labelled(Vocabulary.dct("RightsStatement"), rights)
            add(node, Vocabulary.dct("rights"), node: statement)
        }
    }

    // MARK: Words

    /// A word of a vocabulary by its IRI, or as something that has this label.
    private mutating func term(_ term: CodedTerm, _ type: IRI) -> RDFNode {
        guard let iri = term.iri else {
            return term.text.map { labelled(type, $0) } ?? labelled(type, term.words)
        }
        add(.iri(iri), Self.label(of: type), term.label)
        add(.iri(iri), Self.label(of: type), term.text)
        return .iri(iri)
    }

    private mutating func labelled(_ type: IRI, _ label: LocalizedText) -> RDFNode {
        let node = blank(type)
        add(node, Self.label(of: type), label)
        return node
    }

    private mutating func labelled(_ type: IRI, _ label: String) -> RDFNode {
        let node = blank(type)
        add(node, Self.label(of: type), label)
        return node
    }

    private static func label(of type: IRI) -> IRI {
        type == Vocabulary.skos("Concept") || type == Vocabulary.dct("Location")
            ? Vocabulary.skos("prefLabel") : Vocabulary.rdfs("label")
    }
}
