import Foundation
import Glibc
import Synchronization
import Vault

/// Rows of one side of a comparison, in bounded memory: files without a name, each with the tokens that begin alike and
/// small enough to be sorted in memory.
final class RowBuckets: Sendable {
    static let count = 64
    private static let bufferLength = 64 * 1024

    private struct State {
        var descriptors: [Int32]
        var buffers: [[UInt8]]
    }

    private let folder: String
    private let state: Mutex<State>

    /// Throws `FileFailure` where the folder of temporary files takes none.
    init(folder: String = FileManager.default.temporaryDirectory.path) throws {
        self.folder = folder
        var descriptors: [Int32] = []
        for _ in 0..<Self.count {
            let name = "\(folder)/regard.\(Hex.encode(systemRandom(8))).rows"
            let descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                let code = errno
                for descriptor in descriptors { close(descriptor) }
                throw FileFailure(path: folder, operation: "creating a temporary file", code: code)
            }
            // Nobody else can reach it, and it is gone with this process.
            unlink(name)
            descriptors.append(descriptor)
        }
        state = Mutex(State(descriptors: descriptors, buffers: Array(repeating: [], count: Self.count)))
    }

    deinit {
        state.withLock { state in
            for descriptor in state.descriptors { close(descriptor) }
        }
    }

    /// Forgets what was added.
    func reset() throws {
        try state.withLock { state in
            for bucket in 0..<Self.count {
                state.buffers[bucket].removeAll(keepingCapacity: true)
                guard ftruncate(state.descriptors[bucket], 0) == 0, lseek(state.descriptors[bucket], 0, SEEK_SET) == 0
                else { throw FileFailure(path: folder, operation: "truncating a temporary file", code: errno) }
            }
        }
    }

    func add(_ rows: [ListRow]) throws {
        try state.withLock { state in
            for row in rows {
                let bucket = row.token.firstByte >> 2
                row.append(to: &state.buffers[bucket])
                guard state.buffers[bucket].count >= Self.bufferLength else { continue }
                try Bytes.write(state.buffers[bucket], to: state.descriptors[bucket], path: folder)
                state.buffers[bucket].removeAll(keepingCapacity: true)
            }
        }
    }

    /// The rows of a bucket, sorted; the bucket is empty afterwards.
    func take(_ bucket: Int) throws -> [ListRow] {
        let bytes = try state.withLock { state in
            try Bytes.write(state.buffers[bucket], to: state.descriptors[bucket], path: folder)
            state.buffers[bucket] = []
            let descriptor = state.descriptors[bucket]
            let length = lseek(descriptor, 0, SEEK_END)
            guard length >= 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
                throw FileFailure(path: folder, operation: "reading a temporary file", code: errno)
            }
            var bytes = [UInt8](repeating: 0, count: Int(length))
            let count = try bytes.withUnsafeMutableBytes { try Bytes.fill($0, from: descriptor, path: folder) }
            guard count == bytes.count, ftruncate(descriptor, 0) == 0 else {
                throw FileFailure(path: folder, operation: "reading a temporary file", code: EIO)
            }
            return bytes
        }
        var rows = bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: ListRow.length).map { ListRow(bytes, at: $0) }
        }
        rows.sort()
        return rows
    }
}
