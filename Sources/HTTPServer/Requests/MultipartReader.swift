import Glibc
import NIOCore

/// Reads `multipart/form-data` (RFC 7578, RFC 2046 §5.1) as it arrives, strictly: no preamble, no nesting, no transfer
/// coding, and nothing after the end.
///
/// Each byte is copied once, from what came in to the part it belongs to; what is kept back is shorter than a delimiter.
struct MultipartReader {
    private enum State { case beginning, afterDelimiter, header, content, end }

    private let limits: MultipartLimits
    private let lease: UploadLease
    /// CR LF, two hyphens, the boundary.
    private let delimiter: [UInt8]
    private var state = State.beginning
    /// What is not told apart yet. It begins with the line end that the first delimiter goes without.
    private var pending = ByteBuffer(string: "\r\n")
    private var form = SentForm()
    private var parts = 0
    private var part = PartHeader(name: "", fileName: nil)
    private var content: [UInt8] = []
    private var size = 0
    private var keptBytes = 0

    /// Throws 400 where `contentType` names no boundary.
    init(contentType: String, limits: MultipartLimits, lease: UploadLease) throws(ProblemDetails) {
        guard let boundary = PartHeader.boundary(in: contentType) else { throw .malformedMultipart }
        delimiter = Array("\r\n--".utf8) + boundary
        self.limits = limits
        self.lease = lease
    }

    mutating func feed(_ bytes: ByteBuffer) throws(ProblemDetails) {
        pending.writeImmutableBuffer(bytes)
        while try advance() {}
        pending.discardReadBytes()
    }

    /// Throws 400 unless the closing delimiter has come.
    mutating func finish() throws(ProblemDetails) -> SentForm {
        guard state == .end, pending.readableBytes != 1 else { throw .malformedMultipart }
        return form
    }

    /// One step; false where more bytes are needed.
    private mutating func advance() throws(ProblemDetails) -> Bool {
        switch state {
        case .beginning:
            guard pending.readableBytes >= delimiter.count else { return false }
            guard position(of: delimiter) == 0 else { throw .malformedMultipart }
            pending.moveReaderIndex(forwardBy: delimiter.count)
            state = .afterDelimiter
        case .afterDelimiter:
            guard let two = pending.readBytes(length: 2) else { return false }
            switch two {
            case Array("\r\n".utf8):
                parts += 1
                guard parts <= limits.parts else { throw .tooManyParts }
                state = .header
            case Array("--".utf8): state = .end
            default: throw .malformedMultipart
            }
        case .header: return try readHeader()
        case .content: return try readContent()
        case .end:
            // A line end may follow, and nothing else.
            guard pending.readableBytes <= 2, "\r\n".utf8.starts(with: pending.readableBytesView) else {
                throw .malformedMultipart
            }
            return false
        }
        return true
    }

    private mutating func readHeader() throws(ProblemDetails) -> Bool {
        guard let length = position(of: Array("\r\n\r\n".utf8)) else {
            guard pending.readableBytes <= limits.headerBytes else { throw .malformedMultipart }
            return false
        }
        guard length <= limits.headerBytes, let bytes = pending.readBytes(length: length),
            let header = PartHeader(bytes)
        else { throw .malformedMultipart }
        pending.moveReaderIndex(forwardBy: 4)
        part = header
        state = .content
        return true
    }

    private mutating func readContent() throws(ProblemDetails) -> Bool {
        if let length = position(of: delimiter) {
            try keep(length)
            pending.moveReaderIndex(forwardBy: delimiter.count)
            try finishPart()
            state = .afterDelimiter
            return true
        }
        // The last bytes may be a delimiter's beginning.
        try keep(max(0, pending.readableBytes - delimiter.count + 1))
        return false
    }

    private mutating func keep(_ length: Int) throws(ProblemDetails) {
        guard length > 0, let bytes = pending.readSlice(length: length) else { return }
        size += length
        guard part.fileName != nil else {
            guard size <= limits.fieldBytes else { throw .fieldTooLarge }
            return content.append(contentsOf: bytes.readableBytesView)
        }
        guard content.count == size - length else { return }
        guard size <= limits.fileBytes, keptBytes + size <= limits.filesBytes else {
            content = []
            return
        }
        try lease.take(length)
        bytes.withUnsafeReadableBytes { content.append(contentsOf: $0) }
    }

    private mutating func finishPart() throws(ProblemDetails) {
        if let fileName = part.fileName {
            // An input in which nothing was chosen is sent without a name and without a byte.
            if !fileName.isEmpty || size > 0 {
                form.files.append(UploadedFile(field: part.name, name: fileName, size: size, content: content))
                keptBytes += content.count
            }
        } else {
            guard let text = String(validating: content, as: UTF8.self), !text.utf8.contains(0) else {
                throw .malformedMultipart
            }
            form.fields.add(text, to: part.name)
        }
        content = []
        size = 0
    }

    /// Where `needle`, which begins with CR, first stands in what is pending.
    private func position(of needle: [UInt8]) -> Int? {
        pending.withUnsafeReadableBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            var from = 0
            while from + needle.count <= bytes.count {
                // The search ends where the needle no longer fits, so no comparison passes the end.
                guard let found = memchr(base + from, 0x0D, bytes.count - needle.count + 1 - from) else { return nil }
                let place = UnsafeRawPointer(found) - base
                if needle.withUnsafeBytes({ memcmp(base + place, $0.baseAddress!, needle.count) == 0 }) { return place }
                from = place + 1
            }
            return nil
        }
    }
}
