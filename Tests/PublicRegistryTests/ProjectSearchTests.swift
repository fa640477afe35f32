import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import PublicRegistry

/// What a search finds, in which order, and what it says of it.
@Suite struct ProjectSearchTests {
    private static let lines = [
        project("P-1", title: "Les hôpitaux et l’asthme", datasets: ["PMSI", "SNIIRAM"]),
        project(
            "P-2", title: "Étude du diabète", status: "completed", datasets: ["SNIIRAM"],
            more: #","purpose":{"fr":"Suivre des enfants diabétiques à l'hôpital pour mieux les soigner."}"#),
        project(
            "P-3", title: "Maladies rares", status: "refused", datasets: ["PMSI"],
            more:
                #","startsOn":"2024-03-01","domains":["Pédiatrie"],"methods":{"fr":"L’asthme sévère, puis le diabète."}"#
        ),
        project("P-4", title: "Asthme asthme asthme", more: #","startsOn":"2023-01-01","domains":["Pédiatrie"]"#),
    ]

    private func with(_ engine: EngineUnderTest, _ body: (Register) async throws -> Void) async throws {
        try await withRegister(engine) { register in
            try await register.add(.project, bytes: Array(Self.lines.joined(separator: "\n").utf8))
            try await body(register)
        }
    }

    private func found(_ register: Register, _ text: String, _ sort: ProjectSort? = nil) async throws -> [String] {
        try await register.projects.search(ProjectQuery(text: text, sort: sort)).items.map(\.reference)
    }

    @Test(arguments: EngineUnderTest.allCases)
    func pluralsElisionsAndPhrases(engine: EngineUnderTest) async throws {
        try await with(engine) { register in
            for (text, expected) in [
                ("hopital ", ["P-1", "P-2"]), ("HÔPITAUX x", []), ("hôpitaux", ["P-1", "P-2"]),
                ("d'asthmes", ["P-1", "P-3", "P-4"]),
                ("l’hôpital", ["P-1", "P-2"]), ("maladie", ["P-3"]), ("\"asthme sévère\"", ["P-3"]),
                ("\"sévère asthme\"", []), ("« maladie rare »", ["P-3"]), ("\"asthme sévère\" diab", ["P-3"]),
                // A text does not go on into the next one: title, then summary.
                ("\"rares résumé\"", []), ("diab", ["P-2", "P-3"]),
            ] as [(String, [String])] {
                let references = try await found(register, text, .title).sorted()
                #expect(references == expected, "\(text)")
            }
        }
    }

    @Test func whatSaysMostComesFirst() async throws {
        try await with(.sqlite) { register in
            // Three times in the title, in the title, in the methods.
            for (text, sort, expected) in [
                ("asthme", nil, ["P-4", "P-1", "P-3"]), ("diabete", nil, ["P-2", "P-3"]),
                ("asthme", .title, ["P-4", "P-1", "P-3"]),
            ] as [(String, ProjectSort?, [String])] {
                let references = try await found(register, text, sort)
                #expect(references == expected, "\(text)")
            }
            var query = ProjectQuery(text: "asthme", limit: PageLimit(1)!)
            var pages: [String] = []
            repeat {
                let page = try await register.projects.search(query)
                #expect(page.total == 3)
                pages += page.items.map(\.reference)
                query.cursor = page.nextCursor
            } while query.cursor != nil
            #expect(pages == ["P-4", "P-1", "P-3"])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func facetsCountWhatFitsWithoutTheirOwnChoice(engine: EngineUnderTest) async throws {
        try await with(engine) { register in
            func expect(
                _ query: ProjectQuery, _ facet: ProjectFacet, limit: Int = 10, _ expected: [String],
                sourceLocation: SourceLocation = #_sourceLocation
            ) async throws {
                let results = try await register.projects.search(query, facetLimit: limit)
                let counts = results.facets[facet.index]
                let told = counts.values.map { "\($0.value) \($0.count)" }
                #expect(
                    told + (counts.others > 0 ? ["+\(counts.others)"] : []) == expected, sourceLocation: sourceLocation)
            }
            let all = ProjectQuery()
            try await expect(all, .status, ["active 2", "completed 1", "refused 1"])
            try await expect(all, .dataset, ["PMSI 2", "SNIIRAM 2"])
            try await expect(all, .domain, ["Pédiatrie 2"])
            try await expect(all, .year, ["2023 1", "2024 1"])
            try await expect(all, .language, ["fr 4"])
            try await expect(all, .status, limit: 1, ["active 2", "+2"])
            let refused = ProjectQuery(facets: [.status: ["refused"]])
            try await expect(refused, .status, ["active 2", "completed 1", "refused 1"])
            try await expect(refused, .dataset, ["PMSI 1"])
            let both = ProjectQuery(text: "asthme", facets: [.status: ["refused", "active"], .dataset: ["PMSI"]])
            #expect(try await register.projects.search(both).total == 2)
            try await expect(both, .status, limit: 1, ["active 1", "refused 1"])
            try await expect(both, .dataset, ["PMSI 2", "SNIIRAM 1"])
            let nothing = ProjectQuery(facets: [.controller: ["Personne"]])
            #expect(try await register.projects.search(nothing).total == 0)
            try await expect(nothing, .controller, ["CHU 4", "Personne 0"])
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func excerptsShowWhereTheWordsAre(engine: EngineUnderTest) async throws {
        try await with(engine) { register in
            let results = try await register.projects.search(ProjectQuery(text: "hopitaux enfant"), excerpts: true)
            let excerpt = try #require(results.excerpts["P-2"])
            #expect(excerpt.field == "purpose" && excerpt.language == "fr")
            #expect(excerpt.pieces.filter(\.isMatch).map(\.text) == ["enfants", "hôpital"])
            #expect(
                excerpt.pieces.map(\.text).joined()
                    == "Suivre des enfants diabétiques à l'hôpital pour mieux les soigner.")
            // In the title it is seen as it is.
            #expect(
                try await register.projects.search(ProjectQuery(text: "asthme"), excerpts: true).excerpts["P-4"] == nil)
        }
    }

    @Test func anExcerptIsCutAtWordsAroundTheFirstOne() throws {
        let words = try #require(SearchText("cible"))
        let text = String(repeating: "avant ", count: 60) + "la  CIBLE\n" + String(repeating: "après ", count: 80)
        let excerpt = try #require(Excerpt(of: text, field: "methods", language: "fr", SoughtWords(words)))
        let line = excerpt.pieces.map(\.text).joined()
        #expect(line.hasPrefix("… avant ") && line.hasSuffix("après …") && line.count < 240)
        #expect(excerpt.pieces.filter(\.isMatch).map(\.text) == ["CIBLE"])
        #expect(Excerpt(of: "rien", field: "methods", language: "fr", SoughtWords(words)) == nil)
    }

    @Test func wordsAreMarkedWhateverStandsAroundThem() throws {
        let words = SoughtWords(try #require(SearchText("études oeuvre hopital malad")))
        let text = "Une étudiante, l’étude : «\u{A0}Œuvre\u{A0}», d’hôpitaux ; MALADIES… l'hopital3 et e\u{301}tudes"
        let excerpt = try #require(Excerpt(of: text, field: "purpose", language: "fr", words))
        #expect(
            excerpt.pieces.filter(\.isMatch).map(\.text) == [
                "étude", "Œuvre", "hôpitaux", "MALADIES", "e\u{301}tudes",
            ])
        #expect(excerpt.pieces.map(\.text).joined() == text)
    }

    @Test(arguments: EngineUnderTest.allCases)
    func aMisspeltWordGetsASuggestion(engine: EngineUnderTest) async throws {
        try await with(engine) { register in
            for (text, expected) in [
                ("diabte", "diabète"), ("asthem", "asthme"), ("maldie rare", "maladies rare"), ("xyzzy", nil),
                ("asthme sévère", nil),
            ] as [(String, String?)] {
                let results = try await register.projects.search(ProjectQuery(text: text))
                #expect(results.suggestion == expected, "\(text)")
                if let suggestion = results.suggestion {
                    #expect(try await register.projects.search(ProjectQuery(text: suggestion)).total > 0)
                }
            }
        }
    }

    @Test(arguments: EngineUnderTest.allCases)
    func whatChangesIsFoundAsItIsNow(engine: EngineUnderTest) async throws {
        try await with(engine) { register in
            let projects = register.projects
            func references(_ text: String) async throws -> [String] {
                try await projects.search(ProjectQuery(text: text, sort: .title)).items.map(\.reference)
            }
            var found = try await references("asthme")
            #expect(found == ["P-4", "P-1", "P-3"])
            try await register.add(
                .project, project("P-4", title: "Sommeil", version: "2"), project("P-5", title: "Asthme"))
            found = try await references("asthme")
            #expect(found == ["P-5", "P-1", "P-3"])
            found = try await references("sommeil")
            #expect(found == ["P-4"])
            // One that is shown no more.
            try await register.add(.project, #"{"reference":"P-5","sourceVersion":"2","title":{"fr":"Asthme"}}"#)
            found = try await references("asthme")
            #expect(found == ["P-1", "P-3"])
        }
    }

    /// Segments that were changed often say what one made at once says.
    @Test(arguments: [1, 2, 3]) func manyChangesComeToTheSame(seed: UInt64) throws {
        var random = Numbers(state: seed)
        let vocabulary = ["asthme", "diabète", "cœur", "poumon", "enfants", "hôpitaux", "cohorte", "suivi"]
        func document(_ number: Int) throws -> ProjectDocument {
            func pick(_ count: Int) -> String {
                (0..<count).map { _ in vocabulary.randomElement(using: &random)! }.joined(separator: " ")
            }
            let status = ProjectStatus.allCases.randomElement(using: &random)!.rawValue
            let json = try JSON(
                parsing: project(
                    "P-\(number)", title: pick(2), status: status,
                    datasets: ["D-\(Int.random(in: 1...4, using: &random))"],
                    more: #","purpose":{"fr":"\#(pick(12))"}"#
                ).utf8)
            let project = try Project(stored: json)
            let summary = ProjectSummary(
                reference: project.reference, title: try #require(project.title), acronym: project.acronym,
                summary: try #require(project.summary), status: try #require(project.status),
                procedure: project.procedure, sensitivity: project.sensitivity,
                controllers: project.controllers.map(\.name), startsOn: project.startsOn, endsOn: project.endsOn, n: 1,
                recordedAt: Register.noon)
            return ProjectDocument(project, summary, sortTitle: FoldedText.sortKey(project.title!.frenchFirst))
        }
        var (current, changed) = ([String: ProjectDocument](), ProjectSnapshot(change: 0))
        for _ in 0..<60 {
            let documents = try (0..<Int.random(in: 1...9, using: &random)).map { _ in
                try document(Int.random(in: 0..<80, using: &random))
            }
            var batch: [String: ProjectDocument] = [:]
            for document in documents { batch[document.summary.reference] = document }
            let removed = current.keys.sorted().prefix(1).filter { batch[$0] == nil }
            changed.replace(Set(batch.keys).union(removed), by: Array(batch.values))
            for reference in removed { current[reference] = nil }
            current.merge(batch) { $1 }
        }
        #expect(changed.parts.count <= 9 && changed.count == current.count)
        var whole = ProjectSnapshot(change: 0)
        whole.replace([], by: Array(current.values))
        for text in ["", "asthme", "hopital coh", "\"diabete coeur\"", "enfant suivi"] {
            for sort in [ProjectSort.title, .date] {
                let query = ProjectQuery(
                    text: text, facets: [.status: ["active", "refused"]], sort: sort, limit: PageLimit(100)!)
                let (one, other) = (
                    whole.search(query.asked, after: nil, limit: 100, facetLimit: 50),
                    changed.search(query.asked, after: nil, limit: 100, facetLimit: 50)
                )
                #expect(one.total == other.total && one.facets == other.facets, "\(text)")
                #expect(one.hits.map(\.place) == other.hits.map(\.place), "\(text)")
            }
        }
    }
}

/// Numbers that a seed decides.
private struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
