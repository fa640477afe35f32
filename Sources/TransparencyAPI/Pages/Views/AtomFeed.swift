import CivilTime
import Crypto
import Foundation
import PublicRegistry

/// The addresses of the Atom feeds: those of the pages, with `.atom`.
enum AtomPath: Sendable, Hashable {
    case everything
    /// What a search of the projects finds.
    case projects
    case project(String)
    case dataset(String)

    private var page: PagePath {
        switch self {
        case .everything: .changes
        case .projects: .projects
        case .project(let reference): .project(reference)
        case .dataset(let reference): .dataset(reference)
        }
    }

    func path(in language: Language) -> String { page.path(in: language) + ".atom" }
    func route(in language: Language) -> String { page.route(in: language) + ".atom" }
}

extension PagePath {
    /// The feed of what a page shows; of each page of a search, the same search's.
    func feed(in language: Language, query: String) -> String? {
        switch self {
        case .projects: AtomPath.projects.path(in: language) + Self.withoutCursor(query)
        case .project(let reference), .projectHistory(let reference), .projectVersions(let reference, _):
            AtomPath.project(reference).path(in: language)
        case .dataset(let reference), .datasetHistory(let reference), .datasetVersions(let reference, _):
            AtomPath.dataset(reference).path(in: language)
        case .home, .changes, .changesOf, .typographyRule: AtomPath.everything.path(in: language)
        default: nil
        }
    }

    private static func withoutCursor(_ query: String) -> String {
        let fields = query.dropFirst().split(separator: "&").filter { !$0.hasPrefix("cursor=") }
        return fields.isEmpty ? "" : "?" + fields.joined(separator: "&")
    }
}

/// An Atom feed (RFC 4287).
///
/// Ids are UUIDs made from what they name, so that a feed keeps them behind any host. Links are relative to the feed's own
/// address, which RFC 4287 allows.
struct AtomFeed: Sendable {
    struct Entry: Sendable {
        /// What it is, for its id: the same for ever.
        let name: String
        let title: String
        let updated: Instant
        let href: String
        let summary: String
        let author: String?
        let category: String?
    }

    static let contentType = "application/atom+xml; charset=utf-8"

    /// Its own address, query included.
    let own: String
    let title: String
    let language: Language
    /// The page that shows the same.
    let page: String
    let author: String
    /// Newest first.
    let entries: [Entry]

    var xml: String {
        // Nothing has changed yet: the feed is as old as time.
        let updated = entries.map(\.updated).max() ?? Instant(milliseconds: 0)
        var xml = """
            <?xml version="1.0" encoding="utf-8"?>
            <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="\(language.rawValue)">
            <id>\(Self.id("feed \(own)"))</id>
            <title>\(Self.escaped(title))</title>
            <updated>\(updated)</updated>
            <author><name>\(Self.escaped(author))</name></author>
            <link rel="self" type="application/atom+xml" href="\(Self.escaped(own))"/>
            <link rel="alternate" type="text/html" hreflang="\(language.rawValue)" href="\(Self.escaped(page))"/>

            """
        for entry in entries {
            xml += """
                <entry>
                <id>\(Self.id("entry \(entry.name)"))</id>
                <title>\(Self.escaped(entry.title))</title>
                <updated>\(entry.updated)</updated>
                <link rel="alternate" type="text/html" href="\(Self.escaped(entry.href))"/>
                \(entry.author.map { "<author><name>\(Self.escaped($0))</name></author>\n" } ?? "")\
                \(entry.category.map { "<category term=\"\(Self.escaped($0))\"/>\n" } ?? "")\
                <summary>\(Self.escaped(entry.summary))</summary>
                </entry>

                """
        }
        return xml + "</feed>\n"
    }

    /// A UUID of version 8 (RFC 9562) from the name's SHA-256.
    static func id(_ name: String) -> String {
        var bytes = Array(SHA256.hash(data: Array("regard register \(name)".utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }
        return "urn:uuid:"
            + [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }.joined(separator: "-")
    }

    /// For text and attributes. What XML 1.0 can't hold is left out.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "\"": escaped += "&quot;"
            case "\t", "\n": escaped.unicodeScalars.append(scalar)
            case ..<" ", "\u{FFFE}", "\u{FFFF}": continue
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
