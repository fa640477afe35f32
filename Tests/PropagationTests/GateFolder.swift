import CivilTime
import Crypto
import Foundation
import RightsRegistry
import Vault

@testable import Propagation

/// A release gate in a folder of the test's own, with a list of its own making.
struct GateFolder {
    let folder: String
    let signingKey = Curve25519.Signing.PrivateKey()
    let now = Instant("2026-03-05T09:00:00Z")!

    /// What was done to one pseudonym by one objection.
    struct Choice {
        let pseudonym: [UInt8]
        var effect = StandingRegistration.Effect.everything(except: [])
        var objection: Int64 = 1
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Writes a list of `choices` and returns its path.
    @discardableResult
    func writeList(
        _ choices: [Choice], projects: [String] = [], database: String = "hospital", maximumAge: Int = 86_400,
        completeAsOf: Instant? = nil, to name: String = "list"
    ) throws -> SignedListHeader {
        let writer = try SignedListWriter(path: path(name))
        let numbers = Dictionary(uniqueKeysWithValues: zip(projects, 1...).map { ($0, UInt32($1)) })
        for choice in choices {
            try writer.add(choice.pseudonym, objection: choice.objection, choice.effect, projects: numbers)
        }
        let file = try AsideFile(path: path(name))
        let header = try writer.write(to: file, projects: projects, signedBy: signingKey) {
            SignedListHeader(
                database: database, incarnation: "first", position: 7, completeAsOf: completeAsOf ?? now,
                maximumAge: maximumAge, pseudonyms: $0, records: $1, projects: projects.count, projectBytes: $2,
                digest: $3)
        }
        try file.commit()
        return header
    }

    func openList(
        _ name: String = "list", database: String = "hospital", project: String? = nil,
        by key: Curve25519.Signing.PublicKey? = nil, at moment: Instant? = nil
    ) throws -> SignedList {
        try SignedList(
            path: path(name), verifiedBy: key ?? signingKey.publicKey, database: database, project: project,
            now: moment ?? now)
    }

    /// Runs `body` from a file with `input` to another one; what it wrote.
    func through<T>(_ input: [UInt8], _ body: (_ input: Int32, _ output: Int32) throws -> T) throws -> (T, [UInt8]) {
        try Data(input).write(to: URL(fileURLWithPath: path("in")))
        try Data().write(to: URL(fileURLWithPath: path("out")))
        let source = try FileHandle(forReadingFrom: URL(fileURLWithPath: path("in")))
        let target = try FileHandle(forWritingTo: URL(fileURLWithPath: path("out")))
        defer {
            try? source.close()
            try? target.close()
        }
        let result = try body(source.fileDescriptor, target.fileDescriptor)
        return (result, Array(try Data(contentsOf: URL(fileURLWithPath: path("out")))))
    }

    func filter(
        _ input: [UInt8], _ shape: CohortShape = CohortShape(identifiers: .pseudonyms), key: PseudonymKey? = nil,
        packs: Bool = false, project: String? = nil
    ) throws -> (CohortOutcome, [UInt8]) {
        let list = try openList(project: project)
        return try through(input) {
            try CohortRun.filter(
                from: $0, to: $1, packs: packs, shape: shape, list: list, key: key, progress: { _, _ in })
        }
    }

    func filter(_ input: String, _ shape: CohortShape = CohortShape(identifiers: .pseudonyms)) throws -> String {
        String(decoding: try filter(Array(input.utf8), shape).1, as: UTF8.self)
    }
}

/// Lends `body` a gate's folder.
func withGate<T>(_ body: (GateFolder) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("regard-gate-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(GateFolder(folder: folder))
}

/// A pseudonym of nobody's: as evenly spread as real ones.
func pseudonym(_ number: Int) -> [UInt8] { Array(SHA256.hash(data: Array("person \(number)".utf8))) }

func hexadecimal(_ number: Int) -> String { Hex.encode(pseudonym(number)) }
