import CivilTime
import Foundation
import Propagation
import RightsRegistry
import SQLDatabase
import StrictJSON
import Vault

/// `regard import certificates`: registers what a gate certified that could not do so itself.
struct CertificateImport {
    /// An auditor's document is a line of a few hundred bytes.
    private static let longest = 16 * 1024 * 1024

    let isDryRun: Bool
    let writesJSON: Bool

    /// Each file has auditors' documents, one a line. A line that is refused is told, and the others are taken.
    func run(_ files: [String], in installation: Installation, io: CommandIO) async throws {
        let key = try await GateFailure.told { try installation.keyStore().verifyingKey(.gate) }
        var wasRefused = false
        for file in files {
            var bytes: [UInt8] = []
            for try await chunk in try io.contents(of: file) {
                bytes += chunk
                guard bytes.count <= Self.longest else { throw CommandFailure.failed("\(file): is too long") }
            }
            var counts: [String: Int64] = ["added": 0, "known": 0, "refused": 0]
            for (number, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                .enumerated()
            where !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) {
                do {
                    guard let document = try? JSON(parsing: line) else {
                        throw GateRefusal.certificate("it is no JSON")
                    }
                    let certificate = try Certificate(auditor: document, verifiedBy: key)
                    let registration =
                        isDryRun ? .added : try await register(certificate, document, in: installation)
                    counts[registration.rawValue, default: 0] += 1
                } catch let refusal as GateRefusal {
                    counts["refused", default: 0] += 1
                    wasRefused = true
                    io.diagnostic("\(file), line \(number + 1): \(refusal)\n")
                }
            }
            let read = counts.values.reduce(0, +)
            io.output(
                writesJSON
                    ? JSON.object(counts.mapValues(JSON.integer).merging(["read": .integer(read)]) { $1 }).canonical
                        + "\n"
                    : """
                    \(file)\(isDryRun ? " (dry run: nothing was written)" : "")
                      \(read) certificates read: \(counts["added"]!) added, \(counts["known"]!) known, \
                    \(counts["refused"]!) refused

                    """)
        }
        if wasRefused { throw CommandStatus.failed }
    }

    private func register(
        _ certificate: Certificate, _ document: JSON, in installation: Installation
    ) async throws -> CertificateStore.Registration {
        let moment = installation.now()
        let audit = AuditEvent(
            at: moment, actor: "command", role: "command", act: "certificate.registered", subject: certificate.id,
            detail: ["database": .string(certificate.database)])
        return try await installation.database.write { connection in
            try CertificateStore.register(certificate, document: document, audit: audit, at: moment, on: connection)
        }
    }
}
