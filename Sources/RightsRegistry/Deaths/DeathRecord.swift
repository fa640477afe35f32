public import CivilTime
import StrictJSON

/// Where an operator has it from that somebody died.
public enum DeathSource: String, Sendable, CaseIterable {
    /// A certificate or a copy of the record of the death, whoever brought it.
    case certificate
    /// The registry office of a town, which was asked.
    case registryOffice
    /// The public register of deaths.
    case deathRegister
    /// What a linked database answered.
    case linkedDatabase
    /// Somebody close, without a document. Enough to write no more: it is taken back as easily.
    case relative
}

/// A death that stands recorded in a request, as operators see it.
public struct DeathRecord: Sendable, Hashable {
    /// When it was recorded.
    public let recordedAt: Instant
    public let source: DeathSource?
    /// The day of the death; nil where it is not known, and for whoever may not read words of the case.
    public let diedOn: CalendarDate?
    /// The request in which it was recorded, where it came from there.
    public let from: String?
    /// Whether it was recorded by itself, since the request came after.
    public let isByItself: Bool

    /// The one that stands; nil where none does.
    init?(in events: [RequestView.Event]) {
        guard let last = events.last(where: { [.deathRecorded, .deathUnrecorded].contains($0.event.type) }),
            last.event.type == .deathRecorded
        else { return nil }
        recordedAt = last.event.at
        source = last.event.data["source"]?.string.flatMap(DeathSource.init)
        diedOn = last.words?["diedOn"]?.string.flatMap { CalendarDate($0) }
        from = last.event.data["request"]?.string
        isByItself = last.event.actor == .system
    }
}

extension ObjectReader {
    /// The members of `deathRecorded`: `source`, and `diedOn` where the day is known, sealed.
    mutating func death(today: CalendarDate) -> (data: JSON, words: JSON?) {
        let source = choice("source", of: DeathSource.self)
        var words: JSON?
        if let entered = optionalString("diedOn", maxLength: 10) {
            if let day = CalendarDate(entered) {
                if day > today { fail("diedOn", "date.future") }
                words = ["diedOn": .string(day.description)]
            } else {
                fail("diedOn", "date.iso")
            }
        }
        return (.object(ofPresent: ["source": source.map { .string($0.rawValue) }]), words)
    }
}

extension RequestView {
    /// The death that stands recorded, for operators; nil for its citizen, who is told by ``deathRecordedAt`` alone.
    public var death: DeathRecord? { DeathRecord(in: events) }
}
