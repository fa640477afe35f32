import CHaru
import NIOPosix

/// Prints letters as PDF, by libharu, in DejaVu's letters, which the file carries with it.
public struct LetterPress: Sendable {
    /// Why nothing was printed.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        /// libharu's number.
        public let code: UInt

        public var description: String { "The letter can't be printed (libharu \(String(code, radix: 16)))." }
    }

    /// Where Debian's fonts-dejavu-core puts them.
    public static let fonts = "/usr/share/fonts/truetype/dejavu"

    private let fonts: String

    /// - Parameter fonts: the folder of `DejaVuSans.ttf`, `DejaVuSans-Bold.ttf` and `DejaVuSansMono-Bold.ttf`.
    public init(fonts: String = LetterPress.fonts) { self.fonts = fonts }

    /// One file for all of `sheets`, each beginning on a page of its own. Off the event loop: it is work. Throws
    /// `Failure`.
    public func print(_ sheets: [LetterSheet], title: String) async throws -> [UInt8] {
        try await NIOThreadPool.singleton.runIfActive { try PDFDocument(fonts: fonts).print(sheets, title: title) }
    }
}

/// One use of libharu. It lives on one thread.
private final class PDFDocument {
    private let document: HPDF_Doc
    private let regular: HPDF_Font
    private let bold: HPDF_Font
    private let mono: HPDF_Font

    init(fonts: String) throws(LetterPress.Failure) {
        // Without a handler of ours, each call says by its result that it failed, and the document keeps why.
        guard let document = HPDF_New(nil, nil) else { throw LetterPress.Failure(code: 0) }
        func font(_ name: String) -> HPDF_Font? {
            HPDF_LoadTTFontFromFile(document, "\(fonts)/\(name).ttf", HPDF_BOOL(HPDF_TRUE)).flatMap {
                HPDF_GetFont(document, $0, "UTF-8")
            }
        }
        HPDF_UseUTFEncodings(document)
        HPDF_SetCurrentEncoder(document, "UTF-8")
        HPDF_SetCompressionMode(document, HPDF_UINT(HPDF_COMP_ALL))
        guard let regular = font("DejaVuSans"), let bold = font("DejaVuSans-Bold"),
            let mono = font("DejaVuSansMono-Bold")
        else {
            let code = HPDF_GetError(document)
            HPDF_Free(document)
            throw LetterPress.Failure(code: UInt(code))
        }
        self.document = document
        self.regular = regular
        self.bold = bold
        self.mono = mono
    }

    deinit { HPDF_Free(document) }

    func print(_ sheets: [LetterSheet], title: String) throws(LetterPress.Failure) -> [UInt8] {
        HPDF_SetInfoAttr(document, HPDF_INFO_TITLE, title)
        for sheet in sheets { try print(sheet) }
        HPDF_SaveToStream(document)
        var size = HPDF_GetStreamSize(document)
        var bytes = [UInt8](repeating: 0, count: Int(size))
        HPDF_ReadFromStream(document, &bytes, &size)
        let code = HPDF_GetError(document)
        // The end of the stream is no failure.
        guard code == HPDF_STATUS(HPDF_OK) || code == HPDF_STATUS(HPDF_STREAM_EOF), !bytes.isEmpty else {
            throw LetterPress.Failure(code: UInt(code))
        }
        return bytes
    }

    // MARK: Layout, in points from the page's foot (A4: 595 by 842)

    private static let (left, right, top, bottom): (Float, Float, Float, Float) = (62, 533, 790, 70)
    /// 20 mm from the right edge, 45 to 85 mm from the top: where French window envelopes have their window.
    private static let (windowLeft, windowTop): (Float, Float) = (298, 700)

    private func print(_ sheet: LetterSheet) throws(LetterPress.Failure) {
        var page = try newPage(foot: sheet.foot)
        var y = Self.top
        for (place, line) in sheet.sender.enumerated() {
            y = write(line, place == 0 ? bold : regular, 9, Self.left, y, on: page) - 3
        }
        y = Self.windowTop
        for line in sheet.recipient {
            for part in wrapped(line, regular, 11, Self.right - Self.windowLeft) {
                y = write(part, regular, 11, Self.windowLeft, y, on: page) - 3
            }
        }
        y = min(y, 580) - 20
        y = write(sheet.date, regular, 10.5, Self.windowLeft, y, on: page) - 20
        y = write(sheet.subject, bold, 10.5, Self.left, y, on: page) - 12
        func room(_ height: Float) throws(LetterPress.Failure) {
            guard y - height < Self.bottom else { return }
            page = try newPage(foot: sheet.foot)
            y = Self.top
        }
        var paragraphs = sheet.paragraphs[...]
        if let code = sheet.code {
            if let first = paragraphs.popFirst() { try write(first, &y, &page, sheet.foot) }
            try room(60)
            y = write(code, mono, 18, Self.left, y - 6, on: page) - 18
        }
        for paragraph in paragraphs { try write(paragraph, &y, &page, sheet.foot) }
    }

    private func write(
        _ paragraph: String, _ y: inout Float, _ page: inout HPDF_Page, _ foot: String
    ) throws(LetterPress.Failure) {
        for line in paragraph.split(separator: "\n", omittingEmptySubsequences: false) {
            for part in wrapped(String(line), regular, 10.5, Self.right - Self.left) {
                if y < Self.bottom {
                    page = try newPage(foot: foot)
                    y = Self.top
                }
                y = write(part, regular, 10.5, Self.left, y, on: page) - 4
            }
        }
        y -= 8
    }

    private func newPage(foot: String) throws(LetterPress.Failure) -> HPDF_Page {
        guard let page = HPDF_AddPage(document) else { throw LetterPress.Failure(code: UInt(HPDF_GetError(document))) }
        HPDF_Page_SetSize(page, HPDF_PAGE_SIZE_A4, HPDF_PAGE_PORTRAIT)
        // Marks for folding, at the edge: a third and two thirds of the sheet.
        HPDF_Page_SetLineWidth(page, 0.4)
        for height: Float in [561, 281] {
            HPDF_Page_MoveTo(page, 8, height)
            HPDF_Page_LineTo(page, 20, height)
            HPDF_Page_Stroke(page)
        }
        _ = write(foot, regular, 8, Self.left, 40, on: page)
        return page
    }

    /// Writes one line with its base at `y`; returns the height below it.
    private func write(
        _ text: String, _ font: HPDF_Font, _ size: Float, _ x: Float, _ y: Float, on page: HPDF_Page
    ) -> Float {
        HPDF_Page_BeginText(page)
        HPDF_Page_SetFontAndSize(page, font, size)
        HPDF_Page_TextOut(page, x, y, text)
        HPDF_Page_EndText(page)
        return y - size
    }

    /// The lines of `text` that fit `width`. A word that fits no line is cut.
    private func wrapped(_ text: String, _ font: HPDF_Font, _ size: Float, _ width: Float) -> [String] {
        func length(_ text: String) -> Float {
            let bytes = Array(text.utf8)
            return Float(HPDF_Font_TextWidth(font, bytes, HPDF_UINT(bytes.count)).width) * size / 1000
        }
        var (lines, line) = ([String](), "")
        for word in text.split(separator: " ") {
            let longer = line.isEmpty ? String(word) : "\(line) \(word)"
            if length(longer) <= width {
                line = longer
                continue
            }
            if !line.isEmpty { lines.append(line) }
            line = String(word)
            while length(line) > width, line.count > 1 {
                var part = line
                while length(part) > width, part.count > 1 { part.removeLast() }
                lines.append(part)
                line.removeFirst(part.count)
            }
        }
        return lines + (line.isEmpty && !lines.isEmpty ? [] : [line])
    }
}
