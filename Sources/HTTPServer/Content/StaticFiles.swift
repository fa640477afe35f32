public import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// A folder's files, held in memory and served as they stand. Nothing is read from the disk after the start, so no
/// request can name a path outside the folder.
public struct StaticFiles: Sendable {
    /// Why a folder cannot be served.
    public enum LoadError: Error, Equatable, CustomStringConvertible {
        case unreadable(String)
        case linkLeadsOut(String)
        case tooLarge(maximumBytes: Int)

        public var description: String {
            switch self {
            case .unreadable(let path): "\(path) cannot be read"
            case .linkLeadsOut(let path): "\(path) is a symbolic link that leads out of its folder"
            case .tooLarge(let maximumBytes): "the files together exceed \(maximumBytes) bytes"
            }
        }
    }

    fileprivate struct File: Sendable {
        let hash: String
        /// For requests that name the current version, and for the others.
        let pinned, unpinned: CachedBody
    }

    /// By path within the folder, such as `css/site.css`.
    private let files: [String: File]

    /// Reads the folder; blocks, so to be called before serving. Names that begin with a dot, and what is under them,
    /// are left out; symbolic links to folders are not followed.
    /// - Parameters:
    ///   - maxAge: seconds that a file may be kept by whoever asked for it without its version.
    public init(folder: URL, maximumBytes: Int = 64 * 1_024 * 1_024, maxAge: Int = 300) throws(LoadError) {
        var files: [String: File] = [:]
        var total = 0
        for path in try Self.paths(in: folder) {
            guard let data = try? Data(contentsOf: folder.appending(path: path)) else { throw .unreadable(path) }
            total += data.count
            guard total <= maximumBytes else { throw .tooLarge(maximumBytes: maximumBytes) }
            files[path] = File(path, ByteBuffer(bytes: data), maxAge: maxAge)
        }
        self.files = files
    }

    /// A GET route for each file.
    /// - Parameter publicFolder: its files may be read by scripts of any site.
    public func routes(publicFolder: String? = nil) -> [Route] {
        files.sorted { $0.key < $1.key }.map { path, file in
            let isPublic = publicFolder.map { path.hasPrefix("\($0)/") } ?? false
            return Route(.get, "/\(path)", access: isPublic ? .public : .site) { request, _ in
                let isPinned = request.uri.query == "v=\(file.hash)"
                return (isPinned ? file.pinned : file.unpinned).response(to: request)
            }
        }
    }

    /// The address of a file, with its version, so that it may be kept for ever: `/css/site.css?v=…`. For a file that
    /// does not exist, the address where it would be.
    public func url(for path: String) -> String {
        guard let file = files[path] else { return "/\(path)" }
        let encoded = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
        return "/\(encoded)?v=\(file.hash)"
    }

    private static func paths(in folder: URL) throws(LoadError) -> [String] {
        let root = folder.resolvingSymlinksInPath().path(percentEncoded: false)
        let inside = root.hasSuffix("/") ? root : root + "/"
        guard let names = try? FileManager.default.subpathsOfDirectory(atPath: root) else { throw .unreadable(root) }
        var paths: [String] = []
        for name in names.sorted() {
            if name.split(separator: "/").contains(where: { $0.hasPrefix(".") }) { continue }
            let path = inside + name
            guard let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType else {
                throw .unreadable(name)
            }
            switch type {
            case .typeRegular: paths.append(name)
            case .typeSymbolicLink:
                let target = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
                guard target.hasPrefix(inside) else { throw .linkLeadsOut(name) }
                var isFolder: ObjCBool = false
                if FileManager.default.fileExists(atPath: target, isDirectory: &isFolder), !isFolder.boolValue {
                    paths.append(name)
                }
            default: break
            }
        }
        return paths
    }
}

extension StaticFiles.File {
    fileprivate init(_ path: String, _ bytes: ByteBuffer, maxAge: Int) {
        let type = MediaTypes.type(ofFileNamed: path)
        let digest = EntityTag.digest(of: bytes.readableBytesView)
        let body = { (cacheControl: String) in
            CachedBody(
                bytes, contentType: type.value, headers: [.cacheControl: cacheControl],
                compressing: type.isCompressible)
        }
        hash = String(digest.prefix(16))
        pinned = body("public, max-age=31536000, immutable")
        unpinned = body("public, max-age=\(maxAge)")
    }
}

/// Media types of the files a site is made of.
private enum MediaTypes {
    static func type(ofFileNamed name: String) -> (value: String, isCompressible: Bool) {
        let fileExtension = name.split(separator: "/").last?.split(separator: ".").last.map { $0.lowercased() }
        return switch fileExtension {
        case "css": ("text/css; charset=utf-8", true)
        case "js", "mjs": ("text/javascript; charset=utf-8", true)
        case "html": ("text/html; charset=utf-8", true)
        case "txt", "md": ("text/plain; charset=utf-8", true)
        case "xml": ("application/xml; charset=utf-8", true)
        case "json", "map": ("application/json", true)
        case "webmanifest": ("application/manifest+json", true)
        case "svg": ("image/svg+xml; charset=utf-8", true)
        case "png": ("image/png", false)
        case "jpg", "jpeg": ("image/jpeg", false)
        case "webp": ("image/webp", false)
        case "avif": ("image/avif", false)
        case "ico": ("image/vnd.microsoft.icon", true)
        case "woff2": ("font/woff2", false)
        case "pdf": ("application/pdf", false)
        default: ("application/octet-stream", false)
        }
    }
}
