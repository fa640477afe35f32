import CivilTime
import SQLDatabase
import StrictJSON
import Vault

extension Timeline {
    private static let silent: Set<EventType> = [
        .noted, .identityOpened, .assigned, .packageDownloaded, .taskSent, .taskCompleted, .impossible,
    ]

    /// Whether a person has done something after event `n` that bears on whether the filing was forged. That it was closed meanwhile,
    /// or that databases answered, does not.
    func hasBeenTouched(since n: Int) -> Bool {
        events.dropFirst(n).contains { $0.actor != .system && !Self.silent.contains($0.type) }
    }
}

/// Voiding many at once where a refusal takes two: one proposes, and another one confirms or declines.
extension OperatorDesk {
    private static let shown = 8
    /// Under how many cases' keys the reasons are sealed: should one be erased, another still opens.
    private static let copies = 3

    /// Whether the operator looks for what was forged: who may void it, or where that takes two, who proposes or confirms it.
    public func maySeeWaves(_ signedIn: Operator) -> Bool {
        policy.roles.allows(signedIn.role, .refuse) || mayProposeVoiding(signedIn) || mayConfirm(signedIn)
    }

    /// Whether the operator proposes to void many at once, where that takes two.
    public func mayProposeVoiding(_ signedIn: Operator) -> Bool {
        policy.refusals == .confirmed && policy.roles.allows(signedIn.role, .proposeRefusal)
    }

    /// Throws `RightsError.forbidden`, with its audit event, for whoever does not.
    func demandWaves(of signedIn: Operator) async throws {
        guard !maySeeWaves(signedIn) else { return }
        try await recordRefusal(of: signedIn, asking: "waves")
        throw RightsError.forbidden(policy.refusals == .confirmed ? .proposeRefusal : .refuse)
    }

    /// What waits for a second person, the oldest first, and what was declined of the reader's own.
    public func voidingProposals(for signedIn: Operator) async throws -> [VoidingProposal] {
        try await demandWaves(of: signedIn)
        let mayRead = mayReadWords(signedIn)
        return try await database.read { connection in
            try VoidingProposalStore.all(on: connection).filter {
                $0.declined == nil || $0.proposer == signedIn.name
            }.map { proposal in
                let words = mayRead ? try openedWords(of: proposal.id, on: connection) : nil
                return VoidingProposal(
                    id: proposal.id, kind: proposal.kind, wave: proposal.wave, count: proposal.count,
                    proposer: proposal.proposer, proposedAt: proposal.proposedAt,
                    examples: try VoidingProposalStore.cases(of: proposal.id, limit: Self.shown, on: connection)
                        .map(\.reference),
                    reasons: words?["reasons"]?.string,
                    decline: proposal.declined.map {
                        VoidingProposal.Decline(name: $0.by, at: $0.at, note: words?["note"]?.string)
                    })
            }
        }
    }

    /// How many wait for this operator to confirm.
    public func voidingsToConfirm(by signedIn: Operator) async throws -> Int {
        guard mayConfirm(signedIn) else { return 0 }
        return try await database.read { connection in
            try connection.first(
                "SELECT count(*) AS n FROM voiding_proposal WHERE declined_at IS NULL AND proposer <> $1", signedIn.name
            )?[
                "n"] ?? 0
        }
    }

    /// Proposes to void every filing of a wave that stands, up to ``mostVoided``.
    ///
    /// Throws `RightsError.forbidden`, `.notFound` where there is no such wave now, `.outdated` where it has grown or is
    /// proposed already, and `.invalid` without reasons, or with `voiding.direct` where it takes nobody else.
    ///
    /// - Parameter seen: how many there were when somebody looked; nil where nobody did.
    public func proposeVoiding(
        wave id: String, seen: Int? = nil, reasons: String, by signedIn: Operator
    ) async throws {
        try await demandProposing(signedIn)
        let (wave, references) = try await standing(wave: id, seen: seen, for: signedIn)
        try await propose(references.map { SeenCase($0) }, wave.kind, wave: id, reasons: reasons, by: signedIn)
    }

    /// Proposes to void requests that were chosen by hand, up to ``bulkLimit``. Throws as the same of a wave does, and `.notFound`
    /// where one of them is no request.
    public func proposeVoiding(_ cases: [SeenCase], reasons: String, by signedIn: Operator) async throws {
        try await demandProposing(signedIn)
        var known: Set<String> = []
        let cases = cases.filter { known.insert($0.reference).inserted }
        guard !cases.isEmpty else { throw Self.wrong("/requests", "required") }
        guard cases.count <= Self.bulkLimit else {
            throw Self.wrong("/requests", "tooMany", [String(Self.bulkLimit)])
        }
        try await propose(cases, .chosen, wave: nil, reasons: reasons, by: signedIn)
    }

    private func demandProposing(_ signedIn: Operator) async throws {
        try await demand(.proposeRefusal, of: signedIn, asking: "voiding")
        guard policy.refusals == .confirmed else { throw Self.wrong("/type", "voiding.direct") }
    }

    private func propose(
        _ cases: [SeenCase], _ kind: WaveKind, wave: String?, reasons: String, by signedIn: Operator
    ) async throws {
        let words = try voiding(reasons).words ?? .null
        let (id, moment) = (Hex.encode(random(16)), now())
        let (seen, keys) = try await database.read { connection in
            let seen = try cases.map { item in
                guard
                    let row = try connection.first(
                        """
                        SELECT (SELECT max(n) FROM request_event e WHERE e.reference = r.reference) AS last
                        FROM rights_request r WHERE r.reference = $1
                        """, item.reference)
                else { throw RightsError.notFound }
                let last: Int? = try row["last"]
                return (reference: item.reference, event: item.after ?? last ?? 0)
            }
            var keys: [(String, CaseKey)] = []
            for item in seen where keys.count < Self.copies {
                if let stored = try RequestStore.load(item.reference, on: connection), stored.erasedAt == nil {
                    keys.append((item.reference, try opened(stored)))
                }
            }
            return (seen, keys)
        }
        guard !keys.isEmpty else { throw RightsError.erased }
        let sealed = try seal(words, keys, of: id)
        let proposal = StoredVoidingProposal(
            id: id, kind: kind, wave: wave, count: seen.count, proposer: signedIn.name, proposedAt: moment,
            declined: nil)
        let audit = event(
            "wave.proposed", on: id, by: signedIn,
            ["kind": .string(kind.rawValue), "requests": .integer(Int64(seen.count))], moment)
        try await database.write { connection in
            for reference in sealed.keys { try ErasureStore.requireStanding(reference, on: connection) }
            guard try VoidingProposalStore.insert(proposal, of: seen, sealed: sealed, on: connection) else {
                throw RightsError.outdated
            }
            try audit.record(on: connection)
        }
    }

    /// Confirms what another operator proposes: each of its requests is voided for itself, but those to which something has
    /// happened since that bears on it. It is restored as any wave.
    ///
    /// Throws `RightsError.forbidden` for the proposer and for whoever may not, `.outdated` where it is gone or was declined,
    /// and `.sealed` where nothing opens its reasons.
    public func confirmVoiding(_ id: String, by signedIn: Operator) async throws -> [BulkResult] {
        let proposal = try await confirmable(id, by: signedIn)
        let (cases, words) = try await database.read { connection in
            (try VoidingProposalStore.cases(of: id, on: connection), try openedWords(of: id, on: connection))
        }
        guard let reasons = words?["reasons"]?.string else { throw RightsError.sealed }
        return try await void(
            cases.map { SeenCase($0.reference, after: $0.event) }, proposal.kind, try voiding(reasons), by: signedIn,
            confirming: (proposal.id, proposal.proposer))
    }

    /// Declines what another operator proposes, with a note that its proposer reads. Throws as `confirmVoiding`, and `.invalid`
    /// without a note.
    public func declineVoiding(_ id: String, note: String, by signedIn: Operator) async throws {
        let proposal = try await confirmable(id, by: signedIn)
        let note = note.replacing("\r\n", with: "\n")
        guard !note.allSatisfy(\.isWhitespace) else { throw Self.wrong("/note", "required") }
        guard note.count <= 5000 else { throw Self.wrong("/note", "tooLong") }
        let moment = now()
        let (words, keys) = try await database.read { connection in
            let keys = try VoidingProposalStore.sealed(of: id, on: connection).compactMap { item in
                try RequestStore.load(item.reference, on: connection).flatMap { try? opened($0) }.map {
                    (item.reference, $0)
                }
            }
            return (try openedWords(of: id, on: connection), keys)
        }
        var members = words?.object ?? [:]
        members["note"] = .string(note)
        let sealed = try seal(.object(members), keys, of: id)
        let audit = event("wave.declined", on: id, by: signedIn, ["proposedBy": .string(proposal.proposer)], moment)
        try await database.write { connection in
            guard
                try VoidingProposalStore.decline(id, by: signedIn.name, at: moment, sealed: sealed, on: connection)
            else { throw RightsError.outdated }
            try audit.record(on: connection)
        }
    }

    /// Takes one's own proposal back, or puts away one that was declined. Throws `RightsError.forbidden` for another's, and
    /// `.outdated` where it is gone.
    public func takeBackVoiding(_ id: String, by signedIn: Operator) async throws {
        guard let proposal = try await database.read({ try VoidingProposalStore.find(id, on: $0) }) else {
            try await demandWaves(of: signedIn)
            throw RightsError.outdated
        }
        guard proposal.proposer == signedIn.name else {
            try await recordRefusal(of: signedIn, asking: "voiding \(id)")
            throw RightsError.forbidden(.proposeRefusal)
        }
        let audit = event("wave.takenBack", on: id, by: signedIn, [:], now())
        try await database.write { connection in
            guard try VoidingProposalStore.take(id, on: connection) else { throw RightsError.outdated }
            // That it was declined, the audit says already.
            if proposal.declined == nil { try audit.record(on: connection) }
        }
    }

    /// A proposal that waits for whoever asks: nobody confirms what they propose themselves.
    private func confirmable(_ id: String, by signedIn: Operator) async throws -> StoredVoidingProposal {
        let found = try await database.read { try VoidingProposalStore.find(id, on: $0) }
        guard mayConfirm(signedIn), found?.proposer != signedIn.name else {
            try await recordRefusal(of: signedIn, asking: "voiding \(id)")
            throw RightsError.forbidden(.confirmRefusal)
        }
        guard let found, found.declined == nil else { throw RightsError.outdated }
        return found
    }

    /// What was written for it; nil where no key opens it any more.
    private func openedWords(of id: String, on connection: any SQLConnection) throws -> JSON? {
        for (reference, sealed) in try VoidingProposalStore.sealed(of: id, on: connection) {
            guard let stored = try RequestStore.load(reference, on: connection), let key = try? opened(stored),
                let bytes = try? key.open(sealed, at: CaseLocation.voidingProposal(id, reference))
            else { continue }
            return try JSON(parsing: bytes)
        }
        return nil
    }

    private func seal(_ words: JSON, _ keys: [(String, CaseKey)], of id: String) throws -> [String: [UInt8]] {
        try keys.reduce(into: [:]) { sealed, item in
            sealed[item.0] = try item.1.seal(
                words.canonicalBytes, at: CaseLocation.voidingProposal(id, item.0), random: random)
        }
    }

    /// The act that voids with `reasons`. Throws `FieldErrors`.
    func voiding(_ reasons: String) throws -> OperatorAct {
        try OperatorAct(["type": "voided", "reasons": .string(reasons)], today: now().date(in: policy.zone))
    }
}
