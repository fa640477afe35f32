import CivilTime
import Crypto
import Foundation
import RightsRegistry
import SQLDatabase
import StrictJSON
import Synchronization
import TestSupport
import Vault

@testable import Propagation

/// A linked database as the contract of connectors sees it: something that is linked, that takes what waits, and whose list
/// can be read.
protocol Custodian: Sendable {
    var target: Target { get }

    /// Takes what waits and acknowledges it. Nothing where the hub writes itself.
    func take(from circuit: Circuit) async throws

    /// The list as its custodian holds it.
    func entries() async throws -> [Target.Entry]

    /// From now on the database can't take the rows of this pseudonym, or can again.
    func refuse(_ pseudonym: [UInt8]?) async throws

    /// Ends what runs on its behalf.
    func end() async
}

extension Custodian {
    func end() async {}

    /// The pseudonyms that an extraction for `project` leaves out; for no single project where it is nil. As
    /// docs/propagation.md says it.
    func optedOut(of project: String? = nil) async throws -> Set<[UInt8]> {
        Self.optedOut(try await entries(), of: project)
    }

    static func optedOut(_ entries: [Target.Entry], of project: String?) -> Set<[UInt8]> {
        guard let project else { return Set(entries.filter(\.isActive).map(\.pseudonym)) }
        let ended = Set(entries.filter { $0.scope == project && !$0.isActive }.map(\.token))
        return Set(
            entries.filter { $0.isActive && ($0.scope == "*" || $0.scope == project) && !ended.contains($0.token) }
                .map(\.pseudonym))
    }
}

/// A database that the hub writes to itself.
struct WrittenDatabase: Custodian {
    let target: Target
    func take(from circuit: Circuit) async throws {}
    func entries() async throws -> [Target.Entry] { try await target.entries() }

    func refuse(_ pseudonym: [UInt8]?) async throws { try await target.refuse(pseudonym) }
}

extension Target {
    /// From now on a rule of the database's own forbids the rows of this pseudonym, or no longer does.
    func refuse(_ pseudonym: [UInt8]?) async throws {
        let isSQLite = connector.hasPrefix("sqlite:")
        guard let pseudonym else {
            try await tamper(
                isSQLite
                    ? "DROP TRIGGER refusing"
                    : "DROP TRIGGER refusing ON regard_optout; DROP FUNCTION refuse()")
            return
        }
        let hex = Hex.encode(pseudonym)
        try await tamper(
            isSQLite
                ? """
                CREATE TRIGGER refusing BEFORE INSERT ON regard_optout WHEN hex(NEW.pseudonym) = upper('\(hex)')
                BEGIN SELECT RAISE(ABORT, 'not of ours'); END
                """
                : """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF encode(NEW.pseudonym, 'hex') = '\(hex)' THEN RAISE EXCEPTION 'not of ours'; END IF;
                    RETURN NEW;
                END $$;
                CREATE TRIGGER refusing BEFORE INSERT ON regard_optout FOR EACH ROW EXECUTE FUNCTION refuse()
                """)
    }
}

/// A list kept by the lines of batches, as a custodian's program of the guide does: one row a token and scope.
struct KeptList: Sendable {
    struct Row: Hashable, Sendable { let token: [UInt8], scope: String }
    var rows: [Row: (pseudonym: [UInt8], isActive: Bool, position: Int64)] = [:]
    /// Rows of an edition before, which this one has not named: they stay as they are.
    var former: Set<Row> = []
    var edition: Int64 = 0
    var number: Int64 = 0
    var position: Int64 = 0
    var refused: [UInt8]?

    /// Applies a document whole; returns the acknowledgement.
    mutating func apply(_ document: [UInt8]) throws -> JSON {
        let lines = String(decoding: document, as: UTF8.self).split(separator: "\n")
        let header = try JSON(parsing: lines[0].utf8)
        let (from, to) = (Int64(header["from"]!.int!), Int64(header["to"]!.int!))
        let (edition, number) = (Int64(header["edition"]!.int!), Int64(header["number"]!.int!))
        precondition(header["lines"]!.int == lines.count - 1)
        if edition != self.edition {
            precondition(number == 1 && from == 0)
            former = Set(rows.keys)
            (self.edition, self.number, position) = (edition, 0, 0)
        }
        precondition(number == self.number + 1 && from == position)
        var rejected: [JSON] = []
        for line in lines.dropFirst() {
            let change = try JSON(parsing: line.utf8)
            if try !take(change) {
                rejected.append(["position": change["position"]!, "reason": "not of ours"])
            }
        }
        (self.number, position) = (number, to)
        return [
            "format": "regard-acknowledgement-v1", "database": header["database"]!, "list": header["list"]!,
            "incarnation": header["incarnation"]!, "edition": header["edition"]!, "number": header["number"]!,
            "position": header["to"]!, "rejected": .array(rejected), "count": .integer(told.count),
            "digest": .string(told.digest), "kept": .integer(Int64(former.filter { rows[$0]?.isActive == true }.count)),
        ]
    }

    /// The rule of docs/propagation.md: a line sets its row; one of the whole sets every row of its token.
    mutating func take(_ change: JSON) throws -> Bool {
        let row = Row(token: Hex.decode(change["token"]!.string!)!, scope: change["scope"]!.string!)
        // The first line of a token in this edition: what was known of it before counts no more, but for its pseudonym.
        let before = former.filter { $0.token == row.token }
        let formerPseudonym = before.first.flatMap { rows[$0]?.pseudonym }
        for other in before {
            former.remove(other)
            rows[other] = nil
        }
        let position = Int64(change["position"]!.int!)
        let isActive = change["do"] == "register"
        let known = rows[row] ?? rows[Row(token: row.token, scope: "*")]
        // Of a token that it does not hold, an end changes nothing.
        guard let pseudonym = change["pseudonym"]?.string.flatMap(Hex.decode) ?? known?.pseudonym ?? formerPseudonym
        else { return true }
        if isActive, pseudonym == refused { return false }
        rows[row] = (pseudonym, isActive, position)
        if row.scope == "*" {
            for other in rows.keys where other.token == row.token {
                rows[other]?.isActive = isActive
                rows[other]?.position = position
            }
        }
        return true
    }

    /// Count and digest as docs/propagation.md says them, by another hand than the hub's.
    private var told: (count: Int64, digest: String) {
        var (count, sum) = (Int64(0), [UInt8](repeating: 0, count: 32))
        for (row, state) in rows where !former.contains(row) {
            let whole = rows[Row(token: row.token, scope: "*")]?.isActive ?? false
            guard row.scope == "*" ? state.isActive : state.isActive != whole else { continue }
            let bytes = row.token + state.pseudonym + [state.isActive ? 1 : 0] + Array(row.scope.utf8)
            sum = zip(sum, SHA256.hash(data: bytes)).map { $0 ^ $1 }
            count += 1
        }
        return (count, Hex.encode(sum))
    }

    var entries: [Target.Entry] {
        rows.map { row, state in
            Target.Entry(
                pseudonym: state.pseudonym, token: row.token, scope: row.scope, isActive: state.isActive,
                position: state.position)
        }.sorted { ($0.position, Hex.encode($0.token), $0.scope) < ($1.position, Hex.encode($1.token), $1.scope) }
    }
}

/// A custodian whose program fetches and acknowledges at the door of feeds.
final class FetchingCustodian: Custodian {
    let target: Target
    private let list = Mutex(KeptList())

    init(id: String) { target = Target(id: id, connector: "pull:") }

    func take(from circuit: Circuit) async throws {
        let door = FeedDoor(database: circuit.database, now: circuit.moment)
        let feed = try await door.open(
            target.id, token: FeedKey(try circuit.store.symmetricKey(.feed(target.id))).token)
        var place = list.withLock { ($0.edition, $0.number) }
        while let batch = try await door.next(of: feed, edition: place.0, after: place.1) {
            let answer = try list.withLock { try $0.apply(batch.document) }
            // The second time as the first: the answer to the first may have been lost.
            for _ in 0..<2 {
                let said = try await door.acknowledge(answer, of: feed)
                precondition(said.number == batch.number)
            }
            place = (batch.edition, batch.number)
        }
    }

    func entries() async throws -> [Target.Entry] { list.withLock { $0.entries } }

    func refuse(_ pseudonym: [UInt8]?) async throws { list.withLock { $0.refused = pseudonym } }

    /// What should never happen to a list, and does.
    func lose(_ pseudonym: [UInt8]) {
        list.withLock { list in list.rows = list.rows.filter { $0.value.pseudonym != pseudonym } }
    }
}

/// What a custodian did not find, or can't do.
private struct CustodianFailure: Error, CustomStringConvertible {
    let description: String
}

/// A custodian without a program: downloads in the console, and attests.
final class AttestingCustodian: Custodian {
    let target: Target
    private let list = Mutex(KeptList())
    let name = Operator(name: "gilles", role: .custodian)

    init(id: String) { target = Target(id: id, connector: "manual:") }

    func take(from circuit: Circuit) async throws {
        let id = target.id
        let desk = try await desk(in: circuit)
        guard let changes = try await desk.changes(of: id, for: name) else { return }
        for row in try await rows(of: changes) {
            let isTaken = try list.withLock { try $0.take(row) }
            precondition(isTaken)
        }
        let today = circuit.moment().date(in: circuit.policy.zone).description
        // The second time as the first: a form may be sent twice.
        for _ in 0..<2 { try await desk.attest("\(changes.file)", extractedOn: today, of: id, by: name) }
        try await compareWithWholeList(desk, circuit, as: changes.file)
    }

    func desk(in circuit: Circuit) async throws -> CustodianDesk {
        try await circuit.database.write { [id = target.id, name] in
            try CustodianStore.entrust([id], to: name.name, on: $0)
        }
        return CustodianDesk(
            database: circuit.database, keys: circuit.store, policy: circuit.policy, now: circuit.moment)
    }

    /// The whole list leaves out of an extraction whom the list that was kept by changes leaves out of it.
    private func compareWithWholeList(_ desk: CustodianDesk, _ circuit: Circuit, as file: FileNumber) async throws {
        try await desk.askForList(of: target.id, by: name)
        let failed = try await circuit.carry()
        precondition(failed.isEmpty)
        guard let whole = try await desk.list(of: target.id, for: name) else {
            throw CustodianFailure(description: "the hub made no list")
        }
        guard whole.file == file else { return }
        var read = KeptList()
        for row in try await rows(of: whole) {
            let isTaken = try read.take(row)
            precondition(isTaken)
        }
        let kept = list.withLock { $0.entries }
        for project in [nil, "P-1", "P-2"] {
            guard Self.optedOut(read.entries, of: project) == Self.optedOut(kept, of: project) else {
                throw CustodianFailure(description: "the whole list differs for \(project ?? "any project")")
            }
        }
    }

    /// The lines of a file as a batch would have them.
    private func rows(of file: CustodianFile) async throws -> [JSON] {
        var text = ""
        for piece in 0..<file.pieces { text += String(decoding: try await file.piece(piece), as: UTF8.self) }
        var lines = text.split(separator: "\r\n")
        precondition(lines.removeFirst() == "pseudonym,token,scope,active,position")
        return lines.map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            precondition(cells.count == 5)
            return .object(ofPresent: [
                "do": .string(cells[3] == "1" ? "register" : "withdraw"), "token": .string(cells[1]),
                "scope": .string(cells[2]), "position": .integer(Int64(cells[4])!),
                "pseudonym": cells[0].isEmpty ? nil : .string(cells[0]),
            ])
        }
    }

    func entries() async throws -> [Target.Entry] { list.withLock { $0.entries } }

    /// An attestation is of a whole file: nothing can be rejected.
    func refuse(_ pseudonym: [UInt8]?) async throws { throw CustodianFailure(description: "a way to reject") }
}
