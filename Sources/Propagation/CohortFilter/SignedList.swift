public import CivilTime
public import Crypto
import Foundation
import Glibc
import Vault

/// A signed list that was read and found whole, ready to be asked about one project.
public final class SignedList: Sendable {
    public let header: SignedListHeader
    let optOuts: OptOutSet

    /// How far a clock may be ahead of ours, in seconds.
    private static let clockTolerance = 60
    private static let recordsAtOnce = 8192

    /// Reads the file at `path` and checks all that it says of itself.
    ///
    /// - Parameters:
    ///   - verifyingKey: of the installation that exports lists.
    ///   - database: the linked database that the list must be of.
    ///   - project: whose opt-outs are looked up; nil for whoever has opted out of anything.
    ///
    /// Throws `GateRefusal`, or `FileFailure` where the file can't be read.
    public init(
        path: String, verifiedBy verifyingKey: Curve25519.Signing.PublicKey, database: String, project: String?,
        now: Instant
    ) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure(path: path, operation: "open", code: errno) }
        defer { close(descriptor) }
        var reading = Reading(descriptor: descriptor, path: path)
        let header = try SignedListHeader(
            block: try reading.next(SignedListHeader.length), verifiedBy: verifyingKey)
        guard header.database == database else {
            throw GateRefusal.list("it is the list of \(header.database), and not of \(database)")
        }
        try Self.requireFresh(header, at: now)
        let names = try reading.next(header.projectBytes, digested: true)
        let number = try project.map { try Self.number(of: $0, among: names, in: header) }
        let optOuts = OptOutSet(capacity: header.records)
        try Self.read(header, for: number, from: &reading, into: optOuts)
        guard try reading.isAtEnd(), reading.digest == header.digest else {
            throw GateRefusal.list("the file is damaged: its content is not what was signed")
        }
        optOuts.finish()
        self.header = header
        self.optOuts = optOuts
    }

    private static func requireFresh(_ header: SignedListHeader, at now: Instant) throws {
        let age = now.seconds(since: header.completeAsOf)
        guard age <= header.maximumAge else {
            throw GateRefusal.stale(
                "it is complete as of \(header.completeAsOf) and may be used for \(hours(header.maximumAge)), "
                    + "but is \(hours(age)) old")
        }
        guard age >= -clockTolerance else {
            throw GateRefusal.stale(
                "it is complete as of \(header.completeAsOf), which is in the future: one of the clocks is wrong")
        }
    }

    private static func hours(_ seconds: Int) -> String {
        seconds < 2 * 3600 ? "\(seconds / 60) minutes" : "\(seconds / 3600) hours"
    }

    /// The number of a project. A list says nothing of a project that does not use its database, not even that nobody
    /// objected: so that is refused.
    private static func number(
        of project: String, among names: [UInt8], in header: SignedListHeader
    ) throws -> UInt32 {
        let references = names.split(separator: UInt8(ascii: "\n"))
        guard references.count == header.projects else {
            throw GateRefusal.list("the names of its projects are damaged")
        }
        guard let place = references.firstIndex(where: { $0.elementsEqual(project.utf8) }) else {
            throw GateRefusal.list(
                "it knows no project \(project). A list holds what was objected to in the projects that use the "
                    + "database by the register: publish there that this one does, and take a new list")
        }
        return UInt32(place + 1)
    }

    /// Reads the records, which must ascend, and keeps the pseudonyms that are left out.
    private static func read(
        _ header: SignedListHeader, for project: UInt32?, from reading: inout Reading, into optOuts: OptOutSet
    ) throws {
        let length = SignedListHeader.recordLength
        let exception = SignedListWriter.Word.exception
        var last = [UInt8](repeating: 0, count: length)
        var isFirst = true
        var left = header.records
        // What the records of the pseudonym at hand have said so far.
        var (isOut, isExcepted, pseudonyms) = (false, false, 0)
        func end() { if isOut && !isExcepted { last.withUnsafeBytes { optOuts.append($0) } } }
        while left > 0 {
            let count = min(left, recordsAtOnce)
            let records = try reading.next(count * length, digested: true)
            left -= count
            for start in stride(from: 0, to: records.count, by: length) {
                let (isSame, ascends) = records.withUnsafeBytes { bytes in
                    last.withUnsafeBytes { last in
                        (
                            !isFirst && memcmp(last.baseAddress!, bytes.baseAddress! + start, 32) == 0,
                            isFirst || memcmp(last.baseAddress!, bytes.baseAddress! + start, length) < 0
                        )
                    }
                }
                let word = records.withUnsafeBytes {
                    UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: start + 32, as: UInt32.self))
                }
                guard ascends, word & ~exception <= header.projects, word != exception else {
                    throw GateRefusal.list("its records are not in order")
                }
                if !isSame {
                    end()
                    (isOut, isExcepted) = (false, false)
                    pseudonyms += 1
                    isFirst = false
                }
                if let project {
                    isOut = isOut || word == SignedListWriter.Word.everything || word == project
                    isExcepted = isExcepted || word == project | exception
                } else {
                    isOut = isOut || word & exception == 0
                }
                last.withUnsafeMutableBytes { last in
                    _ = records.withUnsafeBytes { memcpy(last.baseAddress!, $0.baseAddress! + start, length) }
                }
            }
        }
        end()
        guard pseudonyms == header.pseudonyms else { throw GateRefusal.list("it does not hold what it says") }
    }

    /// The file, read once from its beginning to its end.
    private struct Reading {
        let descriptor: Int32
        let path: String
        private var hash = SHA256()

        init(descriptor: Int32, path: String) {
            self.descriptor = descriptor
            self.path = path
        }

        var digest: String { Hex.encode(Array(hash.finalize())) }

        mutating func next(_ count: Int, digested: Bool = false) throws -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: count)
            let filled = try bytes.withUnsafeMutableBytes {
                try Bytes.fill($0, from: descriptor, path: path)
            }
            guard filled == count else { throw GateRefusal.list("the file is cut short") }
            if digested { hash.update(data: bytes) }
            return bytes
        }

        func isAtEnd() throws -> Bool {
            var byte: UInt8 = 0
            return try withUnsafeMutableBytes(of: &byte) { try Bytes.read(into: $0, from: descriptor, path: path) } == 0
        }
    }
}
