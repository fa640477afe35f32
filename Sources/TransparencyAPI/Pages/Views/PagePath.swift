import PublicRegistry

/// The address of each page: the one place that makes both the route and the link, in both languages.
enum PagePath: Sendable, Hashable {
    case home
    case projects
    case project(String)
    /// A version of a project, by its ordinal: an address that always shows the same.
    case projectVersion(String, String)
    case datasets
    case dataset(String)
    /// The versions of a record; one of them (`3`), or how two differ (`1..3`).
    case projectHistory(String)
    case projectVersions(String, String)
    case datasetHistory(String)
    case datasetVersions(String, String)
    /// What changed in the register: the newest month, or another (`2026-11`).
    case changes
    case changesOf(String)
    /// What counts as typography.
    case typographyRule
    /// A table of a dataset with its variables.
    case datasetTable(String, String)
    /// Which database holds this? A search over the variables of all tables.
    case variables
    /// Where each linked database stands, for everybody.
    case linkedDatabases
    /// What all of it comes to, in drawings and tables.
    case figures
    /// Which databases probably hold whoever asks.
    case concerned
    /// The words of the trade in plain words.
    case glossary
    /// The six rights in plain words.
    case rights
    /// The same in sentences as short as can be (FALC).
    case easyRights
    /// The same on paper: a form to print and fill by hand.
    case rightsForm
    /// The form's first step.
    case request
    /// One of its other steps.
    case requestStep(RequestStep)
    case requestErasure
    /// The same requester, for another person.
    case requestAnother
    case follow
    case followWithdrawal
    case followMessage
    /// To take up again what was set aside.
    case followReopening
    /// A proof of identity or of quality, where one is asked for.
    case followProof
    /// A file of the case.
    case followFile(String)
    /// The receipt’s file, given back.
    case followKept
    /// What answers a request of access.
    case followPackage
    /// Asks for the code that opens it, by post.
    case followPackageCode
    /// Proves who one is, where a request waits for that.
    case followIdentity
    /// The receipt: what was filed, the code that opens it, and what happens next.
    case receipt
    /// The same as a file.
    case receiptFile
    case dueDate
    /// Letters to the data protection officer and to the CNIL, filled in.
    case letters
    case followLeave
    /// Another secret for one that was lost.
    case lostCode
    /// The request whose new secret is asked for, by whoever is signed in.
    case lostCodeRenewal
    /// The same by letter.
    case lostCodeLetter
    /// What becomes of that, whoever asked.
    case lostCodeAsked
    /// Every choice of whoever is signed in.
    case choices
    /// The number that they give beside what the provider says of them.
    case choicesNumber
    /// One of their objections, to be ended or narrowed.
    case choice(String)
    /// What is in force at this moment, to be printed.
    case attestation
    /// The same as a file.
    case attestationFile
    /// Sign-in of citizens, never required.
    case signIn
    /// On to the provider of identities.
    case signInGo
    /// Back from it: one address for both languages, since the provider knows it to the letter.
    case signInReturn
    case signInLeave
    case operatorSignIn
    case operatorSignOut
    case operatorQueue
    /// Entering what came by post or telephone.
    case operatorEntry
    /// What came of an entry.
    case operatorEntered(String)
    case operatorCase(String)
    case operatorEvents(String)
    case operatorIdentity(String)
    /// To confirm a proposed refusal, send it back or take it back.
    case operatorProposal(String)
    /// To recall what was sent a moment ago.
    case operatorRecall(String)
    /// The templates of answers; one of them, with its versions.
    case operatorTemplates
    case operatorTemplate(String)
    /// Opens what answers a request of access, to be printed.
    case operatorPackage(String)
    /// One act on many requests; the next one; a filter that is kept.
    case operatorBatch
    case operatorNext
    case operatorFilters
    /// Who works on requests, who is away, and giving cases away.
    case operatorTeam
    /// The requests of a person, by their identity.
    case operatorSearch
    /// Filings that look forged together.
    case operatorWaves
    /// What is to be posted.
    case operatorLetters
    /// What the desk's work comes to.
    case operatorStatistics
    /// Lost codes that wait for an operator.
    case operatorLostCodes
    case operatorLostCode(String)
    /// The databases that a custodian answers for; for operators, where each linked database stands.
    case custodianDatabases
    case custodianDatabase(String)
    /// Everything on its list, as a file.
    case custodianList(String)
    /// Asks that this file be made.
    case custodianListAsked(String)
    /// What waits for it, as a file.
    case custodianChanges(String)
    case custodianAttestation(String)
    /// What operators do about a database: send again what it could not take, compare its list, try it at once.
    case operatorExceptions(String)
    case operatorReconciliation(String)
    case operatorResume(String)
    /// Where a task of a database is answered.
    case custodianTask(String, String)
    /// The register as editors see it: its list, one record, what would change, its removal, whole files.
    case operatorRegister
    case operatorRecord(RecordKind, String)
    case operatorRecordPreview(RecordKind, String)
    case operatorRecordRemoval(RecordKind, String)
    case operatorImport
    case operatorImportTrial(String)
    /// A file of a case, by its number.
    case operatorFile(String, String)
    case accessibility
    case personalData
    case legalNotice

    /// The link, its parameter percent-encoded.
    func path(in language: Language) -> String { assemble(language, Self.encoded) }

    /// The router's pattern: `PagePath.project("{reference}").route(in: .fr)` is `/projets/{reference}`.
    func route(in language: Language) -> String { assemble(language) { $0 } }

    private func assemble(_ language: Language, _ written: (String) -> String) -> String {
        switch self {
        case .home: language.pick(fr: "/", en: "/en/")
        case .projects: language.pick(fr: "/projets", en: "/en/projects")
        case .project(let reference): "\(PagePath.projects.path(in: language))/\(written(reference))"
        case .projectVersion(let reference, let n):
            "\(PagePath.project(reference).assemble(language, written))/version/\(written(n))"
        case .datasets: language.pick(fr: "/bases", en: "/en/databases")
        case .dataset(let reference): "\(PagePath.datasets.path(in: language))/\(written(reference))"
        case .projectHistory(let reference):
            "\(PagePath.project(reference).assemble(language, written))/\(language.pick(fr: "historique", en: "history"))"
        case .projectVersions(let reference, let versions):
            "\(PagePath.projectHistory(reference).assemble(language, written))/\(written(versions))"
        case .datasetHistory(let reference):
            "\(PagePath.dataset(reference).assemble(language, written))/\(language.pick(fr: "historique", en: "history"))"
        case .datasetVersions(let reference, let versions):
            "\(PagePath.datasetHistory(reference).assemble(language, written))/\(written(versions))"
        case .changes: language.pick(fr: "/changements", en: "/en/changes")
        case .changesOf(let month): "\(PagePath.changes.path(in: language))/\(written(month))"
        case .typographyRule:
            "\(PagePath.changes.path(in: language))/\(language.pick(fr: "typographie", en: "typography"))"
        case .datasetTable(let reference, let name):
            "\(PagePath.dataset(reference).assemble(language, written))/tables/\(written(name))"
        case .variables: language.pick(fr: "/variables", en: "/en/variables")
        case .linkedDatabases: language.pick(fr: "/bases-liees", en: "/en/linked-databases")
        case .figures: language.pick(fr: "/chiffres", en: "/en/figures")
        case .concerned: language.pick(fr: "/suis-je-concerne", en: "/en/am-i-concerned")
        case .glossary: language.pick(fr: "/glossaire", en: "/en/glossary")
        case .rights: language.pick(fr: "/droits", en: "/en/rights")
        case .easyRights: language.pick(fr: "/droits/facile-a-lire", en: "/en/rights/easy-to-read")
        case .rightsForm: language.pick(fr: "/droits/formulaire", en: "/en/rights/form")
        case .request: language.pick(fr: "/droits/exercer", en: "/en/rights/request")
        case .requestStep(let step): "\(PagePath.request.path(in: language))/\(step.slug(in: language))"
        case .requestErasure: "\(PagePath.request.path(in: language))/\(language.pick(fr: "effacer", en: "erase"))"
        case .requestAnother:
            "\(PagePath.request.path(in: language))/\(language.pick(fr: "autre-personne", en: "another-person"))"
        case .follow: language.pick(fr: "/suivi", en: "/en/follow")
        case .followWithdrawal: language.pick(fr: "/suivi/retrait", en: "/en/follow/withdrawal")
        case .followReopening: language.pick(fr: "/suivi/reprise", en: "/en/follow/reopening")
        case .receipt: language.pick(fr: "/suivi/recepisse", en: "/en/follow/receipt")
        case .receiptFile: language.pick(fr: "/suivi/recepisse.txt", en: "/en/follow/receipt.txt")
        case .letters: language.pick(fr: "/suivi/lettres", en: "/en/follow/letters")
        case .dueDate: language.pick(fr: "/suivi/echeance.ics", en: "/en/follow/due-date.ics")
        case .followMessage: language.pick(fr: "/suivi/message", en: "/en/follow/message")
        case .followProof: language.pick(fr: "/suivi/justificatif", en: "/en/follow/proof")
        case .followFile(let n):
            "\(PagePath.follow.path(in: language))/\(language.pick(fr: "pieces", en: "files"))/\(written(n))"
        case .followKept: language.pick(fr: "/suivi/fichier", en: "/en/follow/file")
        case .followPackage: language.pick(fr: "/suivi/dossier", en: "/en/follow/package")
        case .followPackageCode: "\(PagePath.followPackage.path(in: language))/code"
        case .followIdentity: language.pick(fr: "/suivi/identite", en: "/en/follow/identity")
        case .followLeave: language.pick(fr: "/suivi/quitter", en: "/en/follow/leave")
        case .lostCode: language.pick(fr: "/suivi/code-perdu", en: "/en/follow/lost-code")
        case .lostCodeRenewal:
            "\(PagePath.lostCode.path(in: language))/\(language.pick(fr: "nouveau", en: "new"))"
        case .lostCodeLetter:
            "\(PagePath.lostCode.path(in: language))/\(language.pick(fr: "courrier", en: "letter"))"
        case .lostCodeAsked:
            "\(PagePath.lostCodeLetter.path(in: language))/\(language.pick(fr: "recu", en: "received"))"
        case .choices: language.pick(fr: "/mes-choix", en: "/en/my-choices")
        case .choicesNumber: "\(PagePath.choices.path(in: language))/\(language.pick(fr: "numero", en: "number"))"
        case .choice(let reference):
            "\(PagePath.choices.path(in: language))/\(language.pick(fr: "opposition", en: "objection"))/\(written(reference))"
        case .attestation: "\(PagePath.choices.path(in: language))/attestation"
        case .attestationFile: "\(PagePath.attestation.path(in: language)).txt"
        case .signIn: language.pick(fr: "/identification", en: "/en/sign-in")
        case .signInGo: language.pick(fr: "/identification/aller", en: "/en/sign-in/go")
        case .signInReturn: "/identification/retour"
        case .signInLeave: language.pick(fr: "/identification/quitter", en: "/en/sign-in/leave")
        case .operatorSignIn: language.pick(fr: "/operateur", en: "/en/operator")
        case .operatorSignOut: language.pick(fr: "/operateur/quitter", en: "/en/operator/leave")
        case .operatorQueue: language.pick(fr: "/operateur/demandes", en: "/en/operator/requests")
        case .operatorEntry: language.pick(fr: "/operateur/saisie", en: "/en/operator/entry")
        case .operatorEntered(let reference): "\(PagePath.operatorEntry.path(in: language))/\(written(reference))"
        case .operatorCase(let reference): "\(PagePath.operatorQueue.path(in: language))/\(written(reference))"
        case .operatorEvents(let reference):
            "\(PagePath.operatorCase(reference).assemble(language, written))/\(language.pick(fr: "actes", en: "events"))"
        case .operatorIdentity(let reference):
            "\(PagePath.operatorCase(reference).assemble(language, written))/\(language.pick(fr: "identite", en: "identity"))"
        case .operatorProposal(let reference):
            "\(PagePath.operatorCase(reference).assemble(language, written))/\(language.pick(fr: "refus", en: "refusal"))"
        case .operatorRecall(let reference):
            "\(PagePath.operatorCase(reference).assemble(language, written))/\(language.pick(fr: "rappel", en: "recall"))"
        case .operatorTemplates: language.pick(fr: "/operateur/modeles", en: "/en/operator/templates")
        case .operatorTemplate(let id): "\(PagePath.operatorTemplates.path(in: language))/\(written(id))"
        case .operatorStatistics: language.pick(fr: "/operateur/statistiques", en: "/en/operator/statistics")
        case .operatorPackage(let reference):
            "\(PagePath.operatorCase(reference).assemble(language, written))/\(language.pick(fr: "dossier", en: "package"))"
        case .operatorBatch: language.pick(fr: "/operateur/lot", en: "/en/operator/batch")
        case .operatorNext: language.pick(fr: "/operateur/suivante", en: "/en/operator/next")
        case .operatorFilters: language.pick(fr: "/operateur/filtres", en: "/en/operator/filters")
        case .operatorTeam: language.pick(fr: "/operateur/equipe", en: "/en/operator/team")
        case .operatorSearch: language.pick(fr: "/operateur/recherche", en: "/en/operator/search")
        case .operatorWaves: language.pick(fr: "/operateur/vagues", en: "/en/operator/waves")
        case .operatorLetters: language.pick(fr: "/operateur/courriers", en: "/en/operator/letters")
        case .operatorLostCodes: language.pick(fr: "/operateur/codes-perdus", en: "/en/operator/lost-codes")
        case .operatorLostCode(let id): "\(PagePath.operatorLostCodes.path(in: language))/\(written(id))"
        case .custodianDatabases: language.pick(fr: "/operateur/bases", en: "/en/operator/databases")
        case .custodianDatabase(let id): "\(PagePath.custodianDatabases.path(in: language))/\(written(id))"
        case .custodianList(let id):
            "\(PagePath.custodianListAsked(id).assemble(language, written)).csv"
        case .custodianListAsked(let id):
            "\(PagePath.custodianDatabase(id).assemble(language, written))/\(language.pick(fr: "liste", en: "list"))"
        case .custodianChanges(let id):
            "\(PagePath.custodianDatabase(id).assemble(language, written))/\(language.pick(fr: "changements", en: "changes")).csv"
        case .custodianAttestation(let id): "\(PagePath.custodianDatabase(id).assemble(language, written))/attestation"
        case .operatorExceptions(let id): "\(PagePath.custodianDatabase(id).assemble(language, written))/exceptions"
        case .operatorReconciliation(let id):
            "\(PagePath.custodianDatabase(id).assemble(language, written))/\(language.pick(fr: "rapprochement", en: "reconciliation"))"
        case .operatorResume(let id):
            "\(PagePath.custodianDatabase(id).assemble(language, written))/\(language.pick(fr: "essai", en: "try"))"
        case .custodianTask(let id, let task):
            "\(PagePath.custodianDatabase(id).assemble(language, written))/\(language.pick(fr: "taches", en: "tasks"))/\(written(task))"
        case .operatorFile(let reference, let n):
            "\(PagePath.operatorCase(reference).assemble(language, written))/\(language.pick(fr: "pieces", en: "files"))/\(written(n))"
        case .operatorRegister: language.pick(fr: "/operateur/registre", en: "/en/operator/register")
        case .operatorRecord(let kind, let reference):
            "\(PagePath.operatorRegister.path(in: language))/\(kind.slug(in: language))/\(written(reference))"
        case .operatorRecordPreview(let kind, let reference):
            "\(PagePath.operatorRecord(kind, reference).assemble(language, written))/\(language.pick(fr: "apercu", en: "preview"))"
        case .operatorRecordRemoval(let kind, let reference):
            "\(PagePath.operatorRecord(kind, reference).assemble(language, written))/\(language.pick(fr: "retrait", en: "removal"))"
        case .operatorImport: "\(PagePath.operatorRegister.path(in: language))/import"
        case .operatorImportTrial(let id): "\(PagePath.operatorImport.path(in: language))/\(written(id))"
        case .accessibility: language.pick(fr: "/accessibilite", en: "/en/accessibility")
        case .personalData: language.pick(fr: "/donnees-personnelles", en: "/en/personal-data")
        case .legalNotice: language.pick(fr: "/mentions-legales", en: "/en/legal-notice")
        }
    }

    /// Percent-encodes all but RFC 3986's unreserved characters, so that a reference is always one segment.
    static func encoded(_ text: String) -> String {
        let hexadecimal = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                result += "%\(hexadecimal[Int(byte >> 4)])\(hexadecimal[Int(byte & 15)])"
            }
        }
    }
}

extension RecordKind {
    /// How addresses of the console name it.
    fileprivate func slug(in language: Language) -> String {
        switch self {
        case .project: language.pick(fr: "projets", en: "projects")
        case .dataset: language.pick(fr: "bases", en: "databases")
        case .release: language.pick(fr: "mises-a-disposition", en: "releases")
        }
    }
}
