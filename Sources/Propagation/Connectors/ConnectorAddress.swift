public import Outbound

/// How a linked database is reached, as `regard database add --connector` takes it.
public enum ConnectorAddress: Sendable, Hashable {
    /// `postgres://…`: its tables, written by us.
    case postgresql(url: String)
    /// `sqlite:PATH`: its file, written by us.
    case sqlite(path: String)
    /// `https://…`: batches are pushed to a receiver of the custodian's.
    case https(WebAddress)
    /// `dir:PATH`: batches are laid down as files, and acknowledgements read back.
    case directory(path: String)
    /// `pull:`: the custodian's program fetches batches and acknowledges them.
    case pull
    /// `manual:`: a custodian signs in, downloads, and attests.
    case manual

    /// Throws `TargetError.unknownConnector` where nothing speaks `text`.
    public init(_ text: String) throws {
        func rest(after scheme: String) -> String? {
            text.hasPrefix(scheme) && text.count > scheme.count ? String(text.dropFirst(scheme.count)) : nil
        }
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            self = .postgresql(url: text)
        } else if let path = rest(after: "sqlite:") {
            self = .sqlite(path: path)
        } else if let path = rest(after: "dir:") {
            self = .directory(path: path)
        } else if text == "pull:" {
            self = .pull
        } else if text == "manual:" {
            self = .manual
        } else if text.hasPrefix("https://") || text.hasPrefix("http://"), let address = WebAddress(text) {
            self = .https(address)
        } else {
            throw TargetError.unknownConnector(String(text.prefix { $0 != ":" }))
        }
    }

    /// Whether batches wait in a mailbox until the custodian acknowledges them, rather than being applied while we look.
    public var isMailbox: Bool {
        switch self {
        case .directory, .pull, .manual: true
        case .postgresql, .sqlite, .https: false
        }
    }
}
