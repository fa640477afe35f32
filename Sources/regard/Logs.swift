import Logging

/// Diagnostics go to standard error, one line each, as `key=value`.
enum Logs {
    static func start() {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = .warning
            return handler
        }
    }

    /// The log of a server or of the hub, from `level` on.
    static func logger(_ level: Logger.Level) -> Logger {
        var logger = Logger(label: "regard")
        logger.logLevel = level
        return logger
    }
}
