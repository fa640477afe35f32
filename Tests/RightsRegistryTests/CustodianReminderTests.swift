import CivilTime
import SQLDatabase
import Synchronization
import TestSupport
import Testing

@testable import RightsRegistry

@Suite("Reminders to custodians who apply by hand")
struct CustodianReminderTests {
    private func lay(_ house: House, _ id: String, number: Int64, changes: Int) async throws {
        let moment = house.clock.source()
        let isNew = try await house.database.write {
            try MailboxStore.add(
                MailboxBatch(
                    database: id, edition: 1, number: number, incarnation: "first", from: number - 1, to: number,
                    madeAt: moment, changes: changes, sealed: []), on: $0)
        }
        #expect(isNew)
    }

    @Test(
        "Once in seven days while changes wait, one mail to each who has an address and may sign in",
        arguments: EngineUnderTest.allCases)
    func reminders(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            for id in ["archive", "cohorte", "vide"] { try await house.link(id, "manual:") }
            try await house.link("programme", "pull:")
            func add(_ name: String, _ email: String?, _ ids: String...) async throws {
                _ = try await house.accounts.add(
                    name: name, role: .custodian, password: "une-phrase-de-passe-longue", databases: ids, email: email)
            }
            try await add("gilles", "gilles@clinique.example", "archive", "cohorte")
            try await add("odile", nil, "archive")
            try await add("parti", "parti@clinique.example", "archive")
            try await house.accounts.disable(name: "parti")
            let reminders = CustodianReminders(
                database: house.database, days: 7, targets: PublishedTargets(), now: house.clock.source)
            try await lay(house, "archive", number: 1, changes: 2)
            house.clock.advance(seconds: 60)
            try await lay(house, "cohorte", number: 1, changes: 1)
            try await lay(house, "vide", number: 1, changes: 0)
            try await lay(house, "programme", number: 1, changes: 1)
            house.clock.advance(seconds: 7 * 86_400 - 61)
            #expect(try await reminders.runOnce() == 0)
            house.clock.advance(seconds: 61)
            #expect(try await reminders.runOnce() == 2)
            #expect(try await reminders.runOnce() == 0)
            func mails() async throws -> [String] {
                try await house.database.read { connection in
                    try connection.query("SELECT recipient, linked_database FROM service_mail ORDER BY noted_at").map {
                        "\(try $0["recipient"] as String) \(try $0["linked_database"] as String)"
                    }
                }
            }
            #expect(try await mails() == ["gilles archive"])
            #expect(try await house.count("audit_event", where: "act = 'custodian.reminded'") == 2)

            let taken = Mutex<[String]>([])
            let worker = ServiceMailWorker(
                database: house.database, dataProtectionOfficer: "dpo@institut.example",
                deliver: { _, address in
                    taken.withLock { $0.append(address) }
                    return .accepted
                }, now: house.clock.source)
            _ = try await worker.runOnce()
            #expect(taken.withLock { $0 } == ["gilles@clinique.example"])

            // Acknowledged in one, and a week later the other alone is spoken of; to a new address.
            let moment = house.clock.source()
            _ = try await house.database.write {
                try $0.execute(
                    "UPDATE linked_database SET acknowledged = 1, confirmed_at = $1 WHERE id = 'archive'", moment)
            }
            try await house.accounts.setEmail("nouvelle@clinique.example", of: "gilles")
            house.clock.advance(seconds: 7 * 86_400)
            #expect(try await reminders.runOnce() == 1)
            #expect(try await mails() == ["gilles archive", "gilles cohorte"])
            _ = try await worker.runOnce()
            #expect(taken.withLock { $0.last } == "nouvelle@clinique.example")
            // A task that nobody answers is spoken of like changes.
            let asked = house.clock.source()
            try await house.database.write {
                try $0.execute(
                    """
                    INSERT INTO request_task
                        (id, reference, linked_database, kind, state, asked_at, asked_on, answer_by, sent_at)
                    VALUES ('t', 'R-2026-000001', 'vide', 'access', 'sent', $1, '2026-03-19', '2026-04-19', $1)
                    """, asked)
            }
            house.clock.advance(seconds: 7 * 86_400)
            #expect(try await reminders.runOnce() == 2)
            // Nobody is reminded of what is paused.
            _ = try await house.database.write { try $0.execute("UPDATE request_task SET state = 'answered'") }
            _ = try await house.database.write { try LinkedDatabaseStore.set(.paused, of: "cohorte", on: $0) }
            house.clock.advance(seconds: 7 * 86_400)
            #expect(try await reminders.runOnce() == 0)
            await #expect(throws: OperatorAccounts.Failure.unknownOperator) {
                try await house.accounts.setEmail(nil, of: "personne")
            }
        }
    }
}
