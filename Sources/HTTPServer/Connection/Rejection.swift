import HTTPTypes

/// Why a connection is ended before, or in place of, a handler's answer. RFC 9110 §15 names the statuses.
enum Rejection: Error, Hashable {
    case malformedRequest, unknownMethod, unknownVersion, unknownExpectation, unknownTransferCoding
    case targetForm, targetEncoding, targetTooLong, headersTooLarge
    /// It is the query that makes the target too long, and this parameter most of it.
    case parameterTooLong(String)
    case hostMissing, hostRepeated, hostMalformed, hostUnknown
    case bodyTooLarge, headersTooSlow, bodyTooSlow, requestTooSlow, answerTooSlow

    /// What the client is told.
    var problem: ProblemDetails {
        switch self {
        case .malformedRequest:
            problem(.badRequest, "La requête n'est pas du HTTP valide.", "The request is not valid HTTP.")
        case .unknownMethod:
            problem(.notImplemented, "Méthode inconnue.", "Unknown method.")
        case .unknownVersion:
            problem(.httpVersionNotSupported, "Seul HTTP/1.1 est compris.", "Only HTTP/1.1 is understood.")
        case .unknownExpectation:
            problem(.expectationFailed, "« Expect » inconnu.", "Unknown “Expect”.")
        case .unknownTransferCoding:
            problem(.notImplemented, "Seul l'encodage « chunked » est compris.", "Only “chunked” is understood.")
        case .targetForm:
            problem(.badRequest, "L'adresse doit commencer par « / ».", "The target must begin with “/”.")
        case .targetEncoding:
            problem(.badRequest, "L'adresse est mal encodée.", "The target is badly encoded.")
        case .targetTooLong:
            problem(.uriTooLong, "L'adresse est trop longue.", "The target is too long.")
        case .parameterTooLong(let name):
            ProblemDetails(
                .badRequest, code: "badParameter",
                detail: "Le paramètre « \(name) » est trop long. / The parameter “\(name)” is too long.")
        case .headersTooLarge:
            problem(.requestHeaderFieldsTooLarge, "Les en-têtes sont trop grands.", "The headers are too large.")
        case .hostMissing:
            problem(.badRequest, "Il manque l'en-tête Host.", "The Host header is missing.")
        case .hostRepeated:
            problem(.badRequest, "L'en-tête Host est répété.", "The Host header is repeated.")
        case .hostMalformed:
            problem(.badRequest, "L'en-tête Host est mal formé.", "The Host header is malformed.")
        case .hostUnknown:
            problem(.misdirectedRequest, "Ce site n'est pas ici.", "That site is not here.")
        case .bodyTooLarge:
            problem(.contentTooLarge, "L'envoi est trop volumineux.", "The body is too large.")
        case .headersTooSlow, .bodyTooSlow, .requestTooSlow:
            problem(.requestTimeout, "La requête arrive trop lentement.", "The request arrives too slowly.")
        case .answerTooSlow:
            problem(
                .serviceUnavailable, "La réponse tarde trop ; réessayez dans un instant.",
                "The answer takes too long; try again in a moment.", headers: [.retryAfter: "10"])
        }
    }

    private func problem(
        _ status: HTTPResponse.Status, _ french: String, _ english: String, headers: HTTPFields = [:]
    ) -> ProblemDetails {
        ProblemDetails(status, code: "\(self)", detail: "\(french) / \(english)", headers: headers)
    }
}

/// Thrown to a handler that reads the body of a request whose connection was ended: what it has read is not the whole.
struct RequestAborted: Error {}
