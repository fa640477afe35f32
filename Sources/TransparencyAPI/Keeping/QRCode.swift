import CQREncode

/// A QR code (ISO/IEC 18004), drawn by libqrencode, as the path of an SVG image.
struct QRCode: Sendable {
    /// Modules a side, the quiet zone of four included.
    let side: Int
    /// The dark modules, one unit each, as SVG path data.
    let path: String

    /// Nil where `text` does not fit a code, at about 2,300 bytes.
    ///
    /// - Parameter text: in UTF-8. A quarter of the code may be damaged: people print and fold it.
    init?(_ text: String) {
        guard let code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_Q) else { return nil }
        defer { QRcode_free(code) }
        let width = Int(code.pointee.width)
        let quiet = 4
        var path = ""
        for y in 0..<width {
            var x = 0
            while x < width {
                // The lowest bit of a module says whether it is dark.
                guard code.pointee.data[y * width + x] & 1 == 1 else {
                    x += 1
                    continue
                }
                let start = x
                while x < width, code.pointee.data[y * width + x] & 1 == 1 { x += 1 }
                path += "M\(start + quiet) \(y + quiet)h\(x - start)v1h-\(x - start)z"
            }
        }
        side = width + 2 * quiet
        self.path = path
    }
}
