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
        try await append(
            .message, ["text": .string(text)], [], isProof: false, to: reference, secret: secret
        ) { _, _ in }
    }
}
