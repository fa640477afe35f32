import Foundation

/// Which address becomes which file, and what is still to be written.
struct StaticSitePlan {
    private let known: (String) -> Bool
    private var files: [String: String] = [:]
    private var waiting: [String] = []
    private var linked: Set<String> = []
    /// How many parts of a list have been met, by its path.
    private var parts: [String: Int] = [:]

    init(known: @escaping (String) -> Bool) { self.known = known }

    /// An address to be written, and its file.
    mutating func next() -> (source: String, file: String)? {
        guard let source = waiting.popLast(), let file = files[source] else { return nil }
        return (source, file)
    }

    func isLinked(_ source: String) -> Bool { linked.contains(source) }

    mutating func add(_ source: String, as file: String) {
        files[source] = file
        waiting.append(source)
    }

    /// Where a link of a page leads in the copy; nil where that is no part of it.
    mutating func place(of link: String) -> String? {
        let (target, fragment) = link.split(at: "#")
        let (path, query) = target.split(at: "?")
        // Files name their version in a query, which a web server passes over.
        let isVersion = query.hasPrefix("?v=")
        guard let file = file(for: isVersion ? path : target) else { return nil }
        linked.insert(isVersion ? path : target)
        let shown =
            file == "index.html" ? "" : file.hasSuffix("/index.html") ? String(file.dropLast("index.html".count)) : file
        return "/"
            + shown.split(separator: "/", omittingEmptySubsequences: false).map {
                PagePath.encoded(String($0))
            }.joined(separator: "/") + (isVersion ? query : "") + fragment
    }

    /// The file of an address, planned on first sight; nil where it is no part of the copy.
    mutating func file(for source: String) -> String? {
        if let file = files[source] { return file }
        let (path, query) = source.split(at: "?")
        guard known(path), let segments = Self.segments(of: path) else { return nil }
        var folder = segments
        if !query.isEmpty {
            // Of the lists, the parts that follow each other; each search is the server's.
            guard query.hasPrefix("?cursor="), !query.contains("&") else { return nil }
            let part = (parts[path] ?? 1) + 1
            parts[path] = part
            folder.append("~\(part)")
        }
        let file = Self.file(folder, isData: path.hasPrefix("/api/"))
        files[source] = file
        waiting.append(source)
        return file
    }

    /// Kinds of files that keep their names. A record's reference may have a dot in it.
    private static let kinds = [
        "css", "js", "svg", "png", "ico", "txt", "xml", "atom", "csv", "json", "jsonl", "ttl", "jsonld", "rss",
    ]

    private static func file(_ segments: [String], isData: Bool) -> String {
        guard let last = segments.last else { return "index.html" }
        let parts = last.split(separator: ".")
        if parts.count > 1, let kind = parts.last, kinds.contains(String(kind)) {
            return segments.joined(separator: "/")
        }
        return segments.joined(separator: "/") + (isData ? ".json" : "/index.html")
    }

    /// The segments of a path, decoded; nil where one is no name of a file.
    private static func segments(of path: String) -> [String]? {
        var segments: [String] = []
        for part in path.split(separator: "/") {
            guard let name = part.removingPercentEncoding, !name.isEmpty, name != ".", name != "..",
                !name.contains("/"), !name.contains("\0"), name.utf8.count <= 200
            else { return nil }
            segments.append(name)
        }
        return segments
    }
}

extension String {
    /// What stands before `sign`, and the rest with it; an empty rest where it is not there.
    fileprivate func split(at sign: Character) -> (String, String) {
        guard let index = firstIndex(of: sign) else { return (self, "") }
        return (String(self[..<index]), String(self[index...]))
    }
}
