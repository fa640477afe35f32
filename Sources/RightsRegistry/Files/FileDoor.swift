import StrictJSON

/// How many files a case takes, and how long they may be.
public struct FileLimits: Sendable {
    /// Bytes of one file.
    public let maximumBytes: Int
    /// Of each kind, from each side, that a case holds at a time.
    public let perSide: Int

    public init(maximumBytes: Int = 10 * 1024 * 1024, perSide: Int = 5) {
        self.maximumBytes = maximumBytes
        self.perSide = perSide
    }
}

/// What a scanner says of a file.
public enum ScanVerdict: Sendable, Hashable {
    case clean
    case infected
}

/// Shows a file to a scanner. Throws where there is no verdict: then the file is not taken.
public typealias FileScan = @Sendable (_ content: [UInt8]) async throws -> ScanVerdict

/// A file as somebody sends it.
public struct OfferedFile: Sendable, Hashable {
    let name: String
    let size: Int
    let content: [UInt8]
    /// The media type that the sender gives it; nil where nobody said any.
    let type: String?

    /// - Parameters:
    ///   - name: as the sender has it; only its last part is kept.
    ///   - size: bytes that were sent; more than `content` has where they were not kept for their number.
    ///   - type: what the sender calls it, as a media type.
    public init(name: String, size: Int, content: [UInt8], type: String? = nil) {
        self.name = name
        self.size = size
        self.content = content
        self.type = type
    }
}

/// A file that the door has let in: of a type of ours, whole, not too long, and scanned where there is a scanner.
public struct CheckedFile: Sendable {
    let name: String
    let type: FileType
    let content: [UInt8]
}

/// Where files come in. Desks take what it has checked, and nothing else.
public struct FileDoor: Sendable {
    public let limits: FileLimits
    private let scan: FileScan?

    /// - Parameter scan: nil where no scanner is configured.
    public init(limits: FileLimits, scan: FileScan? = nil) {
        self.limits = limits
        self.scan = scan
    }

    /// Checks each file; what is wrong with any is said at `/files/0`, `/files/1`, … together.
    ///
    /// Throws `RightsError.invalid` with `file.tooMany`, `file.empty`, `file.tooLarge`, `file.type`, `file.damaged` or
    /// `file.infected`, and `.scannerUnavailable` where a scanner is configured and gives no verdict.
    public func check(_ offered: [OfferedFile]) async throws -> [CheckedFile] {
        try await check(offered, refusing: "file.type") { FileType(of: $0.content) }
    }

    /// Checks the files of a database's answer as those of citizens, data among them: text that its sender calls CSV, JSON or
    /// plain text, by its type or else by the end of its name.
    ///
    /// Throws as ``check(_:)`` does, but `file.answerType` for a file of no such type, or another than it is called.
    public func checkAnswer(_ offered: [OfferedFile]) async throws -> [CheckedFile] {
        try await check(offered, refusing: "file.answerType") { file in
            let (found, called) = (FileType(of: file.content), file.type.map { FileType(mediaType: $0) })
            guard let called else {
                return found ?? FileType(named: file.name).flatMap { $0.isData ? $0 : nil }
            }
            guard let called, found == called || (found == nil && called.isData) else { return nil }
            return called
        }
    }

    private func check(
        _ offered: [OfferedFile], refusing code: String, _ typed: (OfferedFile) -> FileType?
    ) async throws -> [CheckedFile] {
        guard offered.count <= limits.perSide else { throw Self.refusal("file.tooMany", [String(limits.perSide)]) }
        var errors: [FieldError] = []
        var checked: [CheckedFile] = []
        for (place, file) in offered.enumerated() {
            switch inspect(file, refusing: code, typed) {
            case .sound(let type):
                checked.append(CheckedFile(name: Self.kept(file.name), type: type, content: file.content))
            case .faulty(let code):
                errors.append(
                    FieldError(pointer: "/files/\(place)", code: code, arguments: [String(limits.megabytes)]))
            }
        }
        guard errors.isEmpty else { throw RightsError.invalid(FieldErrors(errors)) }
        for (place, file) in checked.enumerated() where try await verdict(on: file) == .infected {
            throw Self.refusal("file.infected", at: place)
        }
        return checked
    }

    private enum Inspection {
        case sound(FileType)
        case faulty(String)
    }

    private func inspect(
        _ file: OfferedFile, refusing code: String, _ typed: (OfferedFile) -> FileType?
    ) -> Inspection {
        guard file.size > 0 else { return .faulty("file.empty") }
        guard file.size <= limits.maximumBytes else { return .faulty("file.tooLarge") }
        guard file.content.count == file.size else { return .faulty("file.tooLargeTogether") }
        guard let type = typed(file) else { return .faulty(code) }
        return type.isWhole(file.content) ? .sound(type) : .faulty("file.damaged")
    }

    private func verdict(on file: CheckedFile) async throws -> ScanVerdict {
        guard let scan else { return .clean }
        do {
            return try await scan(file.content)
        } catch {
            throw RightsError.scannerUnavailable
        }
    }

    /// More than a case holds.
    static func refusal(_ code: String, _ arguments: [String] = [], at place: Int = 0) -> RightsError {
        .invalid(FieldErrors([FieldError(pointer: "/files/\(place)", code: code, arguments: arguments)]))
    }

    /// A sender's name without the folders before it, and without what could not be seen or would turn the line around.
    static func kept(_ name: String) -> String {
        let last = name.split { $0 == "/" || $0 == "\\" }.last ?? ""
        let visible = last.unicodeScalars.filter { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
            default: true
            }
        }
        return String(String(String.UnicodeScalarView(visible)).prefix(120))
    }
}

extension FileLimits {
    /// In words: `maximumBytes` as people say it.
    public var megabytes: Int { maximumBytes / (1024 * 1024) }
}
