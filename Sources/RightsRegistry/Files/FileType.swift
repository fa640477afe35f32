import StrictJSON

/// The types of file that a case takes. A document or a picture is what its bytes say, whatever its name; data, which
/// databases alone send, is text that is called so.
public enum FileType: String, Sendable, CaseIterable {
    case pdf, jpeg, png, csv, json, text

    public var mediaType: String {
        switch self {
        case .pdf: "application/pdf"
        case .jpeg: "image/jpeg"
        case .png: "image/png"
        case .csv: "text/csv"
        case .json: "application/json"
        case .text: "text/plain"
        }
    }

    public var fileExtension: String {
        switch self {
        case .pdf, .png, .csv, .json: rawValue
        case .jpeg: "jpg"
        case .text: "txt"
        }
    }

    /// The type that a media type names; nil where it is none of ours.
    init?(mediaType: String) {
        guard let type = Self.allCases.first(where: { $0.mediaType == mediaType }) else { return nil }
        self = type
    }

    /// The type that a file's name ends with; nil where it is none of ours.
    init?(named name: String) {
        let ending = name.split(separator: ".").last?.lowercased()
        guard let type = Self.allCases.first(where: { $0.fileExtension == ending }) else { return nil }
        self = type
    }

    /// Whether it is text, which any bytes may be called.
    var isData: Bool {
        switch self {
        case .csv, .json, .text: true
        case .pdf, .jpeg, .png: false
        }
    }

    /// The type by a file's first bytes; nil where it is none of ours.
    init?(of content: [UInt8]) {
        func begins(with bytes: [UInt8]) -> Bool { content.starts(with: bytes) }
        if begins(with: Array("%PDF-".utf8)) {
            self = .pdf
        } else if begins(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if begins(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else {
            return nil
        }
    }

    /// Whether the file's frame is whole, so that a transfer that broke off is noticed while the sender is still there.
    ///
    /// Lengths and markers are followed; nothing is decoded or decompressed, so that no content can cost more than its
    /// bytes. Whether a reader can show it is not known.
    func isWhole(_ content: [UInt8]) -> Bool {
        content.withUnsafeBytes { bytes in
            switch self {
            case .pdf: Self.isWholePDF(bytes)
            case .jpeg: Self.isWholeJPEG(bytes)
            case .png: Self.isWholePNG(bytes)
            case .csv, .text: Self.isText(content)
            case .json: Self.isText(content) && (try? JSON(parsing: content)) != nil
            }
        }
    }

    /// UTF-8, with nothing in it that no text has.
    private static func isText(_ content: [UInt8]) -> Bool {
        String(validating: content, as: UTF8.self) != nil
            && content.allSatisfy { $0 >= 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
    }

    /// Near its end, a PDF says where its table of contents is, and that it ends (ISO 32000-1 §7.5.5).
    private static func isWholePDF(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let end = UnsafeRawBufferPointer(rebasing: bytes.suffix(2_048))
        guard let startxref = last("startxref", in: end), let eof = last("%%EOF", in: end) else { return false }
        return startxref < eof
    }

    private static func last(_ word: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
        let word = UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        return stride(from: bytes.count - word.count, through: 0, by: -1).first { place in
            bytes[place..<(place + word.count)].elementsEqual(word)
        }
    }

    /// Segments up to the scan, a frame among them, and an end of image after it (ITU-T T.81 §B.1, B.2).
    private static func isWholeJPEG(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var at = 2
        var hasFrame = false
        while at + 4 <= bytes.count, bytes[at] == 0xFF {
            let marker = bytes[at + 1]
            if marker == 0xFF {
                at += 1
                continue
            }
            let length = Int(bytes[at + 2]) << 8 | Int(bytes[at + 3])
            guard length >= 2, at + 2 + length <= bytes.count else { return false }
            switch marker {
            // All starts of frame; C4, C8 and CC are tables and an extension.
            case 0xC0...0xCF where ![0xC4, 0xC8, 0xCC].contains(marker): hasFrame = true
            case 0xDA: return hasFrame && hasEndOfImage(bytes, after: at + 2 + length)
            default: break
            }
            at += 2 + length
        }
        return false
    }

    /// Telephones write more after it; in what is coded, FF is followed by 00.
    private static func hasEndOfImage(_ bytes: UnsafeRawBufferPointer, after start: Int) -> Bool {
        var at = start
        while at + 1 < bytes.count {
            if bytes[at] == 0xFF, bytes[at + 1] == 0xD9 { return true }
            at += 1
        }
        return false
    }

    /// Chunks from IHDR to IEND (ISO/IEC 15948 §5).
    private static func isWholePNG(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var at = 8
        var hasData = false
        while at + 12 <= bytes.count {
            let length = bytes[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) }
            guard at + 12 + length <= bytes.count else { return false }
            let type = Array(bytes[(at + 4)..<(at + 8)])
            if at == 8 { guard type == Array("IHDR".utf8), length == 13 else { return false } }
            if type == Array("IDAT".utf8) { hasData = true }
            if type == Array("IEND".utf8) { return hasData && length == 0 }
            at += 12 + length
        }
        return false
    }
}
