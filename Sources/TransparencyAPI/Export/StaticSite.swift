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
        var plan = StaticSitePlan(known: { path in
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
    private func write(_ source: String, to place: URL, _ plan: inout StaticSitePlan) async throws -> Int? {
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
