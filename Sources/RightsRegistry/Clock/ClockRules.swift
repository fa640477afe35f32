/// The periods that the law gives, as the institution sets them in `site/`.
public struct ClockRules: Sendable, Hashable {
    /// Months from receipt to answer: one (GDPR, article 12(3)).
    public let months: Int
    /// Months from receipt, all told, once the period is extended: three (the same article: "two further months").
    public let extendedMonths: Int
    /// Days after receipt within which identity is asked "without undue delay", so that asking stops the clock
    /// (EDPB guidelines 01/2022). They give no number: this one is ours. A later question stops nothing.
    public let promptQuestionDays: Int

    public init(months: Int = 1, extendedMonths: Int = 3, promptQuestionDays: Int = 7) {
        self.months = months
        self.extendedMonths = extendedMonths
        self.promptQuestionDays = promptQuestionDays
    }
}
