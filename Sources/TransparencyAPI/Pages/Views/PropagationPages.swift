import CivilTime
import Foundation
import PublicRegistry
import RightsRegistry
import StrictJSON

/// `/operateur/bases`, for operators: where each linked database stands.
struct PropagationPage: Page {
    static let template = PageTemplate.operatorDatabases

    /// The lag at one of the moments that a drawing shows.
    struct Day: Sendable {
        let day: String
        let lag: String
    }

    struct Row: Sendable {
        let database: DatabaseWords
        let drawing: LineDrawing
        let days: [Day]
        let throughput: String
        let circuit: String?
        let reconciliation: String
    }

    let frame: PageFrame
    let rows: [Row]
    let late: [LateDatabase]
    /// The heads of the table's columns.
    let days: [String]
    let hasRemoved: Bool
    let removed: [DatabaseWords]
}

/// `/operateur/bases/{database}`, for operators: everything of one database.
struct PropagationDatabasePage: Page {
    static let template = PageTemplate.operatorDatabase

    struct Fact: Sendable {
        let label: String
        let text: String
        /// A program's own words, which are English.
        var isTechnical = false
    }

    struct Exception: Sendable {
        /// For the field's id.
        let objection: String
        let since: String
        let reason: String
        /// The case that it is of, where there is one and the operator may read it.
        let reference: String?
        let href: String?
        let state: Tag
        let canRetry: Bool
    }

    struct Run: Sendable {
        let askedAt: String
        let by: String
        let outcome: Tag
        let text: String
        let failure: String?
    }

    struct Batch: Sendable {
        let confirmedAt: String
        let interval: String
        let entries: String
    }

    struct Breach: Sendable {
        let text: String
    }

    let frame: PageFrame
    let notice: Notice?
    let database: DatabaseWords
    let facts: [Fact]
    let drawings: LagDrawings
    let exceptions: [Exception]
    /// How many exceptions there are beyond those shown; nil where none is.
    let moreExceptions: String?
    let canRetryAll: Bool
    let runs: [Run]
    let pager: Pager?
    /// Whether a comparison can be asked for now; and with a repair.
    let canAsk: Bool
    let canRepair: Bool
    let isRunWaiting: Bool
    let batches: [Batch]
    let breaches: [Breach]
    let exceptionsAction: String
    let reconciliationAction: String
    let resumeAction: String
    let canResume: Bool
}

extension PropagationDatabasePage.Run {
    init(_ run: ReconciliationRun, _ zone: TimeZone, _ language: Language) {
        let words = Words(language)
        askedAt = words.moment(run.askedAt, in: zone)
        switch run.askedBy {
        case ReconciliationRun.nightly: by = language.pick(fr: "chaque nuit", en: "every night")
        case "command": by = language.pick(fr: "par la ligne de commande", en: "on the command line")
        default: by = language.pick(fr: "par \(run.askedBy)", en: "by \(run.askedBy)")
        }
        let mended = run.repairs ? language.pick(fr: ", avec réparation", en: ", with repair") : ""
        outcome =
            switch run.outcome {
            case .agrees: Tag(language.pick(fr: "Concorde", en: "Agrees"), .live)
            case .differs: Tag(language.pick(fr: "Diffère", en: "Differs"), .stop)
            case .repaired: Tag(language.pick(fr: "Réparée", en: "Repaired"), .done)
            case .failed: Tag(language.pick(fr: "Pas comparée", en: "Not compared"), .alert)
            case nil: Tag(language.pick(fr: "Demandée", en: "Asked for"), .wait)
            }
        text =
            run.figures.map { figures in
                let position = words.number(Int(figures.position))
                let (ours, theirs) = (words.number(Int(figures.ourCount)), words.number(Int(figures.theirCount)))
                let counted = language.pick(
                    fr: "À la position \(position) : \(ours) lignes attendues, \(theirs) trouvées",
                    en: "At position \(position): \(ours) rows expected, \(theirs) found")
                let missing = words.count(
                    figures.missing, fr: ("manquante", "manquantes"), en: ("missing", "missing"))
                let stale = words.count(figures.stale, fr: ("périmée", "périmées"), en: ("stale", "stale"))
                let surplus = words.number(figures.surplus)
                return counted
                    + language.pick(
                        fr: "\u{A0}; \(missing), \(stale), \(surplus) en trop\(mended).",
                        en: "; \(missing), \(stale), \(surplus) surplus\(mended).")
            } ?? (run.repairs ? language.pick(fr: "Avec réparation.", en: "With repair.") : "")
        failure = run.failure
    }
}

extension PropagationDatabasePage.Exception {
    /// - Parameter reference: of the request that the objection is of.
    init(
        _ exception: DeliveryException, reference: String?, mayManage: Bool, _ zone: TimeZone, _ language: Language
    ) {
        let words = Words(language)
        objection = exception.objection.description
        since = words.moment(exception.openedAt, in: zone)
        reason = exception.reason
        self.reference = reference
        href = reference.map { PagePath.operatorCase($0).path(in: language) }
        switch (exception.retryAt, exception.handedAt) {
        case (nil, _) where exception.isImpossible:
            state = Tag(language.pick(fr: "Impossible, raisons données", en: "Impossible, reasons given"), .stop)
        case (nil, _): state = Tag(language.pick(fr: "À traiter", en: "To be seen to"), .alert)
        case (_?, nil): state = Tag(language.pick(fr: "À renvoyer", en: "To be sent again"), .wait)
        case (_?, _?): state = Tag(language.pick(fr: "Renvoyée, pas confirmée", en: "Sent again, not confirmed"), .wait)
        }
        canRetry = mayManage && exception.retryAt == nil
    }
}

extension PropagationDatabasePage.Breach {
    init(_ breach: TargetBreach, _ zone: TimeZone, _ language: Language) {
        let words = Words(language)
        let (began, target) = (words.moment(breach.beganAt, in: zone), words.hours(breach.targetHours))
        text =
            breach.overAt.map { over in
                let end = words.moment(over, in: zone)
                return language.pick(
                    fr: "Du \(began) au \(end) (objectif : \(target))",
                    en: "From \(began) to \(end) (target: \(target))")
            }
            ?? language.pick(
                fr: "Depuis le \(began) (objectif : \(target)). Le délégué à la protection des données est averti.",
                en: "Since \(began) (target: \(target)). The data protection officer is told.")
    }
}
