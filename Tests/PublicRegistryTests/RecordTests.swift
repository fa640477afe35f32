import StrictJSON
import Testing

@testable import PublicRegistry

@Suite struct RecordTests {
    @Test func aProjectKeepsEveryFieldOfTheDomain() throws {
        let json: JSON = [
            "reference": "P-1", "sourceVersion": "1.2", "title": ["fr": "T", "en": "T"], "acronym": "A",
            "summary": ["fr": "S"], "purpose": ["fr": "P"], "publicInterest": ["fr": "I"], "methods": ["fr": "M"],
            "expectedOutputs": ["fr": "O"], "status": "authorised", "procedure": "referenceMethodology",
            "controllers": [["name": "C", "sector": "public", "country": "FR", "homepage": "https://c.example"]],
            "processors": [["name": "P", "email": "p@p.example"]], "funders": [["name": "F"]], "datasets": ["d-1"],
            "unlistedDatasets": [["fr": "Cohorte"]], "linkage": ["fr": "L"], "legalBases": ["6(1)(e)"],
            "sensitivity": "pseudonymised", "accessType": "secureEnvironment",
            "authorisations": [["body": "CNIL", "reference": "N", "date": "2025-01-02", "outcome": "favorable"]],
            "timeline": [["step": "CESREES", "date": "2024-12-01"]], "startsOn": "2025-01-01",
            "endsOn": "2027-01-01", "retentionEndsOn": "2030-01-01", "transfersOutsideEU": false,
            "objection": ["applies": true, "reason": ["fr": "R"]],
            "results": [["kind": "article", "title": ["en": "R"], "url": "https://r.example/1", "date": "2026-01-01"]],
            "resultsDueOn": "2028-07-01", "contact": ["name": "N", "email": "n@n.example", "telephone": "01"],
            "keywords": ["fr": ["k"], "en": ["k"]], "domains": ["cardiologie"],
        ]
        let (project, findings) = Project.read(json)
        #expect(findings.errors.isEmpty && findings.ignored.isEmpty)
        #expect(project?.json == json)
        #expect(project?.missing == [])
    }

    @Test func aDatasetKeepsEveryFieldOfTheDomain() throws {
        let json: JSON = [
            "reference": "d", "sourceVersion": "1", "title": ["fr": "T"], "acronym": "OSC", "doi": "10.1/x",
            "catalogueReference": "c", "domain": "autre", "keywords": ["fr": ["urgences"]],
            "description": ["fr": "D"], "funding": ["fr": "public"],
            "contacts": [["postal": "Paris", "url": "https://x.example"]],
            "publisher": ["name": "P", "type": "public", "note": ["fr": "N"], "trustedDataHolder": true],
            "coverage": [
                "population": ["fr": "tous"], "individuals": 10, "records": 0, "places": ["fr": "France"],
                "period": ["startsOn": "2004-01-01"], "ages": ["from": 0, "to": 120],
            ],
            "updateFrequency": ["fr": "chaque jour"], "accessRights": "restricted", "legislation": ["L.1461-1"],
            "provenance": ["fr": "P"], "type": "registry", "healthCategories": ["h"], "healthThemes": ["t"],
            "healthDataAccessBody": ["name": "B"],
            "distributions": [
                ["title": ["fr": "t"], "url": "http://x.example", "format": "CSV", "byteSize": 1, "rights": "r"]
            ],
            "sample": ["description": ["fr": "e"]], "standards": ["s"], "codings": ["CIM-10"],
            "tables": [
                [
                    "name": "T", "title": ["fr": "t"],
                    "variables": [["name": "v", "type": "date", "description": ["fr": "d"]]],
                ]
            ],
            "linkedDatabase": "db",
        ]
        let (dataset, findings) = Dataset.read(json)
        #expect(findings.errors.isEmpty && findings.ignored.isEmpty)
        #expect(dataset?.json == json)
    }

    @Test func aReleaseKeepsEveryFieldOfTheDomain() throws {
        let json: JSON = [
            "id": "R", "sourceVersion": "1", "project": "P", "projectVersion": "1", "dataset": "d",
            "recipient": "U", "sensitivity": "aggregated", "legalBasis": "L", "recurrence": "oneOff",
            "releasedOn": "2026-01-01", "optOutsApplied": false, "certificate": "c",
        ]
        let (release, findings) = Release.read(json)
        #expect(findings.errors.isEmpty && findings.ignored.isEmpty)
        #expect(release?.json == json)
    }

    @Test(arguments: ["a", "DARS-NIC-1", "CASEMIX_NHSE", "a.b", String(repeating: "x", count: 128)])
    func aReferenceIsSafeInAnAddress(text: String) { #expect(RecordReference(text)?.text == text) }

    @Test(arguments: ["", ".a", "..", "a/b", "a b", "é", "a%20", "a?b", String(repeating: "x", count: 129)])
    func whatIsNotSafeInAnAddressIsNoReference(text: String) { #expect(RecordReference(text) == nil) }

    @Test(arguments: [
        ("L'œuvre d’Étienne", "l oeuvre d etienne"), ("CŒUR ﬁn ½", "coeur fin 12"),
        ("coop\u{AD}ération", "cooperation"),
        ("e\u{301}te\u{301}", "ete"), ("Straße, Łódź", "strasse lodz"), ("٣ ΑΆ", "٣ αα"), ("!?—", ""),
    ])
    func foldedTextIsWordsWithoutCaseOrAccents(text: String, expected: String) {
        #expect(FoldedText.sortKey(text) == expected)
    }
}
