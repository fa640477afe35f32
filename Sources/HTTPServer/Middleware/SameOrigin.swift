import HTTPTypes
import Hummingbird

/// Refuses what another site makes a browser send. Every browser says where a request comes from, in `Sec-Fetch-Site`
/// or in `Origin`; what says neither comes from no browser, and then must not look like a form either.
struct SameOrigin: Sendable {
    /// `http` or `https`, as the client sees the site.
    let scheme: String

    /// Throws 403 for an unsafe method, RFC 9110 §9.2.1, that does not come from the site itself.
    func check(_ request: Request) throws(ProblemDetails) {
        switch request.method {
        case .get, .head, .options: return
        default: break
        }
        if let site = request.headers[.secFetchSite] {
            guard site == "same-origin" else { throw Self.refusal }
        } else if let origin = request.headers[.origin] {
            guard let host = request.head.authority, origin.lowercased() == "\(scheme)://\(host.lowercased())" else {
                throw Self.refusal
            }
        } else if request.method == .post {
            guard request.hasContentType("application/json") || Self.bearsToken(request) else { throw Self.refusal }
        } else if request.headers[.contentType] != nil {
            guard !Self.formTypes.contains(where: request.hasContentType) else { throw Self.refusal }
        }
    }

    /// Whether a program says by itself who asks: no form can, and no browser adds it on its own.
    private static func bearsToken(_ request: Request) -> Bool {
        request.headers[.authorization]?.lowercased().hasPrefix("bearer ") == true
    }

    private static let formTypes = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]

    private static let refusal = ProblemDetails(
        .forbidden, code: "crossOrigin",
        detail: "Cette demande ne vient pas de ce site. / This request does not come from this site.")
}

extension HTTPField.Name {
    fileprivate static let secFetchSite = Self("Sec-Fetch-Site")!
}
