import CivilTime
import PublicRegistry
import SQLDatabase
import StrictJSON
import Synchronization
import TestSupport
import Vault

@testable import Propagation
@testable import RightsRegistry

/// What citizens, operators, custodians and the register do meanwhile.
extension World {
    // MARK: The ledger

    func write() async throws {
        if let index = uncommitted.indices.last, source.chance(inThousand: 400) {
            return try await commit(at: source.below(index + 1))
        }
        switch source.below(100) {
        case 0..<50: try await register()
        case 50..<80: try await withdraw()
        case 80..<95: try await registerAgain()
        default: try await replace()
        }
    }

    private func moment() -> Instant { clocks[source.below(2)].now() }

    private func id() -> String { Hex.encode(source.bytes(16)) }

    private func scope() -> Scope {
        switch source.below(4) {
        case 0 where !linked.isEmpty: .databases(source.some(of: linked.sorted()))
        case 1: .projects(source.some(of: Self.projects))
        default: .all
        }
    }

    private func sealed(_ objection: Objection) throws -> SealedRegistration {
        try sealer.registration(
            of: objection.id, identifiers: objection.identifiers, scope: objection.scope, unreached: [], at: moment())
    }

    /// Of few people, so that several objections are about one: twins, and two parents of one child.
    private func newObjection(_ scope: Scope) -> Objection {
        var identifiers = [Person(source.below(Self.people)).canonical]
        if source.chance(inThousand: 200) { identifiers.append(Person(20 + source.below(2)).canonical) }
        if source.chance(inThousand: 50) { identifiers = [] }
        return Objection(id: ObjectionID(source.bytesText)!, identifiers: identifiers, scope: scope)
    }

    private func register() async throws {
        let objection = newObjection(scope())
        objections.append(objection)
        let registration = try sealed(objection)
        tell("objection \(objections.count - 1) to \(objection.scope.json.canonical)")
        guard sabotage == .positionsByWriters else {
            return try await stage.database.write { try LedgerStore.register(registration, on: $0) }
        }
        let position = try await stage.database.write { try Self.takePosition(on: $0) }
        uncommitted.append((registration, position))
    }

    private static func takePosition(on connection: any SQLConnection) throws -> Int64 {
        try connection.first(
            """
            INSERT INTO sequence (name, last) VALUES ('ledger_entry', 1)
            ON CONFLICT (name) DO UPDATE SET last = sequence.last + 1 RETURNING last
            """)!["last"]
    }

    private func commit(at index: Int) async throws {
        let (registration, position) = uncommitted.remove(at: index)
        tell("position \(position) is committed")
        try await stage.database.write { connection in
            try LedgerStore.register(registration, on: connection)
            try connection.execute(
                "UPDATE ledger_entry SET position = $1 WHERE id = $2", position, registration.entryID)
        }
    }

    func commitAll() async throws { while !uncommitted.isEmpty { try await commit(at: 0) } }

    private func withdraw() async throws {
        guard let index = objections.indices.last.map({ source.below($0 + 1) }) else { return }
        let (objection, part, entryID, now) = (
            objections[index], source.chance(inThousand: 400) ? .all : scope(), id(), moment()
        )
        let ended = try await stage.database.write { connection in
            try LedgerStore.withdraw(objection.id, part, entryID: entryID, at: now, on: connection)
        }
        if let ended { tell("objection \(index) ends for \(ended.json.canonical)") }
    }

    private func registerAgain() async throws {
        guard let objection = source.pick(objections) else { return }
        let registration = try sealed(objection)
        tell("objection \(objections.firstIndex { $0.id == objection.id }!) again, unless in force")
        try await stage.database.write { connection in
            guard try !ObjectionHistory.load(objection.id, on: connection).entries.isEmpty else { return }
            try LedgerStore.registerUnlessInForce(registration, on: connection)
        }
    }

    private func replace() async throws {
        guard let wrong = source.pick(objections) else { return }
        let right = newObjection(wrong.scope)
        let (registration, ids, now) = (try sealed(right), [id(), id(), id()], moment())
        let isReplaced = try await stage.database.write { connection in
            guard try ObjectionHistory.load(wrong.id, on: connection).isInForce else { return false }
            try LedgerStore.replace(wrong.id, by: registration, entryIDs: ids, at: now, on: connection)
            return true
        }
        guard isReplaced else { return }
        objections.append(right)
        tell("objection \(objections.count - 1) in the place of another")
    }

    /// What has ended and is confirmed everywhere is forgotten, at once.
    func forget() async throws {
        let now = max(clocks[0].now(), clocks[1].now())
        let count = try await LedgerForgetting(
            database: stage.database, days: 0, holder: "forgetting", now: { now }
        ).runOnce()
        if count > 0 { tell("\(count) objections are forgotten") }
    }

    // MARK: Operators, and the register

    func link() async throws {
        guard !toLink.isEmpty else { return }
        let id = toLink.removeFirst()
        tell("\(id) is linked")
        keys[id] = [1: PseudonymKey(try stage.keys.symmetricKey(.database(id)))]
        linked.append(id)
        let now = moment()
        let isAdded = try await stage.database.write { connection in
            let isAdded = try LinkedDatabaseStore.add(
                id: id, name: nil, connector: Stage.connector(id), datasets: ["D-\(id)"], at: now, on: connection)
            try ProjectReach.refresh(on: connection)
            return isAdded
        }
        precondition(isAdded)
    }

    /// A project comes to use a database, which may not be linked yet.
    func use() async throws {
        let (project, id) = (source.pick(Self.projects)!, source.pick(Stage.kinds.map(\.id))!)
        guard uses[id, default: []].insert(project).inserted else { return }
        tell("\(project) comes to use \(id)")
        try await stage.database.write { connection in
            try connection.execute("INSERT INTO project_dataset (project, dataset) VALUES ($1, $2)", project, "D-\(id)")
            try ProjectReach.refresh(on: connection)
        }
    }

    /// An operator begins to change a database's key, or ends a change that was begun where that is allowed.
    func changeKey() async throws {
        guard let id = source.pick(linked) else { return }
        touched.insert(id)
        let now = moment()
        let all = try await stage.database.read { try DatabaseKeyStore.all(of: id, on: $0) }
        guard all.last?.state == .active else { return try await confirmKey(of: id) }
        let number = all.count + 1
        let name = SymmetricKeyName.key(of: id, generation: number)
        if !stage.keys.exists(name) { try stage.keys.createSymmetricKey(name) }
        let list = keys[id]![1]!.listName
        do {
            try await stage.database.write {
                try DatabaseKeyStore.begin(number, of: id, list: list, at: now, on: $0)
            }
        } catch is KeyChangeRefusal { return }
        keys[id]![number] = PseudonymKey(try stage.keys.symmetricKey(name))
        tell("the key of \(id) is changed, to generation \(number)")
    }

    func confirmKey(of id: String) async throws {
        let now = moment()
        do {
            try await stage.database.write { try DatabaseKeyStore.confirm(id, at: now, on: $0) }
            tell("\(id) is matched with its new key")
        } catch let refusal as KeyChangeRefusal { tell("\(id) is not matched with its new key: \(refusal)") }
    }

    func pauseOrResume() async throws {
        guard let id = source.pick(linked) else { return }
        let isPaused = try await stage.database.write { connection in
            let isActive = try LinkedDatabaseStore.find(id, on: connection)!.state == .active
            _ = try LinkedDatabaseStore.set(isActive ? .paused : .active, of: id, on: connection)
            return isActive
        }
        tell("\(id) is \(isPaused ? "paused" : "resumed")")
    }

    /// An operator asks that what a database could not take be sent again.
    func retry() async throws {
        guard let id = source.pick(linked) else { return }
        let now = moment()
        let asked = try await stage.database.write { connection in
            try DeliveryExceptionStore.open(in: id, on: connection).map { exception in
                _ = try DeliveryExceptionStore.retry(exception.objection, in: id, at: now, on: connection)
            }.count
        }
        if asked > 0 { tell("\(asked) objections are to be sent to \(id) again") }
    }

    /// A database comes to refuse somebody's rows, or takes them again.
    func setRefusal() async throws {
        guard let id = source.pick(linked) else { return }
        let person = source.chance(inThousand: 500) ? source.below(Self.people) : nil
        try await refuse(person.map { Person($0).canonical }, in: id)
        tell("\(id) refuses \(person.map { "person \($0)" } ?? "nobody")")
    }

    func refuse(_ canonical: String?, in id: String) async throws {
        // Under its oldest key: the others' rows are of no custodian's rule.
        let pseudonym = canonical.flatMap { canonical in keys[id]?[1]?.pseudonym(of: canonical) }
        try await stage.targets[id]?.refuse(pseudonym)
        stage.custodians[id]?.state.withLock { $0.refused = pseudonym }
    }

    // MARK: Custodians

    /// A custodian takes what waits, or says something: late, twice, out of order, or what was never true.
    func visit(_ id: String) async throws {
        guard let custodian = stage.custodians[id] else { return }
        touched.insert(id)
        switch source.below(10) {
        case 0..<5: try await take(custodian, atMost: 1 + source.below(3))
        case 5..<9:
            guard let word = source.pick(custodian.state.withLock { $0.words }) else { return }
            try await say(word, custodian)
        default: try await lie(custodian)
        }
    }

    func take(_ custodian: SimulatedCustodian, atMost limit: Int) async throws {
        for _ in 0..<limit {
            let next = custodian.state.withLock { $0.number } + 1
            guard let document = try await document(next, of: custodian) else { return }
            try custodian.take(document)
            tell("\(custodian.id) takes batch \(next)")
        }
    }

    private func document(_ number: Int64, of custodian: SimulatedCustodian) async throws -> [UInt8]? {
        guard Stage.kind(custodian.id) == .pull else { return custodian.state.withLock { $0.folder[number] } }
        let mailbox = StoredMailbox(FeedKey(try stage.keys.symmetricKey(.feed(custodian.id))))
        let batch = try await stage.database.read { connection in
            try MailboxStore.batches(of: custodian.id, edition: 1, after: number - 1, limit: 1, on: connection).first
        }
        return try batch.map(mailbox.document(of:))
    }

    /// In a folder, the next word is laid down, whichever was meant.
    func say(_ word: Acknowledgement, _ custodian: SimulatedCustodian) async throws {
        guard Stage.kind(custodian.id) == .pull else {
            return custodian.state.withLock { state in
                state.laid = min(state.laid + 1, state.words.count)
                state.answered = state.words[state.laid - 1].number!
            }
        }
        tell("\(custodian.id) acknowledges batch \(word.number ?? 0)")
        let now = moment()
        _ = try await stage.database.write { connection in
            try MailboxStore.acknowledge(word.mailbox!, of: custodian.id, at: now, on: connection)
        }
        custodian.state.withLock { $0.answered = max($0.answered, word.number!) }
    }

    /// Says all that there is to say.
    func sayAll(_ custodian: SimulatedCustodian) async throws {
        for word in custodian.state.withLock({ $0.words }) { try await say(word, custodian) }
    }

    private func lie(_ custodian: SimulatedCustodian) async throws {
        guard let word = custodian.state.withLock({ $0.words.last }), Stage.kind(custodian.id) == .pull else { return }
        let lie = Acknowledgement(
            database: word.database, list: word.list, incarnation: word.incarnation, position: word.position + 1000,
            edition: word.edition, number: word.number! + 1 + Int64(source.below(3)), rejected: [])
        let now = moment()
        do {
            let isNew = try await stage.database.write { connection in
                try MailboxStore.acknowledge(lie.mailbox!, of: custodian.id, at: now, on: connection)
            }
            if isNew { throw Violation("\(custodian.id) was believed batch \(lie.number!), which it does not have") }
        } catch is AcknowledgementRefusal {}
    }

    /// Somebody takes a batch out of the folder before its custodian has.
    func takeAway() {
        for custodian in stage.custodians.values {
            let number = custodian.state.withLock { state -> Int64? in
                let next = state.number + 1
                return state.folder.removeValue(forKey: next) == nil ? nil : next
            }
            if let number { tell("batch \(number) is gone from \(custodian.id)") }
        }
    }
}

extension SeededSource {
    /// 32 hexadecimal digits.
    fileprivate var bytesText: String {
        mutating get { Hex.encode(bytes(16)) }
    }
}
