import CivilTime
import SQLDatabase
import StrictJSON

extension OperatorDesk {
    /// Files what came by post or telephone, with its true date; the entry itself is the audit event's moment.
    ///
    /// - Parameters:
    ///   - idempotencyKey: as for `FilingDesk.file`: the same key and body are one entry.
    ///   - body: the bytes that were sent.
    ///
    /// Throws `RightsError.forbidden`, `.idempotencyKeyReused`, and `.invalid` with `scope.unknown`.
    public func enter(
        _ entered: EnteredFiling, idempotencyKey: String?, body: [UInt8], by signedIn: Operator
    ) async throws -> EntryReceipt {
        try await demand(.enterRequests, of: signedIn, asking: "entry")
        let moment = now()
        let arrival = Arrival(
            receivedAt: entered.receivedOn.start(in: policy.zone), channel: entered.channel.filingChannel,
            hasDoubt: entered.hasDoubt)
        let detail: JSON = [
            "channel": .string(entered.channel.rawValue), "receivedOn": .string(entered.receivedOn.description),
        ]
        let receipt = try await filing.file(
            entered.filing, arrival, idempotencyKey: idempotencyKey, body: body
        ) { receipt in
            let audit = event("request.entered", on: receipt.reference, by: signedIn, detail, moment)
            return { try audit.record(on: $0) }
        }
        return EntryReceipt(
            reference: receipt.reference, right: entered.filing.right, channel: entered.channel,
            receivedOn: entered.receivedOn, dueOn: receipt.dueOn, isConfirmed: receipt.isConfirmed,
            hasLetter: arrival.hasLetter(entered.filing), unreached: receipt.unreached)
    }

    /// What came of an entry, to be read out on the telephone. Throws `RightsError.notFound` for what nobody entered.
    public func entry(_ reference: String, for signedIn: Operator) async throws -> EntryReceipt {
        try await demand(.enterRequests, of: signedIn, asking: "entry \(reference)")
        let (stored, hasLetter, tasks) = try await database.read { connection in
            guard let stored = try RequestStore.load(reference, on: connection) else { throw RightsError.notFound }
            return (
                stored, try LetterStore.has(.filedOnPaper, of: reference, on: connection),
                try stored.objection.map { try ControllerTaskStore.tasks(of: $0, on: connection) } ?? []
            )
        }
        guard let filed = stored.timeline.events.first,
            let channel = filed.data["channel"]?.string.flatMap(EnteredFiling.Channel.init(rawValue:))
        else { throw RightsError.notFound }
        return EntryReceipt(
            reference: reference, right: stored.right, channel: channel,
            receivedOn: stored.receivedAt.date(in: policy.zone),
            dueOn: policy.clock(of: stored.timeline, receivedAt: stored.receivedAt).due,
            isConfirmed: stored.timeline.outcome == .granted, hasLetter: hasLetter, unreached: tasks.map(\.project))
    }
}

extension LetterStore {
    /// Whether a letter of that kind was written for a request, posted or not.
    fileprivate static func has(
        _ kind: LetterKind, of reference: String, on connection: any SQLConnection
    ) throws -> Bool {
        try connection.first(
            "SELECT id FROM letter WHERE reference = $1 AND kind = $2", reference, kind.rawValue) != nil
    }
}
