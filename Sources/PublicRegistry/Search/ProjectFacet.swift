import CivilTime

/// By what the projects of the register can be narrowed; its word is that of the query.
public enum ProjectFacet: String, Sendable, Hashable, CaseIterable {
    case status, procedure, dataset, controller, domain, sensitivity, accessType, year, language

    /// Where it stands among all of them.
    var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// The values that it can have; nil where the register's records decide.
    public var choices: [String]? {
        switch self {
        case .status: ProjectStatus.allCases.map(\.rawValue)
        case .procedure: Procedure.allCases.map(\.rawValue)
        case .sensitivity: Sensitivity.allCases.map(\.rawValue)
        case .accessType: AccessType.allCases.map(\.rawValue)
        case .language: ["fr", "en"]
        case .dataset, .controller, .domain, .year: nil
        }
    }

    /// What a project has of it.
    func values(of project: Project) -> [String] {
        let values: [String] =
            switch self {
            case .status: [project.status?.rawValue].compactMap { $0 }
            case .procedure: [project.procedure?.rawValue].compactMap { $0 }
            case .dataset: project.datasets
            case .controller: project.controllers.map(\.name)
            case .domain: project.domains
            case .sensitivity: [project.sensitivity?.rawValue].compactMap { $0 }
            case .accessType: [project.accessType?.rawValue].compactMap { $0 }
            case .year: [project.startsOn.map { String($0.year) }].compactMap { $0 }
            case .language:
                [
                    project.title?.fr != nil && project.summary?.fr != nil ? "fr" : nil,
                    project.title?.en != nil && project.summary?.en != nil ? "en" : nil,
                ].compactMap { $0 }
            }
        var seen: Set<String> = []
        return values.filter { seen.insert($0).inserted }
    }
}

/// How many of the projects that fit have each value of a facet, whatever is chosen of that facet itself.
public struct FacetCounts: Sendable, Hashable {
    public struct Value: Sendable, Hashable {
        public let value: String
        public let count: Int
    }

    public let facet: ProjectFacet
    /// The most frequent first, then by value; what is chosen is always among them.
    public let values: [Value]
    /// How many other values there are.
    public let others: Int
}

extension FacetCounts {
    init(_ facet: ProjectFacet, _ counts: ValueCounts) {
        self.init(facet: facet, values: counts.values, others: counts.others)
    }
}

/// In which order projects come.
public enum ProjectSort: String, Sendable, Hashable, CaseIterable {
    /// Those that say most of what was looked for first.
    case relevance
    /// By title, without accents.
    case title
    /// What changed last first.
    case date
}
