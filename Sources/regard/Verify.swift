import ArgumentParser
import Crypto
import Foundation
import NIOPosix
import Propagation
import StrictJSON
import Vault

/// `regard verify`: checks what Regard has signed.
struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check what was signed.", subcommands: [CertificateCheck.self])

    /// `regard verify certificate`: needs no installation, only the key that verifies.
    struct CertificateCheck: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "certificate", abstract: "Check a certificate of the release gate.")

        @Argument(help: "The certificate: the public one, or the auditor's.") var file: String
        @Option(
            help: ArgumentHelp(
                "The gate's public key, gate.pub; the one of the key folder otherwise.", valueName: "file"))
        var key: String?
        @Option(help: ArgumentHelp("The file that it certifies, to be compared.", valueName: "path")) var data: String?
        @Flag(help: "Write what it says as JSON.") var json = false
        @Option(help: ArgumentHelp("The folder of keys (REGARD_KEYS).", valueName: "folder")) var keys: String?

        func run() async throws {
            let settings = try await Settings.read(try SettingsOptions.parse(keys.map { ["--keys", $0] } ?? []))
            do {
                let members = try await NIOThreadPool.singleton.runIfActive { [file, key, data] in
                    try Self.check(file, with: key ?? "\(settings.keys)/gate.pub", data: data)
                }
                CommandIO.terminal.output(json ? members.canonical + "\n" : words(members))
            } catch let refusal as GateRefusal {
                throw CommandFailure.failed("\(refusal)")
            } catch let error as KeyStoreError {
                throw CommandFailure.failed("\(error)")
            } catch let error as FileFailure {
                throw CommandFailure.failed("\(error)")
            }
        }

        /// What the certificate says, the other document left out.
        private static func check(_ file: String, with key: String, data: String?) throws -> JSON {
            let key = try KeyStore.verifyingKey(.gate, inFile: key)
            guard let bytes = FileManager.default.contents(atPath: file) else {
                throw CommandFailure.failed("\(file): can't be read")
            }
            guard let document = try? JSON(parsing: bytes) else { throw GateRefusal.certificate("it is no JSON") }
            var members = try SignedDocument.verify(document, by: key).object ?? [:]
            if members["kind"]?.string == "auditor" {
                _ = try Certificate(auditor: document, verifiedBy: key)
                members["public"] = nil
            }
            if let data, try CohortRun.digest(ofFile: data) != members["outputDigest"]?.string {
                throw GateRefusal.certificate("\(data) is not what it certifies")
            }
            return .object(members)
        }

        private func words(_ members: JSON) -> String {
            func value(_ name: String) -> String {
                members[name].map { $0.string ?? $0.canonical } ?? "none"
            }
            let rounding = members["roundedDownTo"].map { ", rounded down to multiples of \($0.canonical)" } ?? ""
            return """
                \(file): signed by this key\(data.map { ", and \($0) is what it certifies" } ?? "")
                  certificate \(value("id")) of \(value("issuedAt")), the \(value("kind")) document
                  database \(value("database")), project \(value("project"))
                  list \(value("list"))
                    at position \(value("position")) of \(value("incarnation")), complete as of \(value("completeAsOf"))
                  \(value("rowsIn")) rows in, \(value("personsRemoved")) persons removed\(rounding)
                  output \(value("outputDigest"))

                """
        }
    }
}
