import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing

@testable import Propagation

/// What every connector keeps of tasks: each is found once and stays as it is, what is answered comes back once, and what
/// can't be read holds up nothing else.
@Suite struct TaskContractTests {
    private func with(
        _ engine: EngineUnderTest, _ connector: ConnectorUnderTest,
        _ body: (Circuit, any TaskedCustodian) async throws -> Void
    ) async throws {
        try await withCircuit(engine) { circuit, sqlite, postgresql in
            let custodian = try await connector.custodian(circuit, sqlite, postgresql) as! any TaskedCustodian
            let result: Result<Void, any Error>
            do {
                try await circuit.link(custodian.target, datasets: ["D"])
                let id = custodian.target.id
                try await circuit.database.write { try CustodianStore.entrust([id], to: "gilles", on: $0) }
                result = .success(try await body(circuit, custodian))
            } catch {
                result = .failure(error)
            }
            await custodian.end()
            try result.get()
        }
    }

    /// A minute later the hub looks for answers.
    private func later(_ circuit: Circuit) async throws {
        circuit.advance(TaskStore.pollSeconds)
        #expect(try await circuit.carry() == [])
    }

    private func problems(_ circuit: Circuit, _ custodian: any TaskedCustodian) async throws -> [TaskProblem] {
        let id = custodian.target.id
        return try await circuit.database.read { try TaskStore.problems(in: id, on: $0) }
    }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.allCases)
    func aTaskIsFoundAnsweredOnceAndTakenAway(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws {
        try await with(engine, connector) { circuit, custodian in
            let id = custodian.target.id
            let receipt = try await circuit.ask("rectification", of: Person(0))
            try await circuit.act(
                ["type": "taskSent", "allDatabases": true, "instruction": "Le jour est le 16."], on: receipt)
            #expect(try await circuit.tasks(of: receipt).map(\.state) == [.waiting])
            #expect(try await custodian.tasks(from: circuit) == [:])
            #expect(try await circuit.carry() == [])
            let found = try await custodian.tasks(from: circuit)
            let task = try #require(found.first)
            #expect(
                found.values.first
                    == FoundTask(
                        kind: "rectification", pseudonyms: [try circuit.pseudonym(of: Person(0), in: custodian.target)],
                        instruction: "Le jour est le 16.", askedOn: "2026-03-05", answerBy: "2026-03-19"))
            let standing = try #require(try await circuit.tasks(of: receipt).first)
            #expect(standing.state == .sent(at: circuit.moment()) && standing.answer == nil)

            // Carried again, it stays as it is; and the case stays open while nobody has answered.
            try await circuit.act(["type": "granted", "text": "Nous corrigeons."], on: receipt)
            try await later(circuit)
            #expect(try await custodian.tasks(from: circuit) == found)
            #expect(try await circuit.view(receipt).state == .underReview)

            try await custodian.answer(task.key, "partly", "Une table n’est pas encore corrigée.", in: circuit)
            try await later(circuit)
            let answered = try #require(try await circuit.tasks(of: receipt).first)
            #expect(answered.answer == .partly && answered.words == "Une table n’est pas encore corrigée.")
            #expect(answered.instruction == "Le jour est le 16.")
            guard case .answered = answered.state else {
                Issue.record("\(answered.state)")
                return
            }
            let view = try await circuit.view(receipt)
            #expect(view.state == .closed)
            let completed = view.events.filter { $0.event.type == .taskCompleted }.map(\.event)
            #expect(completed.map(\.actor) == [.custodian])
            #expect(completed.map(\.data) == [["database": .string(id), "kind": "rectification"]])
            // The citizen is answered by a person: what the database said is not theirs to read here.
            #expect(view.tasks.tasks.allSatisfy { $0.answer == nil && $0.words == nil && $0.instruction == nil })

            // Said again, or otherwise, it changes nothing.
            try await custodian.answer(task.key, "refused", "Trop tard.", in: circuit)
            try await later(circuit)
            try await later(circuit)
            #expect(try await circuit.tasks(of: receipt).map(\.answer) == [.partly])
            #expect(try await circuit.view(receipt).events.filter { $0.event.type == .taskCompleted }.count == 1)
            #expect(try await custodian.tasks(from: circuit) == [:])
            #expect(try await problems(circuit, custodian) == [])
        }
    }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.allCases)
    func aTaskFollowsAChangeOfKeys(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws {
        try await with(engine, connector) { circuit, custodian in
            let target = custodian.target
            func found() async throws -> FoundTask? {
                try await later(circuit)
                return try await custodian.tasks(from: circuit).first?.value
            }
            let receipt = try await circuit.ask("access", of: Person(0))
            try await circuit.act(["type": "taskSent", "allDatabases": true], on: receipt)
            #expect(try await found()?.pseudonyms == circuit.pseudonyms([Person(0)], in: target, [1]))
            let id = try #require(try await custodian.tasks(from: circuit).first?.key)

            try await circuit.rekey(target)
            #expect(try await found()?.pseudonyms == circuit.pseudonyms([Person(0)], in: target, [1, 2]))
            try await settle(circuit, custodian)
            try await circuit.confirmKey(target)
            try await settle(circuit, custodian)
            #expect(try await circuit.generations(target) == [.retired, .active])
            #expect(try await found()?.pseudonyms == circuit.pseudonyms([Person(0)], in: target, [2]))

            try await custodian.answer(id, "done", nil, in: circuit)
            try await later(circuit)
            #expect(try await circuit.tasks(of: receipt).map(\.answer) == [.done])
            #expect(try await problems(circuit, custodian) == [])
        }
    }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.allCases)
    func whatIsAskedNoMoreIsTakenAway(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws {
        try await with(engine, connector) { circuit, custodian in
            let first = try await circuit.ask("access", of: Person(0))
            let second = try await circuit.ask("access", of: Person(1))
            for receipt in [first, second] {
                try await circuit.act(["type": "taskSent", "allDatabases": true], on: receipt)
            }
            try await circuit.carry()
            let found = try await custodian.tasks(from: circuit)
            #expect(found.count == 2)
            let pseudonym = try circuit.pseudonym(of: Person(0), in: custodian.target)
            let ended = try #require(found.first { $0.value.pseudonyms == [pseudonym] }?.key)
            try await circuit.act(
                [
                    "type": "refused", "grounds": "excessive", "reasons": "Déjà répondu.", "complaint": "CNIL",
                    "judicialRemedy": "Tribunal",
                ], on: first)
            #expect(try await circuit.tasks(of: first).map(\.state) == [.cancelled])
            // It may still be answered where it lies; that changes nothing.
            try await custodian.answer(ended, "done", nil, in: circuit)
            try await later(circuit)
            try await later(circuit)
            let left = try await custodian.tasks(from: circuit)
            #expect(left.count == 1 && left[ended] == nil)
            #expect(try await circuit.tasks(of: first).map(\.state) == [.cancelled])
            #expect(try await circuit.tasks(of: second).map(\.isOpen) == [true])
            #expect(try await circuit.view(first).state == .closed)
        }
    }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.allCases)
    func anAnswerThatCannotBeReadHoldsUpNoOther(engine: EngineUnderTest, connector: ConnectorUnderTest) async throws {
        try await with(engine, connector) { circuit, custodian in
            var receipts: [FilingReceipt] = []
            for number in 0..<2 {
                let receipt = try await circuit.ask("erasure", of: Person(number))
                try await circuit.act(["type": "taskSent", "allDatabases": true], on: receipt)
                receipts.append(receipt)
            }
            // Batches and tasks go side by side.
            _ = try await circuit.file(Person(2))
            try await circuit.carry()
            let found = try await custodian.tasks(from: circuit)
            func task(_ number: Int) throws -> String {
                let pseudonym = try circuit.pseudonym(of: Person(number), in: custodian.target)
                return try #require(found.first { $0.value.pseudonyms == [pseudonym] }?.key)
            }
            // No word of the four; and a refusal that says not why.
            try await custodian.answer(try task(0), "perhaps", nil, in: circuit)
            try await custodian.answer(try task(1), "nothingHeld", nil, in: circuit)
            try await later(circuit)
            #expect(try await circuit.tasks(of: receipts[0]).map(\.isOpen) == [true])
            #expect(try await circuit.tasks(of: receipts[1]).map(\.answer) == [.nothingHeld])
            if connector != .manual {
                // In a form there is nothing else to choose.
                #expect(try await problems(circuit, custodian).map(\.task) == [try task(0)])
                #expect(try await circuit.tasks(of: receipts[0]).first?.problem?.contains("/answer") == true)
            }
            try await custodian.answer(try task(0), "refused", nil, in: circuit)
            try await later(circuit)
            #expect(try await circuit.tasks(of: receipts[0]).map(\.isOpen) == [true])
            if connector != .manual {
                #expect(try await circuit.tasks(of: receipts[0]).first?.problem?.contains("/words") == true)
            }
            try await custodian.answer(try task(0), "refused", "La loi oblige à conserver.", in: circuit)
            try await later(circuit)
            #expect(try await circuit.tasks(of: receipts[0]).map(\.answer) == [.refused])
            #expect(try await problems(circuit, custodian) == [])
        }
    }

    @Test(arguments: EngineUnderTest.allCases, ConnectorUnderTest.allCases)
    func whatIsLostOnTheWayIsLaidDownAgainAndNothingIsKeptInTheClear(
        engine: EngineUnderTest, connector: ConnectorUnderTest
    ) async throws {
        try await with(engine, connector) { circuit, custodian in
            let receipt = try await circuit.ask("access", of: Person(0))
            try await circuit.act(
                ["type": "taskSent", "allDatabases": true, "instruction": "Depuis 2019 seulement."], on: receipt)
            try await circuit.carry()
            let found = try await custodian.tasks(from: circuit)
            // Carried, and the record of it lost with a crash.
            try await circuit.database.write { connection in
                _ = try connection.execute("UPDATE request_task SET state = 'waiting', document = NULL, sent_at = NULL")
            }
            try await later(circuit)
            #expect(try await custodian.tasks(from: circuit) == found)
            let task = try #require(found.keys.first)
            try await custodian.answer(task, "done", "Deux lignes.", in: circuit)
            try await later(circuit)
            #expect(try await circuit.tasks(of: receipt).map(\.answer) == [.done])

            // No identity beside a pseudonym, and no word in the clear, in any row.
            let pseudonym = try circuit.pseudonym(of: Person(0), in: custodian.target)
            let rows = try await circuit.database.read { connection in
                try connection.query("SELECT * FROM request_task").map { row in
                    let texts: [String?] = [
                        try row["answer"], try row["id"], try row["asked_on"], try row["answer_by"],
                    ]
                    let boxes: [[UInt8]?] = [
                        try row["sealed_identifiers"], try row["sealed_instruction"], try row["case_instruction"],
                        try row["document"], try row["answer_wrap"], try row["answer_words"],
                    ]
                    return (texts.compactMap { $0 }, boxes)
                }
            }
            for (_, boxes) in rows {
                // Once it has ended, nothing tells any more who it was about.
                #expect(boxes[0] == nil && boxes[1] == nil && boxes[3] == nil)
                for box in boxes.compactMap({ $0 }) {
                    #expect(!box.contains(pseudonym) && !box.contains(Array("lignes".utf8)))
                    #expect(!box.contains(Array("2019".utf8)) && !box.contains(Array(Person(0).nir.prefix(13).utf8)))
                }
            }
        }
    }
}

extension [UInt8] {
    fileprivate func contains(_ part: [UInt8]) -> Bool { self.firstRange(of: part) != nil }
}
