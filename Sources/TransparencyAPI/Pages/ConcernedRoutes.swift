import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import PublicRegistry
import RightsRegistry
import Synchronization

extension Portal {
    /// `/suis-je-concerne`: the questions, the same for everybody; and the answer to one who sends them, which is made in memory
    /// and kept nowhere. It never leads to another address, so that nothing of it stands in a history or a log.
    var concernedRoutes: [Route] {
        let catalogue = CoverageKept(datasets)
        return routes(.get, .concerned, access: .site) { request, _, language in
            try await cachedPage(request, key: request.uri.path, renewedEvery: 300) {
                let covered = try await catalogue.all(generation: register.generation)
                return publicBody(
                    ConcernedPage(
                        frame: concernedFrame(language), ConcernedAnswers(), regions: covered.regions, today: today))
            }
        }
            + routes(.post, .concerned, access: .personal, bodyLimit: Self.longestForm) { request, context, language in
                let answers = ConcernedAnswers(try await request.formBody(in: context))
                return try await answerConcerned(
                    answers, try await catalogue.all(generation: register.generation), language)
            }
            .limited(.form) { request, context, language, refusal in
                let answers = ConcernedAnswers(try await request.formBody(in: context))
                let covered = try await catalogue.all(generation: register.generation)
                return personalPage(
                    ConcernedPage(
                        frame: concernedFrame(language), answers, regions: covered.regions, today: today,
                        notice: .tooMany(refusal, site: site, language)))
            }
    }

    private func concernedFrame(_ language: Language, hasErrors: Bool = false) -> PageFrame {
        let mark = hasErrors ? language.pick(fr: "Erreur : ", en: "Error: ") : ""
        return frame(
            language, .concerned, title: mark + language.pick(fr: "Suis-je concerné ?", en: "Am I concerned?"),
            section: .concerned,
            description: language.pick(
                fr: "Quelles bases de données de santé vous connaissent sans doute, et quels projets les utilisent.",
                en: "Which health databases probably know you, and which projects use them."))
    }

    private func answerConcerned(
        _ answers: ConcernedAnswers, _ covered: CoverageKept.Catalogue, _ language: Language
    ) async throws -> Response {
        let errors = answers.errors(regions: covered.regions, today: today, language)
        guard errors.isEmpty, let facts = answers.facts else {
            return personalPage(
                ConcernedPage(
                    frame: concernedFrame(language, hasErrors: true), answers, regions: covered.regions, today: today,
                    errors: errors), status: .unprocessableContent)
        }
        let found = covered.datasets.compactMap { dataset in
            dataset.coverage?.match(facts, on: today).map { FoundDataset(dataset: dataset, match: $0) }
        }.sorted { $0.match.isProbable && !$1.match.isProbable }
        let titles: [(reference: String, title: String)] = covered.datasets.map {
            ($0.reference, Phrase($0.title, in: language)?.text ?? $0.reference)
        }
        let reach = Reach(try await linkedDatabases(), catalogue: titles, in: language)
        var groups: [ConcernedPage.Group] = []
        for kind in ConcernedPage.Group.Kind.allCases where !found.isEmpty {
            let results = try await projects.search(
                ProjectQuery(
                    facets: [
                        .dataset: Set(found.map(\.dataset.reference)), .status: Set(kind.statuses.map(\.rawValue)),
                    ], limit: PageLimit(kind.most) ?? .standard),
                asOf: register.generation)
            let records = try await projects.exported(results.items.map(\.reference)).map(\.project)
            groups += [ConcernedPage.Group(kind, records, total: results.total, found, titles, reach, language)]
                .filter { $0.total > 0 }
        }
        return personalPage(
            ConcernedPage(
                frame: concernedFrame(language), answers, regions: covered.regions, today: today,
                results: ConcernedPage.Results(
                    found, groups, silent: covered.datasets.count { $0.coverage?.careKinds.isEmpty != false }, reach,
                    site, language)))
    }
}

/// A dataset that probably, or perhaps, holds whoever asks.
struct FoundDataset: Sendable {
    let dataset: CoveredDataset
    let match: CoverageMatch
}

/// Whom each dataset covers: read once a change of the register, and compared in memory.
final class CoverageKept: Sendable {
    struct Catalogue: Sendable {
        let datasets: [CoveredDataset]
        /// All regions that are named, sorted.
        let regions: [String]
    }

    private let registry: DatasetRegistry
    private let kept = Mutex<(generation: Int64, catalogue: Catalogue)?>(nil)

    init(_ registry: DatasetRegistry) { self.registry = registry }

    func all(generation: Int64) async throws -> Catalogue {
        let known = kept.withLock { kept in kept?.generation == generation ? kept?.catalogue : nil }
        if let known { return known }
        let datasets = try await registry.covered()
        let regions = Set(datasets.flatMap { $0.coverage?.regions ?? [] }).sorted()
        let catalogue = Catalogue(datasets: datasets, regions: regions)
        kept.withLock { $0 = (generation, catalogue) }
        return catalogue
    }
}

/// What was answered, as it was typed.
struct ConcernedAnswers: Sendable {
    var care: Set<CareKind> = []
    var region = ""
    var firstYear = ""
    var lastYear = ""
    var age = ""

    init() {}

    /// What is no answer of the form's is let go of.
    init(_ form: FormFields) {
        care = Set(form.all("care").compactMap(CareKind.init))
        func text(_ name: String) -> String { String((form[name] ?? "").trimming(while: \.isWhitespace).prefix(40)) }
        (region, firstYear, lastYear, age) = (text("region"), text("from"), text("to"), text("age"))
    }

    /// Nil where a number is none.
    var facts: PersonalFacts? {
        func number(_ text: String) -> Int?? { text.isEmpty ? .some(nil) : Int(text).map(Optional.some) }
        guard let first = number(firstYear), let last = number(lastYear), let years = number(age) else { return nil }
        return PersonalFacts(
            care: care, region: region.isEmpty ? nil : region, firstYear: first, lastYear: last, age: years)
    }

    /// What is wrong, in the order of the form.
    func errors(regions: [String], today: CalendarDate, _ language: Language) -> [FieldMessage] {
        var errors: [FieldMessage] = []
        func add(_ field: String, fr: String, en: String) {
            errors.append(FieldMessage(anchor: field, text: language.pick(fr: fr, en: en)))
        }
        if care.isEmpty { add("care", fr: "Cochez au moins un soin.", en: "Tick at least one kind of care.") }
        if !region.isEmpty, !regions.contains(region) {
            add("region", fr: "Choisissez une région de la liste.", en: "Choose a region from the list.")
        }
        func isYear(_ text: String) -> Bool {
            text.isEmpty || Int(text).map { (1900...today.year).contains($0) } == true
        }
        for (field, text) in [("from", firstYear), ("to", lastYear)] where !isYear(text) {
            add(
                field, fr: "Écrivez une année en quatre chiffres, jusqu’à \(today.year).",
                en: "Write a year in four digits, up to \(today.year).")
        }
        if isYear(firstYear), isYear(lastYear), let first = Int(firstYear), let last = Int(lastYear), first > last {
            add(
                "to", fr: "La dernière année vient avant la première.", en: "The last year comes before the first.")
        }
        if !age.isEmpty, Int(age).map({ (0...120).contains($0) }) != true {
            add("age", fr: "Écrivez un âge de 0 à 120 ans.", en: "Write an age from 0 to 120.")
        }
        return errors
    }
}
