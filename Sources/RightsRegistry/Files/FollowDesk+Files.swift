import SQLDatabase
import StrictJSON
public import Vault

/// Why a citizen is asked for a proof. Without a reason there is none, and none is taken (GDPR, articles 5(1)(c), 12(6)).
public enum ProofReason: Sendable, Hashable {
    /// A reasonable doubt on who asks; the event `identityRequested` says which.
    case identity
    /// Somebody acts for another, by a judgment, by a mandate, or as an heir.
    case capacity(Capacity)
}

extension FollowDesk {
    /// Adds files to the request of `reference`, with a message or without: one event, sealed under the key of its case.
    ///
    /// Throws `RightsError.notFound` as `follow` does, `.invalid` with `/text` or `/files/…`, and `.outdated` where others
    /// act at the same time again and again: nothing is kept then.
    public func send(
        _ files: [CheckedFile], text: String?, to reference: String, secret: TrackingSecret
    ) async throws {
        let words = try Self.words(text, beside: files)
        try await append(.message, words, files, isProof: false, to: reference, secret: secret) { _, _ in }
    }

    /// Answers the question of identity, or proves a quality, with files, in words, or both.
    ///
    /// Throws as ``send(_:text:to:secret:)`` does, and `.proofNotAsked` where there is no reason for a proof.
    public func prove(
        _ files: [CheckedFile], text: String?, for reference: String, secret: TrackingSecret
    ) async throws {
        let words = try Self.words(text, beside: files)
        try await append(.identityProvided, words, files, isProof: true, to: reference, secret: secret) {
            guard Self.proofReason(of: $0, under: $1) != nil else { throw RightsError.proofNotAsked }
        }
    }

    /// One file of the request, of either side. Throws `RightsError.notFound`, also where the case has none of this number,
    /// and `.fileDestroyed` for a proof that has served.
    public func file(_ n: Int, of reference: String, secret: TrackingSecret) async throws -> OpenedFile {
        let (stored, file) = try await database.read { connection in
            let stored = try authenticated(reference, secret, on: connection)
            return (stored, try CaseFileStore.file(n, of: reference, on: connection))
        }
        guard let file else { throw RightsError.notFound }
        return try OpenedFile(file, of: reference, in: database, under: try openedByCitizen(stored, secret))
    }

    /// Adds an event with words and files. Where something else happened meanwhile, files are sealed again for the next
    /// number rather than sent again by whoever sent them.
    func append(
        _ type: EventType, _ words: JSON?, _ files: [CheckedFile], isProof: Bool, to reference: String,
        secret: TrackingSecret, unless refusal: (StoredRequest, CaseKey) throws -> Void
    ) async throws {
        for _ in 0..<(files.isEmpty ? 1 : 3) {
            let (moment, policy) = (now(), policy)
            let stored = try await database.read { try authenticated(reference, secret, on: $0) }
            let key = try openedByCitizen(stored, secret)
            try refusal(stored, key)
            let number = stored.timeline.nextNumber
            let sealedWords = try words.map {
                try key.seal($0.canonicalBytes, at: CaseLocation.event(reference, number), random: random)
            }
            let sealedFiles = try SealedFiles(
                files, of: stored, from: .citizen, isProof: isProof, under: key, random: random)
            do {
                return try await database.write { connection in
                    let current = try authenticated(reference, secret, on: connection)
                    // What is sealed was sealed for the number that was free then.
                    guard current.timeline.nextNumber == number else { throw RightsError.outdated }
                    try RequestStore.append(
                        type, to: current, actor: .citizen, data: .object(sealedFiles.data), sealed: sealedWords,
                        at: moment, policy: policy, on: connection)
                    try CaseFileStore.insert(
                        sealedFiles, of: current, event: number, at: moment, limits: policy.files, on: connection)
                }
            } catch RightsError.outdated {}
        }
        throw RightsError.outdated
    }

    /// Files need no words beside them.
    private static func words(_ text: String?, beside files: [CheckedFile]) throws -> JSON? {
        let sent = text.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
        let read = try ObjectReader.read(.object(ofPresent: ["text": sent.map(JSON.string)])) { reader -> String?? in
            files.isEmpty
                ? reader.string("text", maxLength: longestMessage).map { .some($0) }
                : .some(reader.optionalString("text", maxLength: longestMessage))
        }
        return read.map { ["text": .string($0)] }
    }

    /// Why this request's citizen may send a proof now; nil where there is no reason.
    static func proofReason(of stored: StoredRequest, under key: CaseKey?) -> ProofReason? {
        let timeline = stored.timeline
        if timeline.state == .awaitingIdentity { return .identity }
        guard timeline.outcome == nil, timeline.state != .closed, timeline.isIdentityNeeded,
            !timeline.isIdentityVerified, let sealed = stored.sealedFiling,
            let opened = try? key?.open(sealed, at: CaseLocation.filing(stored.reference)),
            let capacity = (try? JSON(parsing: opened))?["capacity"]?.string.flatMap(Capacity.init)
        else { return nil }
        switch capacity {
        case .guardian, .authorisedAgent, .heir: return .capacity(capacity)
        case .dataSubject, .parentalAuthorityHolder: return nil
        }
    }
}

extension OpenedFile {
    /// Throws `RightsError.fileDestroyed` for a proof that has served.
    init(_ file: CaseFile, of reference: String, in database: SQLDatabase, under key: CaseKey) throws {
        guard file.destroyedAt == nil else { throw RightsError.fileDestroyed }
        self.init(file: file) { number in
            let sealed = try await database.read {
                try CaseFileStore.part(number, file.n, of: reference, on: $0)
            }
            guard let sealed else { throw RightsError.fileDestroyed }
            return try key.open(sealed, at: CaseLocation.filePart(reference, file.n, number))
        }
    }
}
