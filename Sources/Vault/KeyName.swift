/// A key that one file holds whole: 256 random bits.
public enum SymmetricKeyName: Sendable, Hashable {
    /// Index of tracking secrets and idempotency keys (HMAC), in the intake process.
    case secretsIndex
    /// An epoch's pepper, from 1: half of what opens a citizen's own wrap.
    case pepper(Int)
    /// The pseudonym key of one linked database, by its id: `[a-z0-9-]`, 1 to 40.
    case database(String)
    /// A later pseudonym key of the same database, once its key was changed: by its id and the key's generation, from 2.
    case laterDatabase(String, generation: Int)
    /// What the hub shares with the custodian of one linked database that fetches its batches (``FeedKey``), by its id.
    case feed(String)
    /// What takes a feed's place, while its token is being changed.
    case nextFeed(String)
    /// Seals the cookies of pages that work without a script.
    case cookies
    /// Seals operators' one-time-password seeds at rest.
    case totp
    /// Blind index of the persons that filings are about (HMAC), in the operator process. Whoever holds it can try
    /// identities against the index.
    case personIndex

    /// The pseudonym key of a database that counts as its `generation`th, from 1.
    public static func key(of database: String, generation: Int) -> SymmetricKeyName {
        generation == 1 ? .database(database) : .laterDatabase(database, generation: generation)
    }

    /// The name in the file and of the file, without its ending; nil where the epoch or the id is not allowed.
    var stem: String? {
        switch self {
        case .secretsIndex: "secrets-index"
        case .pepper(let epoch): epoch > 0 ? "pepper-\(epoch)" : nil
        case .database(let id): Self.isAllowed(id) ? "database-\(id)" : nil
        case .laterDatabase(let id, let generation):
            Self.isAllowed(id) && generation > 1 ? "database-\(id).\(generation)" : nil
        case .feed(let id): Self.isAllowed(id) ? "feed-\(id)" : nil
        case .nextFeed(let id): Self.isAllowed(id) ? "next-feed-\(id)" : nil
        case .cookies: "cookies"
        case .totp: "totp"
        case .personIndex: "person-index"
        }
    }

    /// Which role of a process reads it.
    var neededBy: String {
        switch self {
        case .secretsIndex, .pepper: "intake"
        case .database, .laterDatabase: "hub"
        case .feed, .nextFeed: "hub, and operator for custodians who sign in"
        case .cookies: "intake and operator"
        case .totp, .personIndex: "operator"
        }
    }

    private static func isAllowed(_ id: String) -> Bool {
        (1...40).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// A key pair (X25519): two files, so that separate processes hold only the half they need.
public enum KeyPairName: String, Sendable, Hashable, CaseIterable {
    /// Case keys are wrapped to it.
    case cases
    /// The ledger's segment keys are wrapped to it.
    case ledger

    /// Which role of a process reads the private half.
    var privateNeededBy: String {
        switch self {
        case .cases: "operator"
        case .ledger: "hub"
        }
    }

    /// Which role of a process reads the public half.
    var publicNeededBy: String {
        switch self {
        case .cases: "intake"
        case .ledger: "intake and operator"
        }
    }
}

/// A key pair that signs (Ed25519): two files, so that whoever checks a signature can't make one.
public enum SigningKeyName: String, Sendable, Hashable, CaseIterable {
    /// Signs the lists that are exported for the release gate.
    case lists
    /// Signs the release gate's certificates, wherever it stands.
    case gate
    /// Signs what the hub hands to custodians' receivers and lays into their folders.
    case connector

    /// Which role of a process reads the private half.
    var privateNeededBy: String {
        switch self {
        case .lists, .connector: "hub"
        case .gate: "release gate"
        }
    }

    /// Which role of a process reads the public half.
    var publicNeededBy: String {
        switch self {
        case .lists: "release gate"
        case .gate: "operator, and whoever verifies a certificate"
        case .connector: "custodians who are pushed to, or find batches in a folder"
        }
    }
}
