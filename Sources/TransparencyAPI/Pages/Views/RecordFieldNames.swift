import PublicRegistry
import StrictJSON

/// What the fields of the register's records are called in an editor's form.
struct RecordFieldNames: Sendable {
    private let language: Language

    init(_ language: Language) { self.language = language }

    /// The name of what stands at a pointer: that of its last member, with the row's number where it is one.
    func label(_ pointer: String) -> String {
        let parts = pointer.split(separator: "/")
        guard let last = parts.last else { return language.pick(fr: "Fiche", en: "Record") }
        if let index = Int(last) { return "\(label(parts.dropLast().map { "/\($0)" }.joined())) \(index + 1)" }
        let isNested = parts.count > 1
        let parent = parts.dropLast().last { Int($0) == nil }.map { String($0) }
        if isNested, let special = Self.nested["\(parent ?? "").\(last)"] { return language.pick(special) }
        return Self.names[String(last)].map { language.pick($0) } ?? String(last)
    }

    /// The heading under which a field and those after it stand; nil where the heading is that of the field before.
    func heading(before field: String, _ kind: RecordKind) -> String? {
        (kind == .dataset ? Self.datasetHeadings : Self.projectHeadings)[field].map { language.pick($0) }
    }

    /// Fields that no record lacks.
    static let extras: Set<String> = ["sourceVersion", "effectiveOn", "otherFields", "unlistedDatasets", "acronym"]

    func kind(_ kind: RecordKind) -> String {
        switch kind {
        case .project: language.pick(fr: "Projet", en: "Project")
        case .dataset: language.pick(fr: "Base", en: "Dataset")
        case .release: language.pick(fr: "Mise à disposition", en: "Release")
        }
    }

    func kinds(_ kind: RecordKind) -> String {
        switch kind {
        case .project: language.pick(fr: "Des projets", en: "Projects")
        case .dataset: language.pick(fr: "Des bases", en: "Datasets")
        case .release: language.pick(fr: "Des mises à disposition", en: "Releases")
        }
    }

    /// Why a line of a file was not taken whole.
    func importReason(_ error: FieldError) -> String {
        guard language == .fr else { return error.importReason }
        return switch error.code {
        case "json": "ce n’est pas du JSON"
        case "lineTooLong", "csv.tooLong": "la ligne est trop longue"
        case "required": "il manque"
        case "unknownField": "champ inconnu, laissé de côté"
        case "unknownColumn": "colonne inconnue, laissée de côté"
        case "noColumn": "cette colonne manque, et elle nomme les fiches"
        case "columnTwice": "deux colonnes ont ce nom"
        case "cells": "\(error.arguments.first ?? "?") cases, et la première ligne en a \(error.arguments.last ?? "?")"
        case "referenceMade":
            "pas d’identifiant : la référence \(error.arguments.joined()) est faite du titre et de l’organisme"
        case "keptAsItIs": "aucun champ ne le dit : gardé tel quel parmi les autres champs"
        case "notOneOf": "doit être l’un de \(error.arguments.joined(separator: ", "))"
        case "wrongType": "n’est pas du type attendu (\(error.arguments.joined()))"
        case "csv.bareQuote", "csv.afterQuote", "csv.unclosedQuote": "un guillemet est mal placé ou n’est pas fermé"
        case "csv.notUTF8": "ce n’est pas de l’UTF-8"
        default: self.error(error)
        }
    }

    func choice(_ word: String, of field: String) -> String {
        let labels = Labels(language)
        switch field {
        case "status": return labels.projectStatus(word).label
        case "procedure": return labels.procedure(word).label
        case "sensitivity": return labels.sensitivity(word).label
        case "accessType": return labels.accessType(word).label
        default: return word
        }
    }

    func error(_ error: FieldError) -> String {
        switch error.code {
        case "date":
            language.pick(fr: "Cette date n’existe pas : écrivez AAAA-MM-JJ.", en: "No such date: write YYYY-MM-DD.")
        case "url":
            language.pick(
                fr: "Une adresse commence par https:// ou http://.", en: "An address begins with https:// or http://.")
        case "reference":
            language.pick(
                fr: "1 à 128 lettres sans accent, chiffres, points, tirets ; pas de point au début.",
                en: "1 to 128 unaccented letters, figures, dots, hyphens; no dot at the beginning.")
        case "wrongType", "negative":
            language.pick(fr: "Écrivez un nombre entier.", en: "Write a whole number.")
        case "required": language.pick(fr: "Ce champ est nécessaire.", en: "This field is needed.")
        default:
            FieldErrorTexts(language, isConsole: true).text(
                pointer: error.pointer, code: error.code, arguments: error.arguments)
        }
    }

    /// What a dataset lacks, from the outer field to the inner one.
    func gap(_ gap: DatasetGap) -> String {
        var pointer = ""
        let labels = gap.field.split(separator: ".").map { part in
            pointer += "/\(part)"
            return label(pointer)
        }
        let level = gap.level == .recommended ? language.pick(fr: " (recommandé)", en: " (recommended)") : ""
        return labels.joined(separator: " › ") + level
    }

    var notSaid: String { language.pick(fr: "Non précisé", en: "Not said") }
    var onePerLine: String { language.pick(fr: "Un par ligne.", en: "One a line.") }
    var wholeNumber: String { language.pick(fr: "Un nombre entier.", en: "A whole number.") }
    var terms: String {
        language.pick(
            fr: "Un par ligne : un mot, une adresse (IRI), ou IRI | français | anglais.",
            en: "One a line: a word, an address (IRI), or IRI | French | English.")
    }
    var variables: String {
        language.pick(
            fr: "Une par ligne : nom | type | français | anglais.", en: "One a line: name | type | French | English.")
    }

    func tooMany(_ count: Int) -> String {
        language.pick(
            fr: "\(count) lignes, trop pour cette page : elles restent telles quelles. Changez-les par un fichier.",
            en: "\(count) rows, too many for this page: they stay as they are. Change them by a file.")
    }

    private static let projectHeadings: [String: (fr: String, en: String)] = [
        "title": ("L’essentiel", "In short"), "purpose": ("Pourquoi et comment", "Why and how"),
        "controllers": ("Qui", "Who"), "datasets": ("Les données", "The data"),
        "authorisations": ("Autorisations et calendrier", "Authorisations and dates"),
        "objection": ("Le droit d’opposition", "The right to object"), "results": ("Les résultats", "Results"),
        "contact": ("Contact et mots-clés", "Contact and keywords"), "sourceVersion": ("La source", "The source"),
    ]

    private static let datasetHeadings: [String: (fr: String, en: String)] = [
        "title": ("L’essentiel", "In short"), "description": ("Description", "Description"),
        "contacts": ("Qui", "Who"), "coverage": ("Ce que la base couvre", "What it covers"),
        "accessRights": ("Accès et droit", "Access and law"), "distributions": ("Sous quelle forme", "In which form"),
        "linkedDatabase": ("Base liée et tables", "Linked database and tables"),
        "sourceVersion": ("La source", "The source"),
    ]

    private static let nested: [String: (fr: String, en: String)] = [
        "unlistedDatasets.fr": ("En français", "In French"), "unlistedDatasets.en": ("En anglais", "In English"),
        "objection.reason": ("Raison, si elle ne s’applique pas", "Reason, where it does not apply"),
        "authorisations.reference": ("Numéro", "Number"), "timeline.date": ("Date", "Date"),
        "ages.from": ("De (ans)", "From (years)"), "ages.to": ("À (ans)", "To (years)"),
        "controllers.type": ("Type d’organisme", "Type of body"), "results.kind": ("Nature", "Kind"),
        "otherFields.name": ("Nom du champ", "The field’s name"),
    ]

    private static let names: [String: (fr: String, en: String)] = [
        "reference": ("Référence", "Reference"), "title": ("Titre", "Title"), "acronym": ("Sigle", "Acronym"),
        "status": ("Statut", "Status"), "procedure": ("Procédure", "Procedure"),
        "summary": ("Résumé pour tous", "Summary for everybody"), "purpose": ("Finalité", "Purpose"),
        "publicInterest": ("Intérêt public", "Public interest"), "methods": ("Méthodes", "Methods"),
        "expectedOutputs": ("Résultats attendus", "Expected outputs"),
        "controllers": ("Responsable de traitement", "Controller"), "processors": ("Sous-traitant", "Processor"),
        "funders": ("Financeur", "Funder"), "datasets": ("Bases du catalogue (références)", "Datasets (references)"),
        "unlistedDatasets": ("Autres données", "Other data"), "linkage": ("Appariement", "Linkage"),
        "legalBases": ("Bases légales", "Legal bases"), "sensitivity": ("Nature des données", "Kind of data"),
        "accessType": ("Accès aux données", "Access to the data"),
        "authorisations": ("Avis ou autorisation", "Opinion or authorisation"), "body": ("Organisme", "Body"),
        "date": ("Date", "Date"), "outcome": ("Décision", "Outcome"), "timeline": ("Étape", "Step"),
        "step": ("Étape", "Step"), "startsOn": ("Début", "Start"), "endsOn": ("Fin", "End"),
        "retentionEndsOn": ("Fin de conservation", "End of retention"),
        "transfersOutsideEU": ("Transferts hors de l’Union", "Transfers outside the EU"),
        "objection": ("Opposition", "Objection"), "applies": ("Elle s’applique", "It applies"),
        "reason": ("Raison", "Reason"), "results": ("Résultat", "Result"), "kind": ("Nature", "Kind"),
        "url": ("Adresse web", "Web address"), "resultsDueOn": ("Résultats attendus le", "Results due on"),
        "contact": ("Contact", "Contact"), "contacts": ("Contact", "Contact"), "name": ("Nom", "Name"),
        "email": ("Adresse électronique", "E-mail address"), "telephone": ("Téléphone", "Telephone"),
        "postal": ("Adresse postale", "Postal address"), "keywords": ("Mots-clés", "Keywords"),
        "domains": ("Domaines", "Domains"), "sourceVersion": ("Version de la source", "The source’s version"),
        "effectiveOn": ("En vigueur le", "In force from"),
        "otherFields": ("Autre champ de la source", "Other field of the source"), "value": ("Texte", "Text"),
        "sector": ("Secteur", "Sector"), "country": ("Pays", "Country"), "homepage": ("Site web", "Website"),
        "type": ("Type", "Type"), "note": ("Note", "Note"),
        "trustedDataHolder": ("Détenteur de données de confiance", "Trusted data holder"), "doi": ("DOI", "DOI"),
        "catalogueReference": ("Référence dans un autre catalogue", "Reference in another catalogue"),
        "domain": ("Domaine", "Domain"), "description": ("Description", "Description"),
        "funding": ("Financement", "Funding"), "publisher": ("Éditeur de la base", "Publisher"),
        "coverage": ("Couverture", "Coverage"), "population": ("Population", "Population"),
        "individuals": ("Nombre de personnes", "Persons"), "records": ("Nombre d’enregistrements", "Records"),
        "places": ("Lieux", "Places"), "regions": ("Régions", "Regions"),
        "careKinds": ("Soins qui y laissent des données", "Care that leaves data in it"),
        "spatial": ("Lieux (vocabulaire)", "Places (vocabulary)"),
        "period": ("Période", "Period"), "ages": ("Âges", "Ages"),
        "updateFrequency": ("Fréquence de mise à jour", "Update frequency"),
        "accessRights": ("Droits d’accès", "Access rights"), "legislation": ("Législation", "Legislation"),
        "provenance": ("Provenance", "Provenance"), "healthCategories": ("Catégories de santé", "Health categories"),
        "healthThemes": ("Thèmes de santé", "Health themes"), "purposes": ("Finalités permises", "Allowed purposes"),
        "healthDataAccessBody": ("Organisme responsable de l’accès", "Health data access body"),
        "distributions": ("Distribution", "Distribution"), "sample": ("Échantillon", "Sample"),
        "format": ("Format", "Format"), "byteSize": ("Taille en octets", "Size in bytes"),
        "rights": ("Droits", "Rights"), "standards": ("Standards", "Standards"), "codings": ("Codages", "Codings"),
        "linkedDatabase": ("Base liée (identifiant)", "Linked database (id)"), "tables": ("Table", "Table"),
        "variables": ("Variables", "Variables"), "fr": ("Français", "French"), "en": ("Anglais", "English"),
    ]
}

extension Language {
    fileprivate func pick(_ words: (fr: String, en: String)) -> String { pick(fr: words.fr, en: words.en) }
}
