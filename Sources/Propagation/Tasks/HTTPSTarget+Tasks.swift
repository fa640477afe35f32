import Outbound
import RightsRegistry
import StrictJSON

/// Tasks posted to the receiver's address, all that are open at once; the answer holds what has been answered of them.
extension HTTPSTarget {
    static let tasksFormat = "regard-tasks-v1"
    static let answersFormat = "regard-task-answers-v1"

    func exchange(_ open: [TaskDocument], ended: [String]) async throws -> [TaskWord]? {
        let header: JSON = [
            "format": .string(Self.tasksFormat), "database": .string(database), "lines": .integer(Int64(open.count)),
            "ended": .array(ended.map(JSON.string)),
        ]
        let body = header.canonicalBytes + [UInt8(ascii: "\n")] + open.flatMap(\.bytes)
        let answer = try await post(
            body, idempotencyKey: "tasks-" + Self.name(of: body), mayHaveFiles: open.contains { $0.kind == .access })
        guard answer.status == 200 else { throw Self.refusal(answer.status) }
        return try words(answer.body, Set(open.map(\.id)))
    }

    private func words(_ body: [UInt8], _ open: Set<String>) throws -> [TaskWord] {
        let document: JSON
        do { document = try JSON(parsing: body) } catch {
            throw TargetError.unreadable("The receiver's answer to tasks is no JSON document.")
        }
        guard document["format"]?.string == Self.answersFormat, let answers = document["answers"]?.array else {
            throw TargetError.unreadable(
                "The receiver does not answer tasks: what it says is no \(Self.answersFormat).")
        }
        guard document["database"]?.string == database else {
            throw TargetError.unreadable("The receiver's answers are of another database.")
        }
        return answers.prefix(10_000).map { answer in
            guard let id = answer["id"]?.string, id.utf8.count <= 64 else {
                return .unreadable(id: nil, source: "receiver", .unreadable("An answer names no task."))
            }
            let source = "receiver \(id)"
            return open.contains(id)
                ? TaskWord(answer, for: id, of: database, source: source) : .stray(id: id, source: source)
        }
    }
}
