import CivilTime
import Crypto
import SQLDatabase
import StrictJSON
import Testing
import Vault

@testable import RightsRegistry

/// What tests of keeping and forgetting ask of a house.
extension House {
    /// The keys as a process reads them that starts now.
    var keysNow: RightsKeys { get throws { try RightsKeys(from: store, servesOperators: true) } }

    var followingNow: FollowDesk {
        get throws { FollowDesk(database: database, keys: try keysNow, policy: policy, now: clock.source) }
    }

    var operatorsNow: OperatorDesk {
        get throws { OperatorDesk(database: database, keys: try keysNow, policy: policy, now: clock.source) }
    }

    /// A desk with the keys of now.
    func desk(refusals: RightsPolicy.Refusals = .direct, recallSeconds: Int = 0) throws -> OperatorDesk {
        var policy = policy
        policy.refusals = refusals
        policy.recallSeconds = recallSeconds
        return OperatorDesk(database: database, keys: try keysNow, policy: policy, now: clock.source)
    }

    /// What puts packages together, with the keys of now.
    var assembly: PackageAssembly {
        get throws {
            PackageAssembly(
                database: database, keys: try keysNow, policy: policy,
                render: { content in
                    let words = content.databases.map { "\($0.finding)" }.joined(separator: "\n")
                    return PackageAssembly.Documents(html: words, text: words)
                }, holder: "test", now: clock.source)
        }
    }

    var rotation: KeyRotation { KeyRotation(database: database, store: store, now: clock.source) }

    func erasure(holder: String = "test") async throws -> CaseErasure {
        CaseErasure(
            database: database, keys: try keysNow, policy: policy,
            journal: try await ErasureJournal.open(in: store.folder), holder: holder, now: clock.source)
    }

    func advance(days: Int) { clock.advance(seconds: days * 86_400) }

    /// Files what is granted at once, and lets the one linked database confirm it.
    func applied(_ body: JSON) async throws -> FilingReceipt {
        let receipt = try await file(body)
        #expect(receipt.isConfirmed)
        try await confirmAll()
        return receipt
    }

    /// Files what an operator refuses: an access request, with words on both sides.
    func refused(_ person: Person) async throws -> FilingReceipt {
        let receipt = try await file(person.body(["right": "access"]))
        try await act(["type": "assigned"], on: receipt)
        try await act(Self.refusal, on: receipt)
        try await confirmAll()
        return receipt
    }

    /// Files an access that the one linked database answers with words and a file, and that is granted then.
    func answered(_ person: Person) async throws -> FilingReceipt {
        let receipt = try await file(person.body(["right": "access"]))
        try await act(["type": "identityVerified"], on: receipt)
        try await confirmAll()
        try await act(["type": "taskSent", "allDatabases": true], on: receipt)
        let task = try #require(try await operators.request(receipt.reference, for: Self.agent).tasks.tasks.first)
        let stays = Array("séjour;2019\n".utf8)
        let file = OfferedFile(name: "séjours.csv", size: stays.count, content: stays, type: "text/csv")
        let answers = TaskAnswers(
            database: database, cases: try store.casesKeys(), policy: policy, now: clock.source)
        try await answers.take(
            TaskAnswer(id: task.id, kind: .done, words: "Douze séjours.", files: [file]), from: "cohorte",
            by: .program(of: "cohorte"))
        try await act(["type": "granted", "text": "Voici vos données."], on: receipt)
        return receipt
    }

    /// Links one database, which confirms whatever the ledger has; closes what is complete, and indexes what has arrived.
    func confirmAll() async throws {
        let moment = clock.source()
        try await sequencer.drain()
        _ = try await database.write { connection in
            _ = try LinkedDatabaseStore.add(
                id: "cohorte", name: nil, connector: "manual:", datasets: [], matching: .nir, at: moment,
                on: connection)
            return try connection.execute(
                """
                UPDATE linked_database SET state = 'active', incarnation = 'first',
                    position = (SELECT COALESCE(MAX(position), 0) FROM ledger_entry)
                """)
        }
        _ = try await RequestClosing(database: database, policy: policy, now: clock.source).closeComplete()
        let indexing = try #require(
            PersonIndexing(database: database, keys: try keysNow, policy: policy, now: clock.source))
        while try await indexing.indexNext() > 0 {}
    }

    /// Puts the citizen's wrap back into the format that it had before there were two layers.
    func makeOld(_ receipt: FilingReceipt) async throws {
        let (stored, keys) = (try await stored(receipt), try keysNow)
        let key = try CaseKey(
            unwrapping: try #require(stored.operatorWrap), with: try #require(keys.casesPrivate),
            reference: receipt.reference)
        let wrap = try key.wrappedInOneLayer(
            toSecret: try TrackingSecret(entered: receipt.secret), pepper: try #require(keys.peppers[1]),
            reference: receipt.reference)
        _ = try await database.write {
            try $0.execute(
                "UPDATE rights_request SET citizen_wrap = $1, citizen_epoch = 1 WHERE reference = $2", wrap,
                receipt.reference)
        }
    }

    func stored(_ receipt: FilingReceipt) async throws -> StoredRequest {
        try #require(try await database.read { try RequestStore.load(receipt.reference, on: $0) })
    }

    /// Whether the case opens with the keys of now, for operators and for its citizen.
    func opens(_ stored: StoredRequest, _ receipt: FilingReceipt) throws -> (operators: Bool, citizen: Bool) {
        let keys = try keysNow
        func reads(_ key: CaseKey?) -> Bool {
            guard let key, let sealed = stored.sealedFiling else { return false }
            return (try? key.open(sealed, at: CaseLocation.filing(receipt.reference))) != nil
        }
        let secret = try TrackingSecret(entered: receipt.secret)
        let opener = try #require(keys.casesPrivate)
        let forOperators = stored.operatorWrap.flatMap {
            try? CaseKey(unwrapping: $0, with: opener, reference: receipt.reference)
        }
        let forCitizen = stored.citizenWrap.flatMap { wrap in
            keys.peppers[stored.citizenEpoch].flatMap {
                try? CaseKey(unwrapping: wrap, withSecret: secret, pepper: $0, reference: receipt.reference)
            }
        }
        return (reads(forOperators), reads(forCitizen))
    }

    func follow(_ receipt: FilingReceipt) async throws -> RequestView {
        try await followingNow.follow(receipt.reference, secret: try TrackingSecret(entered: receipt.secret))
    }
}
