public import Foundation
public import HTTPServer
import HTTPTypes
import NIOCore
import NIOPosix

/// The whole public half as files that any web server can serve: pages, files and data, found by following the site's own
/// links from everything that has an address without a parameter, and answered by the same code as on the server.
///
/// What needs the server, such as a search or a form, leads to the portal's own address.
public struct StaticSite: Sendable {
    /// What came of it.
    public struct Report: Sendable {
        public internal(set) var files = 0
        public internal(set) var bytes = 0
        /// Addresses that the site links to and that did not answer: there should be none.
        public internal(set) var missing: [String] = []
    }

    private let client: InProcessClient
    private let starts: [String]
    /// The portal's own, without a slash at its end.
    private let address: String

    /// - Parameter portal: one of the public role; what needs keys is no part of the copy.
    public init(_ portal: Portal, client: InProcessClient) {
        self.client = client
        address = portal.address
        starts = portal.routes.routes.filter { route in
            route.method == .get && route.access != .personal && !route.template.contains("{")
                && !Self.isForOperation(route.template)
        }.map(\.template)
    }

    /// What tells of this process, or changes by the minute.
    private static func isForOperation(_ path: String) -> Bool {
        ["/healthz", "/readyz", "/metrics", "/api/v1/feeds", "/log/"].contains { path.hasPrefix($0) }
    }

    /// Writes everything into `folder`, which is there and empty.
    /// - Parameter progress: told after each file.
    public func write(to folder: URL, progress: (Report) -> Void = { _ in }) async throws -> Report {
        var plan = Plan(known: { path in
            guard let access = client.access(to: path), access != .personal else { return false }
            return !Self.isForOperation(path)
        })
        for start in starts { _ = plan.file(for: start) }
        // What browsers are shown where nothing is.
        plan.add("/404", as: "404.html")
        var report = Report()
        while let (source, file) = plan.next() {
            let place = folder.appending(path: file)
            try await Self.blocking {
                try FileManager.default.createDirectory(
                    at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            }
            guard let length = try await write(source, to: place, &plan) else {
                // Redirections and pages that need a parameter are no files.
                if plan.isLinked(source) { report.missing.append(source) }
                continue
            }
            report.files += 1
            report.bytes += length
            progress(report)
        }
        return report
    }

    /// The length of the file; nil where there is nothing at that address.
    private func write(_ source: String, to place: URL, _ plan: inout Plan) async throws -> Int? {
        if source.hasSuffix(".jsonl") || source.hasSuffix(".csv") { return try await stream(source, to: place) }
        let (answer, body) = try await client.get(source)
        guard answer.status == .ok || source == "/404" else { return nil }
        var data = Data(body.readableBytesView)
        if answer.headers[.contentType]?.hasPrefix("text/html") == true {
            let page = StaticPage(String(decoding: data, as: UTF8.self), language: Language(ofPath: source))
            data = Data(page.leading(portal: address) { plan.place(of: $0) }.utf8)
        }
        let bytes = data
        try await Self.blocking { try bytes.write(to: place) }
        return bytes.count
    }

    /// Disks are waited for on threads that may block.
    static func blocking<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await NIOThreadPool.singleton.runIfActive(work)
    }

    /// A list as long as the register goes to its file piece by piece.
    private func stream(_ source: String, to place: URL) async throws -> Int? {
        try Data().write(to: place)
        let handle = try FileHandle(forWritingTo: place)
        let answer = try await client.get(source) { piece in
            try await Self.blocking { try handle.write(contentsOf: Data(piece.readableBytesView)) }
        }
        let length = try Int(handle.offset())
        try handle.close()
        guard answer.status == .ok else {
            try FileManager.default.removeItem(at: place)
            return nil
        }
        return length
    }
}

/// Which address becomes which file, and what is still to be written.
struct Plan {
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

/// A page of the copy.
struct StaticPage {
    private let html: String
    private let language: Language

    init(_ html: String, language: Language) {
        (self.html, self.language) = (html, language)
    }

    /// The page with its links leading within the copy where `place` knows them there, and to the portal elsewhere. Where a
    /// form stands, it says that it is the portal's.
    func leading(portal: String, _ place: (String) -> String?) -> String {
        let bytes = Array(html.utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 5 / 4)
        var start = 0
        for equals in bytes.indices where bytes[equals] == UInt8(ascii: "=") && equals >= start {
            guard bytes[equals...].starts(with: "=\"/".utf8),
                let name = Self.names.first(where: { bytes[..<equals].ends(with: $0) }),
                let end = bytes[(equals + 2)...].firstIndex(of: UInt8(ascii: "\""))
            else { continue }
            let link = Self.decoded(String(decoding: bytes[(equals + 2)..<end], as: UTF8.self))
            let isForm = name == " action"
            let target = (isForm ? nil : place(link)) ?? portal + link
            text += bytes[start..<(equals + 2)]
            text += Self.encoded(target).utf8
            start = end
            if isForm, let close = bytes[end...].firstIndex(of: UInt8(ascii: ">")) {
                text += bytes[end...close]
                text += note(portal).utf8
                start = close + 1
            }
        }
        text += bytes[start...]
        return String(decoding: text, as: UTF8.self)
    }

    /// The attributes that lead somewhere.
    private static let names = [" href", " src", " action"]

    private func note(_ portal: String) -> String {
        let shown = Self.encoded(portal)
        return language.pick(
            fr:
                "<p class=\"hint\">Cette page est une copie : la réponse vient du portail, <a href=\"\(shown)\">\(shown)</a>.</p>",
            en: "<p class=\"hint\">This page is a copy: the portal answers, <a href=\"\(shown)/en/\">\(shown)</a>.</p>")
    }

    private static let signs = [("&amp;", "&"), ("&quot;", "\""), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">")]

    /// As templates escape an attribute, back again; the ampersand last, since it begins the others.
    private static func decoded(_ text: String) -> String {
        signs.reversed().reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
    }

    private static func encoded(_ text: String) -> String {
        signs.reduce(text) { $0.replacingOccurrences(of: $1.1, with: $1.0) }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}

extension String {
    /// What stands before `sign`, and the rest with it; an empty rest where it is not there.
    fileprivate func split(at sign: Character) -> (String, String) {
        guard let index = firstIndex(of: sign) else { return (self, "") }
        return (String(self[..<index]), String(self[index...]))
    }
}
