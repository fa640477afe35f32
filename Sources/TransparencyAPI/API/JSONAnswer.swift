import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import StrictJSON

extension Response {
    /// A JSON answer of its own, not cached.
    static func json(_ json: JSON, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json; charset=utf-8"
        return Response(
            status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.canonicalBytes)))
    }
}

extension Portal {
    /// A public JSON answer that its path decides, and `key` where there is one, rendered once a change of the register and
    /// then served from memory.
    func cachedJSON(_ request: Request, key: String = "", _ make: () async throws -> JSON) async throws -> Response {
        let body = try await cache.body(for: request.uri.path + key, generation: register.generation) {
            CachedBody(
                ByteBuffer(bytes: try await make().canonicalBytes), contentType: "application/json; charset=utf-8",
                headers: [.cacheControl: CacheControl.register])
        }
        return body.response(to: request)
    }
}

extension FormFields {
    /// Throws 400 for a query parameter that the route does not know: a filter that was misspelt must not be ignored.
    func requireOnly(_ known: String...) throws(ProblemDetails) { try requireOnly(known) }

    func requireOnly(_ known: [String]) throws(ProblemDetails) {
        for name in names where !known.contains(name) {
            throw ProblemDetails(
                .badRequest, code: "unknownParameter",
                detail: "Paramètre inconnu : \(name.prefix(40)). / Unknown parameter: \(name.prefix(40)).")
        }
    }

    /// The value of a parameter, nil where it is absent or empty.
    func present(_ name: String) -> String? { self[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// A parameter of a closed list. Throws 400 for any other word.
    func choice<E: RawRepresentable<String> & CaseIterable>(
        _ name: String, of type: E.Type
    ) throws(ProblemDetails) -> E? {
        guard let word = present(name) else { return nil }
        return try value(word, of: name)
    }

    /// The values of a field that may be given several times; none is all of them. Throws 400 for a word that is none of them.
    func choices<E: RawRepresentable<String> & CaseIterable & Hashable>(
        _ name: String, of type: E.Type
    ) throws(ProblemDetails) -> Set<E> {
        var chosen: Set<E> = []
        for word in all(name) where !word.isEmpty { chosen.insert(try value(word, of: name)) }
        return chosen
    }

    private func value<E: RawRepresentable<String> & CaseIterable>(
        _ word: String, of name: String
    ) throws(ProblemDetails) -> E {
        guard let value = E(rawValue: word) else {
            let known = E.allCases.map(\.rawValue).joined(separator: ", ")
            throw ProblemDetails(
                .badRequest, code: "badParameter",
                detail: "\(name) doit être l’un de : \(known). / \(name) must be one of: \(known).")
        }
        return value
    }

    /// `limit`, 1 to 1000, 20 where it is absent. Throws 400 for anything else.
    func limit() throws(ProblemDetails) -> Int {
        guard let text = present("limit") else { return 20 }
        guard let limit = Int(text), (1...1000).contains(limit) else {
            throw ProblemDetails(
                .badRequest, code: "badParameter",
                detail: "limit doit être un nombre de 1 à 1000. / limit must be a number from 1 to 1000.")
        }
        return limit
    }
}

/// A list as the API writes it: items, how many there are in all, and where the next page is, also in `Link`.
enum ListAnswer {
    static func json(_ items: [JSON], total: Int, next: String?) -> JSON {
        ["items": .array(items), "total": .integer(Int64(total)), "next": next.map(JSON.string) ?? .null]
    }

    /// The address of the next page: the same query with another cursor.
    static func next(_ request: Request, _ cursor: String?) throws(ProblemDetails) -> String? {
        guard let cursor else { return nil }
        return try address(request, cursor: cursor)
    }

    /// The address that was asked for, written anew; with another cursor where one is given.
    static func address(_ request: Request, cursor: String? = nil) throws(ProblemDetails) -> String {
        let query = try request.queryFields()
        var parts: [String] = []
        for name in query.names where cursor == nil || name != "cursor" {
            for value in query.all(name) { parts.append("\(PagePath.encoded(name))=\(PagePath.encoded(value))") }
        }
        if let cursor { parts.append("cursor=\(PagePath.encoded(cursor))") }
        return parts.isEmpty ? request.uri.path : "\(request.uri.path)?\(parts.joined(separator: "&"))"
    }
}

extension ListAnswer {
    /// A public list, ready to be served from memory.
    static func body(_ json: JSON, next: String?) -> CachedBody { body(json.canonicalBytes, next: next) }

    /// A public list that is written already.
    static func body(_ json: [UInt8], next: String?) -> CachedBody {
        var headers: HTTPFields = [.cacheControl: CacheControl.register]
        if let next { headers[HTTPField.Name("Link")!] = "<\(next)>; rel=\"next\"" }
        return CachedBody(ByteBuffer(bytes: json), contentType: "application/json; charset=utf-8", headers: headers)
    }
}
