import CivilTime
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import PublicRegistry

@Suite("The catalogue as linked data")
struct CatalogueTests {
    private static let frame = CatalogueFrame(
        origin: "https://portail.invalid", title: LocalizedText(fr: "Catalogue")!,
        description: LocalizedText(fr: "Tout")!, publisher: LocalizedText(fr: "Institut")!, email: "dpo@exemple.invalid"
    )

    /// What HealthDCAT-AP demands, and nothing else.
    static func whole(_ reference: String, more: String = "") -> String {
        """
        {"reference":"\(reference)","title":{"fr":"Base"},"description":{"fr":"D"},"accessRights":"non public",\
        "legislation":["http://data.europa.eu/eli/reg/2025/327/oj"],"distributions":[{"url":"https://exemple.invalid/d"}],\
        "healthDataAccessBody":{"name":"H","email":"h@exemple.invalid"},"healthCategories":["https://exemple.invalid/c"],\
        "contacts":[{"email":"c@exemple.invalid"}],"keywords":{"fr":["k"]},"type":"cohorte","provenance":{"fr":"P"}\(more)}
        """
    }

    @Test("Turtle escapes what would end a string, and shortens what it knows")
    func turtle() throws {
        var graph = RDFGraph()
        let subject = RDFNode.iri(IRI("https://exemple.invalid/é")!)
        graph.add(subject, Vocabulary.type, Vocabulary.dcat("Dataset"))
        graph.add(subject, Vocabulary.dct("title"), LocalizedText(fr: "« \"a\" \\ \n\t\u{7}»"))
        graph.add(subject, Vocabulary.dct("identifier"), "a")
        graph.add(subject, Vocabulary.dct("identifier"), "b")
        graph.add(subject, Vocabulary.dct("identifier"), "b")
        graph.add(subject, Vocabulary.dcat("byteSize"), count: 12)
        let node = graph.blank(Vocabulary.dct("Location"))
        graph.add(subject, Vocabulary.dct("spatial"), node: node)
        let body = graph.turtle.split(separator: "\n\n", maxSplits: 1)[1]
        #expect(
            body == """
                <https://exemple.invalid/é>
                    a dcat:Dataset ;
                    dct:title "« \\"a\\" \\\\ \\n\\t\\u0007»"@fr ;
                    dct:identifier "a", "b" ;
                    dcat:byteSize "12"^^xsd:nonNegativeInteger ;
                    dct:spatial _:b1 .

                _:b1
                    a dct:Location .

                """)
        let thing = try #require(graph.jsonLD["@graph"]?.array?.first)
        let expected = try JSON(
            parsing: #"""
                {"@id":"https://exemple.invalid/é","@type":"dcat:Dataset",
                "dct:title":{"@value":"« \"a\" \\ \n\t\u0007»","@language":"fr"},
                "dct:identifier":[{"@value":"a"},{"@value":"b"}],
                "dcat:byteSize":{"@value":"12","@type":"xsd:nonNegativeInteger"},"dct:spatial":{"@id":"_:b1"}}
                """#.utf8)
        #expect(thing == expected)
    }

    @Test(
        "The profile takes whole records alone, and pages go on until there is none left",
        arguments: EngineUnderTest.allCases)
    func parts(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            for reference in ["c", "a", "e"] { try await register.add(.dataset, Self.whole(reference)) }
            try await register.add(
                .dataset, #"{"reference":"b","title":{"fr":"B"}}"#, #"{"reference":"d"}"#)
            func references(_ profile: CatalogueQuery.Profile) async throws -> [String] {
                var (found, cursor): ([String], String?) = ([], nil)
                repeat {
                    let query = CatalogueQuery(profile: profile, limit: PageLimit(2)!, cursor: cursor)
                    let part = try await register.datasets.part(query)
                    #expect(part.datasets.count <= 2)
                    found += part.datasets.map(\.dataset.reference)
                    cursor = part.nextCursor
                } while cursor != nil
                return found
            }
            #expect(try await references(.dcatAP) == ["a", "b", "c", "e"])
            #expect(try await references(.healthDCATAP) == ["a", "c", "e"])
            let since = { (seconds: Int) in
                try await register.datasets.part(
                    CatalogueQuery(
                        profile: .dcatAP, modifiedSince: Register.noon.adding(seconds: seconds), limit: .standard)
                ).total
            }
            #expect(try await since(0) == 4)
            #expect(try await since(1) == 0)
            // A cursor is of its profile.
            let first = try await register.datasets.part(CatalogueQuery(profile: .dcatAP, limit: PageLimit(1)!))
            await #expect(throws: CursorError.otherFilters) {
                try await register.datasets.part(
                    CatalogueQuery(profile: .healthDCATAP, limit: PageLimit(1)!, cursor: first.nextCursor))
            }
            // Made whole, it is in.
            try await register.add(.dataset, Self.whole("b"))
            #expect(try await references(.healthDCATAP) == ["a", "b", "c", "e"])
        }
    }

    @Test("An address that no IRI has is left out of the graph, and is a gap")
    func addresses() throws {
        let text = Self.whole("a").replacing("https://exemple.invalid/d", with: "https://exemple.invalid/{d}")
        let dataset = try Dataset(stored: try JSON(parsing: text.utf8))
        #expect(dataset.gaps.first?.field == "distributions.url")
        #expect(dataset.publishedDistributions.isEmpty)
    }

    @Test(
        "A dataset is found by its words whatever their accents, plural and elision",
        arguments: EngineUnderTest.allCases)
    func search(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(
                .dataset, #"{"reference":"a","title":{"fr":"Registre des cancers"},"tables":[{"name":"TUMEUR"}]}"#,
                #"{"reference":"b","title":{"fr":"Séjours à l’hôpital"},"description":{"fr":"Hors cancer"}}"#)
            func found(_ text: String) async throws -> [String] {
                let query = DatasetQuery(text: text)
                let all = try await register.datasets.references(query)
                #expect(try await register.datasets.search(query).items.map(\.reference) == all)
                return all
            }
            #expect(try await found("cancer ") == ["a", "b"])
            #expect(try await found("hopitaux ") == ["b"])
            #expect(try await found("tumeur") == ["a"])
            #expect(try await found("l'hôpital") == ["b"])
            #expect(try await found("\"registre des cancers\"") == ["a"])
            #expect(try await found("") == ["a", "b"])
            try await register.add(.dataset, #"{"reference":"a","title":{"fr":"Registre des accidents"}}"#)
            #expect(try await found("cancer ") == ["b"])
        }
    }
}
