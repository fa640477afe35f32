/// What a statement is about: something with a name, or something that is only described.
public enum RDFNode: Sendable, Hashable {
    case iri(IRI)
    /// Without a name; numbered within its graph.
    case blank(Int)
}

/// What a statement says.
public enum RDFTerm: Sendable, Hashable {
    case node(RDFNode)
    case text(String, language: String?)
    /// A value of a datatype, in its lexical form.
    case value(String, datatype: IRI)
}

/// Statements on the world, in the order in which they were made: what Turtle and JSON-LD write.
public struct RDFGraph: Sendable {
    /// One thing and what is said of it.
    struct Description: Sendable {
        let subject: RDFNode
        var statements: [(predicate: IRI, object: RDFTerm)] = []
    }

    private(set) var descriptions: [Description] = []
    private var places: [RDFNode: Int] = [:]
    private var blanks = 0

    public init() {}

    /// How many statements there are.
    public var count: Int { descriptions.reduce(0) { $0 + $1.statements.count } }

    /// States something; what was stated before is not stated twice.
    mutating func add(_ subject: RDFNode, _ predicate: IRI, _ object: RDFTerm) {
        let place: Int
        if let known = places[subject] {
            place = known
        } else {
            place = descriptions.count
            places[subject] = place
            descriptions.append(Description(subject: subject))
        }
        guard !descriptions[place].statements.contains(where: { $0.predicate == predicate && $0.object == object })
        else { return }
        descriptions[place].statements.append((predicate, object))
    }

    /// Something without a name, of a class.
    mutating func blank(_ type: IRI) -> RDFNode {
        blanks += 1
        add(.blank(blanks), Vocabulary.type, .node(.iri(type)))
        return .blank(blanks)
    }

    // MARK: Shorter

    mutating func add(_ subject: RDFNode, _ predicate: IRI, _ object: IRI?) {
        if let object { add(subject, predicate, .node(.iri(object))) }
    }

    mutating func add(_ subject: RDFNode, _ predicate: IRI, node: RDFNode) { add(subject, predicate, .node(node)) }

    mutating func add(_ subject: RDFNode, _ predicate: IRI, _ text: String?) {
        if let text { add(subject, predicate, .text(text, language: nil)) }
    }

    /// The text in each language that it is there in.
    mutating func add(_ subject: RDFNode, _ predicate: IRI, _ text: LocalizedText?) {
        if let french = text?.fr { add(subject, predicate, .text(french, language: "fr")) }
        if let english = text?.en { add(subject, predicate, .text(english, language: "en")) }
    }

    mutating func add(_ subject: RDFNode, _ predicate: IRI, count: Int64?) {
        if let count { add(subject, predicate, .value(String(count), datatype: Vocabulary.xsd("nonNegativeInteger"))) }
    }

    mutating func add(_ subject: RDFNode, _ predicate: IRI, _ truth: Bool?) {
        if let truth { add(subject, predicate, .value(String(truth), datatype: Vocabulary.xsd("boolean"))) }
    }
}

/// The vocabularies that the catalogue is written in.
enum Vocabulary {
    static let prefixes: [(prefix: String, namespace: String)] = [
        ("adms", "http://www.w3.org/ns/adms#"), ("dcat", "http://www.w3.org/ns/dcat#"),
        ("dcatap", "http://data.europa.eu/r5r/"), ("dct", "http://purl.org/dc/terms/"),
        ("dpv", "https://w3id.org/dpv#"), ("foaf", "http://xmlns.com/foaf/0.1/"),
        ("healthdcatap", "http://healthdataportal.eu/ns/health#"), ("hydra", "http://www.w3.org/ns/hydra/core#"),
        ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"), ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
        ("skos", "http://www.w3.org/2004/02/skos/core#"), ("vcard", "http://www.w3.org/2006/vcard/ns#"),
        ("xsd", "http://www.w3.org/2001/XMLSchema#"),
    ]
    private static let namespaces = Dictionary(uniqueKeysWithValues: prefixes.map { ($0.prefix, $0.namespace) })

    static let type = named("rdf", "type")

    static func adms(_ name: String) -> IRI { named("adms", name) }
    static func dcat(_ name: String) -> IRI { named("dcat", name) }
    static func dcatap(_ name: String) -> IRI { named("dcatap", name) }
    static func dct(_ name: String) -> IRI { named("dct", name) }
    static func dpv(_ name: String) -> IRI { named("dpv", name) }
    static func foaf(_ name: String) -> IRI { named("foaf", name) }
    static func health(_ name: String) -> IRI { named("healthdcatap", name) }
    static func hydra(_ name: String) -> IRI { named("hydra", name) }
    static func rdfs(_ name: String) -> IRI { named("rdfs", name) }
    static func skos(_ name: String) -> IRI { named("skos", name) }
    static func vcard(_ name: String) -> IRI { named("vcard", name) }
    static func xsd(_ name: String) -> IRI { named("xsd", name) }

    private static func named(_ prefix: String, _ name: String) -> IRI {
        IRI(known: (namespaces[prefix] ?? "") + name)
    }

    /// `dcat:Dataset`; nil where no prefix of ours shortens it.
    static func short(_ iri: IRI) -> String? {
        for (prefix, namespace) in prefixes where iri.text.hasPrefix(namespace) {
            let name = iri.text.dropFirst(namespace.count)
            guard let first = name.utf8.first, (65...90).contains(first & 0xDF),
                name.utf8.allSatisfy({ (65...90).contains($0 & 0xDF) || (48...57).contains($0) })
            else { return nil }
            return "\(prefix):\(name)"
        }
        return nil
    }
}
