import CivilTime
import SQLDatabase
import StrictJSON
import Vault

extension OperatorDesk {
    /// Opens a file of a case. It is audited; for a proof a motive is needed, and the citizen sees that it was opened and
    /// why, as with their identity.
    ///
    /// Throws `RightsError.forbidden`, `.notFound`, `.fileDestroyed`, and `.invalid` with `/motive` for a proof without one.
    public func openFile(
        _ n: Int, of reference: String, motive: OpeningMotive? = nil, for signedIn: Operator
    ) async throws -> OpenedFile {
        try await demand(.readRequests, of: signedIn, asking: "file \(n) of \(reference)")
        let found = try await database.read { connection in
            guard let stored = try RequestStore.load(reference, on: connection),
                let file = try CaseFileStore.file(n, of: reference, on: connection)
            else { throw RightsError.notFound }
            return (stored, file)
        }
        let (stored, file) = found
        try await demand(.openIdentity, of: signedIn, asking: "file \(n) of \(reference)")
        let opened = try OpenedFile(file, of: reference, in: database, under: try self.opened(stored))
        if file.isProof, motive == nil {
            throw RightsError.invalid(FieldErrors([FieldError(pointer: "/motive", code: "required")]))
        }
        let (moment, policy) = (now(), policy)
        let data: JSON = .object(ofPresent: [
            "file": .integer(Int64(n)), "motive": file.isProof ? motive.map { .string($0.rawValue) } : nil,
        ])
        let audit = AuditEvent(
            at: moment, actor: signedIn.name, role: signedIn.role.rawValue,
            act: file.isProof ? "requestEvent.identityOpened" : "caseFile.opened", subject: reference, detail: data,
            random: random)
        try await database.write { connection in
            if file.isProof {
                guard let current = try RequestStore.load(reference, on: connection) else { throw RightsError.notFound }
                try RequestStore.append(
                    .identityOpened, to: current, actor: signedIn.actor, operatorName: signedIn.name, data: data,
                    at: moment, policy: policy, on: connection)
            }
            try audit.record(on: connection)
        }
        return opened
    }
}
