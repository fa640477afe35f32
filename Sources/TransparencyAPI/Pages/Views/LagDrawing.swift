import CivilTime
import Foundation
import RightsRegistry

/// A line drawn over time, with what it shows in a sentence. No script and no style of its own: the style sheet colours it.
struct LineDrawing: Sendable {
    /// For `aria-labelledby`.
    let id: String
    /// What is seen, for whoever does not see it.
    let title: String
    /// As the attribute `d` of paths, in a box of 240 by 60: the line, and the ground below it.
    let line: String
    let ground: String
    /// “au plus 6”: the highest value, at the top.
    let top: String
    let begin: String
    let end: String

    private static let (width, height, margin) = (240.0, 60.0, 3.0)

    /// - Parameters:
    ///   - values: at even distances, two at least.
    ///   - title: says what they are, from when to when, and how they went.
    init(id: String, values: [Int64], title: String, begin: String, end: String, _ words: Words) {
        self.id = id
        self.title = title
        self.begin = begin
        self.end = end
        let highest = values.max() ?? 0
        let most = words.number(Int(highest))
        top = words.language.pick(fr: "au plus \(most)", en: "at most \(most)")
        let step = Self.width / Double(max(1, values.count - 1))
        let points = values.enumerated().map { place, value in
            let y =
                highest == 0
                ? Self.height - Self.margin
                : Self.height - Self.margin - (Self.height - 2 * Self.margin) * Double(value) / Double(highest)
            return "\(Self.digits(Double(place) * step)) \(Self.digits(y))"
        }
        line = "M" + points.joined(separator: "L")
        ground = line + "L\(Self.digits(Self.width)) \(Self.digits(Self.height))L0 \(Self.digits(Self.height))Z"
    }

    /// To a tenth, without locale.
    static func digits(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}

/// One line of the table that says what a drawing shows.
struct DrawnRow: Sendable {
    let at: String
    let lag: String
    let confirmed: String
}

/// Lag and confirmations of one database over the last seven days.
struct LagDrawings: Sendable {
    let lag: LineDrawing
    let confirmed: LineDrawing
    let rows: [DrawnRow]

    /// - Parameter points: in order, at even distances.
    init(of id: String, _ points: [LagPoint], _ zone: TimeZone, _ language: Language) {
        let words = Words(language)
        // Of a list that was begun anew nothing is confirmed until it is again.
        let confirmations = zip(points, points.dropFirst()).map { max(0, $1.position - $0.position) }
        let (begin, end) = (
            language.pick(fr: "il y a 7\u{A0}jours", en: "7\u{A0}days ago"), language.pick(fr: "maintenant", en: "now")
        )
        let lags = points.map(\.lag)
        let (last, highest) = (words.number(Int(lags.last ?? 0)), words.number(Int(lags.max() ?? 0)))
        lag = LineDrawing(
            id: "lag-\(id)", values: lags,
            title: language.pick(
                fr: "Retard en entrées sur 7 jours : \(highest) au plus, \(last) maintenant",
                en: "Lag in entries over 7 days: \(highest) at most, \(last) now"),
            begin: begin, end: end, words)
        let total = words.number(Int(confirmations.reduce(0, +)))
        confirmed = LineDrawing(
            id: "confirmed-\(id)", values: confirmations,
            title: language.pick(
                fr: "Entrées confirmées par tranche de 6 heures sur 7 jours : \(total) en tout",
                en: "Entries confirmed in each 6 hours over 7 days: \(total) in all"),
            begin: begin, end: end, words)
        rows = zip(points.dropFirst(), confirmations).map { point, confirmed in
            DrawnRow(
                at: "\(words.day(point.at.date(in: zone))), \(words.clock(point.at, in: zone))",
                lag: words.number(Int(point.lag)),
                confirmed: words.number(Int(confirmed)))
        }.reversed()
    }
}
