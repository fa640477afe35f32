import Crypto
import Dispatch
import Glibc
import Synchronization

/// Bytes that were read, and what is made of them, on their way from the thread that reads to the one that writes.
///
/// `@unchecked` is safe: each chunk belongs to one of the two threads at a time; the semaphore hands it over, and the queue
/// keeps their order.
final class ChunkPipe: @unchecked Sendable {
    /// How much is read at once; a row that began in one chunk may go on in the next.
    static let readLength = 512 * 1024
    private static let chunkCount = 4

    final class Chunk {
        let input = UnsafeMutableRawBufferPointer.allocate(
            byteCount: ChunkPipe.readLength + RowReader.longest + 1, alignment: 64)
        let output = UnsafeMutableRawBufferPointer.allocate(
            byteCount: 4 * (ChunkPipe.readLength + RowReader.longest), alignment: 64)
        /// How much of the input is used up with this chunk.
        var consumed = 0
        private(set) var written = 0

        func empty() { (consumed, written) = (0, 0) }

        /// Adds bytes to the output as they are.
        func write(_ bytes: UnsafeRawBufferPointer) {
            guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
            memcpy(output.baseAddress! + written, source, bytes.count)
            written += bytes.count
        }

        /// Adds a pseudonym as a line of hexadecimal digits.
        func writeLine(_ pseudonym: UnsafeRawPointer) {
            let line = UnsafeMutableRawBufferPointer(rebasing: output[written..<(written + 65)])
            HexDigits.encode(UnsafeRawBufferPointer(start: pseudonym, count: 32), to: line)
            line[64] = UInt8(ascii: "\n")
            written += 65
        }

        deinit {
            input.deallocate()
            output.deallocate()
        }
    }

    private let sink: ByteSink
    private let chunks = (0..<chunkCount).map { _ in Chunk() }
    private let free = DispatchSemaphore(value: chunkCount)
    private let queue = DispatchQueue(label: "regard.gate")
    private let failure = Mutex<(any Error)?>(nil)
    private let digests: Bool
    private var turn = 0
    private var inputHash = SHA256()
    private var outputHash = SHA256()

    /// - Parameter digests: whether both sides are digested.
    init(sink: ByteSink, digests: Bool) {
        self.sink = sink
        self.digests = digests
    }

    deinit {
        // A semaphore must not go while it is lower than it began.
        for _ in 0..<Self.chunkCount { free.signal() }
    }

    /// A chunk to fill. Throws what kept earlier ones from being written.
    func next() throws -> Chunk {
        free.wait()
        if let error = failure.withLock({ $0 }) {
            free.signal()
            throw error
        }
        let chunk = chunks[turn % Self.chunkCount]
        turn += 1
        chunk.empty()
        return chunk
    }

    /// Sends a chunk on; it is not touched afterwards until `next` gives it again.
    func send(_ chunk: Chunk) {
        let handed = Handed(chunk: chunk)
        queue.async { [self] in
            defer { free.signal() }
            guard failure.withLock({ $0 == nil }) else { return }
            do {
                let output = UnsafeRawBufferPointer(rebasing: handed.chunk.output[..<handed.chunk.written])
                if digests {
                    let input = UnsafeRawBufferPointer(rebasing: handed.chunk.input[..<handed.chunk.consumed])
                    inputHash.update(bufferPointer: input)
                    outputHash.update(bufferPointer: output)
                }
                try sink.write(output)
            } catch {
                failure.withLock { $0 = error }
            }
        }
    }

    /// Waits until all is written; the digests of what came in and of what went out.
    func finish() throws -> (input: [UInt8], output: [UInt8]) {
        try queue.sync {
            if let error = failure.withLock({ $0 }) { throw error }
            try sink.finish()
            return (Array(inputHash.finalize()), Array(outputHash.finalize()))
        }
    }

    /// Waits until nothing is under way, after a failure.
    func abandon() { queue.sync {} }

    /// A chunk as the queue gets it. Safe to send: whoever reads lets go of it here, and takes it up again only after the
    /// queue has signalled the semaphore.
    private struct Handed: @unchecked Sendable {
        let chunk: Chunk
    }
}
