import HTTPServer
import TransparencyAPI

/// The limits of each kind of request: `limits.KIND.address` and `limits.KIND.total`, such as `2000, 20/s` or `none`.
enum LimitSettings {
    /// The portal's own where nothing else is set. Throws `CommandFailure` for what can't be read.
    static func read(_ setting: (String) -> String?) throws -> [LimitedKind: RateLimit] {
        try Portal.rateLimits.reduce(into: [:]) { limits, kind in
            func allowance(_ part: String, or usual: Allowance?) throws -> Allowance? {
                let key = "limits.\(kind.key.name).\(part)"
                guard let text = setting(key) else { return usual }
                if text == "none" { return nil }
                guard let allowance = Allowance(text) else {
                    throw CommandFailure.usage(
                        "\(key) is “\(text)”, and must be a number at once and a rate, such as “2000, 20/s”, or none.")
                }
                return allowance
            }
            limits[kind.key] = RateLimit(
                perAddress: try allowance("address", or: kind.value.perAddress),
                total: try allowance("total", or: kind.value.total))
        }
    }
}
