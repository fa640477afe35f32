import Crypto
import Foundation
import NIOPosix
import RightsRegistry
import StrictJSON
import Vault

/// Tasks in `tasks/`, a signed file each, and answers in `answers/`, a file of the custodian's each.
extension DirectoryMailbox {
    func exchange(_ open: [TaskDocument], ended: [String]) async throws -> [TaskWord]? {
        try await threads.runIfActive { [folder, database, key] in
            let tasks = try SharedFolder.open("tasks", in: folder)
            let answers = try SharedFolder.open("answers", in: folder)
            for id in ended where Self.isTaskID(id) { try tasks.remove("\(id).json") }
            for task in open { try Self.lay(task, in: tasks, signedBy: key) }
            let known = Dictionary(open.map { ($0.id, $0.kind) }, uniquingKeysWith: { $1 })
            let left = try tasks.names().compactMap(Self.taskID).filter { known[$0] == nil }
            return left.map(TaskWord.left)
                + (try answers.names().sorted().compactMap { Self.word(in: $0, answers, of: database, known) })
        }
    }

    private static func lay(
        _ task: TaskDocument, in tasks: SharedFolder, signedBy key: Curve25519.Signing.PrivateKey
    ) throws {
        let name = "\(task.id).json"
        // A signature may differ from one made before; what is signed may not.
        if tasks.has(name) {
            let found = try tasks.read(name, limit: 1024 * 1024).flatMap { try? JSON(parsing: $0) }
            if found?["task"] == task.json { return }
            guard let found, isOurs(found, key) else {
                throw TargetError.unreadable(
                    "\(tasks.path)/\(name) is not the file that belongs there: take it away, and it is laid down again."
                )
            }
            // Of before a change of the database's key.
            try tasks.remove(name)
        }
        let message = signedBytes(task.json)
        let document: JSON = [
            "key": .string(key.publicKey.rawRepresentation.base64EncodedString()), "task": task.json,
            "signature": .string(try key.signature(for: message).base64EncodedString()),
        ]
        _ = try tasks.add(name, document.canonicalBytes + Array("\n".utf8))
    }

    private static func signedBytes(_ task: JSON) -> [UInt8] {
        Array("\(TaskDocument.format)\n".utf8) + task.canonicalBytes
    }

    /// Whether we have signed what a file holds.
    private static func isOurs(_ document: JSON, _ key: Curve25519.Signing.PrivateKey) -> Bool {
        guard let task = document["task"],
            let signature = (document["signature"]?.string).flatMap({ Data(base64Encoded: $0) })
        else { return false }
        return key.publicKey.isValidSignature(signature, for: signedBytes(task))
    }

    private static func word(
        in name: String, _ answers: SharedFolder, of database: String, _ open: [String: Right]
    ) -> TaskWord? {
        // Nobody has finished those.
        if name.hasPrefix(".") { return nil }
        let path = "\(answers.path)/\(name)"
        guard let id = taskID(name) else {
            return .unreadable(id: nil, source: path, .unreadable("An answer is named by its task's id, ID.json."))
        }
        guard let kind = open[id] else { return .stray(id: id, source: path) }
        do {
            let limit = TaskAnswer.longest(for: kind)
            guard let bytes = try answers.read(name, limit: limit) else {
                return .unreadable(
                    id: id, source: path,
                    .unreadable("An answer to this task is an ordinary file of at most \(limit / 1024) KiB."))
            }
            return TaskWord(try JSON(parsing: bytes), for: id, of: database, source: path)
        } catch is JSONSyntaxError {
            return .unreadable(id: id, source: path, .unreadable("This is no JSON document."))
        } catch {
            return .unreadable(id: id, source: path, .unreadable("\(error)"))
        }
    }

    private static func taskID(_ name: String) -> String? {
        guard name.hasSuffix(".json") else { return nil }
        let id = String(name.dropLast(".json".count))
        return isTaskID(id) ? id : nil
    }

    private static func isTaskID(_ id: String) -> Bool { id == id.lowercased() && Hex.decode(id)?.count == 16 }
}
