import CivilTime
import Crypto
import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import Vault

extension Portal {
    /// A page's two routes, one a language; the handler is told which.
    func routes(
        _ method: HTTPRequest.Method, _ page: PagePath, access: Route.Access, bodyLimit: Int? = nil,
        handler: @escaping @Sendable (Request, PortalContext, Language) async throws -> Response
    ) -> [Route] {
        Language.allCases.map { language in
            Route(method, page.route(in: language), access: access, bodyLimit: bodyLimit) { request, context in
                try await handler(request, context, language)
            }
        }
    }

    /// The addresses of the static files.
    var assets: AssetURLs {
        let (files, colours) = (files, ColourSheet(site.colours))
        return AssetURLs { path in path == ColourSheet.path ? colours.address : files.url(for: String(path.dropFirst()))
        }
    }

    /// What every page shares.
    func frame(
        _ language: Language, _ page: PagePath, title: String, section: PageFrame.Section? = nil,
        description: String? = nil, query: String = "", hiddenFromSearch: Bool = false,
        signedIn: SignedInOperator? = nil
    ) -> PageFrame {
        PageFrame(
            site: site, language: language, page: page, title: title, section: section, assets: assets,
            description: description, query: query, hiddenFromSearch: hiddenFromSearch, signedIn: signedIn)
    }

    // MARK: Public pages

    /// A page that is the same for everybody, ready to be served from memory.
    func publicBody(_ page: some Page, status: HTTPResponse.Status = .ok) -> CachedBody {
        CachedBody(
            ByteBuffer(string: templates.render(page)), contentType: Self.html,
            headers: [.cacheControl: CacheControl.register], status: status)
    }

    /// Answers from memory; `make` is asked once a change of the register, and once every `seconds` for the little that
    /// a page shows from elsewhere.
    func cachedPage(
        _ request: Request, key: String, renewedEvery seconds: Int64, _ make: () async throws -> CachedBody
    ) async throws -> Response {
        try await cachedBody(key, renewedEvery: seconds, make).response(to: request)
    }

    func cachedBody(
        _ key: String, renewedEvery seconds: Int64, _ make: () async throws -> CachedBody
    ) async throws -> CachedBody {
        let period = now().milliseconds / 1000 / seconds
        let generation = register.generation << 32 | period & 0xFFFF_FFFF
        return try await cache.body(for: key, generation: generation, make: make)
    }

    // MARK: Personal pages

    /// A page for one reader. It says where its forms are sent from: under `no-referrer` an older browser would send
    /// `Origin: null`, which is refused.
    func personalPage(_ page: some Page, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = Self.html
        headers[.referrerPolicy] = "same-origin"
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: templates.render(page))))
    }

    /// Sends the browser on with GET, after a form.
    static func seeOther(_ page: PagePath, _ language: Language, notice: String? = nil) -> Response {
        let query = notice.map { "?notice=\(PagePath.encoded($0))" } ?? ""
        return Response(status: .seeOther, headers: [.location: page.path(in: language) + query])
    }

    static let html = "text/html; charset=utf-8"

    /// The longest form that pages take, in bytes.
    static let longestForm = 128 * 1024
}

extension [Route] {
    /// The same pages, within the limit of `kind`; beyond it they come again, with all that was filled in.
    func limited(
        _ kind: LimitedKind,
        beyond answer: @escaping @Sendable (Request, PortalContext, Language, TooManyRequests) async throws -> Response
    ) -> [Route] {
        map { route in
            route.limited(kind) { request, context, refusal in
                try await answer(request, context, Language(ofPath: request.uri.path), refusal)
            }
        }
    }
}

/// `/css/site-colours.css`: the institution's colours, from the site's settings.
struct ColourSheet: Sendable {
    static let path = "/css/site-colours.css"

    let text: String
    private let version: String

    init(_ colours: Site.Colours) {
        text = colours.styleSheet
        version = Hex.encode(Array(SHA256.hash(data: Array(text.utf8))).prefix(8))
    }

    /// With its version, so that it may be kept for ever.
    var address: String { "\(Self.path)?v=\(version)" }

    /// Its route.
    var route: Route {
        func body(_ cacheControl: String) -> CachedBody {
            CachedBody(
                ByteBuffer(string: text), contentType: "text/css; charset=utf-8", headers: [.cacheControl: cacheControl]
            )
        }
        let (pinned, unpinned) = (body("public, max-age=31536000, immutable"), body("public, max-age=300"))
        let pinnedQuery = "v=\(version)"
        return Route(.get, Self.path, access: .site) { request, _ in
            (request.uri.query == pinnedQuery ? pinned : unpinned).response(to: request)
        }
    }
}

extension HTTPField.Name {
    fileprivate static let referrerPolicy = Self("Referrer-Policy")!
    /// Makes the browser forget what this site left in it.
    static let clearSiteData = Self("Clear-Site-Data")!
}
