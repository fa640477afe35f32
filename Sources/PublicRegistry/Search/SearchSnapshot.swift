import CivilTime
import Foundation

/// What is looked for, as of one change of the register: what a search looks through.
struct SearchSnapshot<Item: SearchedItem>: Sendable {
    /// A segment, and which of its documents still count.
    struct Part: Sendable {
        let segment: SearchSegment<Item>
        var live: BitSet
    }

    /// Beyond so many the small ones are made one.
    private static var mostParts: Int { 8 }

    /// The register's change up to which it has everything.
    var change: Int64
    private(set) var parts: [Part] = []
    private(set) var names = FacetNames(facets: Item.facets)

    init(change: Int64) { self.change = change }

    var count: Int { parts.reduce(0) { $0 + $1.live.count } }

    /// Puts `documents` in the place of what is known of `records`.
    mutating func replace(_ records: Set<String>, by documents: [SearchDocument<Item>]) {
        defer { names.sort() }
        for place in parts.indices {
            for record in records {
                for number in parts[place].segment.numbers[record] ?? [] { parts[place].live.remove(number) }
            }
        }
        parts.removeAll { $0.live.isEmpty }
        add(documents)
        guard parts.count > Self.mostParts else { return }
        // The largest stays as it is while the others are small beside it.
        parts.sort { $0.live.count > $1.live.count }
        let rest = parts.dropFirst().reduce(0) { $0 + $1.live.count }
        let merged = rest * 2 > parts[0].live.count ? parts[...] : parts[1...]
        let unpacked = merged.flatMap { $0.segment.unpacked($0.live, names) }
        parts.removeSubrange(merged.indices)
        add(unpacked)
    }

    private mutating func add(_ documents: [SearchDocument<Item>]) {
        guard !documents.isEmpty else { return }
        let segment = SearchSegment(documents, &names)
        parts.append(Part(segment: segment, live: BitSet(count: segment.count, all: true)))
    }

    // MARK: Searching

    /// An item that fits.
    struct Hit: Sendable {
        /// What comes first: the greater, the earlier.
        let rank: UInt32
        let segment: SearchSegment<Item>
        let document: Int

        var summary: Item { segment.summaries[document] }
        var place: SearchPlace { segment.places[document] }
    }

    struct Found: Sendable {
        var total = 0
        /// In order, from the place that was asked for on; one more than were asked for where more follow.
        var hits: [Hit] = []
        /// Of each facet.
        var facets: [ValueCounts] = []
    }

    /// - Parameters:
    ///   - limit: how many are told.
    ///   - facetLimit: how many values of each facet are told; none of them are counted where it is 0.
    func search(_ query: IndexQuery, after end: SearchEnd?, limit: Int, facetLimit: Int = 0) -> Found {
        let wanted = limit + 1
        let terms = query.words.map { QueryTerms($0, in: self) }
        var counts = names.values.map { [Int32](repeating: 0, count: facetLimit > 0 ? $0.count : 0) }
        var found = Found()
        for part in parts {
            let segment = part.segment
            var matching = part.live
            let scores = terms?.narrow(&matching, in: segment, isScored: query.order == .relevance)
            let chosen = chosenSets(query, in: segment)
            var fitting = matching
            for set in chosen.values { fitting.formIntersection(set) }
            found.total += fitting.count
            found.hits += best(wanted, of: fitting, in: segment, query, scores, after: end)
            guard facetLimit > 0 else { continue }
            for facet in 0..<Item.facets {
                var set = fitting
                if chosen[facet] != nil {
                    set = matching
                    for (other, narrowing) in chosen where other != facet { set.formIntersection(narrowing) }
                }
                segment.facets[facet].count(set, into: &counts[facet])
            }
        }
        if parts.count > 1 {
            found.hits.sort { $0.rank == $1.rank ? $0.place < $1.place : $0.rank > $1.rank }
        }
        found.hits = Array(found.hits.prefix(wanted))
        if facetLimit > 0 {
            found.facets = (0..<Item.facets).map { facet in
                names.counts(counts[facet], of: facet, chosen: query.chosen[facet] ?? [], limit: facetLimit)
            }
        }
        return found
    }

    /// For each facet of which something is chosen, the documents that have one of the chosen values.
    private func chosenSets(_ query: IndexQuery, in segment: SearchSegment<Item>) -> [Int: BitSet] {
        query.chosen.filter { !$0.value.isEmpty }.reduce(into: [:]) { sets, chosen in
            var set = BitSet(count: segment.count)
            for value in chosen.value {
                guard let number = names.known(value, in: chosen.key) else { continue }
                segment.facets[chosen.key].insert(having: number, into: &set)
            }
            sets[chosen.key] = set
        }
    }

    /// The first of the documents that fit, in the order that is asked for.
    private func best(
        _ wanted: Int, of fitting: BitSet, in segment: SearchSegment<Item>, _ query: IndexQuery, _ scores: [UInt32]?,
        after end: SearchEnd?
    ) -> [Hit] {
        let start = end.map { segment.firstDocument(after: $0.place) } ?? 0
        func rank(_ document: Int) -> UInt32 {
            switch query.order {
            case .relevance: scores?[document] ?? 0
            case .title: 0
            case .date: UInt32(clamping: segment.summaries[document].recordedAt.milliseconds / 1000)
            }
        }
        // By rank downwards, then in the order of titles: a key that ascends.
        var keys: [UInt64] = []
        var bound = UInt64.max
        fitting.visitUntil { document in
            let rank = rank(document)
            if let end {
                guard rank < end.rank || rank == end.rank && document >= start else { return true }
            }
            let key = UInt64(UInt32.max - rank) << 32 | UInt64(document)
            guard key < bound else { return query.order != .title }
            keys.append(key)
            if keys.count == wanted * 4 {
                keys.sort()
                keys.removeSubrange(wanted...)
                bound = keys[wanted - 1]
            }
            return true
        }
        keys.sort()
        return keys.prefix(wanted).map { key in
            let document = Int(key & 0xFFFF_FFFF)
            return Hit(rank: UInt32.max - UInt32(key >> 32), segment: segment, document: document)
        }
    }

    // MARK: What may have been meant

    /// How many documents have a term.
    func frequency(of term: String) -> Int {
        parts.reduce(0) { $0 + ($1.segment.term(term).map($1.segment.frequency) ?? 0) }
    }

    /// A term as a record writes it, with its accents; the term itself where no list shows it.
    func spelling(of term: String) -> String {
        let query = IndexQuery(words: SearchText("\(term) "), order: .relevance)
        for hit in search(query, after: nil, limit: PageLimit.standard.items).hits {
            for text in hit.summary.shownTexts {
                for word in text.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
                    if FoldedText.words(of: String(word)).map(SearchTerm.stem) == [term] { return word.lowercased() }
                }
            }
        }
        return term
    }

    /// The most frequent of the terms that are nearest to one that nothing has; nil where none is near.
    func nearest(to term: String) -> String? {
        let most = term.utf8.count < 5 ? 1 : 2
        guard let first = term.first, term.utf8.count > 2 else { return nil }
        var best: (distance: Int, frequency: Int, term: String)?
        for part in parts {
            for place in part.segment.terms(beginning: String(first)) {
                let known = part.segment.vocabulary[place]
                guard let distance = EditDistance.between(term, known, atMost: best?.distance ?? most) else { continue }
                let frequency = part.segment.frequency(place)
                if let best, (best.distance, -best.frequency) <= (distance, -frequency) { continue }
                best = (distance, frequency, known)
            }
        }
        return best?.term
    }
}

/// Where a page ended.
struct SearchEnd: Sendable {
    let rank: UInt32
    let place: SearchPlace

    init(_ hit: SearchSnapshot<some SearchedItem>.Hit) { (rank, place) = (hit.rank, hit.place) }

    /// Where a cursor points.
    init(_ cursor: Cursor) {
        rank = UInt32(cursor.key[0]) ?? 0
        place = SearchPlace(title: cursor.key[1], reference: cursor.key[2])
    }

    /// What leads on from here.
    var cursor: Cursor { Cursor(after: [String(rank), place.title, place.reference]) }

    static let keyLength = 3
}

/// What an index is asked.
struct IndexQuery: Sendable {
    /// Nil for all.
    var words: SearchText?
    /// Of each facet, the values of which an item must have one; none is no filter.
    var chosen: [Int: Set<String>] = [:]
    var order: ProjectSort
}

/// How many have each value of a facet.
struct ValueCounts: Sendable, Hashable {
    let values: [FacetCounts.Value]
    /// How many other values there are.
    let others: Int
}

/// The terms of a search, and how much each of them says.
private struct QueryTerms {
    private let text: SearchText
    private let weights: [UInt32]
    private let beginningWeight: UInt32

    init(_ text: SearchText, in snapshot: SearchSnapshot<some SearchedItem>) {
        self.text = text
        let total = max(1, snapshot.count)
        func weight(_ frequency: Int) -> UInt32 { UInt32(16 * log2(1 + Double(total) / Double(max(1, frequency)))) }
        weights = text.terms.map { weight(snapshot.frequency(of: $0)) }
        beginningWeight =
            text.beginning.map { weight(snapshot.frequency(of: SearchTerm.stem($0))) } ?? 0
    }

    /// Leaves the documents in `matching` that have all of it; returns what each says, where that is asked for.
    func narrow(_ matching: inout BitSet, in segment: SearchSegment<some SearchedItem>, isScored: Bool) -> [UInt32]? {
        var scores = [UInt32](repeating: 0, count: isScored ? segment.count : 0)
        for (term, weight) in zip(text.terms, weights) {
            var set = BitSet(count: segment.count)
            if let term = segment.term(term) { segment.take(term, factor: weight, into: &set, &scores) }
            matching.formIntersection(set)
        }
        if let beginning = text.beginning {
            var set = BitSet(count: segment.count)
            let whole = segment.term(SearchTerm.stem(beginning))
            if let whole { segment.take(whole, factor: beginningWeight, into: &set, &scores) }
            for term in segment.terms(beginning: beginning) where term != whole {
                segment.take(term, factor: max(1, beginningWeight / 4), into: &set, &scores)
            }
            matching.formIntersection(set)
        }
        for phrase in text.phrases {
            let numbers = phrase.compactMap { segment.term($0).map(UInt32.init) }
            var set = BitSet(count: segment.count)
            if numbers.count == phrase.count {
                matching.visit { if segment.has(numbers, in: $0) { set.insert($0) } }
            }
            matching.formIntersection(set)
        }
        return isScored ? scores : nil
    }
}

extension FacetNames {
    fileprivate func counts(
        _ counts: [Int32], of facet: Int, chosen: Set<String>, limit: Int
    ) -> ValueCounts {
        let (values, order, ranks) = (values[facet], order[facet], ranks[facet])
        // The most frequent first, and in their own order where they are alike: a key that ascends.
        var keys: [UInt64] = []
        for (number, count) in counts.enumerated() where count > 0 {
            keys.append(UInt64(UInt32.max - UInt32(count)) << 32 | UInt64(ranks[number]))
        }
        keys.sort()
        func told(_ key: UInt64) -> FacetCounts.Value {
            let number = Int(order[Int(key & 0xFFFF_FFFF)])
            return FacetCounts.Value(value: values[number], count: Int(counts[number]))
        }
        let first = keys.prefix(limit).map(told)
        guard !chosen.isEmpty else { return ValueCounts(values: first, others: keys.count - first.count) }
        let cut = keys.dropFirst(limit).map(told).filter { chosen.contains($0.value) }
        // What is chosen and fits nothing can still be taken back.
        let missing = chosen.filter { value in known(value, in: facet).map { counts[Int($0)] == 0 } ?? true }
        return ValueCounts(
            values: first + cut + missing.sorted().map { FacetCounts.Value(value: $0, count: 0) },
            others: keys.count - first.count - cut.count)
    }
}
