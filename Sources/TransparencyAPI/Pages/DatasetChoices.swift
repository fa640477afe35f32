import PublicRegistry
import Synchronization

/// The catalogue as a filter of the list of projects: read once a change of the register, since every search shows it.
final class DatasetChoices: Sendable {
    private struct Kept {
        var generation: Int64
        var datasets: [(reference: String, title: LocalizedText)]
    }

    private let registry: DatasetRegistry
    private let kept = Mutex<Kept?>(nil)

    init(_ registry: DatasetRegistry) { self.registry = registry }

    /// Reference and title of each dataset that is shown, sorted by title.
    func all(generation: Int64, in language: Language) async throws -> [(reference: String, title: String)] {
        try await datasets(generation).map { dataset in
            (dataset.reference, Phrase(dataset.title, in: language)?.text ?? dataset.reference)
        }
    }

    /// The title of each dataset that is shown, by reference.
    func phrases(generation: Int64, in language: Language) async throws -> [String: Phrase] {
        let pairs = try await datasets(generation).compactMap { dataset in
            Phrase(dataset.title, in: language).map { (dataset.reference, $0) }
        }
        return Dictionary(pairs) { first, _ in first }
    }

    private func datasets(_ generation: Int64) async throws -> [(reference: String, title: LocalizedText)] {
        let known = kept.withLock { kept in kept?.generation == generation ? kept?.datasets : nil }
        if let known { return known }
        var datasets: [(reference: String, title: LocalizedText)] = []
        var cursor: String?
        repeat {
            let page = try await registry.search(
                DatasetQuery(limit: PageLimit(1000) ?? .standard, cursor: cursor))
            datasets += page.items.map { ($0.reference, $0.title) }
            cursor = page.nextCursor
        } while cursor != nil
        let read = datasets
        kept.withLock { $0 = Kept(generation: generation, datasets: read) }
        return read
    }
}
