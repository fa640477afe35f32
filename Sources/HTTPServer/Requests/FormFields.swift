import HTTPTypes

/// The fields of a form or a query, in the order in which their names first came.
public struct FormFields: Sendable, Equatable {
    /// No form of ours has more; a client that sends more is up to no good.
    private static let maximumFields = 1_000

    public private(set) var names: [String] = []
    private var values: [String: [String]] = [:]

    init() {}

    /// Parses `application/x-www-form-urlencoded`. Throws 400 for a broken escape, broken UTF-8, U+0000 or more than
    /// 1,000 fields.
    public init(parsing bytes: some Collection<UInt8>) throws(ProblemDetails) {
        var count = 0
        for pair in bytes.split(separator: UInt8(ascii: "&"), maxSplits: Self.maximumFields) {
            count += 1
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard count <= Self.maximumFields, let name = PercentCoding.decode(parts[0], plusIsSpace: true),
                let value = parts.count > 1 ? PercentCoding.decode(parts[1], plusIsSpace: true) : ""
            else {
                throw ProblemDetails(
                    .badRequest, code: "malformedForm",
                    detail: "Les champs sont mal encodés. / The fields are badly encoded.")
            }
            add(value, to: name)
        }
    }

    mutating func add(_ value: String, to name: String) {
        if values[name] == nil { names.append(name) }
        values[name, default: []].append(value)
    }

    /// The first value of a field; nil if the field is not there.
    public subscript(name: String) -> String? { values[name]?.first }

    /// All values of a field, such as those of checkboxes, in order.
    public func all(_ name: String) -> [String] { values[name] ?? [] }
}
