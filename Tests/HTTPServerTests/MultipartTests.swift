import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import HTTPServer

@Suite("Forms with files")
struct MultipartTests {
    private static let budget = UploadBudget(bytes: 1 << 20)

    /// What a body holds that arrives in pieces of `step` bytes.
    private func read(
        _ body: String, boundary: String = "xYz", step: Int = .max, limits: MultipartLimits? = nil,
        budget: UploadBudget = Self.budget
    ) throws -> SentForm {
        let lease = UploadLease(budget)
        defer { lease.end() }
        var reader = try MultipartReader(
            contentType: "multipart/form-data; boundary=\(boundary)",
            limits: limits ?? MultipartLimits(fileBytes: 100, filesBytes: 150), lease: lease)
        let bytes = Array(body.utf8)
        for start in stride(from: 0, to: bytes.count, by: min(step, bytes.count)) {
            try reader.feed(ByteBuffer(bytes: bytes[start..<(start + min(step, bytes.count - start))]))
        }
        return try reader.finish()
    }

    private func part(_ name: String, _ value: String) -> String {
        "--xYz\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
    }

    private func file(_ name: String, _ content: String, field: String = "files") -> String {
        "--xYz\r\nContent-Disposition: form-data; name=\"\(field)\"; filename=\"\(name)\"\r\n"
            + "Content-Type: application/pdf\r\n\r\n\(content)\r\n"
    }

    @Test("Fields and files are read however they are cut on the way", arguments: [1, 2, 3, 7, 64, Int.max])
    func whole(step: Int) throws {
        let content = "\r\n--xY\r\r\n--x\r\n-- deux\r\n"
        let form = try read(
            part("texte", "L’été\r\n--xY z") + file("a.pdf", content) + file("b.pdf", "") + part("texte", "")
                + file("", "") + "--xYz--\r\n", step: step)
        #expect(form.fields.all("texte") == ["L’été\r\n--xY z", ""])
        #expect(form.files("files").map(\.name) == ["a.pdf", "b.pdf"])
        #expect(form.files.map(\.content) == [Array(content.utf8), []])
        #expect(!form.files.contains { !$0.isWhole })
    }

    @Test(
        "A file’s name is what the sender says, in each way of saying it",
        arguments: [
            (#"filename="été.pdf""#, "été.pdf"), (#"filename=a.pdf"#, "a.pdf"),
            (#"filename="C:\docs\x.pdf""#, #"C:\docs\x.pdf"#), (#"filename="a\"b.pdf""#, #"a"b.pdf"#),
            (#"filename="a%22b%0D%0A.pdf""#, #"a"b%0D%0A.pdf"#), (#"filename="../../x.pdf""#, "../../x.pdf"),
            (#"filename*=UTF-8''%C3%A9.pdf"#, "é.pdf"), (#"filename="a;b=c.pdf" "#, "a;b=c.pdf"),
        ])
    func names(parameter: String, name: String) throws {
        let form = try read(
            "--xYz\r\ncontent-disposition:form-data;name=f; \(parameter)\r\n\r\nx\r\n--xYz--")
        #expect(form.files.map(\.name) == [name])
    }

    @Test(
        "What is malformed is refused, not repaired",
        arguments: [
            "", "--xYz", "--xYz--x", "preamble\r\n--xYz--", "--xYz--\r\nepilogue", "--xYz \r\n\r\n--xYz--",
            "--xYz\r\n\r\nx\r\n--xYz--", "--xYz\r\nContent-Type: text/plain\r\n\r\nx\r\n--xYz--",
            "--xYz\r\nContent-Disposition: form-data\r\n\r\nx\r\n--xYz--",
            "--xYz\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--xYz--",
            "--xYz\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\nx\r\n--xYz--",
            "--xYz\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--xYz--",
            "--xYz\r\nContent-Disposition: form-data; name=\"a\0\"\r\n\r\nx\r\n--xYz--",
            "--xYz\r\nContent-Disposition: form-data; name=\"a\nb\"\r\n\r\nx\r\n--xYz--",
            "--xYz\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n\r\nx\r\n--xYz--",
            "--xYz\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n--xYz--",
            "--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\nx\0\r\n--xYz--",
            "--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--xYz",
            "--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\nx",
        ])
    func malformed(body: String) {
        for step in [1, Int.max] where !body.isEmpty || step == .max {
            let error = #expect(throws: ProblemDetails.self) { try read(body.isEmpty ? "-" : body, step: step) }
            #expect(error?.status == .badRequest)
        }
    }

    @Test(
        "A boundary is needed, of the characters that one may have",
        arguments: ["", "\"\"", "a\"b", "\"a\u{e9}\"", "\"ends \"", String(repeating: "b", count: 71)])
    func boundary(boundary: String) {
        let error = #expect(throws: ProblemDetails.self) { try read("--\(boundary)--", boundary: boundary) }
        #expect(error?.status == .badRequest)
    }

    @Test("A file beyond its limit is dropped while it comes, and the form is read to its end")
    func dropped() throws {
        let form = try read(
            file("long.pdf", String(repeating: "x", count: 101)) + file("a.pdf", String(repeating: "y", count: 100))
                + file("b.pdf", String(repeating: "z", count: 60)) + part("texte", "gardé") + "--xYz--", step: 10)
        #expect(form.files.map(\.size) == [101, 100, 60])
        #expect(form.files.map(\.isWhole) == [false, true, false])
        #expect(form.files[0].content.isEmpty)
        #expect(form.fields["texte"] == "gardé")
    }

    @Test("Parts, headers and fields are counted")
    func counted() {
        let many = String(repeating: part("a", "1"), count: 10_000) + "--xYz--"
        #expect(throws: ProblemDetails.tooManyParts) { try read(many) }
        var limits = MultipartLimits(fileBytes: 100, filesBytes: 100)
        limits.fieldBytes = 10
        #expect(throws: ProblemDetails.fieldTooLarge) {
            try read(part("a", "0123456789a") + "--xYz--", limits: limits)
        }
        let endless = "--xYz\r\nX: " + String(repeating: "x", count: 5_000)
        #expect(throws: ProblemDetails.malformedMultipart) { try read(endless) }
    }

    @Test("Where other uploads have taken the memory, one is asked to wait; what is over gives it back")
    func budget() throws {
        let budget = UploadBudget(bytes: 100)
        let body = file("a.pdf", String(repeating: "y", count: 60)) + "--xYz--"
        let other = UploadLease(budget)
        try other.take(60)
        #expect(throws: ProblemDetails.uploadsBusy) { try read(body, budget: budget) }
        other.end()
        #expect(try read(body, budget: budget).files.count == 1)
        #expect(try read(body, budget: budget).files.count == 1)
    }
}
