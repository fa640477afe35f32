import CivilTime
import Foundation
import Propagation
import PublicRegistry

extension Phrase {
    /// A text of the register in the page's language, else in the other one.
    init?(_ text: LocalizedText?, in language: Language) {
        self.init(fr: text?.fr, en: text?.en, in: language)
    }
}

extension ProjectCard {
    /// A project of a list of the register.
    init(_ project: ProjectSummary, language: Language) {
        self.init(
            reference: project.reference,
            title: Phrase(project.title, in: language) ?? Phrase(project.reference),
            summary: Phrase(project.summary, in: language), status: project.status.rawValue,
            controllers: project.controllers, language: language)
    }
}

extension ProjectPage {
    /// The page of one version of a project.
    /// - Parameters:
    ///   - linked: references of the datasets into which objections are carried.
    ///   - versions: the whole history, newest first; typography alone is left out.
    ///   - releases: the newest of them, of `releasesTotal`.
    ///   - certificates: what the release gate certified for the project, newest first.
    ///   - databaseNames: of the linked databases, by id.
    ///   - vocabulary: the register's words in the page's language.
    ///   - publisher: who keeps the register, for citations.
    ///   - address: the portal's own.
    ///   - api: the root of the API, for the links to the same as data.
    init(
        frame: PageFrame, record: ProjectRecord, linked: Set<String>, versions: [ProjectVersion],
        releases: [ReleaseSummary], releasesTotal: Int, certificates: [PublishedCertificate],
        databaseNames: [String: LocalizedText], vocabulary: Vocabulary, publisher: String, calendar: Calendar,
        address: String, api: String
    ) {
        let language = frame.words
        let (words, labels) = (Words(language), Labels(language))
        let (project, zone) = (record.project, calendar.zone)
        func prose(_ text: LocalizedText?, foldAfter: Int = 900) -> Prose? {
            Prose(Phrase(text, in: language), foldAfter: foldAfter)
        }
        self.init(
            frame: frame, reference: project.reference,
            title: Phrase(project.title, in: language) ?? Phrase(project.reference),
            status: project.status?.rawValue ?? "")
        acronym = project.acronym
        updatedOn = words.date(record.recordedAt.date(in: zone))
        summary = prose(project.summary, foldAfter: 3000)
        controllers = project.controllers.map(Party.init)
        processors = project.processors.map(Party.init)
        funders = project.funders.map(Party.init)
        purpose = prose(project.purpose)
        publicInterest = prose(project.publicInterest)
        methods = prose(project.methods)
        expectedOutputs = prose(project.expectedOutputs)
        let isStopped = project.status.map { [.completed, .refused, .withdrawn].contains($0) } ?? false
        let mayObject = !isStopped && project.objection?.applies != false
        datasets = record.datasets.map { dataset in
            DatasetLink(
                title: Phrase(dataset.title, in: language) ?? Phrase(dataset.reference),
                href: dataset.isInCatalogue ? PagePath.dataset(dataset.reference).path(in: language) : nil,
                isReached: mayObject && linked.contains(dataset.reference))
        }
        unlistedDatasets = project.unlistedDatasets.compactMap { Phrase($0, in: language) }
        linkage = prose(project.linkage)
        sensitivity = project.sensitivity.map { labels.sensitivity($0.rawValue).explained($0.rawValue, in: frame) }
        accessType = project.accessType.map { labels.accessType($0.rawValue).explained($0.rawValue, in: frame) }
        procedure = project.procedure.map { labels.procedure($0.rawValue).explained($0.rawValue, in: frame) }
        legalBases = project.legalBases
        authorisations = project.authorisations.map { authorisation in
            Authorisation(
                body: authorisation.body, reference: authorisation.reference, date: authorisation.date.map(words.date),
                outcome: authorisation.outcome.map(labels.authorisationOutcome))
        }
        awaited = AwaitedResults(project, calendar: calendar, language: language)
        timeline = ProjectTimeline(project, today: calendar.today, resultsDueOn: awaited?.dueOn, language: language)
        startsOn = project.startsOn.map(words.date)
        endsOn = project.endsOn.map(words.date)
        retentionEndsOn = project.retentionEndsOn.map(words.date)
        transfers = project.transfersOutsideEU.map { leaves in
            leaves
                ? language.pick(fr: "Oui, avec les garanties du RGPD", en: "Yes, with the safeguards of the GDPR")
                : language.pick(fr: "Aucun", en: "None")
        }
        objection = Objection(
            project, lastRelease: releases.lazy.compactMap(\.releasedOn).first, language: language)
        results = project.results.map { result in
            Result(
                kind: result.kind.map(labels.resultKind), title: Phrase(result.title, in: language) ?? Phrase(""),
                date: result.date.map(words.date), link: result.url.flatMap { WebLink($0) })
        }
        contact = project.contact.map { ContactDetails($0) }
        keywords = language.pick(fr: project.keywords?.fr, en: project.keywords?.en) ?? []
        domains = project.domains.map { vocabulary.phrase($0, in: language) }
        let known = Set(certificates.map(\.id))
        self.releases = releases.map { release in
            Release(
                release,
                certificateHref: release.certificate.flatMap { known.contains($0) ? "\(api)/certificates/\($0)" : nil },
                language: language)
        }
        self.releasesTotal = words.releases(releasesTotal)
        let own = "\(api)/projects/\(PagePath.encoded(project.reference))"
        allReleasesHref = releasesTotal > releases.count ? "\(own)/releases" : nil
        allCertificatesHref = certificates.count > Self.firstCertificates ? "\(own)/releases" : nil
        self.certificates = certificates.prefix(Self.firstCertificates).map { certificate in
            Certificate(
                certificate, name: databaseNames[certificate.database], zone: zone, api: api,
                language: language)
        }
        self.versions = versions.filter { !$0.isTypographyOnly || $0.n == record.n }.map { version in
            Version(
                label: language.pick(fr: "Version \(version.n)", en: "Version \(version.n)")
                    + (version.sourceVersion.map { " (\($0))" } ?? ""),
                href: PagePath.projectVersion(project.reference, String(version.n)).path(in: language),
                recordedOn: words.date(version.recordedAt.date(in: zone)), isCurrent: version.n == record.n,
                changes: Self.changes(version.changedFields, labels))
        }
        historyHref = PagePath.projectHistory(project.reference).path(in: language)
        dataHref = own
        if record.n != record.newestN {
            old = Old(
                n: String(record.n), recordedOn: words.date(record.recordedAt.date(in: zone)),
                currentHref: PagePath.project(project.reference).path(in: language))
        }
        citation = ProjectCitation(
            record, title: title.text, publisher: publisher, zone: zone, address: address, language: language)
        jsonLD = record.structuredData(publisher: publisher, address: address, zone: zone, language: language)
    }

    /// What a page's dates are measured by.
    struct Calendar: Sendable {
        let today: CalendarDate
        let zone: TimeZone
        /// Within which results are to be published after the end.
        let resultsMonths: Int
    }

    private static let firstCertificates = 10

    /// “Changé : méthodes, objectifs”; nil for the first version.
    private static func changes(_ fields: [String], _ labels: Labels) -> String? {
        var names: [String] = []
        for name in fields.map(labels.projectField) where !names.contains(name) { names.append(name) }
        guard !names.isEmpty else { return nil }
        return labels.language.pick(fr: "A changé : ", en: "Changed: ") + names.joined(separator: ", ")
    }
}

extension ProjectPage.Party {
    fileprivate init(_ organisation: Organisation) {
        let details = [organisation.sector, organisation.country].compactMap(\.self)
        self.init(
            name: organisation.name, detail: details.isEmpty ? nil : details.joined(separator: ", "),
            link: organisation.homepage.flatMap { WebLink($0) })
    }
}

extension ProjectPage.Release {
    fileprivate init(_ release: ReleaseSummary, certificateHref: String?, language: Language) {
        self.init(
            date: release.releasedOn.map(Words(language).date),
            dataset: Phrase(release.dataset.title, in: language) ?? Phrase(release.dataset.reference),
            datasetHref: release.dataset.isInCatalogue
                ? PagePath.dataset(release.dataset.reference).path(in: language) : nil,
            recipient: release.recipient, sensitivity: release.sensitivity?.rawValue,
            recurrence: release.recurrence?.rawValue, optOutsApplied: release.optOutsApplied,
            legalBasis: release.legalBasis, certificateHref: certificateHref, language: language)
    }
}

extension ProjectPage.Certificate {
    fileprivate init(
        _ certificate: PublishedCertificate, name: LocalizedText?, zone: TimeZone, api: String, language: Language
    ) {
        let words = Words(language)
        self.init(
            date: words.date(certificate.issuedAt.date(in: zone)),
            database: Phrase(name, in: language) ?? Phrase(certificate.database),
            asOf: words.date(certificate.completeAsOf.date(in: zone)),
            rows: Self.rows(certificate.rowsIn, words), removed: Self.removed(certificate.personsRemoved, words),
            href: "\(api)/certificates/\(certificate.id)")
    }
}

extension Term {
    /// The same with the way to its entry in the glossary, whose id is the code.
    func explained(_ code: String, in frame: PageFrame) -> Term {
        Term(label: label, meaning: meaning, href: "\(frame.links.glossary)#\(code)")
    }
}

extension ContactDetails {
    /// A contact of the register; only an address that is one becomes a link.
    init(_ contact: Contact) {
        self.init(
            name: contact.name, email: contact.email, phone: contact.telephone, postal: contact.postal,
            link: contact.url.flatMap { WebLink($0) })
    }
}
