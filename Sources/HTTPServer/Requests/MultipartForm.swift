import HTTPTypes
public import Hummingbird
import NIOCore
import Synchronization

/// What a form that was sent holds: its fields, and the files chosen in it.
public struct SentForm: Sendable {
    public var fields = FormFields()
    public var files: [UploadedFile] = []

    /// The files of one input, in order.
    public func files(_ field: String) -> [UploadedFile] { files.filter { $0.field == field } }
}

/// One file of a form. Nothing of it has been looked at: name and type are what the sender says.
public struct UploadedFile: Sendable {
    /// The name of the input.
    public let field: String
    /// As the sender gives it: it may hold anything but control characters.
    public let name: String
    /// How many bytes were sent.
    public let size: Int
    /// The bytes; empty where the file was longer than the form takes, and was dropped while it came.
    public let content: [UInt8]

    public var isWhole: Bool { content.count == size }

    public init(field: String, name: String, size: Int, content: [UInt8]) {
        self.field = field
        self.name = name
        self.size = size
        self.content = content
    }
}

/// How much of anything a form with files may have. The whole body keeps to its route's limit.
public struct MultipartLimits: Sendable {
    public var parts: Int
    /// Bytes of one part's header.
    public var headerBytes: Int
    /// Bytes of one field's value.
    public var fieldBytes: Int
    /// Bytes of one file. A longer one is read to its end and dropped, so that the form can be shown again.
    public var fileBytes: Int
    /// Bytes of all files together; what would go beyond is dropped.
    public var filesBytes: Int

    public init(
        fileBytes: Int, filesBytes: Int, parts: Int = 64, headerBytes: Int = 4_096, fieldBytes: Int = 128 * 1_024
    ) {
        self.parts = parts
        self.headerBytes = headerBytes
        self.fieldBytes = fieldBytes
        self.fileBytes = fileBytes
        self.filesBytes = filesBytes
    }
}

/// The memory that files under way may take in a process, all of them together.
public final class UploadBudget: Sendable {
    private let free: Mutex<Int>

    public init(bytes: Int) { free = Mutex(bytes) }

    func take(_ bytes: Int) -> Bool {
        free.withLock { free in
            guard free >= bytes else { return false }
            free -= bytes
            return true
        }
    }

    func giveBack(_ bytes: Int) { free.withLock { $0 += bytes } }
}

extension Request {
    /// Reads a posted form, with files (`multipart/form-data`) or without (`application/x-www-form-urlencoded`), and
    /// lends it to `body`; its files count against `budget` until that returns.
    ///
    /// Throws a ``ProblemDetails``: 415 for another type, 400 for what is malformed, 413 beyond a limit, 503 where other
    /// uploads take all the memory that is set aside for them.
    public func form<T>(
        in context: PortalContext, limits: MultipartLimits, budget: UploadBudget,
        _ body: (SentForm) async throws -> T
    ) async throws -> T {
        guard hasContentType("multipart/form-data") else {
            // Without files a form is short, whatever the route takes.
            var context = context
            context.bodyLimit = min(context.bodyLimit, Self.longestPlainForm)
            return try await body(SentForm(fields: try await formBody(in: context)))
        }
        let lease = UploadLease(budget)
        defer { lease.end() }
        return try await body(try await multipart(in: context, limits, lease))
    }

    private static var longestPlainForm: Int { 256 * 1024 }

    private func multipart(
        in context: PortalContext, _ limits: MultipartLimits, _ lease: UploadLease
    ) async throws -> SentForm {
        if let encoding = headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw ProblemDetails.malformedMultipart
        }
        var reader = try MultipartReader(contentType: headers[.contentType] ?? "", limits: limits, lease: lease)
        var size = 0
        for try await bytes in body {
            size += bytes.readableBytes
            guard size <= context.bodyLimit else { throw Rejection.bodyTooLarge.problem }
            try reader.feed(bytes)
        }
        if let length = headers[.contentLength].flatMap({ Int($0) }), length != size {
            throw Rejection.malformedRequest.problem
        }
        return try reader.finish()
    }
}

/// What one request has taken of the budget.
final class UploadLease: Sendable {
    private let budget: UploadBudget
    private let taken = Mutex(0)

    init(_ budget: UploadBudget) { self.budget = budget }

    func take(_ bytes: Int) throws(ProblemDetails) {
        guard budget.take(bytes) else { throw .uploadsBusy }
        taken.withLock { $0 += bytes }
    }

    func end() {
        budget.giveBack(
            taken.withLock { taken in
                defer { taken = 0 }
                return taken
            })
    }
}

extension ProblemDetails {
    static let malformedMultipart = ProblemDetails(
        .badRequest, code: "malformedMultipart",
        detail: "Le formulaire est mal formé. / The form is malformed.")

    static let tooManyParts = ProblemDetails(
        .contentTooLarge, code: "tooManyParts",
        detail: "Le formulaire a trop de parties. / The form has too many parts.")

    static let fieldTooLarge = ProblemDetails(
        .contentTooLarge, code: "fieldTooLarge",
        detail: "Un champ du formulaire est trop long. / A field of the form is too long.")

    static let uploadsBusy = ProblemDetails(
        .serviceUnavailable, code: "uploadsBusy",
        detail: "Beaucoup de fichiers arrivent en ce moment. Renvoyez le vôtre dans un instant. / "
            + "Many files are arriving right now. Send yours again in a moment.",
        headers: [.retryAfter: "10"])
}
