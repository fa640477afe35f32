import Vault

/// A receipt's file given back: the reference and the code that stand in it.
///
/// People edit what they keep, send it through mail and open it in other programs: whatever stands around the two, and
/// whatever became of line ends and encoding, does not matter. What can't be told apart from a mistyped code is none.
struct KeptReceipt: Sendable {
    /// The longest file that is looked at, in bytes.
    static let longest = 64 * 1024

    let reference: String
    let secret: TrackingSecret

    /// Nil where the file holds no reference, or no code whose check digits fit.
    init?(_ bytes: [UInt8]) {
        // Ours has less than 2 KB; whatever is longer is looked at as far as ours could be.
        let text = Self.text(Array(bytes.prefix(8 * 1024)))
        let found = text.matches(
            of: /[Rr][\s\-–]*(?:[0-9][\s\-–]*){4}(?:[0-9A-Za-z][\s\-–]*){5}[0-9A-Za-z](?![0-9A-Za-z])/
        )
        .lazy.compactMap { RequestReference(entered: $0.output) }.first
        let groups = /(?:[0-9A-Za-z]{4}[\s\-–]*){6}[0-9A-Za-z]{4}/
        var rest = text[...]
        var secret: TrackingSecret?
        var tries = 0
        while secret == nil, tries < 200, let match = rest.firstMatch(of: groups) {
            tries += 1
            secret = try? TrackingSecret(entered: match.output)
            // Words before the code may look like its first groups.
            rest = rest[rest.index(after: match.range.lowerBound)...]
        }
        guard let found, let secret else { return nil }
        reference = found.description
        self.secret = secret
    }

    /// UTF-8, or UTF-16 where a mark at the beginning says so. Whatever is neither still has its letters and digits.
    private static func text(_ bytes: [UInt8]) -> String {
        func wide(_ high: Int) -> String {
            let units = stride(from: 2, to: bytes.count - 1, by: 2).map {
                UInt16(bytes[$0 + high]) << 8 | UInt16(bytes[$0 + 1 - high])
            }
            return String(decoding: units, as: UTF16.self)
        }
        if bytes.starts(with: [0xFF, 0xFE]) { return wide(1) }
        if bytes.starts(with: [0xFE, 0xFF]) { return wide(0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
