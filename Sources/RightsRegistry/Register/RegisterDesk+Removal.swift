public import PublicRegistry
import SQLDatabase
import StrictJSON
import Vault

extension RegisterDesk {
    /// What came of asking that a record leave.
    public enum RemovalStep: Sendable { case asked, removed }

    /// Asks that a record leave the register, or takes it out where another person has asked already.
    ///
    /// Throws `RightsError.forbidden`, `.notFound`, and `.invalid` without a reason.
    public func remove(
        _ reference: String, _ kind: RecordKind, because reason: String, keepsContent: Bool, by signedIn: Operator
    ) async throws -> RemovalStep {
        try await require(.removeRecords, of: signedIn, asking: "register \(reference)")
        let (moment, subject) = (desk.now(), Self.subject(reference, kind))
        let id = Hex.encode(desk.random(16))
        let known = try await database.read { try AskedRemoval.find(reference, kind, on: $0) }
        // Whoever agrees need not say why again.
        let words = try known.map { $0.editor == signedIn.name } ?? true ? Self.reason(reason) : ""
        return try await database.write { connection in
            guard try RegisterEditing.record(reference, kind, on: connection) != nil else { throw RightsError.notFound }
            if let asked = try AskedRemoval.find(reference, kind, on: connection), asked.editor != signedIn.name {
                // Nobody translates a reason for its writer: it is read in both languages as it was given.
                guard let reason = LocalizedText(fr: asked.reason, en: asked.reason) else { throw RightsError.notFound }
                try Removal.remove(
                    reference, kind, reason: reason, keepsContent: asked.keepsContent, id: id, at: moment,
                    on: connection)
                try asked.discard(on: connection)
                try desk.event(
                    "register.removed", on: subject, by: signedIn,
                    [
                        "reason": .string(asked.reason), "asked": .string(asked.editor),
                        "keepsContent": .bool(asked.keepsContent),
                    ], moment
                ).record(on: connection)
                return .removed
            }
            guard !words.isEmpty else { throw RightsError.outdated }
            try AskedRemoval(
                kind: kind, reference: reference, reason: words, keepsContent: keepsContent, editor: signedIn.name,
                askedAt: moment
            ).save(on: connection)
            try desk.event(
                "register.removalAsked", on: subject, by: signedIn,
                ["reason": .string(words), "keepsContent": .bool(keepsContent)], moment
            ).record(on: connection)
            return .asked
        }
    }

    /// Takes back, or turns down, what was asked. Nothing happens where nobody asked.
    public func decline(_ reference: String, _ kind: RecordKind, by signedIn: Operator) async throws {
        try await require(.removeRecords, of: signedIn, asking: "register \(reference)")
        let moment = desk.now()
        try await database.write { connection in
            guard let asked = try AskedRemoval.find(reference, kind, on: connection) else { return }
            try asked.discard(on: connection)
            try desk.event(
                "register.removalDeclined", on: Self.subject(reference, kind), by: signedIn,
                ["asked": .string(asked.editor)], moment
            ).record(on: connection)
        }
    }
}
