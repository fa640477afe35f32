public import CivilTime
import Crypto
public import Logging
public import SQLDatabase
import StrictJSON
public import Vault

/// Puts together what answers granted requests of access, and destroys it when its time is over.
///
/// It runs where cases can be opened. A package is made once nothing of it is awaited any more, and again where a database
/// answers after all. One process at a time writes packages: each part is written under its lease, and so is what makes them a
/// package. What is written aside by a process that dies is nobody's, and goes with the next run.
public struct PackageAssembly: Sendable {
    /// What people read of it: a page that stands alone, and the same as text.
    public struct Documents: Sendable {
        let html: String
        let text: String

        public init(html: String, text: String) {
            self.html = html
            self.text = text
        }
    }

    private static let batch = 20
    private static let leaseSeconds = 600

    let database: SQLDatabase
    let keys: RightsKeys
    let policy: RightsPolicy
    let render: @Sendable (PackageContent) async throws -> Documents
    let holder: String
    let now: TimeSource
    let random: RandomSource

    public init(
        database: SQLDatabase, keys: RightsKeys, policy: RightsPolicy,
        render: @escaping @Sendable (PackageContent) async throws -> Documents, holder: String,
        now: @escaping TimeSource, random: @escaping RandomSource = systemRandom
    ) {
        self.database = database
        self.keys = keys
        self.policy = policy
        self.render = render
        self.holder = holder
        self.now = now
        self.random = random
    }

    /// Works until the task is cancelled.
    public func run(logger: Logger) async {
        await recurring(every: .seconds(5), failing: "packages could not be looked at", logger: logger) {
            try await destroyOver()
            for (reference, error) in try await runOnce().failed {
                // One that can't be put together holds up no other.
                logger.error(
                    "a package could not be put together",
                    metadata: ["request": "\(reference)", "error": "\(error)"])
            }
        }
    }

    /// Puts together what is due, some of it. Nothing where another process is at it. Throws `RightsError.keysOutdated` where
    /// this process has older keys than answers may be under.
    ///
    /// What fails is put off, for longer each time, and what never failed comes first: so it holds up no other.
    @discardableResult
    public func runOnce() async throws -> (made: Int, failed: [(reference: String, error: any Error)]) {
        let epoch = keys.epoch
        // Whoever can't open what is to be put together leaves it to another process.
        try await database.read { try KeyEpochs.require(epoch, on: $0) }
        return try await database.underLease("access-packages", for: holder, seconds: Self.leaseSeconds, now: now) {
            try await assembleDue(of: epoch, under: $0)
        } ?? (0, [])
    }

    private func assembleDue(
        of epoch: Int, under lease: Lease
    ) async throws -> (made: Int, failed: [(reference: String, error: any Error)]) {
        let moment = now()
        let since = moment.adding(seconds: -policy.packageDays * 86_400)
        let (due, forsaken): ([String], [(reference: String, build: String)]) = try await database.read { connection in
            try KeyEpochs.require(epoch, on: connection)
            return (
                try connection.query(Self.due, since, moment).map { try $0["reference"] },
                try PackageStore.forsaken(on: connection)
            )
        }
        if !forsaken.isEmpty {
            try await database.write { connection in
                // Nobody else is at it: what is of no package was left behind.
                guard try lease.prolong(seconds: Self.leaseSeconds, at: moment, on: connection) else { return }
                for (reference, build) in forsaken {
                    try PackageStore.destroyParts(of: reference, build, on: connection)
                }
            }
        }
        var made = 0
        var failed: [(reference: String, error: any Error)] = []
        for reference in due {
            do {
                if try await assemble(reference, under: lease) { made += 1 }
            } catch is SealedArchive.Forsaken {
                // The case was decided otherwise meanwhile, or another process has taken over: it will say what is due.
                let moment = now()
                guard try await database.write({ try lease.prolong(seconds: Self.leaseSeconds, at: moment, on: $0) })
                else { break }
            } catch RightsError.keysOutdated {
                throw RightsError.keysOutdated
            } catch {
                guard !Task.isCancelled else { throw error }
                failed.append((reference, error))
                let moment = now()
                try await database.write { try PackageFailureStore.record(reference, at: moment, on: $0) }
            }
        }
        return (made, failed)
    }

    /// Destroys the packages whose time is over; returns how many.
    @discardableResult
    public func destroyOver() async throws -> Int {
        let moment = now()
        guard try await !database.read({ try PackageStore.over(at: moment, limit: 1, on: $0) }).isEmpty else {
            return 0
        }
        return try await database.write { connection in
            let over = try PackageStore.over(at: moment, limit: 100, on: connection)
            // Of that build alone: another may be written at this very moment.
            for (reference, build) in over {
                try PackageStore.destroy(of: reference, build: build, at: moment, on: connection)
            }
            return over.count
        }
    }

    /// The granted requests of access of which each database in scope has answered or can't, and something has happened since
    /// their package was made, lately. Where none was made yet, it is enough that the request was not closed long ago: that
    /// nothing is awaited any more may come without an event.
    private static let due = """
        SELECT r.reference FROM rights_request r LEFT JOIN access_package p ON p.reference = r.reference
        LEFT JOIN access_package_failure f ON f.reference = r.reference
        WHERE r.right_kind = 'access' AND r.outcome IN ('granted', 'partiallyGranted') AND r.operator_wrap IS NOT NULL
            AND (f.reference IS NULL OR f.retry_at <= $2)
            AND EXISTS (
                SELECT 1 FROM request_event v
                WHERE v.reference = r.reference AND v.n > COALESCE(p.built_through, 0)
                    AND (v.at >= $1 OR (p.reference IS NULL AND (r.closed_at IS NULL OR r.closed_at >= $1)))
                    AND v.type IN (\(Timeline.toldInPackages.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", "))))
            AND \(RequestClosing.isNothingAwaited) AND \(RequestClosing.isEveryoneAsked)
        ORDER BY COALESCE(f.retry_at, 0), r.reference LIMIT \(batch)
        """

    // MARK: One package

    /// Everything that one package is made of.
    private struct Source: Sendable {
        let stored: StoredRequest
        let key: CaseKey
        let view: RequestView
        let answerFiles: [String: [StoredAnswerFile]]
        let wraps: [String: [UInt8]]
    }

    /// False where something happened meanwhile: it is made anew with it. Whatever else keeps it from being made leaves nothing
    /// behind.
    private func assemble(_ reference: String, under lease: Lease) async throws -> Bool {
        let moment = now()
        guard let source = try await source(of: reference) else { return false }
        let today = moment.date(in: policy.zone)
        guard let content = content(of: source, on: today) else { throw RightsError.outdated }
        let build = Hex.encode(random(16))
        var archive = SealedArchive(
            database: database, lease: lease, reference: reference, build: build, key: source.key, day: today,
            now: now, random: random)
        do {
            try await write(content, of: source, to: &archive)
            return try await publish(archive, of: source, under: lease, at: moment)
        } catch {
            // Where the database itself fails, the next run takes it away.
            try? await database.write { try PackageStore.destroyParts(of: reference, build, on: $0) }
            throw error
        }
    }

    private func write(
        _ content: PackageContent, of source: Source, to archive: inout SealedArchive
    ) async throws {
        let (documents, name) = (try await render(content), PackageContent.document(content.language))
        try await archive.add("\(name).html", Array(documents.html.utf8))
        try await archive.add("\(name).txt", Array(documents.text.utf8))
        try await archive.add("\(name).json", content.json.canonicalBytes + [UInt8(ascii: "\n")])
        for file in content.files {
            guard let held = caseFiles(of: source).first(where: { path(of: $0, content.language) == file.path }) else {
                continue
            }
            let opened = try OpenedFile(held, of: source.stored.reference, in: database, under: source.key)
            var bytes: [UInt8] = []
            for part in 0..<opened.parts { bytes += try await opened.content(ofPart: part) }
            try await archive.add(file.path, bytes)
        }
        for task in source.view.tasks.tasks {
            for file in answered(task, source) {
                try await archive.add(
                    path(of: file.n, file.type, from: task.database, content.language),
                    try await bytes(of: file, source))
            }
        }
        try await archive.finish()
    }

    private func source(of reference: String) async throws -> Source? {
        guard let casesPrivate = keys.casesPrivate else { throw RightsError.sealed }
        let (policy, epoch) = (policy, keys.epoch)
        return try await database.read { connection in
            try KeyEpochs.require(epoch, on: connection)
            guard let stored = try RequestStore.load(reference, on: connection), let wrap = stored.operatorWrap else {
                return nil
            }
            let key = try CaseKey(unwrapping: wrap, with: casesPrivate, reference: reference)
            let wraps = try AnswerFileStore.wraps(of: reference, on: connection)
            // An answer that does not open would be missing from the package without a word.
            for (task, wrap) in wraps {
                _ = try CaseKey(
                    unwrapping: wrap, with: casesPrivate, reference: TaskLocation.wrap(task, of: reference))
            }
            let tasks = try TaskStore.standing(
                of: stored, key: key, cases: casesPrivate, isConsole: true, on: connection)
            let view = RequestView(
                stored, ObjectionStanding(), try CaseFileStore.files(of: stored, on: connection), tasks: tasks,
                policy: policy, key: key, includesInternal: true)
            return Source(
                stored: stored, key: key, view: view,
                answerFiles: try AnswerFileStore.files(of: reference, on: connection),
                wraps: wraps)
        }
    }

    private func content(of source: Source, on today: CalendarDate) -> PackageContent? {
        let (stored, view, language) = (source.stored, source.view, source.stored.language)
        guard let outcome = view.outcome, [.granted, .partiallyGranted].contains(outcome),
            let decision = decision(source)
        else { return nil }
        func day(_ moment: Instant) -> CalendarDate { moment.date(in: policy.zone) }
        let answered = view.tasks.tasks.compactMap { task -> PackageContent.Database? in
            guard case .answered(let at) = task.state, let kind = task.answer else { return nil }
            return PackageContent.Database(
                id: task.database, name: task.name, finding: .answered(kind, words: task.words, on: day(at)),
                files: task.files.map { file in
                    PackageContent.File(
                        path: path(of: file.n, file.type, from: task.database, language), type: file.type,
                        size: file.size, senderName: file.senderName)
                })
        }
        let unable = view.tasks.impossible.map { found in
            PackageContent.Database(
                id: found.database, name: found.name,
                finding: .impossible(reasons: found.reasons, on: day(found.since)), files: [])
        }
        return PackageContent(
            reference: stored.reference, language: language, receivedOn: day(stored.receivedAt), assembledOn: today,
            decidedOn: day(decision.event.at), outcome: outcome, answer: decision.words ?? [:],
            files: caseFiles(of: source).map { file in
                PackageContent.File(
                    path: path(of: file, language), type: file.type, size: file.size, senderName: file.senderName)
            }, databases: (answered + unable).sorted { $0.id < $1.id })
    }

    private func decision(_ source: Source) -> RequestView.Event? {
        source.view.events.last { $0.event.type.outcome == source.view.outcome }
    }

    /// The body's own: those that came with the decision.
    private func caseFiles(of source: Source) -> [CaseFile] {
        let event = decision(source)?.event.n
        return source.view.files.filter { $0.event == event && $0.side == .operator && $0.destroyedAt == nil }
    }

    private func answered(_ task: RequestTask, _ source: Source) -> [StoredAnswerFile] {
        if case .answered = task.state { source.answerFiles[task.id] ?? [] } else { [] }
    }

    private func path(of file: CaseFile, _ language: FilingLanguage) -> String {
        "\(PackageContent.ownFolder(language))/\(file.name)"
    }

    /// Nothing of a file's name comes from its sender.
    private func path(of n: Int, _ type: FileType, from database: String, _ language: FilingLanguage) -> String {
        "\(PackageContent.folder(language))/\(database)-\(n).\(type.fileExtension)"
    }

    private func bytes(of file: StoredAnswerFile, _ source: Source) async throws -> [UInt8] {
        guard let casesPrivate = keys.casesPrivate, let wrap = source.wraps[file.task] else { throw RightsError.sealed }
        let key = try CaseKey(
            unwrapping: wrap, with: casesPrivate,
            reference: TaskLocation.wrap(file.task, of: source.stored.reference))
        var bytes: [UInt8] = []
        for part in 0..<CaseFileStore.parts(of: file.size) {
            let sealed = try await database.read {
                try AnswerFileStore.part(part, file.n, of: file.task, on: $0)
            }
            guard let sealed else { throw RightsError.fileDestroyed }
            bytes += try key.open(sealed, at: TaskLocation.filePart(file.task, file.n, part))
        }
        return bytes
    }

    /// Makes what was written the package of its request, and tells the citizen that it is ready.
    private func publish(
        _ archive: SealedArchive, of source: Source, under lease: Lease, at moment: Instant
    ) async throws -> Bool {
        let (reference, build, policy) = (archive.reference, archive.build, policy)
        let (told, until) = (source.stored.timeline.packageTold, moment.adding(seconds: policy.packageDays * 86_400))
        let names = try source.key.seal(
            JSON.array(archive.names.map(JSON.string)).canonicalBytes, at: CaseLocation.packageNames(reference, build),
            random: random)
        let present = now()
        return try await database.write { connection in
            // What another process has begun since is told by that one, and whatever is told is whole.
            guard try lease.prolong(seconds: Self.leaseSeconds, at: present, on: connection),
                let current = try RequestStore.load(reference, on: connection),
                current.erasedAt == nil, current.timeline.packageTold == told,
                [.granted, .partiallyGranted].contains(current.timeline.outcome),
                try PackageStore.load(reference, on: connection).map({ $0.builtThrough < told }) ?? true,
                try PackageStore.count(ofParts: build, of: reference, on: connection) == archive.count
            else {
                try PackageStore.destroyParts(of: reference, build, on: connection)
                return false
            }
            try RequestStore.append(
                .packageReady, to: current, actor: .system, data: ["until": .string(until.description)], at: moment,
                policy: policy, on: connection)
            try PackageStore.destroyParts(of: reference, but: build, on: connection)
            try connection.execute(
                """
                INSERT INTO access_package (reference, build, built_through, ready_at, open_until, size, sealed_names)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (reference) DO UPDATE SET build = $2, built_through = $3, ready_at = $4, open_until = $5,
                    size = $6, sealed_names = $7, opened_at = NULL, destroyed_at = NULL
                """, reference, build, told, moment, until, archive.size, names)
            try PackageFailureStore.forget(reference, on: connection)
            return true
        }
    }
}
