import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import PublicRegistry
import SQLDatabase
import StrictJSON

extension Portal {
    /// For machines that watch this one.
    var machineRoutes: [Route] {
        let constant = CachedBody(
            ByteBuffer(repeating: UInt8(ascii: "r"), count: 4096), contentType: "text/plain; charset=utf-8",
            headers: [.cacheControl: "public, no-cache"], compressing: false)
        var routes = [
            // The process runs.
            Route(.get, "/healthz", access: .site) { _, _ in Response.json(["status": "up"]) },
            // It can serve: its database answers.
            Route(.get, "/readyz", access: .site) { _, _ in
                _ = try await database.read { try RegisterChanges.latest($0) }
                return Response.json(["status": "ready"])
            },
            Route(.get, "/.well-known/security.txt", access: .site) { _, _ in securityContact },
        ]
        if servesBenchmarks {
            // What `make bench` holds the register's answers against: 4 KB that cost nothing to make.
            routes.append(
                Route(.get, "/healthz/constant", access: .public) { request, _ in constant.response(to: request) })
        }
        return routes
    }

    /// Whom to tell of a weakness (RFC 9116). It must say until when it holds: a year from now.
    private var securityContact: Response {
        let text = """
            Contact: mailto:\(site.contacts.dpo.email)
            Expires: \(now().adding(seconds: 365 * 86_400))
            Preferred-Languages: fr, en

            """
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "public, max-age=86400"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
