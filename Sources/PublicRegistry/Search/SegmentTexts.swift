/// The texts of a segment's documents, one after the other in one piece of memory.
struct SegmentTexts: Sendable {
    private struct Entry: Sendable {
        let field: String
        let language: String
        let bytes: Range<Int>
    }

    private var bytes: [UInt8] = []
    private var entries: [Entry] = []
    /// Where the entries of each document begin, and one more.
    private var starts: [Int] = [0]

    /// - Parameter documents: the texts of each.
    init(_ documents: [[SearchedText]]) {
        bytes.reserveCapacity(documents.reduce(0) { $1.reduce($0) { $0 + $1.text.utf8.count } })
        for texts in documents {
            for text in texts {
                let start = bytes.count
                bytes += text.text.utf8
                entries.append(Entry(field: text.field, language: text.language, bytes: start..<bytes.count))
            }
            starts.append(entries.count)
        }
    }

    subscript(document: Int) -> [SearchedText] {
        entries[starts[document]..<starts[document + 1]].map {
            .init(field: $0.field, language: $0.language, text: String(decoding: bytes[$0.bytes], as: UTF8.self))
        }
    }

    /// From the first of a document's texts that has one of the words; nil where none has.
    func excerpt(of document: Int, _ words: SoughtWords) -> Excerpt? {
        bytes.withUnsafeBufferPointer { bytes in
            for entry in entries[starts[document]..<starts[document + 1]] {
                let text = UnsafeBufferPointer(rebasing: bytes[entry.bytes])
                if let excerpt = Excerpt(of: text, field: entry.field, language: entry.language, words) {
                    return excerpt
                }
            }
            return nil
        }
    }
}
