import HTTPTypes

/// The headers that every answer carries, errors and refusals included.
struct SecurityHeaders: Sendable {
    /// Those that an answer may set in its own way: a page's policy for one image, a page that must send its referrer.
    private let defaults: [HTTPField]
    private let fixed: [HTTPField]

    /// - Parameter isBehindTLS: adds HSTS for one year, RFC 6797.
    init(isBehindTLS: Bool) {
        defaults = [
            HTTPField(
                name: .contentSecurityPolicy,
                value: "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; font-src 'self'; "
                    + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"),
            HTTPField(name: .referrerPolicy, value: "no-referrer"),
        ]
        var fixed = [
            HTTPField(name: .xContentTypeOptions, value: "nosniff"),
            HTTPField(name: .crossOriginOpenerPolicy, value: "same-origin"),
            HTTPField(name: .crossOriginResourcePolicy, value: "same-origin"),
            HTTPField(
                name: .permissionsPolicy,
                value: "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        ]
        if isBehindTLS { fixed.append(HTTPField(name: .strictTransportSecurity, value: "max-age=31536000")) }
        self.fixed = fixed
    }

    func add(to headers: inout HTTPFields) {
        headers.reserveCapacity(headers.count + defaults.count + fixed.count + 1)
        for field in defaults where !headers.contains(field.name) { headers.append(field) }
        headers.append(contentsOf: fixed)
    }
}

extension HTTPField.Name {
    static let referrerPolicy = Self("Referrer-Policy")!
    static let permissionsPolicy = Self("Permissions-Policy")!
    static let crossOriginOpenerPolicy = Self("Cross-Origin-Opener-Policy")!
}
