/// `Accept-Encoding`, RFC 9110 §12.5.3, as far as it decides between brotli, gzip and the bytes as they are.
enum AcceptEncoding {
    /// How bytes are written on the way.
    enum Coding: String, Sendable {
        case identity, gzip
        case brotli = "br"
    }

    /// What is accepted and liked best; of two that are liked the same, the smaller one.
    static func best(_ header: String?) -> Coding {
        let liked = weights(header)
        func weight(_ own: Int?) -> Int { own ?? liked.others ?? 0 }
        let (brotli, gzip, identity) = (weight(liked.brotli), weight(liked.gzip), liked.identity ?? 0)
        if brotli > 0, brotli >= gzip, brotli >= identity { return .brotli }
        return gzip > 0 && gzip >= identity ? .gzip : .identity
    }

    /// Whether gzip is accepted, and not less liked than the bytes as they are.
    static func prefersGzip(_ header: String?) -> Bool {
        let liked = weights(header)
        let accepted = liked.gzip ?? liked.others ?? 0
        return accepted > 0 && accepted >= liked.identity ?? 0
    }

    private struct Weights {
        var brotli: Int?
        var gzip: Int?
        var identity: Int?
        var others: Int?
    }

    private static func weights(_ header: String?) -> Weights {
        var weights = Weights()
        guard let header else { return weights }
        for item in header.utf8.split(separator: UInt8(ascii: ",")) {
            let parts = item.split(separator: UInt8(ascii: ";"), maxSplits: 1)
            guard let coding = parts.first.map(trimmed) else { continue }
            let quality = parts.count > 1 ? thousandths(trimmed(parts[1])) : 1_000
            if equals(coding, "gzip") || equals(coding, "x-gzip") {
                weights.gzip = quality
            } else if equals(coding, "br") {
                weights.brotli = quality
            } else if equals(coding, "identity") {
                weights.identity = quality
            } else if equals(coding, "*") {
                weights.others = quality
            }
        }
        return weights
    }

    /// `q=0.5` as 500; 0 for what is not a weight.
    private static func thousandths(_ parameter: Substring.UTF8View) -> Int {
        var bytes = parameter.makeIterator()
        guard let name = bytes.next(), name | 0x20 == UInt8(ascii: "q"), bytes.next() == UInt8(ascii: "="),
            let first = bytes.next(), first == UInt8(ascii: "0") || first == UInt8(ascii: "1")
        else { return 0 }
        var value = Int(first - UInt8(ascii: "0")) * 1_000
        guard let point = bytes.next() else { return value }
        guard point == UInt8(ascii: ".") else { return 0 }
        var unit = 100
        while let digit = bytes.next(), unit > 0 {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return 0 }
            value += Int(digit - UInt8(ascii: "0")) * unit
            unit /= 10
        }
        return min(value, 1_000)
    }

    private static func trimmed(_ bytes: Substring.UTF8View) -> Substring.UTF8View {
        var bytes = bytes
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return bytes
    }

    private static func equals(_ bytes: Substring.UTF8View, _ word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { zip(bytes, $0).allSatisfy { $0 | 0x20 == $1 | 0x20 } }
    }
}
