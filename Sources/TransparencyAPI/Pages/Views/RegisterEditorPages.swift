import CivilTime
import PublicRegistry
import RightsRegistry
import StrictJSON

/// A link in a list of the register's editor.
struct RecordRow: Sendable {
    let href: String
    let reference: String
    let title: String?
    let kind: String
    let tag: Tag?
    let note: String?
}

/// `/operateur/registre`: what waits, and every record to choose from.
struct RegisterEditorPage: Page {
    static let template = PageTemplate.operatorRegister

    let frame: PageFrame
    let mayEdit: Bool
    let kinds: [Choice]
    let query: String
    let unshownOnly: Bool
    let rows: [RecordRow]
    let drafts: [RecordRow]
    let removals: [RecordRow]
    let next: String?
    /// Of the form that begins a new record.
    let summary: ErrorSummary?
    let newKinds: [Choice]
    let newReference: FormField
}

/// `/operateur/registre/projets/X`: every field of a record, in both languages.
struct RecordEditorPage: Page {
    static let template = PageTemplate.operatorRecord

    let frame: PageFrame
    let heading: String
    let notice: Notice?
    let summary: ErrorSummary?
    let action: String
    let previewHref: String
    let removalHref: String?
    /// Where everybody sees it; nil where it is not shown.
    let publicHref: String?
    let base: String
    let errorMark: String
    let blocks: [RecordBlock]
    let hasDraft: Bool
    /// What keeps it from being shown.
    let missing: [String]
    /// What else says nothing.
    let lacking: [String]
}

/// `/operateur/registre/projets/X/apercu`: what would change, before it is published.
struct RecordPreviewPage: Page {
    /// What somebody else has published meanwhile.
    struct Other: Sendable {
        let text: String
        let fields: String
        let reason: String?
    }

    static let template = PageTemplate.operatorRecordPreview

    let frame: PageFrame
    let heading: String
    let summary: ErrorSummary?
    let action: String
    let editHref: String
    let base: String
    let isNew: Bool
    /// Word by word.
    let fields: [FieldLines]
    /// What both have changed; nil where nobody else has.
    let contested: String?
    let typographyOnly: Bool
    let missing: [String]
    let lacking: [String]
    let gaps: [String]
    let ignored: [String]
    let unchanged: Bool
    let mayPublish: Bool
    let others: [Other]
    let reason: FormField
    let isCorrection: Bool
}

/// `/operateur/registre/projets/X/retrait`: one person asks that a record leave, another one agrees.
struct RecordRemovalPage: Page {
    static let template = PageTemplate.operatorRecordRemoval

    let frame: PageFrame
    let heading: String
    let summary: ErrorSummary?
    let action: String
    let editHref: String?
    let reference: String
    let title: String?
    /// What was asked already, and by whom.
    let asked: String?
    let askedReason: String?
    let askedKeeps: Bool
    /// Whether whoever reads is another person than the one who asked.
    let mayAgree: Bool
    let reason: FormField
}

/// `/operateur/registre/import`: a file to try.
struct RegisterImportPage: Page {
    static let template = PageTemplate.operatorImport

    let frame: PageFrame
    let notice: Notice?
    let summary: ErrorSummary?
    let kinds: [Choice]
    let file: FormField
}

/// What a file would change, or has changed.
struct ImportReportPage: Page {
    struct Line: Sendable {
        let text: String
        let href: String?
    }

    static let template = PageTemplate.operatorImportReport

    let frame: PageFrame
    let heading: String
    let summary: ErrorSummary?
    let action: String
    let file: String
    let isTrial: Bool
    let mayTake: Bool
    let counts: [String]
    let changes: [Line]
    let moreChanges: String?
    let refused: [String]
    let warnings: [String]
    let notShown: [String]
    let reason: FormField
}
