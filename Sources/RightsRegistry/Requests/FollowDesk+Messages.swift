import SQLDatabase
public import StrictJSON
public import Vault

extension FollowDesk {
    /// Longest message of a citizen, in characters.
    public static let longestMessage = Filing.longestMessage

    /// Adds a message to the request of `reference`, sealed under the key of its case.
    ///
    /// Throws `RightsError.notFound` as `follow` does, `.invalid` with `/text` for words that can't be taken, `.outdated`
    /// where something else happened at the same time: nothing is kept then, and it may be sent again.
    public func write(_ body: JSON, to reference: String, secret: TrackingSecret) async throws {
        let text = try ObjectReader.read(body) { $0.string("text", maxLength: Self.longestMessage) }
        let (moment, policy) = (now(), policy)
        let stored = try await database.read { try authenticated(reference, secret, on: $0) }
        let words: JSON = ["text": .string(text)]
        let number = stored.timeline.nextNumber
        let sealed = try openedByCitizen(stored, secret).seal(
            words.canonicalBytes, at: CaseLocation.event(reference, number), random: random)
        try await database.write { connection in
            let current = try authenticated(reference, secret, on: connection)
            // The words were sealed for the number that was free then.
            guard current.timeline.nextNumber == number else { throw RightsError.outdated }
            try RequestStore.append(
                .message, to: current, actor: .citizen, sealed: sealed, at: moment, policy: policy, on: connection)
        }
    }
}
