import SQLDatabase

/// What happened to a request last: whoever comes second is told of it.
public struct LastAct: Sendable, Hashable {
    public let event: RequestEvent
    /// Nil where it was the citizen's, a database's, or happened by itself.
    public let operatorName: String?

    static func load(of reference: String, on connection: any SQLConnection) throws -> LastAct? {
        guard let event = try RequestStore.load(reference, on: connection)?.timeline.events.last else { return nil }
        let row = try connection.first(
            "SELECT operator FROM request_event WHERE reference = $1 AND n = $2", reference, event.n)
        return LastAct(event: event, operatorName: try row?["operator"])
    }
}

extension OperatorDesk {
    /// What happened to a request last; nil where there is none. No words of it are read. Throws `RightsError.forbidden`.
    public func lastAct(on reference: String, for signedIn: Operator) async throws -> LastAct? {
        try await demand(.readRequests, of: signedIn, asking: reference)
        return try await database.read { try LastAct.load(of: reference, on: $0) }
    }
}
