import Logging
import Outbound
import RightsRegistry

/// The scanner of files, as it is configured; nothing of it where there is no address.
struct ScannerSettings: Sendable {
    let address: FileScanner.Address

    /// Throws `CommandFailure` for an address that makes no sense: a site must not go on unscanned in silence.
    init(_ text: String) throws {
        guard let address = FileScanner.Address(text) else {
            throw CommandFailure.usage("REGARD_CLAMD: “\(text)” is neither unix:/path nor tcp:host:port.")
        }
        self.address = address
    }

    /// Why there was no verdict goes into the log, and nothing of the file.
    func scan(threads: OutboundThreads, logger: Logger) -> FileScan {
        let scanner = FileScanner(address: address, threads: threads)
        return { content in
            do {
                switch try await scanner.scan(content) {
                case .clean: return .clean
                case .infected:
                    logger.warning("the scanner refused a file")
                    return .infected
                }
            } catch {
                logger.error("the scanner of files gives no verdict", metadata: ["error": "\(error)"])
                throw error
            }
        }
    }
}
