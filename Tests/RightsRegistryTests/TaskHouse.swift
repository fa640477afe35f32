import CivilTime
import SQLDatabase
import StrictJSON
import Testing
import Vault

@testable import RightsRegistry

/// A house whose linked databases are asked for more than objections.
extension House {
    func linkManual(_ ids: String..., matching: Matching = .nir) async throws {
        let moment = clock.source()
        for id in ids {
            let isNew = try await database.write { connection in
                try LinkedDatabaseStore.add(
                    id: id, name: nil, connector: "manual:", datasets: [], matching: matching, at: moment,
                    on: connection)
            }
            #expect(isNew)
        }
    }

    /// A request of that right, its identity verified.
    func ask(_ right: String, isVerified: Bool = true, scope: JSON = ["kind": "all"]) async throws -> FilingReceipt {
        let details: JSON? = right == "access" || right == "erasure" ? nil : "Ma date de naissance."
        let receipt = try await file(
            Person(0).body(["right": .string(right), "scope": scope, "details": details]))
        if isVerified { try await act(["type": "identityVerified"], on: receipt) }
        return receipt
    }

    func tasks(of receipt: FilingReceipt) async throws -> TaskStanding {
        try await operators.request(receipt.reference, for: House.supervisor).tasks
    }

    var taskAnswers: TaskAnswers {
        get throws {
            TaskAnswers(database: database, cases: try store.casesKeys(), policy: policy, now: clock.source)
        }
    }

    @discardableResult
    func take(
        _ kind: TaskAnswerKind, _ words: String? = nil, from database: String, of receipt: FilingReceipt
    ) async throws -> TakenAnswer {
        let task = try #require(try await tasks(of: receipt).tasks.first { $0.database == database })
        return try await taskAnswers.take(
            TaskAnswer(id: task.id, kind: kind, words: words), from: database, by: .program(of: database))
    }

    func closeComplete() async throws {
        _ = try await RequestClosing(database: database, policy: policy, now: clock.source).closeComplete()
    }
}

/// The code of what an act is refused for; nil where it is not.
func refusalCode(_ act: () async throws -> Void) async -> String? {
    do {
        try await act()
        return nil
    } catch RightsError.invalid(let errors) {
        return errors.errors.first?.code
    } catch let errors as FieldErrors {
        return errors.errors.first?.code
    } catch {
        return "\(error)"
    }
}
