import CivilTime
import SQLDatabase
import Vault

/// An archive that is written into sealed parts as it grows, so that memory does not grow with it.
struct SealedArchive {
    /// Nothing more is to be written: another process has the lease, or the case is not granted any more.
    struct Forsaken: Error {}

    /// Parts that are written in one transaction.
    private static let partsAtOnce = 16

    private static let leaseSeconds = 600

    let database: SQLDatabase
    let lease: Lease
    let reference: String
    let build: String
    let key: CaseKey
    let now: TimeSource
    let random: RandomSource
    private var zip: ZipWriter
    private var pending: [UInt8] = []
    private var parts: [(number: Int, sealed: [UInt8])] = []
    /// How many parts there are.
    private(set) var count = 0
    private(set) var size = 0
    private(set) var names: [String] = []

    init(
        database: SQLDatabase, lease: Lease, reference: String, build: String, key: CaseKey, day: CalendarDate,
        now: @escaping TimeSource, random: @escaping RandomSource
    ) {
        self.database = database
        self.lease = lease
        self.reference = reference
        self.build = build
        self.key = key
        self.now = now
        self.random = random
        zip = ZipWriter(on: day)
    }

    mutating func add(_ path: String, _ content: [UInt8]) async throws {
        names.append(path)
        try await write(try zip.entry(path, content))
    }

    mutating func finish() async throws {
        try await write(zip.end())
        if !pending.isEmpty { try seal(pending[...]) }
        pending = []
        try await flush()
    }

    private mutating func write(_ bytes: [UInt8]) async throws {
        size += bytes.count
        pending += bytes
        var start = 0
        while pending.count - start >= CaseFileStore.partBytes {
            try seal(pending[start..<(start + CaseFileStore.partBytes)])
            start += CaseFileStore.partBytes
            if parts.count >= Self.partsAtOnce { try await flush() }
        }
        pending.removeFirst(start)
    }

    private mutating func seal(_ bytes: ArraySlice<UInt8>) throws {
        let sealed = try key.seal(
            Array(bytes), at: CaseLocation.packagePart(reference, build, count), random: random)
        parts.append((count, sealed))
        count += 1
    }

    /// Writes what is sealed; throws ``Forsaken`` where it is nobody's any more.
    private mutating func flush() async throws {
        guard !parts.isEmpty else { return }
        let (written, lease, reference, build, moment) = (parts, lease, reference, build, now())
        try await database.write { connection in
            guard try lease.prolong(seconds: Self.leaseSeconds, at: moment, on: connection),
                try PackageStore.isGranted(reference, on: connection)
            else { throw Forsaken() }
            try PackageStore.insertParts(written, of: reference, build, on: connection)
        }
        parts = []
    }
}
