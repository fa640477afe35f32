import SQLDatabase

/// Which registrations are gone through for one key of a database.
public struct KeyPass: Sendable, Hashable {
    public enum Kind: String, Sendable {
        /// They get rows.
        case incoming
        /// Their rows end.
        case outgoing

        public init?(_ state: KeyGeneration.State) {
            switch state {
            case .incoming: self = .incoming
            case .outgoing: self = .outgoing
            case .active, .retired: return nil
            }
        }
    }

    public let generation: Int
    public let kind: Kind
    /// Those at positions after `from`, up to `upTo`.
    public let from: Int64
    public let upTo: Int64

    /// Whether it goes through the registration at `position`, for a key of that generation.
    public func includes(_ position: Int64, of generation: KeyGeneration?) -> Bool {
        // What never got rows need not lose them.
        !(kind == .outgoing && generation?.untold.contains(position) == true)
    }

    public init(generation: Int, kind: Kind, from: Int64, upTo: Int64) {
        self.generation = generation
        self.kind = kind
        self.from = from
        self.upTo = upTo
    }
}

extension KeyPass {
    /// Nil where the batch of the row goes through none.
    init?(_ row: Row) throws {
        let generation: Int? = try row["key_generation"]
        guard let generation else { return nil }
        guard let kind = Kind(rawValue: try row["key_kind"]) else { throw SQLError.decoding("mailbox_batch.key_kind") }
        self.init(generation: generation, kind: kind, from: try row["key_from"], upTo: try row["key_upto"])
    }
}
