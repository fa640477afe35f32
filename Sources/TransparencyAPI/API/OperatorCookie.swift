import HTTPServer
import RightsRegistry

/// The cookie that carries an operator's session, for the pages and the API alike.
enum OperatorCookie {
    private static let shortName = "operateur"
    static let name = "__Host-\(shortName)"

    static func carrying(_ token: String, of sessions: OperatorSessions) -> SetCookie {
        SetCookie(hostOnly: shortName, value: token, maxAge: sessions.absoluteSeconds)
    }

    static var cleared: SetCookie { SetCookie(hostOnly: shortName, value: "", maxAge: 0) }
}
