/// Some of what is looked for, indexed: never changed once it is made.
///
/// Documents are numbered in the order of their titles. A term's postings are the documents that have it, ascending, each with
/// how much the term says there.
final class SearchSegment<Item: SearchedItem>: Sendable {
    let summaries: [Item]
    let places: [SearchPlace]
    /// The documents by the record that they are of.
    let numbers: [String: [Int]]
    /// Terms, ascending.
    let vocabulary: [String]
    /// Of each facet, the values of each document.
    let facets: [FacetColumn]
    let texts: SegmentTexts
    /// Where the postings of each term begin, and one more.
    private let starts: [Int]
    private let documents: [UInt32]
    private let weights: [UInt8]
    /// Each document's terms in order, by their numbers; a weight stands before the terms that it is of.
    private let streams: [[UInt32]]

    private static var border: UInt32 { .max }
    private static var weightsBegin: UInt32 { .max - 16 }

    /// - Parameter names: numbers the values of facets, alike in all segments.
    init(_ documents: [SearchDocument<Item>], _ names: inout FacetNames) {
        let sorted = documents.sorted { $0.place < $1.place }
        summaries = sorted.map(\.summary)
        places = sorted.map(\.place)
        numbers = Dictionary(grouping: sorted.indices) { sorted[$0].summary.record }
        var columns = (0..<Item.facets).map { _ in FacetColumn() }
        for document in sorted {
            for (facet, values) in document.facets.enumerated() {
                columns[facet].append(values.map { names.number(of: $0, in: facet) })
            }
        }
        facets = columns
        texts = SegmentTexts(sorted.map(\.texts))

        var vocabulary = TermNumbers()
        let numbered = sorted.map { document in
            document.fields.map { field in field.terms.map { $0.isEmpty ? Self.border : vocabulary.number(of: $0) } }
        }
        let order = vocabulary.sort()
        self.vocabulary = vocabulary.terms
        var postings: [[UInt32]] = Array(repeating: [], count: order.count)
        var impacts: [[UInt8]] = Array(repeating: [], count: order.count)
        var streams: [[UInt32]] = []
        streams.reserveCapacity(sorted.count)
        for (number, document) in sorted.enumerated() {
            var stream: [UInt32] = []
            stream.reserveCapacity(document.fields.reduce(0) { $0 + 1 + $1.terms.count })
            for (field, terms) in zip(document.fields, numbered[number]) {
                stream.append(Self.weightsBegin + UInt32(field.weight))
                for term in terms {
                    guard term != Self.border else {
                        stream.append(Self.border)
                        continue
                    }
                    let place = Int(order[Int(term)])
                    stream.append(UInt32(place))
                    // What a field says, and a little for each time that it is said again.
                    if postings[place].last == UInt32(number) {
                        let last = impacts[place].count - 1
                        impacts[place][last] = impacts[place][last] &+ (impacts[place][last] & 15 == 15 ? 0 : 1)
                    } else {
                        postings[place].append(UInt32(number))
                        impacts[place].append(field.weight << 4)
                    }
                }
            }
            streams.append(stream)
        }
        self.streams = streams
        starts = postings.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
        self.documents = Array(postings.joined())
        weights = Array(impacts.joined())
    }

    var count: Int { summaries.count }

    /// The documents of `live`, to be indexed with others.
    func unpacked(_ live: BitSet, _ names: FacetNames) -> [SearchDocument<Item>] {
        var unpacked: [SearchDocument<Item>] = []
        live.visit { number in
            var fields: [SearchDocument<Item>.Field] = []
            for part in streams[number].split(omittingEmptySubsequences: true, whereSeparator: Self.isWeight) {
                let weight = UInt8(streams[number][part.startIndex - 1] - Self.weightsBegin)
                fields.append(
                    .init(
                        weight: weight,
                        terms: part.map { $0 == Self.border ? SearchedTerms.border : vocabulary[Int($0)] }))
            }
            unpacked.append(
                SearchDocument<Item>(
                    summary: summaries[number], sortTitle: places[number].title, fields: fields,
                    facets: facets.indices.map { facet in facets[facet][number].map { names.values[facet][Int($0)] } },
                    texts: texts[number]))
        }
        return unpacked
    }

    private static func isWeight(_ word: UInt32) -> Bool { word > weightsBegin && word < border }

    // MARK: Terms

    func term(_ text: String) -> Int? {
        let place = lowerBound(text)
        return place < vocabulary.count && vocabulary[place] == text ? place : nil
    }

    /// The terms that begin so.
    func terms(beginning text: String) -> Range<Int> {
        let start = lowerBound(text)
        var end = start
        while end < vocabulary.count, vocabulary[end].hasPrefix(text) { end += 1 }
        return start..<end
    }

    private func lowerBound(_ text: String) -> Int {
        var (low, high) = (0, vocabulary.count)
        while low < high {
            let middle = (low + high) / 2
            if vocabulary[middle] < text { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// How many documents have a term.
    func frequency(_ term: Int) -> Int { starts[term + 1] - starts[term] }

    /// Adds the documents that have a term to a set and, where there are scores, what it says in each of them to its score.
    func take(_ term: Int, factor: UInt32, into set: inout BitSet, _ scores: inout [UInt32]) {
        let places = starts[term]..<starts[term + 1]
        set.insert(documents[places])
        guard !scores.isEmpty else { return }
        scores.withUnsafeMutableBufferPointer { scores in
            for place in places { scores[Int(documents[place])] &+= UInt32(weights[place]) &* factor }
        }
    }

    /// Whether the terms follow one another in a document.
    func has(_ phrase: [UInt32], in document: Int) -> Bool {
        let stream = streams[document]
        guard phrase.count <= stream.count else { return false }
        return stream.withUnsafeBufferPointer { stream in
            (0...(stream.count - phrase.count)).contains { start in
                phrase.indices.allSatisfy { stream[start + $0] == phrase[$0] }
            }
        }
    }

    // MARK: The order of titles

    /// The first document that comes after a place.
    func firstDocument(after place: SearchPlace) -> Int {
        var (low, high) = (0, places.count)
        while low < high {
            let middle = (low + high) / 2
            if places[middle] <= place { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Terms by number: first as they come, then in their order.
private struct TermNumbers {
    private(set) var terms: [String] = []
    private var numbers: [String: UInt32] = [:]

    mutating func number(of term: String) -> UInt32 {
        if let known = numbers[term] { return known }
        let number = UInt32(terms.count)
        terms.append(term)
        numbers[term] = number
        return number
    }

    /// Puts the terms in order; returns where each went.
    mutating func sort() -> [UInt32] {
        let order = terms.indices.sorted { terms[$0] < terms[$1] }
        terms = order.map { terms[$0] }
        var places = [UInt32](repeating: 0, count: order.count)
        for (place, number) in order.enumerated() { places[number] = UInt32(place) }
        return places
    }
}

/// The numbers of a facet's values, document by document.
struct FacetColumn: Sendable {
    private var starts: [UInt32] = [0]
    private var values: [UInt32] = []

    mutating func append(_ numbers: [UInt32]) {
        values += numbers
        starts.append(UInt32(values.count))
    }

    subscript(document: Int) -> ArraySlice<UInt32> {
        values[Int(starts[document])..<Int(starts[document + 1])]
    }

    /// Adds the documents that have a value.
    func insert(having number: UInt32, into set: inout BitSet) {
        for document in 0..<(starts.count - 1) where self[document].contains(number) { set.insert(document) }
    }

    /// Counts the values that the documents of a set have.
    func count(_ set: BitSet, into counts: inout [Int32]) {
        counts.withUnsafeMutableBufferPointer { counts in
            starts.withUnsafeBufferPointer { starts in
                values.withUnsafeBufferPointer { values in
                    set.visit { document in
                        for place in Int(starts[document])..<Int(starts[document + 1]) {
                            counts[Int(values[place])] += 1
                        }
                    }
                }
            }
        }
    }
}

/// The values of facets by their numbers, and the numbers by their values.
struct FacetNames: Sendable {
    private(set) var values: [[String]]
    private var numbers: [[String: UInt32]]
    /// The numbers in the order of the values, and each number's place in it.
    private(set) var order: [[UInt32]]
    private(set) var ranks: [[UInt32]]

    init(facets: Int) {
        values = (0..<facets).map { _ in [] }
        numbers = (0..<facets).map { _ in [:] }
        (order, ranks) = (values.map { _ in [] }, values.map { _ in [] })
    }

    /// Puts what has come since into the order.
    mutating func sort() {
        for facet in values.indices where order[facet].count < values[facet].count {
            let values = values[facet]
            order[facet] = values.indices.map(UInt32.init).sorted { values[Int($0)] < values[Int($1)] }
            ranks[facet] = order[facet]
            for (rank, number) in order[facet].enumerated() { ranks[facet][Int(number)] = UInt32(rank) }
        }
    }

    mutating func number(of value: String, in facet: Int) -> UInt32 {
        if let known = numbers[facet][value] { return known }
        let number = UInt32(values[facet].count)
        values[facet].append(value)
        numbers[facet][value] = number
        return number
    }

    /// Nil for a value that nothing has.
    func known(_ value: String, in facet: Int) -> UInt32? { numbers[facet][value] }
}
