import CivilTime
import Foundation
import PublicRegistry
import StrictJSON

/// How a version of a project is quoted.
struct ProjectCitation: Sendable {
    /// One line, to be copied.
    let text: String
    /// The address that always shows this version.
    let permalink: String

    init(
        _ record: ProjectRecord, title: String, publisher: String, zone: TimeZone, address: String, language: Language
    ) {
        let words = Words(language)
        let day = words.date(record.recordedAt.date(in: zone))
        let who = record.project.controllers.map(\.name).joined(separator: ", ")
        permalink = address + PagePath.projectVersion(record.project.reference, String(record.n)).path(in: language)
        let what = language.pick(
            fr: "Répertoire public des projets, \(publisher). Référence \(record.project.reference), version "
                + "\(record.n) du \(day).",
            en: "Public register of projects, \(publisher). Reference \(record.project.reference), version "
                + "\(record.n) of \(day).")
        text = "\(who). \(title). \(what) \(permalink)"
    }
}

extension ProjectRecord {
    /// The record in schema.org's words, as JSON-LD for a script element.
    func structuredData(publisher: String, address: String, zone: TimeZone, language: Language) -> String {
        let page = address + PagePath.project(project.reference).path(in: language)
        func organisations(_ list: [Organisation]) -> JSON? {
            list.isEmpty
                ? nil
                : .array(
                    list.map { body in
                        .object(ofPresent: [
                            "@type": "Organization", "name": .string(body.name), "url": body.homepage.map(JSON.string),
                        ])
                    })
        }
        func text(_ text: LocalizedText?) -> JSON? { Phrase(text, in: language).map { .string($0.text) } }
        let keywords = language.pick(fr: project.keywords?.fr, en: project.keywords?.en) ?? []
        let used: [JSON] = datasets.map { dataset in
            .object(ofPresent: [
                "@type": "Dataset", "name": text(dataset.title) ?? .string(dataset.reference),
                "identifier": .string(dataset.reference),
                "url": dataset.isInCatalogue
                    ? .string(address + PagePath.dataset(dataset.reference).path(in: language)) : nil,
            ])
        }
        let results: [JSON] = project.results.map { result in
            .object(ofPresent: [
                "@type": "CreativeWork", "name": text(result.title), "url": result.url.map(JSON.string),
                "datePublished": result.date.map { .string($0.description) },
            ])
        }
        let projectNode: JSON = .object(ofPresent: [
            "@type": "ResearchProject", "@id": .string("\(page)#project"), "name": text(project.title),
            "alternateName": project.acronym.map(JSON.string), "description": text(project.summary),
            "identifier": .string(project.reference), "url": .string(page),
            "parentOrganization": organisations(project.controllers), "funder": organisations(project.funders),
            "foundingDate": project.startsOn.map { .string($0.description) },
            "dissolutionDate": project.endsOn.map { .string($0.description) },
            "keywords": keywords.isEmpty ? nil : .string(keywords.joined(separator: ", ")),
            "subjectOf": results.isEmpty ? nil : .array(results),
        ])
        let graph: JSON = .object(ofPresent: [
            "@context": "https://schema.org", "@type": "WebPage", "@id": .string(page), "url": .string(page),
            "name": text(project.title), "inLanguage": .string(language.rawValue),
            "version": .integer(Int64(n)), "dateModified": .string(recordedAt.date(in: zone).description),
            "publisher": ["@type": "Organization", "name": .string(publisher)],
            "mainEntity": projectNode, "mentions": used.isEmpty ? nil : .array(used),
        ])
        return graph.embedded
    }
}

extension JSON {
    /// Its text for a script element: nothing in it can end that element, or begin another.
    var embedded: String {
        // In canonical JSON these signs stand inside strings alone, where an escape means the same.
        [("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u{2028}", "\\u2028"), ("\u{2029}", "\\u2029")]
            .reduce(canonical) { text, sign in text.replacingOccurrences(of: sign.0, with: sign.1) }
    }
}
