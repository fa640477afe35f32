import Foundation
import Glibc
import RightsRegistry
import TestSupport
import Vault

@testable import Propagation

/// The programs of `examples/`, run as another process: what the guide hands to custodians is what is tested.
enum Example {
    private static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func start(_ name: String, _ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = project.appending(path: ".venv/bin/python")
        process.arguments = [project.appending(path: "examples/\(name)").path] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// Runs a program to its end; its status.
    static func run(_ name: String, _ arguments: [String]) async throws -> Int32 {
        try await end(of: start(name, arguments))
    }

    static func run(_ path: String, with arguments: [String]) async throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        return await end(of: process)
    }

    static func end(of process: Process) async -> Int32 {
        while process.isRunning { try? await Task.sleep(for: .milliseconds(10)) }
        return process.terminationStatus
    }

    /// A port of this machine that nobody listens at.
    static func freePort() -> UInt16 {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(bind(listener, $0, length) == 0)
                precondition(getsockname(listener, $0, &length) == 0)
            }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    static func isListening(at port: UInt16) -> Bool {
        let caller = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(caller) }
        var address = loopback(port: port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(caller, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        return address
    }
}

/// A custodian who runs `examples/receiver.py`, over TLS with a certificate of its own.
final class ReceivingCustodian: Custodian {
    let target: Target
    let list: Target
    private let process: Process

    init(id: String, in circuit: Circuit) async throws {
        let port = Example.freePort()
        target = Target(id: id, connector: "https://127.0.0.1:\(port)/oppositions?base=\(id)")
        let path = "\(circuit.folder)/\(id).sqlite"
        list = Target(id: id, connector: "sqlite:\(path)")
        let (certificate, key) = ("\(circuit.folder)/receiver.pem", "\(circuit.folder)/receiver.key")
        let made = try await Example.run(
            "/usr/bin/openssl",
            with: [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
            ])
        precondition(made == 0)
        process = try Example.start(
            "receiver.py",
            [
                "--database", id, "--address", target.connector, "--key", "\(circuit.store.folder)/connector.pub",
                "--list", path, "--certificate", certificate, "--certificate-key", key,
                // The circuit's clock is its own.
                "--seconds", "10000000000",
            ])
        let isThere = try await circuit.eventually { Example.isListening(at: port) }
        precondition(isThere)
    }

    func take(from circuit: Circuit) async throws {}

    func entries() async throws -> [Target.Entry] { try await list.entries() }

    func refuse(_ pseudonym: [UInt8]?) async throws { try await list.refuse(pseudonym) }

    func end() async {
        // It inherits the mask of the test's threads, under which it hears no other signal.
        kill(process.processIdentifier, SIGKILL)
        _ = await Example.end(of: process)
    }
}

/// A custodian who runs `examples/folder.py` now and then.
struct FolderCustodian: Custodian {
    let target: Target
    let folder: String
    let list: Target

    init(id: String, in circuit: Circuit) throws {
        folder = "\(circuit.folder)/\(id)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        target = Target(id: id, connector: "dir:\(folder)")
        list = Target(id: id, connector: "sqlite:\(circuit.folder)/\(id).sqlite")
    }

    func take(from circuit: Circuit) async throws {
        let status = try await Example.run(
            "folder.py",
            [
                "--database", target.id, "--folder", folder, "--key", "\(circuit.store.folder)/connector.pub",
                "--list", String(list.connector.dropFirst("sqlite:".count)),
            ])
        precondition(status == 0)
    }

    func entries() async throws -> [Target.Entry] { try await list.entries() }

    func refuse(_ pseudonym: [UInt8]?) async throws { try await list.refuse(pseudonym) }
}
