public import HTTPServer

extension LimitedKind {
    /// The steps of the form: each is written into its draft.
    public static let form = LimitedKind("form")
    /// Filing a request.
    public static let filing = LimitedKind("filing")
    /// Whatever takes a reference and a secret.
    public static let follow = LimitedKind("follow")
    /// What citizens do in a request that they have open: each is stored.
    public static let act = LimitedKind("act")
    /// Leaving for the provider of identities.
    public static let signIn = LimitedKind("signIn")
    /// Asking for a new secret.
    public static let lostCode = LimitedKind("lostCode")
    /// What custodians' programs fetch and acknowledge.
    public static let feed = LimitedKind("feed")
    /// What editors write into the register.
    public static let editing = LimitedKind("editing")
    /// An operator's password.
    public static let operatorSignIn = LimitedKind("operatorSignIn")
}

extension Portal {
    /// The limits of each kind where settings name no others. A carrier's one address may stand for thousands of honest
    /// citizens, and a mention on the evening's news brings a thousand filings a second: both pass unnoticed. See
    /// docs/decisions/0020-limits-nobody-feels.md.
    public static let rateLimits: [LimitedKind: RateLimit] = [
        .form: limit(address: "10000, 100/s", total: "40000, 10000/s"),
        .filing: limit(address: "2000, 20/s", total: "8000, 2000/s"),
        .follow: limit(address: "5000, 50/s", total: "20000, 5000/s"),
        .act: limit(address: "2000, 20/s", total: "8000, 2000/s"),
        .signIn: limit(address: "2000, 20/s", total: "4000, 500/s"),
        // Each leads to a letter and an operator's check.
        .lostCode: limit(address: "200, 20/min", total: "2000, 10/s"),
        .feed: limit(address: "1000, 20/s", total: "10000, 1000/s"),
        .editing: limit(address: "1000, 20/s", total: "4000, 100/s"),
        // None in total: a stranger must not be able to lock operators out.
        .operatorSignIn: limit(address: "100, 2/s"),
    ]

    private static func limit(address: String, total: String? = nil) -> RateLimit {
        RateLimit(perAddress: Allowance(address), total: total.flatMap { Allowance($0) })
    }
}
