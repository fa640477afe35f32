import Crypto
import Foundation
import Glibc
import NIOPosix
import StrictJSON
import Vault

/// A mailbox in a folder that both sides see: batches are laid into `batches/`, and answers read from `acknowledgements/`.
///
/// The folder is the custodian's as much as ours, and may fill up, vanish, or hold anything: nothing there is overwritten,
/// followed out of it, or believed.
struct DirectoryMailbox: Mailbox {
    let folder: String
    let database: String
    let key: Curve25519.Signing.PrivateKey
    /// Of its own, so that a share that does not answer delays no other database.
    let threads: NIOThreadPool

    init(folder: String, database: String, key: Curve25519.Signing.PrivateKey) {
        self.folder = folder
        self.database = database
        self.key = key
        threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
    }

    func close() async { try? await threads.shutdownGracefully() }

    func sealed(_ document: BatchDocument) throws -> [UInt8]? { nil }

    func post(_ document: BatchDocument) async throws {
        guard let place = document.place else { return }
        try await threads.runIfActive { [folder, key] in
            let manifest = DirectoryManifest(document)
            let batches = try SharedFolder.open("batches", in: folder)
            let names = Self.names(edition: place.edition, number: place.number)
            let isTold = batches.has(names.manifest)
            if isTold {
                // A signature may differ from one made before; what is signed may not.
                let found = try batches.read(names.manifest, limit: 64 * 1024).flatMap { try? JSON(parsing: $0) }
                guard found?["manifest"] == manifest.members else { throw Self.conflict(batches, names.manifest) }
            }
            if try !batches.add(names.changes, manifest.changes) {
                // Nobody has been told of what stands there without a manifest: it is of a batch that was broken off.
                guard !isTold else { throw Self.conflict(batches, names.changes) }
                try batches.replace(names.changes, manifest.changes)
            }
            if !isTold, try !batches.add(names.manifest, try manifest.signed(by: key)) {
                throw Self.conflict(batches, names.manifest)
            }
        }
    }

    func holds(edition: Int64, number: Int64) async throws -> Bool {
        try await threads.runIfActive { [folder] in
            let batches = try SharedFolder.open("batches", in: folder)
            let names = Self.names(edition: edition, number: number)
            return batches.has(names.manifest) && batches.has(names.changes)
        }
    }

    func words(after number: Int64, edition: Int64, late: Set<Int64>) async throws -> [MailboxWord] {
        try await threads.runIfActive { [folder, database] in
            let answers = try SharedFolder.open("acknowledgements", in: folder)
            var (words, named): ([MailboxWord], [(edition: Int64, number: Int64, name: String)]) = ([], [])
            for name in try answers.names().sorted() where name.hasSuffix(".json") && !name.hasPrefix(".") {
                if let place = Self.place(named: name) {
                    named.append((place.edition, place.number, name))
                } else {
                    words.append(
                        .stray(.unreadable("\(answers.path)/\(name): An acknowledgement is named EDITION-NUMBER.json."))
                    )
                }
            }
            let news = named.filter { $0.edition > edition || $0.edition == edition && $0.number > number }
                .sorted { ($0.edition, $0.number) < ($1.edition, $1.number) }
            for file in news {
                words.append(Self.word(in: file.name, (file.edition, file.number), answers, of: database))
            }
            // What comes late holds up nothing that is newer.
            for file in named where file.edition == edition && file.number <= number && late.contains(file.number) {
                let word = Self.word(in: file.name, (file.edition, file.number), answers, of: database)
                if case .unreadable(let found) = word { words.append(.stray(found)) } else { words.append(word) }
            }
            return words
        }
    }

    // MARK: Names

    private static func names(edition: Int64, number: Int64) -> (changes: String, manifest: String) {
        ("\(edition)-\(number).csv", "\(edition)-\(number).manifest.json")
    }

    private static func place(named name: String) -> (edition: Int64, number: Int64)? {
        let parts = name.dropLast(".json".count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let edition = Int64(parts[0]), let number = Int64(parts[1]), edition > 0, number > 0,
            name == "\(edition)-\(number).json"
        else { return nil }
        return (edition, number)
    }

    private static func conflict(_ folder: SharedFolder, _ name: String) -> TargetError {
        .unreadable(
            "\(folder.path)/\(name) is not the file that belongs there: take it away, and it is laid down again.")
    }

    // MARK: Acknowledgements

    private static func word(
        in name: String, _ place: (edition: Int64, number: Int64), _ folder: SharedFolder, of database: String
    ) -> MailboxWord {
        let path = "\(folder.path)/\(name)"
        do {
            guard let bytes = try folder.read(name, limit: Acknowledgement.longest) else {
                return .unreadable(.unreadable("\(path): An acknowledgement is an ordinary file of at most 1 MiB."))
            }
            let word = try Acknowledgement(try JSON(parsing: bytes), of: database)
            guard word.edition == place.edition, word.number == place.number else {
                return .unreadable(.unreadable("\(path): An acknowledgement is of another batch than its name says."))
            }
            return .acknowledgement(word, source: path)
        } catch let error as FieldErrors {
            return .unreadable(.unreadable("\(path): This is no acknowledgement: \(error.places)."))
        } catch is JSONSyntaxError {
            return .unreadable(.unreadable("\(path): This is no JSON document."))
        } catch {
            return .unreadable(.unreadable("\(path): \(error)"))
        }
    }
}
