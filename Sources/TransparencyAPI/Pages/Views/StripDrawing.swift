/// Bars one below the other, each under its name: for a telephone as for a desk. No script and no style of its own; what is drawn
/// is said in a sentence for whoever does not see it, and stands in a table besides.
struct StripDrawing: Sendable {
    /// What one row shows. Lengths are in the unit of the drawing's scale.
    struct Row: Sendable {
        let name: String
        /// The language of the name, where it is not the page's.
        var lang: String?
        /// Written at the end of the row.
        let value: String
        /// The plain bar.
        var bar: ClosedRange<Double>?
        /// A hatched one beside it: as far as it may go.
        var upTo: Double?
        /// An upright stroke.
        var stroke: Double?
        /// A diamond.
        var diamond: Double?
    }

    /// A row where it is drawn.
    struct Drawn: Sendable {
        let name: String
        let lang: String?
        let value: String
        let nameY: String
        let barY: String
        let x: String
        let width: String?
        let hatchedX: String?
        let hatchedWidth: String?
        let strokeX: String?
        let strokeY: String
        let diamond: String?
    }

    let id: String
    let title: String
    /// Every row in words.
    let summary: String
    let height: Int
    let rows: [Drawn]

    static let width = 360.0
    private static let rowHeight = 42

    /// - Parameters:
    ///   - most: what the whole width stands for; nil for the longest of what is drawn.
    init(id: String, title: String, _ rows: [Row], most: Double? = nil) {
        self.id = id
        self.title = title
        summary = rows.map { "\($0.name)\u{A0}: \($0.value)" }.joined(separator: "\u{A0}; ") + "."
        height = rows.count * Self.rowHeight
        let longest =
            rows.flatMap { [$0.bar?.upperBound, $0.upTo, $0.stroke, $0.diamond].compactMap { $0 } }.max() ?? 1
        let scale = Self.width / max(most ?? longest, 0.000_001)
        func place(_ value: Double) -> Double { min(max(0, value * scale), Self.width) }
        self.rows = rows.enumerated().map { index, row in
            let top = index * Self.rowHeight
            let bar = row.bar.map { (start: place($0.lowerBound), end: place($0.upperBound)) }
            // What is there is seen, be it short.
            let width = bar.map { max(2, $0.end - $0.start) }
            let end = bar.map { min($0.start, Self.width - 2) + (width ?? 0) } ?? 0
            let hatched = row.upTo.map { max(0, place($0) - end) }
            return Drawn(
                name: Self.cut(row.name, beside: row.value), lang: row.lang, value: row.value, nameY: "\(top + 14)",
                barY: "\(top + 21)",
                x: LineDrawing.digits(bar.map { min($0.start, Self.width - 2) } ?? 0),
                width: width.map(LineDrawing.digits), hatchedX: hatched.map { _ in LineDrawing.digits(end) },
                hatchedWidth: hatched.map(LineDrawing.digits),
                strokeX: row.stroke.map { LineDrawing.digits(min(max(0, place($0) - 2.5), Self.width - 5)) },
                strokeY: "\(top + 17)",
                diamond: row.diamond.map {
                    let (x, y) = (min(max(7, place($0)), Self.width - 7), top + 26)
                    return "M\(LineDrawing.digits(x - 6)) \(y)l6 -6l6 6l-6 6z"
                })
        }
    }

    /// A name as far as there is room beside the value.
    private static func cut(_ name: String, beside value: String) -> String {
        let room = max(12, min(38, 56 - value.count))
        return name.count <= room ? name : String(name.prefix(room - 1)) + "…"
    }
}

/// Upright bars side by side, one a month: those of which nothing is told are a ring on the ground.
struct ColumnDrawing: Sendable {
    struct Column: Sendable {
        let x: String
        let y: String
        let height: String
        let isTold: Bool
        let middle: String
    }

    struct Mark: Sendable {
        let x: String
        let text: String
        let anchor: String
    }

    let id: String
    let title: String
    let summary: String
    /// The highest, written at the top.
    let top: String
    let columns: [Column]
    let marks: [Mark]

    private static let (width, ground, highest) = (360.0, 126.0, 96.0)

    /// - Parameter values: nil where nothing is told.
    init(id: String, title: String, summary: String, top: String, _ values: [Int?], marks: [(place: Int, text: String)])
    {
        (self.id, self.title, self.summary, self.top) = (id, title, summary, top)
        let most = Double(max(1, values.compactMap { $0 }.max() ?? 1))
        let step = Self.width / Double(max(1, values.count))
        columns = values.enumerated().map { place, value in
            let height = Self.highest * Double(value ?? 0) / most
            return Column(
                x: LineDrawing.digits(Double(place) * step + 2), y: LineDrawing.digits(Self.ground - height),
                height: LineDrawing.digits(height), isTold: value != nil,
                middle: LineDrawing.digits((Double(place) + 0.5) * step))
        }
        self.marks = marks.map { mark in
            let isLast = mark.place == values.count - 1
            return Mark(
                x: LineDrawing.digits(
                    isLast ? Self.width : mark.place == 0 ? 0 : (Double(mark.place) + 0.5) * step),
                text: mark.text, anchor: isLast ? "end" : mark.place == 0 ? "start" : "middle")
        }
    }

    /// The width of a column, in the drawing's units.
    static let columnWidth = 11
}
