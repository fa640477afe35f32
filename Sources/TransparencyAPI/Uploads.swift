import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import RightsRegistry
import StrictJSON

/// Files on their way in and out, the same for pages and API.
extension Portal {
    /// The field of forms and of multipart bodies that holds files.
    static let filesField = "files"

    /// Memory for files that are arriving, in the whole process.
    static let uploadBytes = 256 * 1024 * 1024

    /// The longest body with files. What goes beyond a file's own limit is read and dropped, so that the form can be shown
    /// again with what is wrong.
    var longestUpload: Int { (policy.files.perSide + 1) * policy.files.maximumBytes + 1024 * 1024 }

    /// Reads a form with files, and lends it to `body`.
    /// - Parameter keepsFiles: false where nobody may send any: then the words alone are kept.
    func withUpload<T>(
        _ request: Request, _ context: PortalContext, keepsFiles: Bool = true, _ body: (SentForm) async throws -> T
    ) async throws -> T {
        let fileBytes = keepsFiles ? policy.files.maximumBytes : 0
        return try await request.form(
            in: context, limits: MultipartLimits(fileBytes: fileBytes, filesBytes: 2 * fileBytes),
            budget: uploadBudget, body)
    }

    /// What stands in the files' field, checked at the door. Throws as `FileDoor.check` does.
    func checkedFiles(_ form: SentForm) async throws -> [CheckedFile] {
        try await fileDoor.check(
            form.files(Self.filesField).map { OfferedFile(name: $0.name, size: $0.size, content: $0.content) })
    }

    /// Hands a file out: to be kept, never to be shown here, under a name that is ours.
    static func download(_ opened: OpenedFile) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: opened.file.type.mediaType,
                .contentDisposition: "attachment; filename=\"\(opened.file.name)\"",
                .contentSecurityPolicy: "default-src 'none'; sandbox; base-uri 'none'; frame-ancestors 'none'",
            ],
            body: ResponseBody(contentLength: opened.file.size) { writer in
                for number in 0..<opened.parts {
                    try await writer.write(ByteBuffer(bytes: try await opened.content(ofPart: number)))
                }
                try await writer.finish(nil)
            })
    }

    /// A file's number, as an address says it. Throws `RightsError.notFound` for what is none.
    static func fileNumber(_ context: PortalContext) throws -> Int {
        guard let n = Int(try context.parameters.require("n")), n > 0 else { throw RightsError.notFound }
        return n
    }
}
