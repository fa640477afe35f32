import RightsRegistry
import SQLDatabase

/// A part of what is gone through while a database's key is changed.
struct KeyPage: Sendable {
    private static let longest = 2000

    let pass: KeyPass
    /// As they stand where the database has been told of the ledger. Those that it could not take are left out.
    let registrations: [StandingRegistration]
    /// The projects of which it gets every entry.
    let served: Set<String>

    /// The next part.
    static func next(
        of generation: KeyGeneration, in database: String, at place: Int64, pace: DatabaseWorker.Pace,
        on connection: any SQLConnection
    ) throws -> KeyPage? {
        guard let kind = KeyPass.Kind(generation.state) else { return nil }
        let limit: Int =
            switch pace {
            case .learnt: longest
            case .fixed(let entries): entries
            }
        let found = try LedgerStore.standing(
            after: generation.handed, upTo: place, registeredUpTo: generation.bound, limit: limit, on: connection)
        let end = found.count < limit ? generation.bound : found.last?.entry.position ?? generation.bound
        return try KeyPage(
            KeyPass(generation: generation.number, kind: kind, from: generation.handed, upTo: end), found, in: database,
            on: connection)
    }

    /// One that was handed over, and is made once more, as of the same place.
    static func again(
        _ pass: KeyPass, in database: String, at place: Int64, on connection: any SQLConnection
    ) throws -> KeyPage {
        let found = try LedgerStore.standing(
            after: pass.from, upTo: place, registeredUpTo: pass.upTo, limit: Int(pass.upTo - pass.from),
            on: connection)
        return try KeyPage(pass, found, in: database, on: connection)
    }

    private init(
        _ pass: KeyPass, _ found: [StandingRegistration], in database: String, on connection: any SQLConnection
    ) throws {
        let held = try DeliveryExceptionStore.held(in: database, on: connection)
        let generation = try DatabaseKeyStore.all(of: database, on: connection).first { $0.number == pass.generation }
        self.pass = pass
        registrations = found.filter {
            !held.contains($0.entry.objection) && pass.includes($0.entry.position, of: generation)
        }
        served = try ProjectReach.served(in: database, on: connection)
    }
}
