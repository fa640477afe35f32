public import StrictJSON

extension RDFGraph {
    /// The graph in Turtle (RDF 1.1).
    public var turtle: String {
        var text = ""
        for (prefix, namespace) in Vocabulary.prefixes { text += "@prefix \(prefix): <\(namespace)> .\n" }
        for description in descriptions {
            text += "\n\(Self.turtle(description.subject))"
            var before: IRI?
            for (predicate, object) in description.statements.grouped {
                if predicate == before {
                    text += ", "
                } else {
                    text += before == nil ? "\n    " : " ;\n    "
                    text += predicate == Vocabulary.type ? "a " : "\(Self.turtle(predicate)) "
                }
                before = predicate
                text += Self.turtle(object)
            }
            text += " .\n"
        }
        return text
    }

    private static func turtle(_ node: RDFNode) -> String {
        switch node {
        case .iri(let iri): turtle(iri)
        case .blank(let number): "_:b\(number)"
        }
    }

    private static func turtle(_ iri: IRI) -> String { Vocabulary.short(iri) ?? "<\(iri.text)>" }

    private static func turtle(_ term: RDFTerm) -> String {
        switch term {
        case .node(let node): turtle(node)
        case .text(let text, nil): quoted(text)
        case .text(let text, let language?): "\(quoted(text))@\(language)"
        case .value(let text, let datatype): "\(quoted(text))^^\(turtle(datatype))"
        }
    }

    /// A string between quotation marks, on one line.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                let digits = String(scalar.value, radix: 16, uppercase: true)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// The graph in JSON-LD (1.1), flat: one object for each thing.
    public var jsonLD: JSON {
        let context = Dictionary(
            uniqueKeysWithValues: Vocabulary.prefixes.map { ($0.prefix, JSON.string($0.namespace)) })
        let things = descriptions.map { description -> JSON in
            var members: [String: [JSON]] = [:]
            for (predicate, object) in description.statements {
                let isType = predicate == Vocabulary.type
                members[isType ? "@type" : Self.name(predicate), default: []].append(
                    Self.jsonLD(object, isType: isType))
            }
            var thing = members.mapValues { $0.count == 1 ? $0[0] : JSON.array($0) }
            thing["@id"] = .string(Self.id(description.subject))
            return .object(thing)
        }
        return ["@context": .object(context), "@graph": .array(things)]
    }

    private static func name(_ iri: IRI) -> String { Vocabulary.short(iri) ?? iri.text }

    private static func id(_ node: RDFNode) -> String {
        switch node {
        case .iri(let iri): name(iri)
        case .blank(let number): "_:b\(number)"
        }
    }

    private static func jsonLD(_ term: RDFTerm, isType: Bool) -> JSON {
        switch term {
        case .node(let node): isType ? .string(id(node)) : ["@id": .string(id(node))]
        case .text(let text, nil): ["@value": .string(text)]
        case .text(let text, let language?): ["@value": .string(text), "@language": .string(language)]
        case .value(let text, let datatype): ["@value": .string(text), "@type": .string(name(datatype))]
        }
    }
}

extension [(predicate: IRI, object: RDFTerm)] {
    /// The same with what has one predicate side by side, in the order of the first.
    fileprivate var grouped: Self {
        var order: [IRI: Int] = [:]
        for statement in self where order[statement.predicate] == nil { order[statement.predicate] = order.count }
        return enumerated().sorted { left, right in
            let (first, second) = (order[left.element.predicate]!, order[right.element.predicate]!)
            return first == second ? left.offset < right.offset : first < second
        }.map(\.element)
    }
}
