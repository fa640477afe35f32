import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import PublicRegistry

@Suite("What a dataset says of itself")
struct DatasetMetadataTests {
    private func read(_ text: String) throws -> (dataset: Dataset, findings: Findings) {
        let (dataset, findings) = Dataset.read(try JSON(parsing: text.utf8))
        return (try #require(dataset), findings)
    }

    @Test("Profiles spell some fields otherwise, and both spellings are one record")
    func spellings() throws {
        let ours = try read(
            """
            {"reference":"a","title":{"fr":"A"},"publisher":{"name":"P","email":"p@exemple.invalid","type":"agency",
            "note":{"fr":"N"},"trustedDataHolder":true},"contacts":[{"name":"C","email":"c@exemple.invalid"}],
            "coverage":{"population":{"fr":"Tous"},"individuals":10,"records":20,"spatial":["https://exemple.invalid/fr"],
            "ages":{"from":1,"to":9}},"legislation":["http://data.europa.eu/eli/reg/2025/327/oj"],
            "healthCategories":["https://exemple.invalid/c"],"healthThemes":["Cancer"],"type":"cohorte",
            "healthDataAccessBody":{"name":"H"},"distributions":[{"url":"https://exemple.invalid/d"}],
            "standards":["FHIR"],"codings":["LOINC"],"purposes":["Recherche"],"keywords":{"fr":["k"]}}
            """)
        let theirs = try read(
            """
            {"reference":"a","title":{"fr":"A"},"publisher":{"name":"P","mbox":"mailto:p@exemple.invalid",
            "publisherType":"agency","publisherNote":{"fr":"N"},"trusteddataholder":true},
            "contactPoint":{"fn":"C","hasEmail":"mailto:c@exemple.invalid"},"populationCoverage":{"fr":"Tous"},
            "numberOfUniqueIndividuals":10,"numberOfRecords":20,"spatial":"https://exemple.invalid/fr","minTypicalAge":1,
            "maxTypicalAge":9,"applicableLegislation":"http://data.europa.eu/eli/reg/2025/327/oj",
            "healthCategory":"https://exemple.invalid/c","healthTheme":"Cancer","type":["cohorte"],"hdab":{"name":"H"},
            "distribution":{"accessURL":"https://exemple.invalid/d"},"conformsTo":"FHIR","hasCodingSystem":["LOINC"],
            "hasPurpose":"Recherche","keyword":{"fr":["k"]}}
            """)
        #expect(ours.findings.ignored.isEmpty && theirs.findings.ignored.isEmpty)
        #expect(ours.dataset == theirs.dataset)
        #expect(ours.dataset.json == theirs.dataset.json)
        // What is stored is read back as it was.
        #expect(try Dataset(stored: ours.dataset.json) == ours.dataset)
    }

    @Test("A word of a vocabulary is an IRI, a text, or an IRI with its label")
    func terms() throws {
        let dataset = try read(
            """
            {"reference":"a","healthThemes":["Cancer","https://exemple.invalid/t",
            {"iri":"https://exemple.invalid/u","label":{"fr":"Cœur"}},{"label":"Sans adresse"}]}
            """
        ).dataset
        #expect(
            dataset.healthThemes.map(\.iri?.text) == [
                nil, "https://exemple.invalid/t", "https://exemple.invalid/u", nil,
            ])
        #expect(
            dataset.healthThemes.map(\.words.frenchFirst)
                == ["Cancer", "https://exemple.invalid/t", "Cœur", "Sans adresse"])
        #expect(try Dataset(stored: dataset.json) == dataset)
        let (wrong, findings) = Dataset.read(
            try JSON(parsing: #"{"reference":"a","type":[{"iri":"pas une iri"}]}"#.utf8))
        #expect(wrong == nil)
        #expect(findings.errors.map(\.pointer) == ["/type/0/iri"])
    }

    @Test(
        "Only what may stand between < and > is an IRI",
        arguments: [
            ("https://exemple.invalid/a", true), ("http://é.invalid/ù?x=%20#y", true), ("urn:x:y", true),
            ("mailto:a@exemple.invalid", true), ("https://", false), ("https:///x", false),
            ("exemple.invalid/a", false),
            ("https://exemple.invalid/a b", false), ("https://exemple.invalid/<a>", false),
            ("https://exemple.invalid/%zz", false), ("https://exemple.invalid/%2", false),
            ("https://exemple.invalid/\"", false), ("https://exemple.invalid/\u{200B}", false),
            ("javascript:alert(1)", false), ("Note: rien", false), ("CIM:10", false), ("", false),
        ])
    func iris(text: String, isOne: Bool) { #expect((IRI(text) != nil) == isOne) }

    @Test("A gap is told for each mandatory property that a whole record loses, and for no other")
    func gaps() throws {
        let whole = try JSON(
            parsing: """
                {"reference":"a","title":{"fr":"A"},"description":{"fr":"D"},"accessRights":"non public",
                "legislation":["http://data.europa.eu/eli/reg/2025/327/oj"],
                "distributions":[{"url":"https://exemple.invalid/d","byteSize":1,"format":"CSV","rights":"sur demande"}],
                "publisher":{"name":"P","email":"p@exemple.invalid","homepage":"https://exemple.invalid","type":"agency",
                "note":{"fr":"N"},"trustedDataHolder":false},
                "healthDataAccessBody":{"name":"H","homepage":"https://exemple.invalid/h"},
                "healthCategories":["https://exemple.invalid/c"],"contacts":[{"email":"c@exemple.invalid"}],
                "keywords":{"fr":["k"]},"type":"cohorte","provenance":{"fr":"P"},"coverage":{"places":{"fr":"Ici"}},
                "purposes":["Recherche"]}
                """.utf8)
        #expect(try read(whole.canonical).dataset.gaps == [])
        let properties = [
            "title": "dct:title", "description": "dct:description", "accessRights": "dct:accessRights",
            "legislation": "dcatap:applicableLegislation", "distributions": "dcat:distribution",
            "healthDataAccessBody": "healthdcatap:hdab", "healthCategories": "healthdcatap:healthCategory",
            "contacts": "dcat:contactPoint", "keywords": "dcat:keyword", "type": "dct:type",
            "provenance": "dct:provenance",
        ]
        for (field, property) in properties {
            var members = try #require(whole.object)
            members[field] = nil
            let dataset = try read(JSON.object(members).canonical).dataset
            #expect(dataset.gaps.filter { $0.level != .recommended }.map(\.property) == [property], "\(field)")
            #expect(!dataset.isComplete)
        }
        for (field, value, property) in [
            ("accessRights", "restreint" as JSON, "dct:accessRights"),
            ("publisher", ["name": "P"], "dct:publisher"), ("healthDataAccessBody", ["name": "H"], "healthdcatap:hdab"),
            ("distributions", [["format": "CSV"]], "dcat:distribution"),
            ("healthCategories", ["Registres"], "healthdcatap:healthCategory"),
            ("contacts", [["name": "C"]], "dcat:contactPoint"),
        ] {
            var members = try #require(whole.object)
            members[field] = value
            let dataset = try read(JSON.object(members).canonical).dataset
            #expect(dataset.gaps.first { $0.level == .mandatory }?.property == property, "\(field)")
        }
        var members = try #require(whole.object)
        members["purposes"] = nil
        let dataset = try read(JSON.object(members).canonical).dataset
        #expect(dataset.isComplete && dataset.gaps.map(\.field) == ["purposes"])
    }

    @Test("The catalogue names every dataset that lacks something", arguments: EngineUnderTest.allCases)
    func catalogue(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(.dataset, #"{"reference":"b","title":{"fr":"B"}}"#, #"{"reference":"a"}"#)
            let gaps = try await register.datasets.gaps()
            #expect(gaps.map(\.reference) == ["a", "b"])
            #expect(gaps[0].gaps.first == DatasetGap(field: "title", property: "dct:title", level: .shown))
            #expect(gaps[1].gaps.first?.field == "description")
        }
    }
}
