/// A block of a site's text: a heading, a paragraph or a list.
struct TextBlock: Sendable {
    /// A run of text, with its address where it is a link.
    struct Run: Sendable {
        let text: String
        let href: String?
        /// Whether it stands for what the installation has not filled in yet.
        var isToFill = false
    }

    struct Item: Sendable {
        let runs: [Run]
    }

    let heading: String?
    let paragraph: Item?
    let list: [Item]

    /// Reads the little of Markdown that a site's texts need: `## heading`, paragraphs, `- lists`,
    /// `[words](address)`, and `[[what]]` for what the installation is to fill in. Everything else is shown as it stands.
    static func blocks(of text: String) -> [TextBlock] {
        var blocks: [TextBlock] = []
        var lines: [Substring] = []
        func close() {
            guard let first = lines.first else { return }
            if first.hasPrefix("## ") {
                blocks.append(TextBlock(heading: String(first.dropFirst(3)), paragraph: nil, list: []))
                lines.removeFirst()
                close()
                return
            }
            if lines.allSatisfy({ $0.hasPrefix("- ") || $0.hasPrefix("  ") }) {
                let items = lines.reduce(into: [String]()) { items, line in
                    if line.hasPrefix("- ") || items.isEmpty {
                        items.append(String(line.dropFirst(2)))
                    } else {
                        items[items.count - 1] += " " + line.drop(while: \.isWhitespace)
                    }
                }
                blocks.append(TextBlock(heading: nil, paragraph: nil, list: items.map { Item(runs: runs(of: $0)) }))
            } else {
                let paragraph = Item(runs: runs(of: lines.joined(separator: " ")))
                blocks.append(TextBlock(heading: nil, paragraph: paragraph, list: []))
            }
            lines = []
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.allSatisfy(\.isWhitespace) { close() } else { lines.append(line) }
        }
        close()
        return blocks
    }

    /// What a text leaves to the installation: what stands between its double brackets.
    static func placeholders(in text: String) -> [String] {
        text.matches(of: /\[\[([^\]]+)\]\]/).map { String($0.output.1) }
    }

    /// Splits a line at its links and at what is to be filled in. Only addresses of this site, http(s), mailto and tel become links.
    private static func runs(of text: String) -> [Run] {
        var runs: [Run] = []
        var rest = Substring(text)
        while let match = rest.firstMatch(of: /\[\[([^\]]+)\]\]|\[([^\]]+)\]\(([^)\s]+)\)/) {
            if let what = match.output.1 {
                if match.range.lowerBound > rest.startIndex {
                    runs.append(Run(text: String(rest[..<match.range.lowerBound]), href: nil))
                }
                runs.append(Run(text: String(what), href: nil, isToFill: true))
                rest = rest[match.range.upperBound...]
                continue
            }
            guard let label = match.output.2, let address = match.output.3 else { break }
            let href = String(address)
            let isSafe = ["/", "https://", "http://", "mailto:", "tel:"].contains { href.hasPrefix($0) }
            if match.range.lowerBound > rest.startIndex {
                runs.append(Run(text: String(rest[..<match.range.lowerBound]), href: nil))
            }
            runs.append(Run(text: String(label), href: isSafe ? href : nil))
            rest = rest[match.range.upperBound...]
        }
        if !rest.isEmpty { runs.append(Run(text: String(rest), href: nil)) }
        return runs
    }
}
