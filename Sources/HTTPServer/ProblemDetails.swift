public import HTTPTypes

/// What went wrong, in the form of RFC 9457 (`application/problem+json`), and as an error to throw.
///
/// It is shown to whoever made the request: nothing secret, nothing of the inside.
public struct ProblemDetails: Error, Sendable, Hashable {
    public var status: HTTPResponse.Status
    /// A stable word that programs decide by, and that pages look their words up by: `notFound`, `bodyTooLarge`.
    public var code: String
    /// A URI reference that names the kind of problem; `about:blank` where the status says all.
    public var type: String
    /// A short summary that is the same for each problem of this kind.
    public var title: String
    /// What happened this time and what can be done, in words for people.
    public var detail: String?
    /// The fields at fault.
    public var errors: [Field]
    /// Headers that the answer must carry, such as `Allow` and `Retry-After`.
    public var headers: HTTPFields

    /// One field at fault.
    public struct Field: Sendable, Hashable {
        /// An RFC 6901 JSON pointer into the request's body.
        public var pointer: String
        public var code: String
        public var detail: String

        public init(pointer: String, code: String, detail: String) {
            self.pointer = pointer
            self.code = code
            self.detail = detail
        }
    }

    /// Without a `title`, the status's own phrase.
    public init(
        _ status: HTTPResponse.Status, code: String, type: String = "about:blank", title: String? = nil,
        detail: String? = nil, errors: [Field] = [], headers: HTTPFields = [:]
    ) {
        self.status = status
        self.code = code
        self.type = type
        self.title = title ?? status.reasonPhrase
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }

    /// 404.
    public static let notFound = ProblemDetails(
        .notFound, code: "notFound",
        detail: "Cette adresse ne mène à rien. / There is nothing at this address.")

    /// 500: all that a client may know of a fault of ours.
    public static let internalError = ProblemDetails(
        .internalServerError, code: "internalError",
        detail: "Une erreur est survenue de notre côté. / Something went wrong on our side.")

    /// 405, with the methods that the path does answer.
    public static func methodNotAllowed(allow: String) -> ProblemDetails {
        ProblemDetails(
            .methodNotAllowed, code: "methodNotAllowed",
            detail: "Cette adresse n'accepte pas cette méthode. / This address does not take this method.",
            headers: [.allow: allow])
    }
}

// MARK: - JSON

extension ProblemDetails {
    /// The media type of ``json(requestID:)``.
    public static let contentType = "application/problem+json"

    /// The problem as a JSON object, with the request's id where there is one, so that a person can quote it.
    public func json(requestID: String? = nil) -> String {
        var text = "{\"type\":"
        text.append(jsonString: type)
        text += ",\"title\":"
        text.append(jsonString: title)
        text += ",\"status\":\(status.code),\"code\":"
        text.append(jsonString: code)
        if let detail {
            text += ",\"detail\":"
            text.append(jsonString: detail)
        }
        if let requestID {
            text += ",\"requestId\":"
            text.append(jsonString: requestID)
        }
        if !errors.isEmpty {
            text += ",\"errors\":["
            for (index, field) in errors.enumerated() {
                text += index == 0 ? "{\"pointer\":" : ",{\"pointer\":"
                text.append(jsonString: field.pointer)
                text += ",\"code\":"
                text.append(jsonString: field.code)
                text += ",\"detail\":"
                text.append(jsonString: field.detail)
                text += "}"
            }
            text += "]"
        }
        return text + "}"
    }
}

extension String {
    /// Appends a JSON string literal, RFC 8259 §7.
    fileprivate mutating func append(jsonString value: String) {
        append("\"")
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\n": append("\\n")
            case "\r": append("\\r")
            case "\t": append("\\t")
            case ..<" ":
                let digits = String(scalar.value, radix: 16)
                append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            default: unicodeScalars.append(scalar)
            }
        }
        append("\"")
    }
}
