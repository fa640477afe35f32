import CivilTime
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import PublicRegistry

@Suite("Tables in and out")
struct RegisterTableTests {
    /// A record in which every column is filled, with all that is awkward in a table.
    private static let awkward = #"""
        {"reference":"P-1","sourceVersion":"7","title":{"fr":"=SOMME(A1) ; « \"été\" »","en":"'-quoted"},"acronym":"@X",
        "summary":{"fr":"Deux\nlignes, et une virgule","en":"\tTab"},"purpose":{"fr":"  blancs  ","en":"''=x"},
        "status":"active","procedure":"standard","controllers":[{"name":"A | B"},{"name":"C\\D "},{"name":" E"}],
        "processors":[{"name":"P\\|Q"}],"funders":[{"name":"-F"}],"datasets":["D-1","D-2"],
        "legalBases":["RGPD, art. 6","|"],"sensitivity":"pseudonymised","accessType":"release","startsOn":"2024-02-29",
        "endsOn":"2026-01-01","retentionEndsOn":"2030-12-31","transfersOutsideEU":false,
        "objection":{"applies":true},"resultsDueOn":"2027-07-01","domains":["cancer"],
        "keywords":{"fr":["a;b","c"],"en":["d"]}}
        """#.replacing("\n", with: "")

    private func exported(_ register: Register) async throws -> String {
        let references = try await register.projects.references(ProjectQuery(limit: .standard))
        let records = try await register.projects.exported(references)
        return CSV.header(ProjectTable.columns) + records.map { CSV.line($0, ProjectTable.columns) }.joined()
    }

    @Test(
        "What was exported and imported into an empty register is exported again byte for byte",
        arguments: EngineUnderTest.allCases)
    func roundTrip(engine: EngineUnderTest) async throws {
        var first = ""
        try await withRegister(engine) { register in
            try await register.add(.project, Self.awkward, project("P-2"), project("P-3", datasets: ["D-9"]))
            first = try await exported(register)
        }
        #expect(first.contains("P-1") && first.contains("P-3"))
        try await withRegister(engine) { [first] register in
            let report = try await register.add(.project, bytes: Array(first.utf8), chunk: 7)
            #expect(report.counts == [3, 3, 0, 0, 0])
            #expect(report.warnings.count == 0)
            #expect(try await exported(register) == first)
            #expect(try await register.add(.project, bytes: Array(first.utf8)).counts == [3, 0, 0, 3, 0])
        }
    }

    @Test("A table changes the fields that it has columns for, and no other", arguments: EngineUnderTest.allCases)
    func partly(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(
                .project,
                project("P-1", more: #","methods":{"fr":"Méthode"},"objection":{"applies":true,"reason":{"fr":"Loi"}}"#)
                    .replacing(#"{"name":"CHU"}"#, with: #"{"name":"CHU","sector":"public"},{"name":"X"}"#))
            let table = "reference;titleEn;controllers;objectionApplies;status\nP-1;Study;CHU | Y;oui;completed\n"
            let trial = try await register.add(.project, bytes: Array(table.utf8), isDryRun: true)
            #expect(trial.changes.first.map(\.fields) == [["controllers", "status", "title"]])
            #expect(trial.changes.first.map(\.isNew) == [false])
            #expect(try await register.history(.project, "P-1") == ["1"])
            #expect(try await register.add(.project, bytes: Array(table.utf8)).counts == [1, 0, 1, 0, 0])
            let changed = try #require(try await register.projects.project("P-1")).project
            #expect(changed.title == LocalizedText(fr: "Étude", en: "Study"))
            #expect(changed.methods?.fr == "Méthode")
            #expect(changed.objection == ObjectionTerms(applies: true, reason: LocalizedText(fr: "Loi")))
            #expect(changed.controllers.map(\.name) == ["CHU", "Y"])
            #expect(changed.controllers.first?.sector == "public")
            #expect(changed.status == .completed)
        }
    }

    @Test("A refused line is named with its column, and the rest goes in", arguments: EngineUnderTest.allCases)
    func refusals(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            let table = """
                reference,titleFr,startsOn,status,transfersOutsideEU,colour
                P-1,Étude,2024-02-30,active,,blue
                P-2,Étude,2024-02-29,running,maybe,
                bad reference,Étude,,,,
                P-4,Étude,,
                "P-5"x,Étude,,,,
                P-6,Étude,2024-02-29,active,non,
                """
            let report = try await register.add(.project, bytes: Array(table.utf8))
            #expect(report.counts == [6, 1, 0, 0, 5])
            #expect(
                report.refused.first.map(\.description) == [
                    "line 2 (P-1): column startsOn: must be a date YYYY-MM-DD that exists",
                    "line 3 (P-2): column status: must be one of submitted, underReview, authorised, active, completed, "
                        + "refused, withdrawn; column transfersOutsideEU: must be of type boolean",
                    "line 4: column reference: must be 1 to 128 of A–Z a–z 0–9 . _ - and not begin with a dot",
                    "line 5: 4 cells where the first line has 6",
                    "line 6: something between a closing quotation mark and the next cell",
                ])
            #expect(report.warnings.first.map(\.description) == ["line 1: column colour: unknown column, left out"])
            #expect(report.notShown == ["P-6": ["summary", "controllers"]])
        }
    }

    @Test("A table that does not name its records is refused whole")
    func withoutReference() async throws {
        try await withRegister(.sqlite) { register in
            let report = try await register.add(.project, bytes: Array("titleFr,status\nÉtude,active\n".utf8))
            #expect(report.counts == [1, 0, 0, 0, 1])
            #expect(report.refused.first.first?.line == 1)
        }
    }

    @Test("Datasets and releases come as tables too", arguments: EngineUnderTest.allCases)
    func others(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            let datasets =
                "reference,titleFr,publisher,coverageIndividuals,linkedDatabase\nD-1,Base,HDH,1200,registre\n"
            #expect(try await register.add(.dataset, bytes: Array(datasets.utf8)).counts == [1, 1, 0, 0, 0])
            let dataset = try #require(try await register.datasets.dataset("D-1")).dataset
            #expect(dataset.publisher?.name == "HDH")
            #expect(dataset.coverage?.individuals == 1200)
            let releases = "id,project,dataset,recipient,releasedOn,optOutsApplied\nR-1,P-1,D-1,CHU,2026-01-02,true\n"
            #expect(try await register.add(.release, bytes: Array(releases.utf8)).counts == [1, 1, 0, 0, 0])
        }
    }

    @Test("The export of the catalogue, imported again over it, changes nothing", arguments: EngineUnderTest.allCases)
    func catalogue(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            let line = #"""
                {"reference":"D-1","title":{"fr":"Base","en":"A | B"},"publisher":{"name":"HDH","email":"a@b.fr"},
                "type":{"iri":"https://example.org/t","label":{"fr":"Cohorte"}},"legislation":["Loi"],
                "healthCategories":[{"iri":"https://example.org/c","label":{"fr":"Soins"}},{"label":{"fr":"Autre"}}],
                "coverage":{"individuals":12,"places":{"fr":"France"},"period":{"startsOn":"2020-01-01"}},
                "tables":[{"name":"T","variables":[{"name":"a"}]}],"linkedDatabase":"registre"}
                """#.replacing("\n", with: "")
            try await register.add(.dataset, line)
            let records = try await register.datasets.exported(["D-1"])
            let table =
                CSV.header(CatalogueTable.columns) + records.map { CSV.line($0, CatalogueTable.columns) }.joined()
            let report = try await register.add(.dataset, bytes: Array(table.utf8))
            #expect(report.counts == [1, 0, 0, 1, 0])
            #expect(report.warnings.count == 0)
        }
    }

    // MARK: HDR UK's template

    private static let template = """
        Project ID,Project Title*,Organisation Name*,Organisation Sector,Applicant name(s),Lay Summary,\
        Public Benefit Statement,Request Category Type,Project Start Date,Project End Date,Latest Approval Date,\
        Dataset Name(s)*,Data Sensitivity Level,Legal Basis for Data - Article6,National Data Optout,Request Frequency,\
        Access Type,Research Outputs,Status
        """.replacing("Applicant name(s)", with: "applicant_names").replacing("Dataset Name(s)*", with: "dataset_names")
        .replacing("Legal Basis for Data - Article6", with: "legal_basis_for_data_article6")

    @Test(
        "HDR UK’s template is known by its header; what fits goes to our fields, and the rest is kept and told",
        arguments: EngineUnderTest.allCases)
    func dataUses(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(.dataset, #"{"reference":"HES-APC","title":{"en":"Hospital Episode Statistics"}}"#)
            let file = """
                \(Self.template)
                DU-17,Asthma and air,University of X,Academic,"Dr A; Dr B",We look at asthma.,Better air,\
                Public Health Research,01/03/2021,1st June 2024,2021-02-28T00:00:00.000Z,\
                "Hospital episode statistics; Air quality",De-Personalised,Public task (e); Consent (a),Yes,Recurring,\
                TRE,"Paper: https://example.org/p
                A talk",Approved
                ,Other study,Org,,,Short.,,,March 2021,,,,Very secret,,Sometimes,,Post,,Paused
                """
            let report = try await register.add(.project, bytes: Array(file.utf8))
            #expect(report.counts == [2, 2, 0, 0, 0])
            let project = try #require(try await register.projects.project("DU-17")).project
            #expect(project.title?.en == "Asthma and air" && project.title?.fr == nil)
            #expect(project.controllers.map(\.name) == ["University of X"])
            #expect(project.controllers.first?.sector == "Academic")
            #expect(project.startsOn == CalendarDate("2021-03-01") && project.endsOn == CalendarDate("2024-06-01"))
            #expect(project.timeline == [TimelineStep(step: "Latest approval", date: CalendarDate("2021-02-28"))])
            #expect(project.datasets == ["HES-APC"])
            #expect(project.unlistedDatasets.map(\.en) == ["Air quality"])
            #expect(project.sensitivity == .pseudonymised && project.accessType == .secureEnvironment)
            #expect(project.status == .authorised)
            #expect(project.legalBases == ["Public task (e)", "Consent (a)"])
            #expect(project.objection?.applies == true)
            #expect(project.domains == ["Public Health Research"])
            #expect(project.results.map(\.url) == ["https://example.org/p", nil])
            #expect(project.results.map(\.title.en) == ["Paper", "A talk"])
            #expect(project.otherFields.map(\.name) == ["applicant_names", "Request Frequency"])

            let (reference, missing) = try #require(report.notShown.first)
            #expect(reference.hasPrefix("datause-") && missing == ["status"])
            let told = report.warnings.first.last?.problems.map { "\($0.pointer) \($0.code)" } ?? []
            #expect(told.contains("Status keptAsItIs") && told.contains("Data Sensitivity Level keptAsItIs"))
            #expect(told.contains("Project Start Date keptAsItIs") && told.contains("National Data Optout keptAsItIs"))
            #expect(try await register.add(.project, bytes: Array(file.utf8)).counts == [2, 0, 0, 2, 0])
        }
    }

    @Test(
        arguments: [
            ("2021-03-01", "2021-03-01"), ("2021-03-01T10:30:00.000Z", "2021-03-01"), ("2021/3/1", "2021-03-01"),
            ("01/03/2021", "2021-03-01"), ("1.3.2021", "2021-03-01"), ("1 March 2021", "2021-03-01"),
            ("1er août 2021", "2021-08-01"), ("March 1st, 2021", "2021-03-01"), ("02-Sept-2021", "2021-09-02"),
            ("March 2021", nil), ("01/03/21", nil), ("31/02/2021", nil), ("soon", nil), ("", nil),
        ] as [(String, String?)])
    func datesAsPeopleWriteThem(written: (text: String, date: String?)) {
        #expect(SpelledDate.date(written.text)?.description == written.date)
    }
}
