import HTTPTypes

/// Lets scripts of any site read what is public: `*`, so never with credentials.
struct CrossOriginReads: Sendable {
    private let onAnswers: [HTTPField] = [
        HTTPField(name: .accessControlAllowOrigin, value: "*"),
        HTTPField(name: .accessControlExposeHeaders, value: "ETag, Link"),
    ]
    private let onPreflights: [HTTPField] = [
        HTTPField(name: .accessControlAllowOrigin, value: "*"),
        HTTPField(name: .accessControlAllowMethods, value: "GET, HEAD"),
        HTTPField(name: .accessControlAllowHeaders, value: "If-None-Match"),
        HTTPField(name: .accessControlMaxAge, value: "86400"),
    ]

    func add(toAnswer headers: inout HTTPFields) { headers.append(contentsOf: onAnswers) }

    func add(toPreflight headers: inout HTTPFields) { headers.append(contentsOf: onPreflights) }
}
