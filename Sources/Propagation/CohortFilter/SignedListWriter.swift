import Crypto
import Foundation
import Glibc
import RightsRegistry
import Synchronization
import Vault

/// Makes a signed list out of what objections come to, in whatever order they are told, in bounded memory.
///
/// Pseudonyms are evenly spread, so what is told goes into buckets by its first bits: files without a name, each small
/// enough to be sorted in memory.
final class SignedListWriter: Sendable {
    /// One of the rows that an objection makes for one pseudonym. The order is that of the bytes in the file.
    struct Row: Comparable {
        static let length = SignedListHeader.recordLength + 8

        let pseudonym: (UInt64, UInt64, UInt64, UInt64)
        /// Tells one objection from another: its registration's position.
        let objection: UInt64
        let word: UInt32

        static func < (left: Row, right: Row) -> Bool {
            if left.pseudonym != right.pseudonym { return left.pseudonym < right.pseudonym }
            if left.objection != right.objection { return left.objection < right.objection }
            return left.word < right.word
        }

        static func == (left: Row, right: Row) -> Bool {
            left.pseudonym == right.pseudonym && left.objection == right.objection && left.word == right.word
        }
    }

    /// What the word of a record says: 0 is `*`, a number from 1 the project of that number.
    enum Word {
        static let everything: UInt32 = 0
        /// With the project's number: not that one, though everything else.
        static let exception: UInt32 = 1 << 31
    }

    private static let bucketCount = 64
    private static let bufferLength = 64 * 1024

    private struct State {
        var descriptors: [Int32]
        var buffers: [[UInt8]]
    }

    private let path: String
    private let state: Mutex<State>

    /// - Parameter path: where the list will be; the buckets are beside it for as long as they are needed.
    init(path: String) throws {
        self.path = path
        var descriptors: [Int32] = []
        for _ in 0..<Self.bucketCount {
            let name = "\(path).\(Hex.encode(systemRandom(6))).bucket"
            let descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                let code = errno
                for descriptor in descriptors { close(descriptor) }
                throw FileFailure(path: path, operation: "create", code: code)
            }
            // Nobody else can reach it, and it is gone with this process.
            unlink(name)
            descriptors.append(descriptor)
        }
        state = Mutex(
            State(descriptors: descriptors, buffers: Array(repeating: [], count: Self.bucketCount)))
    }

    deinit {
        state.withLock { state in
            for descriptor in state.descriptors { close(descriptor) }
        }
    }

    /// Takes what one objection comes to for one pseudonym.
    /// - Parameter projects: the numbers of the projects that the list knows; others are left out.
    func add(
        _ pseudonym: [UInt8], objection: Int64, _ effect: StandingRegistration.Effect, projects: [String: UInt32]
    ) throws {
        let words: [UInt32] =
            switch effect {
            case .everything(let exceptions):
                [Word.everything] + exceptions.compactMap { projects[$0] }.map { $0 | Word.exception }
            case .projects(let references): references.compactMap { projects[$0] }
            }
        try state.withLock { state in
            let bucket = Int(pseudonym[0]) >> 2
            for word in words {
                state.buffers[bucket] += pseudonym
                withUnsafeBytes(of: objection.bigEndian) { state.buffers[bucket] += $0 }
                withUnsafeBytes(of: word.bigEndian) { state.buffers[bucket] += $0 }
            }
            guard state.buffers[bucket].count >= Self.bufferLength else { return }
            try Bytes.write(state.buffers[bucket], to: state.descriptors[bucket], path: path)
            state.buffers[bucket].removeAll(keepingCapacity: true)
        }
    }

    /// Writes the whole list into `file`, which begins empty.
    /// - Parameters:
    ///   - projects: the references of the projects that the list knows, sorted; a project's number is its place from 1.
    ///   - header: given counts and digest, what the list says of itself.
    func write(
        to file: AsideFile, projects: [String], signedBy key: Curve25519.Signing.PrivateKey,
        header: (_ pseudonyms: Int, _ records: Int, _ projectBytes: Int, _ digest: String) -> SignedListHeader
    ) throws -> SignedListHeader {
        var body = Body(file: file)
        try Bytes.write([UInt8](repeating: 0, count: SignedListHeader.length), to: file.descriptor, path: file.path)
        let names = Array(projects.map { "\($0)\n" }.joined().utf8)
        try body.append(names)
        for bucket in 0..<Self.bucketCount {
            try Self.reduce(try rows(of: bucket)) { try body.append($0) }
        }
        let digest = try body.finish()
        let header = header(body.pseudonyms, body.records, names.count, digest)
        let block = try header.block(signedBy: key)
        guard block.withUnsafeBytes({ pwrite(file.descriptor, $0.baseAddress, $0.count, 0) }) == block.count else {
            throw FileFailure(path: file.path, operation: "write", code: errno)
        }
        return header
    }

    /// The rows of a bucket, sorted.
    private func rows(of bucket: Int) throws -> [Row] {
        let bytes = try state.withLock { state in
            try Bytes.write(state.buffers[bucket], to: state.descriptors[bucket], path: path)
            state.buffers[bucket] = []
            let descriptor = state.descriptors[bucket]
            let length = lseek(descriptor, 0, SEEK_END)
            guard length >= 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
                throw FileFailure(path: path, operation: "seek", code: errno)
            }
            var bytes = [UInt8](repeating: 0, count: Int(length))
            let count = try bytes.withUnsafeMutableBytes { try Bytes.fill($0, from: descriptor, path: path) }
            guard count == bytes.count, ftruncate(descriptor, 0) == 0 else {
                throw FileFailure(path: path, operation: "read", code: EIO)
            }
            return bytes
        }
        var rows = bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: Row.length).map { Row(bytes, at: $0) }
        }
        rows.sort()
        return rows
    }

    // MARK: One pseudonym

    /// What several objections come to for each pseudonym: it is left out of all projects but those that each objection
    /// to everything excepts and none names; or else of those that are named.
    static func reduce(_ rows: [Row], _ write: (_ record: Record) throws -> Void) rethrows {
        var start = 0
        while start < rows.count {
            let pseudonym = rows[start].pseudonym
            var end = start
            var named: Set<UInt32> = []
            var excepted: Set<UInt32>?
            while end < rows.count, rows[end].pseudonym == pseudonym {
                let objection = rows[end].objection
                var (isEverything, exceptions) = (false, Set<UInt32>())
                while end < rows.count, rows[end].pseudonym == pseudonym, rows[end].objection == objection {
                    let word = rows[end].word
                    if word == Word.everything {
                        isEverything = true
                    } else if word & Word.exception != 0 {
                        exceptions.insert(word)
                    } else {
                        named.insert(word)
                    }
                    end += 1
                }
                if isEverything { excepted = excepted.map { $0.intersection(exceptions) } ?? exceptions }
            }
            let words =
                excepted.map { [Word.everything] + $0.subtracting(named.map { $0 | Word.exception }).sorted() }
                ?? named.sorted()
            for (place, word) in words.enumerated() {
                try write(Record(pseudonym: pseudonym, word: word, isFirst: place == 0))
            }
            start = end
        }
    }

    /// A record of the list.
    struct Record {
        let pseudonym: (UInt64, UInt64, UInt64, UInt64)
        let word: UInt32
        /// Whether it is the first of its pseudonym.
        let isFirst: Bool
    }

    /// The body as it is written: digested and counted.
    private struct Body {
        let file: AsideFile
        private var buffer: [UInt8] = []
        private var hash = SHA256()
        private(set) var pseudonyms = 0
        private(set) var records = 0

        init(file: AsideFile) { self.file = file }

        mutating func append(_ bytes: [UInt8]) throws {
            buffer += bytes
            if buffer.count >= 256 * 1024 { try flush() }
        }

        mutating func append(_ record: Record) throws {
            records += 1
            if record.isFirst { pseudonyms += 1 }
            for part in [record.pseudonym.0, record.pseudonym.1, record.pseudonym.2, record.pseudonym.3] {
                withUnsafeBytes(of: part.bigEndian) { buffer += $0 }
            }
            withUnsafeBytes(of: record.word.bigEndian) { buffer += $0 }
            if buffer.count >= 256 * 1024 { try flush() }
        }

        private mutating func flush() throws {
            hash.update(data: buffer)
            try Bytes.write(buffer, to: file.descriptor, path: file.path)
            buffer.removeAll(keepingCapacity: true)
        }

        mutating func finish() throws -> String {
            try flush()
            return Hex.encode(Array(hash.finalize()))
        }
    }
}

extension SignedListWriter.Row {
    fileprivate init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        func number(_ place: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + place * 8, as: UInt64.self))
        }
        self.init(
            pseudonym: (number(0), number(1), number(2), number(3)), objection: number(4),
            word: UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 40, as: UInt32.self)))
    }
}
