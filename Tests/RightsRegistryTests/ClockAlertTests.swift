import CivilTime
import SQLDatabase
import StrictJSON
import Synchronization
import TestSupport
import Testing

@testable import RightsRegistry

/// A mail server of the test's own.
private final class Post: Sendable {
    private let box = Mutex([(address: String, mail: ServiceMail)]())

    var delivery: ServiceMailWorker.Delivery {
        { mail, address in
            self.box.withLock { $0.append((address, mail)) }
            return .accepted
        }
    }

    /// What came since the last time: by address, the references of each part.
    func taken() -> [String: [ClockDigest.Reason: [String]]] {
        box.withLock { box in
            defer { box = [] }
            var lists: [String: [ClockDigest.Reason: [String]]] = [:]
            for (address, mail) in box {
                #expect(lists[address] == nil, "one mail a day and a person")
                lists[address] = [:]
                for part in mail.digest?.parts ?? [] {
                    #expect(part.total == part.cases.count)
                    lists[address]?[part.reason] = part.cases.map(\.reference)
                }
            }
            return lists
        }
    }
}

@Suite("Alerts of the legal clock")
struct ClockAlertTests {
    private let officer = "dpo@institut.example"

    /// Accounts of the house's operators, and one who has no address.
    private func addOperators(_ house: House) async throws {
        for (name, role, email) in [
            ("camille", Role.agent, "camille@institut.example"), ("muet", .agent, nil),
            ("dominique", .supervisor, "dominique@institut.example"),
        ] {
            _ = try await house.accounts.add(
                name: name, role: role, password: "une-phrase-de-passe-longue", email: email)
        }
    }

    private func alerts(_ house: House) -> ClockAlerts {
        ClockAlerts(database: house.database, policy: house.policy, hour: 7, now: house.clock.source)
    }

    /// Moves the clock to a morning.
    private func morning(of date: String, _ house: House, at time: String = "08:00:00") {
        let moment = Instant("\(date)T\(time)Z")!
        house.clock.advance(seconds: moment.seconds(since: house.clock.source()))
    }

    @Test(
        "Before, on the day and after, each once and to whom it is for; not while it stands, nor once it is decided",
        arguments: EngineUnderTest.allCases)
    func steps(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await addOperators(house)
            let post = Post()
            let worker = ServiceMailWorker(
                database: house.database, dataProtectionOfficer: officer, deliver: post.delivery,
                now: house.clock.source)
            func mails() async throws -> [String: [ClockDigest.Reason: [String]]] {
                _ = try await worker.runOnce()
                return post.taken()
            }
            // Received on 5 March, all are due on Monday, 6 April.
            var receipts: [FilingReceipt] = []
            for number in 1...5 {
                receipts.append(try await house.file(Person(number).body(["right": "access", "message": nil])))
            }
            let (own, nobodys, mutes, asked, granted) = (
                receipts[0], receipts[1], receipts[2], receipts[3],
                try await house.file(Person(6).body(["message": nil]))
            )
            #expect(granted.isConfirmed && own.dueOn == CalendarDate("2026-04-06"))
            try await house.act(["type": "assigned"], on: own, by: House.agent)
            try await house.act(["type": "assigned"], on: mutes, by: Operator(name: "muet", role: .agent))
            try await house.act(["type": "identityRequested", "text": "Qui êtes-vous ?"], on: asked)
            try await house.act(["type": "identityVerified"], on: receipts[4])
            try await house.act(House.refusal, on: receipts[4])
            // As after a migration: read from the events before anybody is told.
            try await house.database.write {
                try $0.execute("UPDATE rights_request SET alert_on = due_on, alert_step = -1 WHERE outcome IS NULL")
            }

            morning(of: "2026-03-29", house)
            #expect(try await alerts(house).runOnce() == 0)
            morning(of: "2026-03-30", house, at: "04:00:00")
            #expect(try await alerts(house).runOnce() == 0, "it is not seven yet")
            morning(of: "2026-03-30", house)
            // Two processes at once.
            async let one = alerts(house).runOnce()
            async let other = alerts(house).runOnce()
            #expect(try await one + other == 3)
            #expect(try await alerts(house).runOnce() == 0)
            let three = [nobodys.reference, mutes.reference].sorted()
            #expect(
                try await mails() == [
                    "camille@institut.example": [.own: [own.reference]],
                    "dominique@institut.example": [.nobodys: three],
                ])
            #expect(try await house.count("audit_event", where: "act = 'request.escalated'") == 0)

            morning(of: "2026-03-31", house)
            #expect(try await alerts(house).runOnce() == 0)
            #expect(try await mails().isEmpty)
            try await house.act(["type": "identityVerified"], on: own)
            try await house.act(House.refusal, on: own)
            morning(of: "2026-04-06", house)
            #expect(try await alerts(house).runOnce() == 2)
            #expect(try await mails() == ["dominique@institut.example": [.onTheDay: three]])

            // An extension is another clock: due on 5 June.
            try await house.act(["type": "extended", "reasons": "Plusieurs bases."], on: nobodys)
            morning(of: "2026-04-07", house)
            #expect(try await alerts(house).runOnce() == 1)
            #expect(try await mails() == [officer: [.over: [mutes.reference]]])
            #expect(
                try await house.count(
                    "audit_event", where: "act = 'request.escalated' AND subject = '\(mutes.reference)'") == 1)
            morning(of: "2026-05-29", house)
            #expect(try await alerts(house).runOnce() == 1)
            #expect(try await mails() == ["dominique@institut.example": [.nobodys: [nobodys.reference]]])

            // So is taking it up again: due on 29 June.
            #expect(
                try await RequestClosing(database: house.database, policy: house.policy, now: house.clock.source)
                    .closeComplete() == 2)
            try await house.act(["type": "reopened", "reasons": "Des pièces manquaient."], on: own)
            morning(of: "2026-06-22", house)
            #expect(try await alerts(house).runOnce() == 3)
            #expect(
                try await mails() == [
                    "camille@institut.example": [.own: [own.reference]],
                    "dominique@institut.example": [.onTheDay: [nobodys.reference]],
                    officer: [.over: [nobodys.reference]],
                ])

            // A pause that ends: the day that counts without it is long over. And what was told of is not told again.
            try await house.act(["type": "identityVerified"], on: asked)
            morning(of: "2026-06-23", house)
            #expect(try await alerts(house).runOnce() == 3)
            try await house.act(["type": "assigned"], on: asked, by: House.agent)
            try await house.act(["type": "identityRequested", "text": "Une pièce manque."], on: asked)
            try await house.act(["type": "identityVerified"], on: asked)
            morning(of: "2026-06-24", house)
            #expect(try await alerts(house).runOnce() == 0)
            #expect(try await house.count("clock_alert", where: "reference = '\(asked.reference)'") == 3)
        }
    }

    @Test(
        "Where no supervisor has an address the officer is told, and what was seen to meanwhile is not mailed",
        arguments: EngineUnderTest.allCases)
    func lacks(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await addOperators(house)
            try await house.accounts.setEmail(nil, of: "dominique")
            let post = Post()
            let worker = ServiceMailWorker(
                database: house.database, dataProtectionOfficer: officer, deliver: post.delivery,
                now: house.clock.source)
            let own = try await house.file(Person(1).body(["right": "access"]))
            let nobodys = try await house.file(Person(2).body(["right": "access"]))
            try await house.act(["type": "assigned"], on: own, by: House.agent)
            #expect(try await house.operators.ownDue(for: House.agent) == OwnDue(soon: 0, late: 0))
            morning(of: "2026-03-30", house)
            #expect(try await alerts(house).runOnce() == 2)
            #expect(try await house.operators.ownDue(for: House.agent) == OwnDue(soon: 1, late: 0))
            try await house.act(["type": "identityVerified"], on: own)
            try await house.act(House.refusal, on: own)
            _ = try await worker.runOnce()
            #expect(post.taken() == [officer: [.nobodys: [nobodys.reference]]])
            #expect(try await house.count("service_mail", where: "state = 'overtaken' AND recipient = 'camille'") == 1)
            #expect(try await house.operators.ownDue(for: House.agent) == OwnDue(soon: 0, late: 0))
            try await house.act(["type": "assigned"], on: nobodys, by: House.agent)
            morning(of: "2026-04-07", house)
            #expect(try await house.operators.ownDue(for: House.agent) == OwnDue(soon: 1, late: 1))
            var query = QueueQuery()
            query.alertBy = CalendarDate("2026-04-06")
            let late = try await house.operators.queue(query, for: House.agent)
            #expect(late.items.map(\.reference) == [nobodys.reference] && late.total == 1)
        }
    }

    @Test(
        "Who has a case when the mail goes is told of it, or who stands in for them",
        arguments: EngineUnderTest.allCases)
    func whoHasItThen(engine: EngineUnderTest) async throws {
        try await withHouse(engine) { house in
            try await addOperators(house)
            _ = try await house.accounts.add(
                name: "sacha", role: .agent, password: "une-phrase-de-passe-longue", email: "sacha@institut.example")
            let post = Post()
            let worker = ServiceMailWorker(
                database: house.database, dataProtectionOfficer: officer, deliver: post.delivery,
                now: house.clock.source)
            func mails() async throws -> [String: [ClockDigest.Reason: [String]]] {
                while try await worker.runOnce() > 0 {}
                return post.taken()
            }
            let (kept, given) = (
                try await house.file(Person(1).body(["right": "access"])),
                try await house.file(Person(2).body(["right": "access"]))
            )
            for receipt in [kept, given] { try await house.act(["type": "assigned"], on: receipt, by: House.agent) }
            morning(of: "2026-03-30", house)
            #expect(try await alerts(house).runOnce() == 2)
            // Given away between the note and the mail: Sacha has no mail of today, and finds it in tomorrow's.
            try await house.act(["type": "assigned", "assignee": "sacha"], on: given)
            #expect(try await mails() == ["camille@institut.example": [.own: [kept.reference]]])
            morning(of: "2026-03-31", house)
            #expect(try await alerts(house).runOnce() == 0)
            #expect(try await mails() == ["sacha@institut.example": [.own: [given.reference]]])
            morning(of: "2026-04-01", house)
            _ = try await alerts(house).runOnce()
            #expect(try await mails().isEmpty, "once")

            // Camille is away when the next one is due, and Sacha stands in: due on 1 May.
            let other = try await house.file(Person(3).body(["right": "access"]))
            try await house.act(["type": "assigned"], on: other, by: House.agent)
            try await house.operators.setAbsence(
                Absence(
                    from: CalendarDate("2026-04-20")!, until: CalendarDate("2026-05-15")!, deputy: "sacha"),
                of: "camille", by: House.agent)
            morning(of: "2026-04-27", house)
            _ = try await alerts(house).runOnce()
            #expect(try await mails()["sacha@institut.example"] == [.own: [other.reference]])
        }
    }
}
