public import Logging

/// Does something again and again until the task is cancelled, with a pause of `interval` between.
///
/// A failure is logged as `failing` says and ends nothing: it is tried again within a minute, and not at once, however long or
/// short the interval is.
public nonisolated(nonsending) func recurring(
    every interval: Duration, failing: Logger.Message, logger: Logger,
    _ work: nonisolated(nonsending) () async throws -> Void
) async {
    while !Task.isCancelled {
        var pause = interval
        do {
            try await work()
        } catch {
            // What a shutdown interrupts has not failed.
            guard !Task.isCancelled else { return }
            logger.warning(failing, metadata: ["error": "\(error)"])
            pause = min(max(interval, .seconds(5)), .seconds(60))
        }
        try? await Task.sleep(for: pause)
    }
}
