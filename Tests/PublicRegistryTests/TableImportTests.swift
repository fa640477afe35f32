import Foundation
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import PublicRegistry

@Suite("Tables and their variables")
struct TableImportTests {
    private func file(_ name: String, _ text: String) -> TableImport.File {
        TableImport.File(name: name, bytes: Array(text.utf8))
    }

    private static let prestations = """
        {"name":"ER_PRS_F","title":"Table des prestations","missingValues":[""],"primaryKey":"PRS_ORD_NUM","produit":"DCIR",
        "foreignKeys":[{"fields":"BEN","reference":{"resource":"IR_BEN_R","fields":"BEN"}}],
        "fields":[{"name":"PRS_ORD_NUM","type":"integer","format":"default","description":"Numéro d’ordre","length":"3"},
        {"name":"BEN_SEX_COD","type":"string","description":"Code sexe du bénéficiaire","nomenclature":"IR_SEX_V",
        "constraints":{"enum":["1","2"]},"length":"1"}]}
        """

    @Test(
        "A run makes one version, a table of that name takes its place, and nothing new changes nothing",
        arguments: EngineUnderTest.allCases)
    func merging(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(.dataset, #"{"reference":"dcir","title":{"fr":"DCIR"},"sourceVersion":"7"}"#)
            let tables = TableImport(database: register.database, now: { Register.noon })
            let other = file("ER_BIO_F.json", #"{"fields":[{"name":"BIO_PRS_IDE"}]}"#)
            var report = try await tables.run([file("a.json", Self.prestations), other], into: "dcir", isDryRun: true)
            #expect(report.counts == [2, 0, 0])
            #expect(report.variables == 3)
            #expect(try await register.history(.dataset, "dcir").count == 1)
            report = try await tables.run([file("a.json", Self.prestations), other], into: "dcir")
            #expect(report.refused.isEmpty)
            #expect(report.warnings.map(\.problem.pointer) == ["/fields/*/length", "/produit"])
            #expect(try await register.history(.dataset, "dcir") == ["7", "7"])
            let dataset = try #require(try await register.datasets.dataset("dcir")).dataset
            #expect(dataset.tables.map(\.name) == ["ER_PRS_F", "ER_BIO_F"])
            let schema = dataset.tables[0].tableSchema(preferring: .fr)
            let expected = try JSON(
                parsing: """
                    {"name":"ER_PRS_F","title":"Table des prestations","primaryKey":["PRS_ORD_NUM"],"missingValues":[""],
                    "foreignKeys":[{"fields":"BEN","reference":{"resource":"IR_BEN_R","fields":"BEN"}}],
                    "fields":[{"name":"PRS_ORD_NUM","type":"integer","description":"Numéro d’ordre"},
                    {"name":"BEN_SEX_COD","type":"string","description":"Code sexe du bénéficiaire","coding":"IR_SEX_V",
                    "constraints":{"enum":["1","2"]}}]}
                    """.utf8)
            #expect(schema == expected)
            report = try await tables.run([file("a.json", Self.prestations), other], into: "dcir")
            #expect(report.counts == [0, 0, 2])
            // What we hand out comes in again as it is.
            report = try await tables.run([file("b.json", schema.canonical)], into: "dcir")
            #expect(report.skipped == 1 && report.warnings.isEmpty)
            report = try await tables.run([file("ER_BIO_F.json", #"{"fields":[{"name":"X"}]}"#)], into: "dcir")
            #expect(report.counts == [0, 1, 0])
            #expect(try await register.history(.dataset, "dcir").count == 3)
            await #expect(throws: TableImportError.self) { try await tables.run([other], into: "inconnue") }
        }
    }

    @Test(
        "What is wrong is told with its file and its place, and then nothing is taken",
        arguments: EngineUnderTest.allCases)
    func mistakes(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(.dataset, #"{"reference":"a","title":{"fr":"A"}}"#)
            let tables = TableImport(database: register.database, now: { Register.noon })
            let report = try await tables.run(
                [
                    file("bon.json", #"{"fields":[{"name":"X"}]}"#), file("casse.json", "{"),
                    file("liste.json", "[]"), file("vide.json", #"{"fields":[]}"#),
                    file("deux.json", #"{"fields":[{"name":"X"},{"name":"X"}]}"#),
                    file("sans.json", #"{"fields":[{"type":"string"}]}"#),
                    file("faux.json", #"{"fields":[{"name":3}]}"#),
                    file("autre/bon.json", #"{"fields":[{"name":"Y"}]}"#),
                    file(
                        "paquet.json",
                        #"{"resources":[{"name":"t","schema":{"fields":[{"name":"X"}]}},{"name":"u","schema":{}}]}"#),
                ], into: "a")
            #expect(
                report.refused.map { "\($0.file) \($0.problem.pointer) \($0.problem.code)" } == [
                    "casse.json  json", "liste.json  wrongType", "vide.json /fields required",
                    "deux.json /fields/1/name duplicate", "sans.json /fields/0/name required",
                    "sans.json /fields required",
                    "faux.json /fields/0/name wrongType", "faux.json /fields required", "autre/bon.json /name twice",
                    "paquet.json /resources/1/schema/fields required",
                ])
            #expect(try await register.history(.dataset, "a").count == 1)
        }
    }

    @Test(
        "Which database holds this? Words find variables, and each database says how many",
        arguments: EngineUnderTest.allCases)
    func search(engine: EngineUnderTest) async throws {
        try await withRegister(engine) { register in
            try await register.add(
                .dataset, #"{"reference":"dcir","title":{"fr":"DCIR"}}"#, #"{"reference":"egb","title":{"fr":"EGB"}}"#)
            let tables = TableImport(database: register.database, now: { Register.noon })
            _ = try await tables.run([file("a.json", Self.prestations)], into: "dcir")
            _ = try await tables.run(
                [file("T.json", #"{"fields":[{"name":"SEXE","description":"Sexe des assurés"},{"name":"AGE"}]}"#)],
                into: "egb")
            func found(_ text: String, _ dataset: String? = nil) async throws -> VariableResults {
                try await register.datasets.variables(VariableQuery(text: text, dataset: dataset))
            }
            let sexes = try await found("sexe")
            #expect(Set(sexes.page.items.map(\.name)) == ["BEN_SEX_COD", "SEXE"])
            #expect(sexes.page.items.first?.name == "SEXE", "what a name says weighs most")
            #expect(sexes.datasets.map(\.reference) == ["dcir", "egb"] && sexes.datasets.map(\.variables) == [1, 1])
            let chosen = try await found("sexe", "egb")
            #expect(chosen.page.items.map(\.name) == ["SEXE"] && chosen.datasets.count == 2)
            #expect(try await found("ben_sex").page.items.map(\.name) == ["BEN_SEX_COD"])
            #expect(try await found("l'assuré ").page.items.map(\.name) == ["SEXE"])
            #expect(try await found("IR_SEX_V").page.items.map(\.name) == ["BEN_SEX_COD"])
            #expect(try await found("").page.total == 4)
            // Pages follow one another.
            var (names, cursor): ([String], String?) = ([], nil)
            repeat {
                let page = try await register.datasets.variables(
                    VariableQuery(text: "", limit: PageLimit(1)!, cursor: cursor)
                ).page
                names += page.items.map(\.name)
                cursor = page.nextCursor
            } while cursor != nil
            #expect(names == ["AGE", "BEN_SEX_COD", "PRS_ORD_NUM", "SEXE"])
            // A table that is replaced is forgotten.
            _ = try await tables.run([file("T.json", #"{"fields":[{"name":"AGE"}]}"#)], into: "egb")
            #expect(try await found("sexe").page.items.map(\.name) == ["BEN_SEX_COD"])
        }
    }
}

extension TableImportReport {
    /// Added, changed, skipped.
    fileprivate var counts: [Int] { [added, changed, skipped] }
}

@Suite(.enabled(if: Corpus.folder != nil, "SKIPPED: neither $REGARD_CORPUS nor ../shared/corpus has the schemas"))
struct SchemaCorpusTests {
    @Test("The 188 tables of the SNDS come in under one dataset for each product", arguments: EngineUnderTest.allCases)
    func snds(engine: EngineUnderTest) async throws {
        let folder = try #require(Corpus.folder).appending(path: "snds-schema")
        let products = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0 != "LICENSE" }
        #expect(products.count == 12)
        try await withRegister(engine) { register in
            let imports = TableImport(database: register.database, now: { Register.noon })
            var (tables, variables) = (0, 0)
            for product in products.sorted() {
                try await register.add(.dataset, #"{"reference":"\#(product)","title":{"fr":"\#(product)"}}"#)
                let place = folder.appending(path: product)
                let files = try FileManager.default.contentsOfDirectory(atPath: place.path).sorted().map {
                    TableImport.File(name: $0, bytes: Array(try Data(contentsOf: place.appending(path: $0))))
                }
                let report = try await imports.run(files, into: product)
                #expect(report.refused.isEmpty && report.added == files.count)
                tables += report.added
                variables += report.variables
            }
            #expect(tables == 188 && variables == 4815)
            let results = try await register.datasets.variables(VariableQuery(text: ""), datasetLimit: 100)
            #expect(results.page.total == 4815 && results.datasets.map(\.variables).reduce(0, +) == 4815)
            let sexes = try await register.datasets.variables(VariableQuery(text: "sexe du bénéficiaire "))
            #expect(sexes.page.total > 5)
        }
    }
}
