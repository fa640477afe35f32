import Crypto
import Glibc
public import Vault

/// What became of a cohort.
public struct CohortOutcome: Sendable, Hashable {
    /// Rows, without the one that has the names of columns.
    public let rowsIn: Int
    public let rowsOut: Int
    /// How many different pseudonyms the rows had that were dropped.
    public let personsRemoved: Int
    /// SHA-256 of what came in, and of what went out, unpacked.
    public let inputDigest: [UInt8]
    public let outputDigest: [UInt8]
}

/// Reads a file of persons to its end and writes another, with a bounded part of them in memory. It blocks its thread.
public enum CohortRun {
    /// How far a run is: bytes read of the file as it is, and rows.
    public typealias Progress = (_ bytes: Int, _ rows: Int) -> Void

    /// Keeps the rows of those who have not opted out, in their order and byte for byte.
    ///
    /// - Parameters:
    ///   - key: of the list's database, where rows have identities.
    ///   - packs: whether what is written is packed with gzip.
    ///
    /// Throws `GateRefusal` where a row can't be read, with its line and column and never with what it holds, and
    /// `FileFailure`. What was written by then is void.
    public static func filter(
        from input: Int32, to output: Int32, packs: Bool, shape: CohortShape, list: SignedList, key: PseudonymKey?,
        progress: Progress
    ) throws -> CohortOutcome {
        let optOuts = list.optOuts
        var rowsOut = 0
        let found = UnsafeMutablePointer<Bool>.allocate(capacity: OptOutSet.batch)
        defer { found.deallocate() }
        let (rows, digests) = try run(
            from: input, to: output, packs: packs, digests: true, shape: shape, key: key, progress: progress
        ) { reading, chunk in
            // Kept rows that follow one another are copied together.
            let bytes = reading.bytes
            var kept = 0
            try reading.eachBatch { batch in
                optOuts.look(for: batch.pseudonyms.baseAddress!, count: batch.count, found: found)
                for index in 0..<batch.count {
                    guard found[index] else {
                        rowsOut += 1
                        continue
                    }
                    let row = batch.rows[index]
                    chunk.write(UnsafeRawBufferPointer(rebasing: bytes[kept..<row.lowerBound]))
                    kept = row.upperBound
                }
            }
            chunk.write(UnsafeRawBufferPointer(rebasing: bytes[kept..<reading.place]))
        }
        return CohortOutcome(
            rowsIn: rows, rowsOut: rowsOut, personsRemoved: optOuts.removed, inputDigest: digests.input,
            outputDigest: digests.output)
    }

    /// Writes the pseudonym of each row's identity, one a line, in their order; how many there were.
    ///
    /// Throws as `filter` does.
    public static func pseudonymize(
        from input: Int32, to output: Int32, packs: Bool, separator: CohortShape.Separator?, key: PseudonymKey,
        progress: Progress
    ) throws -> Int {
        try run(
            from: input, to: output, packs: packs, digests: false,
            shape: CohortShape(separator: separator, identifiers: .identities), key: key, progress: progress
        ) { reading, chunk in
            try reading.eachBatch { batch in
                for index in 0..<batch.count { chunk.writeLine(batch.pseudonyms.baseAddress! + index * 32) }
            }
        }.rows
    }

    private static func run(
        from input: Int32, to output: Int32, packs: Bool, digests: Bool, shape: CohortShape, key: PseudonymKey?,
        progress: Progress, _ body: (inout ChunkReading, ChunkPipe.Chunk) throws -> Void
    ) throws -> (rows: Int, digests: (input: [UInt8], output: [UInt8])) {
        let source = try ByteSource(descriptor: input, path: "standard input")
        let pipe = ChunkPipe(
            sink: ByteSink(descriptor: output, path: "the output", packs: packs), digests: digests)
        var reading = ChunkReading(shape: shape, key: key)
        defer { reading.deallocate() }
        do {
            repeat {
                let chunk = try pipe.next()
                try reading.fill(chunk, from: source)
                try body(&reading, chunk)
                try reading.end(chunk)
                pipe.send(chunk)
                progress(source.consumed, reading.rows)
            } while !reading.isLast
            return (reading.rows, try pipe.finish())
        } catch {
            pipe.abandon()
            throw error
        }
    }

    /// SHA-256 of what a file holds, unpacked: what a certificate calls its output's digest, in hexadecimal.
    ///
    /// Throws `FileFailure`, and `GateRefusal` where a gzip file is damaged.
    public static func digest(ofFile path: String) throws -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure(path: path, operation: "open", code: errno) }
        defer { close(descriptor) }
        let source = try ByteSource(descriptor: descriptor, path: path)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: ChunkPipe.readLength, alignment: 64)
        defer { buffer.deallocate() }
        var hash = SHA256()
        while true {
            let count = try source.fill(buffer)
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            if count < buffer.count { return Hex.encode(Array(hash.finalize())) }
        }
    }
}
