/// Templates by their segments. Where several fit a path, a literal segment goes before a parameter, a parameter with a
/// longer ending before one with a shorter, and all of these before `{path...}`.
struct RouteTree: Sendable {
    private struct Node: Sendable {
        var literals: [Substring: Int] = [:]
        var parameters: [Parameter] = []
        var rest: (name: Substring, endpoint: Int)?
        var endpoint: Int?
    }

    /// A segment `{name}ending`.
    private struct Parameter: Sendable {
        let name: Substring
        let ending: Substring
        let node: Int
    }

    private var nodes = [Node()]

    mutating func insert(_ template: String, endpoint: Int) {
        precondition(template.hasPrefix("/"), "\(template) must begin with a slash")
        var at = 0
        for segment in template.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            precondition(nodes[at].rest?.endpoint != endpoint, "nothing may follow the rest in \(template)")
            if segment.hasPrefix("{"), segment.hasSuffix("...}") {
                precondition(nodes[at].rest == nil, "two routes for the rest at \(template)")
                nodes[at].rest = (segment.dropFirst().dropLast(4), endpoint)
            } else if segment.hasPrefix("{") {
                at = parameterNode(segment, under: at, template)
            } else {
                precondition(!segment.contains("{"), "\(template) has a parameter that does not begin its segment")
                at = literalNode(segment, under: at)
            }
        }
        if nodes[at].rest?.endpoint != endpoint { nodes[at].endpoint = endpoint }
    }

    private mutating func literalNode(_ segment: Substring, under parent: Int) -> Int {
        if let node = nodes[parent].literals[segment] { return node }
        nodes.append(Node())
        nodes[parent].literals[segment] = nodes.count - 1
        return nodes.count - 1
    }

    private mutating func parameterNode(_ segment: Substring, under parent: Int, _ template: String) -> Int {
        guard let end = segment.firstIndex(of: "}") else { preconditionFailure("\(template) lacks a closing brace") }
        let name = segment[segment.index(after: segment.startIndex)..<end]
        let ending = segment[segment.index(after: end)...]
        if let parameter = nodes[parent].parameters.first(where: { $0.ending == ending }) {
            precondition(parameter.name == name, "\(template) names {\(parameter.name)} differently")
            return parameter.node
        }
        nodes.append(Node())
        nodes[parent].parameters.append(Parameter(name: name, ending: ending, node: nodes.count - 1))
        nodes[parent].parameters.sort { $0.ending.utf8.count > $1.ending.utf8.count }
        return nodes.count - 1
    }

    /// The endpoint for a path and its parameters, decoded; nil where there is none, or an escape is broken.
    func find(_ path: String) -> (endpoint: Int, parameters: [(name: Substring, value: Substring)])? {
        guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        var segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        if path.utf8.contains(UInt8(ascii: "%")) {
            for index in segments.indices {
                guard let decoded = PercentCoding.decode(segments[index].utf8) else { return nil }
                segments[index] = decoded[...]
            }
        }
        var parameters: [(name: Substring, value: Substring)] = []
        guard let endpoint = find(segments[...], from: 0, &parameters) else { return nil }
        return (endpoint, parameters)
    }

    private func find(
        _ segments: ArraySlice<Substring>, from at: Int, _ parameters: inout [(name: Substring, value: Substring)]
    ) -> Int? {
        guard let segment = segments.first else { return nodes[at].endpoint }
        let remaining = segments.dropFirst()
        if let next = nodes[at].literals[segment], let found = find(remaining, from: next, &parameters) { return found }
        for parameter in nodes[at].parameters
        where segment.utf8.count > parameter.ending.utf8.count && segment.hasSuffix(parameter.ending) {
            parameters.append((parameter.name, segment.dropLast(parameter.ending.count)))
            if let found = find(remaining, from: parameter.node, &parameters) { return found }
            parameters.removeLast()
        }
        guard let rest = nodes[at].rest, !segment.isEmpty else { return nil }
        parameters.append((rest.name, Substring(segments.joined(separator: "/"))))
        return rest.endpoint
    }
}
