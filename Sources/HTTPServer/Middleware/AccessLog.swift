import Logging

/// One line for each request, at level info: what was asked for and how it went, and nothing of who asked. No address,
/// path, query, cookie or parameter, only the route's template.
struct AccessLog: Sendable {
    /// - Parameters:
    ///   - logger: carries the request's id.
    ///   - template: the route's, `-` where none was found.
    ///   - code: a problem's code.
    ///   - duration: to the end of the answer where its body is streamed, otherwise to its start.
    ///   - bytes: of the answer's body.
    func write(
        _ logger: Logger, method: String, template: String, status: Int, code: String?, duration: Duration?, bytes: Int?
    ) {
        guard logger.logLevel <= .info else { return }
        var metadata: Logger.Metadata = [
            "method": .string(method), "route": .string(template), "status": .stringConvertible(status),
        ]
        if let code { metadata["code"] = .string(code) }
        if let duration { metadata["milliseconds"] = .stringConvertible(duration.milliseconds) }
        if let bytes { metadata["bytes"] = .stringConvertible(bytes) }
        logger.info("request", metadata: metadata)
    }
}

extension Duration {
    /// To a hundredth.
    fileprivate var milliseconds: Double {
        Double(components.seconds * 100_000 + components.attoseconds / 10_000_000_000_000) / 100
    }
}
