import CivilTime
import SQLDatabase
import StrictJSON

/// A filing with everything drawn and sealed: only to be inserted, as often as the engine asks.
struct PreparedFiling: Sendable {
    let filing: Filing
    let objection: ObjectionID?
    let timeline: Timeline
    let epoch: Int
    /// The day to warn operators of; nil where there is nothing left to decide.
    let alertOn: CalendarDate?
    let receipt: FilingReceipt
    let secretIndex: [UInt8]
    let operatorWrap: [UInt8]
    let citizenWrap: [UInt8]
    let sealedFiling: [UInt8]
    /// What hands the secret over to somebody who did not file here.
    let letter: SecretLetter?
    let registration: SealedRegistration?

    /// Throws `RightsError.keysOutdated` where it was sealed under an epoch that counts no more.
    func insert(on connection: any SQLConnection) throws {
        try KeyEpochs.require(epoch, on: connection)
        try connection.execute(
            """
            INSERT INTO rights_request
                (reference, right_kind, scope, language, objection, received_at, secret_index, epoch, operator_wrap,
                 citizen_wrap, sealed_filing, state, outcome, due_on, event_count, awaits_reply,
                 alert_on, decided_at, decided_as, decided_in_time, is_desks, citizen_epoch)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                    $19, $20, $21, $8)
            """,
            receipt.reference, filing.right.rawValue, filing.scope.json.canonical, filing.language.rawValue,
            objection?.description, receipt.receivedAt, secretIndex, epoch, operatorWrap, citizenWrap, sealedFiling,
            timeline.state.rawValue, timeline.outcome?.rawValue, receipt.dueOn, timeline.events.count,
            timeline.awaitsReply ? 1 : 0, alertOn, timeline.decidedAt, timeline.outcome?.rawValue,
            timeline.outcome.map { _ in true }, timeline.outcome == nil)
        for event in timeline.events {
            try RequestStore.insert(event, of: receipt.reference, isTold: timeline.hasReader, on: connection)
        }
        try RequestStore.insert(filing.scope, of: receipt.reference, on: connection)
        try letter?.insert(on: connection)
        if let registration { try LedgerStore.register(registration, on: connection) }
    }
}
