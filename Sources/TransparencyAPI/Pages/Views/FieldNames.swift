extension Labels {
    /// The name of a project's field, for the list of what changed between two versions.
    func projectField(_ name: String) -> String {
        switch name {
        case "title": language.pick(fr: "titre", en: "title")
        case "acronym": language.pick(fr: "sigle", en: "acronym")
        case "summary": language.pick(fr: "résumé", en: "summary")
        case "purpose": language.pick(fr: "objectifs", en: "objectives")
        case "publicInterest": language.pick(fr: "intérêt public", en: "public interest")
        case "methods": language.pick(fr: "méthodes", en: "methods")
        case "expectedOutputs": language.pick(fr: "résultats attendus", en: "expected results")
        case "status": language.pick(fr: "statut", en: "status")
        case "procedure": language.pick(fr: "procédure", en: "procedure")
        case "controllers": language.pick(fr: "responsables", en: "controllers")
        case "processors": language.pick(fr: "sous-traitants", en: "processors")
        case "funders": language.pick(fr: "financement", en: "funding")
        case "datasets", "unlistedDatasets": language.pick(fr: "données utilisées", en: "data used")
        case "linkage": language.pick(fr: "appariement", en: "linkage")
        case "legalBases": language.pick(fr: "bases légales", en: "legal bases")
        case "sensitivity": language.pick(fr: "sorte de données", en: "kind of data")
        case "accessType": language.pick(fr: "accès", en: "access")
        case "authorisations": language.pick(fr: "avis et autorisations", en: "opinions and authorisations")
        case "timeline": language.pick(fr: "étapes", en: "steps")
        case "startsOn", "endsOn": language.pick(fr: "dates", en: "dates")
        case "retentionEndsOn": language.pick(fr: "durée de conservation", en: "retention")
        case "transfersOutsideEU": language.pick(fr: "transferts hors UE", en: "transfers outside the EU")
        case "objection": language.pick(fr: "droit d’opposition", en: "right to object")
        case "results", "resultsDueOn": language.pick(fr: "résultats", en: "results")
        case "contact": language.pick(fr: "contact", en: "contact")
        case "keywords", "domains": language.pick(fr: "mots-clés", en: "keywords")
        case "sourceVersion": language.pick(fr: "numéro de version de la source", en: "the source’s version label")
        default: name
        }
    }

    /// Who may ask for a dataset.
    func accessRights(_ code: String) -> String {
        switch code.lowercased() {
        case let code where code.hasSuffix("non_public") || code == "non public":
            language.pick(fr: "Non public", en: "Non-public")
        case let code where code.hasSuffix("restricted") || code == "restreint":
            language.pick(fr: "Restreint", en: "Restricted")
        case let code where code.hasSuffix("public"): language.pick(fr: "Public", en: "Public")
        default: code
        }
    }
}
