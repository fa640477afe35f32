import CivilTime
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import Vault

/// Makes the whole list of one database out of the ledger, where its custodian has asked for it: in parts, so that memory
/// does not grow with the list.
struct WholeListMaking: Sendable {
    private static let pageLength = 1000

    let worker: DatabaseWorker
    let lease: Lease
    let maker: BatchMaker
    let mailbox: StoredMailbox

    private var database: SQLDatabase { worker.database }
    private var id: String { worker.id }

    /// What the list is made of: everything up to the last batch that was laid down.
    private struct Basis: Sendable {
        let linked: LinkedDatabase
        let last: MailboxBatch
        let served: Set<String>
        let generations: [KeyGeneration]
    }

    /// Called while the database is leased. What is interrupted is begun again.
    func makeAsked() async throws {
        guard let basis = try await basis() else { return }
        let list = Hex.encode(systemRandom(16))
        var (position, part, lines) = (Int64(0), 0, 0)
        while true {
            let page = try await database.read { [position] in
                try LedgerStore.standing(
                    after: position, upTo: basis.last.to, limit: Self.pageLength, on: $0)
            }
            guard let last = page.last?.entry.position else { break }
            position = last
            let rows = try await self.rows(page, basis)
            guard !rows.isEmpty else { continue }
            let text = rows.map(\.csvLine).joined()
            let sealed = try mailbox.sealed(Array(text.utf8), part: part, of: list, database: id)
            let isOurs = try await worker.claim(basis.linked, under: lease) { [id, part] _, connection in
                try WholeListStore.add(sealed, part: part, of: list, database: id, on: connection)
                return .made
            }
            guard isOurs == .made else { return }
            part += 1
            lines += rows.count
        }
        let made = WholeList(
            list: list, file: FileNumber(edition: basis.last.edition, number: basis.last.number),
            madeAt: worker.now(), parts: part, lines: lines)
        _ = try await worker.claim(basis.linked, under: lease) { [id] _, connection in
            try WholeListStore.publish(made, of: id, on: connection)
            return .made
        }
    }

    private func basis() async throws -> Basis? {
        try await database.read { [id] connection in
            guard try WholeListStore.asked(for: id, on: connection) != nil,
                let linked = try worker.current(under: maker.keys, on: connection),
                let last = try MailboxStore.last(of: id, edition: linked.edition, on: connection)
            else { return nil }
            return Basis(
                linked: linked, last: last, served: try ProjectReach.served(in: id, on: connection),
                generations: try DatabaseKeyStore.current(of: id, on: connection))
        }
    }

    private func rows(_ page: [StandingRegistration], _ basis: Basis) async throws -> [CustodianLine] {
        let inForce = page.filter { !$0.entry.isForgotten }.compactMap { registration in
            registration.effect(in: id).map { (registration, $0) }
        }
        let identifiers = try await maker.reader.identifiers(of: inForce.map(\.0.entry), in: database)
        return inForce.flatMap { registration, effect in
            let entry = registration.entry
            let rows = maker.rows(registration, effect, basis.served)
            let generations = basis.generations.filter { $0.carries(entry.position) }.map(\.number)
            return maker.keys.names(of: entry, identifiers[entry.id, default: []], in: generations).flatMap { name in
                rows.map { row in
                    CustodianLine(
                        pseudonym: name.pseudonym, token: name.token, scope: row.scope, isActive: row.isActive,
                        position: row.position)
                }
            }
        }
    }
}

/// A line of the files that custodians take away: one row of the list.
struct CustodianLine: Sendable, Hashable {
    static let header = "pseudonym,token,scope,active,position\r\n"

    /// Nil where the line ends a row whose pseudonym the list has already.
    let pseudonym: [UInt8]?
    let token: [UInt8]
    let scope: String
    let isActive: Bool
    let position: Int64

    var csvLine: String {
        "\(pseudonym.map(Hex.encode) ?? ""),\(Hex.encode(token)),\(CSV.cell(scope)),\(isActive ? 1 : 0),\(position)\r\n"
    }

    /// The line of a batch's document.
    init(_ change: JSON) throws(FeedRefusal) {
        guard let token = change["token"]?.string.flatMap(Hex.decode), let scope = change["scope"]?.string,
            let position = change["position"]?.int
        else { throw .unreadable }
        self.init(
            pseudonym: change["pseudonym"]?.string.flatMap(Hex.decode), token: token, scope: scope,
            isActive: change["do"] == "register", position: Int64(position))
    }

    init(pseudonym: [UInt8]?, token: [UInt8], scope: String, isActive: Bool, position: Int64) {
        self.pseudonym = pseudonym
        self.token = token
        self.scope = scope
        self.isActive = isActive
        self.position = position
    }
}
