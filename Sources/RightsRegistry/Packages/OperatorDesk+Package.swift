import CivilTime
import SQLDatabase
import StrictJSON

extension OperatorDesk {
    /// Opens a package to be printed and posted, for a person who has asked for it on paper. The citizen sees that it was
    /// opened, and why; the audit keeps who did.
    ///
    /// Throws `RightsError.forbidden`, and `.notFound` where none is open.
    public func openPackageForPaper(of reference: String, by signedIn: Operator) async throws -> OpenedPackage {
        try await demand(.printLetters, of: signedIn, asking: "package \(reference)")
        try await demand(.openIdentity, of: signedIn, asking: "package \(reference)")
        let (moment, policy) = (now(), policy)
        let audit = event("package.printed", on: reference, by: signedIn, [:], moment)
        let asked = try await database.read { try RequestStore.load(reference, on: $0) }
        // Before anything says that it was opened.
        guard let key = try asked.map(opened) else { throw RightsError.notFound }
        let (stored, package) = try await database.write { connection in
            guard let stored = try RequestStore.load(reference, on: connection),
                let package = try PackageStore.load(reference, on: connection), package.isOpen(at: moment)
            else { throw RightsError.notFound }
            try RequestStore.append(
                .packageDownloaded, to: stored, actor: signedIn.actor, operatorName: signedIn.name,
                data: ["by": "paper"], at: moment, policy: policy, on: connection)
            try PackageStore.recordOpened(reference, at: moment, on: connection)
            try audit.record(on: connection)
            return (stored, package)
        }
        return OpenedPackage(package, of: stored, in: database, under: key)
    }
}
