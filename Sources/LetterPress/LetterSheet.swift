/// A letter as it is laid out on paper: A4, folded in three, its recipient where a window envelope shows it and nothing
/// else.
public struct LetterSheet: Sendable {
    /// Who writes, at the top: hidden once the letter is folded.
    public let sender: [String]
    /// What the window shows.
    public let recipient: [String]
    /// In words.
    public let date: String
    public let subject: String
    public let paragraphs: [String]
    /// A code to be copied by hand, in large letters of one width.
    public let code: String?
    /// At the foot of each page.
    public let foot: String

    public init(
        sender: [String], recipient: [String], date: String, subject: String, paragraphs: [String],
        code: String? = nil, foot: String
    ) {
        self.sender = sender
        self.recipient = recipient
        self.date = date
        self.subject = subject
        self.paragraphs = paragraphs
        self.code = code
        self.foot = foot
    }
}
