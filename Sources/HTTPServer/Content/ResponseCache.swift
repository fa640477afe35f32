import Synchronization

/// Bodies by key, bounded in bytes. Each belongs to a generation of what it was made from, such as a change number of
/// the register: asked for under another one, it is made anew.
///
/// What was not used since the hand of the clock last passed goes first.
public final class ResponseCache: Sendable {
    fileprivate struct Entry {
        let key: String
        let generation: Int64
        let body: CachedBody
        let cost: Int
        var wasUsed: Bool
    }

    fileprivate struct State {
        var entries: [Entry] = []
        var indices: [String: Int] = [:]
        var bytes = 0
        var hand = 0
    }

    private let maximumBytes: Int
    private let state = Mutex(State())

    /// - Parameter maximumBytes: of bodies, keys and headers together. A body that takes more than an eighth of it is
    ///   not kept.
    public init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    /// Bytes kept.
    public var bytes: Int { state.withLock(\.bytes) }

    /// The body kept under `key` for `generation`, or the one that `make` gives, which is then kept. Requests that
    /// miss at the same time each make their own.
    public func body(
        for key: String, generation: Int64, make: () async throws -> CachedBody
    ) async rethrows -> CachedBody {
        if let body = body(for: key, generation: generation) { return body }
        let body = try await make()
        keep(body, for: key, generation: generation)
        return body
    }

    public func body(for key: String, generation: Int64) -> CachedBody? {
        state.withLock { state in
            guard let index = state.indices[key], state.entries[index].generation == generation else { return nil }
            state.entries[index].wasUsed = true
            return state.entries[index].body
        }
    }

    public func keep(_ body: CachedBody, for key: String, generation: Int64) {
        let entry = Entry(
            key: key, generation: generation, body: body, cost: body.cost + 2 * key.utf8.count, wasUsed: false)
        guard entry.cost <= maximumBytes / 8 else { return }
        state.withLock { state in
            if let index = state.indices[key] { state.remove(at: index) }
            while state.bytes + entry.cost > maximumBytes { state.evictOne() }
            state.indices[key] = state.entries.count
            state.entries.append(entry)
            state.bytes += entry.cost
        }
    }

    /// Forgets everything.
    public func clear() { state.withLock { $0 = State() } }
}

extension ResponseCache.State {
    fileprivate mutating func evictOne() {
        while true {
            if hand >= entries.count { hand = 0 }
            guard entries[hand].wasUsed else { return remove(at: hand) }
            entries[hand].wasUsed = false
            hand += 1
        }
    }

    /// The last entry takes the place of the one that goes.
    fileprivate mutating func remove(at index: Int) {
        let removed = entries[index]
        bytes -= removed.cost
        indices[removed.key] = nil
        let last = entries.removeLast()
        guard index < entries.count else { return }
        entries[index] = last
        indices[last.key] = index
    }
}
