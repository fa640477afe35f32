import Crypto

/// Entity tags, RFC 9110 §8.8.3.
enum EntityTag {
    /// A strong tag's opaque part for these bytes: the first 128 bits of their SHA-256, in hexadecimal digits.
    static func digest(of bytes: some Sequence<UInt8>) -> String {
        var hash = SHA256()
        hash.update(data: Array(bytes))
        return hash.finalize().prefix(16).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    /// The first of `tags`, quotes included, that a value of `If-None-Match` names, by weak comparison (§13.1.2); for
    /// `*` the first of them all.
    static func match(_ header: String, _ tags: [String]) -> String? {
        for item in header.split(separator: ",") {
            var candidate = item.trimmingPrefix { $0 == " " || $0 == "\t" }
            while candidate.last == " " || candidate.last == "\t" { candidate.removeLast() }
            if candidate == "*" { return tags.first }
            if candidate.hasPrefix("W/") { candidate = candidate.dropFirst(2) }
            if let tag = tags.first(where: { $0 == candidate }) { return tag }
        }
        return nil
    }
}
