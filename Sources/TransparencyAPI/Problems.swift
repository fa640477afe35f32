import HTTPServer
import HTTPTypes
import Propagation
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import Vault

/// The one map from errors of the layers below to answers. Whatever it does not know is a fault of ours: 500.
enum Problems {
    static func problem(of error: any Error) -> ProblemDetails? {
        switch error {
        case let error as FieldErrors: invalid(error.errors)
        case let error as RightsError: rights(error)
        case let error as JSONSyntaxError:
            ProblemDetails(
                .badRequest, code: "json",
                detail: "Le corps n’est pas du JSON valide (octet \(error.offset)). / "
                    + "The body is not valid JSON (byte \(error.offset)).")
        case let error as CursorError: cursor(error)
        case let error as TrackingSecret.EntryError: invalid([FieldError(pointer: "/secret", code: error.fieldCode)])
        case let error as OperatorSessions.Refusal: signIn(error)
        case is PasswordGate.Busy:
            ProblemDetails(
                .tooManyRequests, code: "busy",
                detail: "Beaucoup de connexions en ce moment. Recommencez dans un instant. / "
                    + "Many sign-ins right now. Try again in a moment.",
                headers: [.retryAfter: "2"])
        case let error as EditConflict: conflict(error)
        case let error as FeedRefusal: feed(error)
        case let error as AcknowledgementRefusal: acknowledgement(error)
        case let error as TargetError: target(error)
        case let error as TaskRefusal: task(error)
        case let error as SQLError: database(error)
        default: nil
        }
    }

    /// 422, with the words of each field in both languages.
    static func invalid(_ errors: [FieldError]) -> ProblemDetails {
        ProblemDetails(
            .unprocessableContent,
            code: errors.count == 1 && errors[0].code.hasPrefix("secret.") ? errors[0].code : "invalid",
            detail: "Corrigez les champs indiqués ; rien n’a été enregistré. / "
                + "Correct the fields named; nothing was recorded.",
            errors: errors.map { error in
                func text(_ language: Language) -> String {
                    FieldErrorTexts(language).text(
                        pointer: error.pointer, code: error.code, arguments: error.arguments)
                }
                return ProblemDetails.Field(
                    pointer: error.pointer, code: error.code, detail: "\(text(.fr)) / \(text(.en))")
            })
    }

    private static func rights(_ error: RightsError) -> ProblemDetails {
        switch error {
        case .notFound:
            ProblemDetails(
                .notFound, code: "notFound",
                detail: "Aucune demande ne correspond à cette référence et à ce code. / "
                    + "No request matches this reference and this code.")
        case .comeOfAge:
            ProblemDetails(
                .forbidden, code: "comeOfAge",
                detail: "La personne décide seule désormais : ce code n’ouvre plus la demande. / "
                    + "The person decides alone now: this code no longer opens the request.")
        case .invalid(let errors): invalid(errors.errors)
        case .transition(.alreadyDecided):
            conflict("alreadyDecided", "Une décision a déjà été prise.", "A decision has been taken already.")
        case .transition(.identityNotVerified):
            ProblemDetails(
                .unprocessableContent, code: "identityNotVerified",
                detail: "Vérifiez d’abord l’identité. / Verify the identity first.")
        case .transition(.notIn), .transition(.notDecided):
            conflict(
                "transition", "L’état de la demande ne permet pas cette action.",
                "The request's state does not allow this.")
        case .extensionTooLate:
            ProblemDetails(
                .unprocessableContent, code: "extensionTooLate",
                detail: "Une prolongation se notifie une fois, dans le premier mois. / "
                    + "An extension is notified once, within the first month.")
        case .outdated:
            conflict(
                "outdated", "La demande a changé entre-temps : relisez-la.",
                "The request has changed meanwhile: read it again.")
        case .forbidden:
            ProblemDetails(
                .forbidden, code: "forbidden",
                detail: "Votre rôle ne permet pas cette action. / Your role does not allow this.")
        case .idempotencyKeyReused:
            ProblemDetails(
                .unprocessableContent, code: "idempotencyKeyReused",
                detail: "Cette clé d’idempotence a servi pour une autre demande. / "
                    + "This idempotency key was used for another filing.")
        case .proofNotAsked:
            conflict(
                "proofNotAsked", "Aucun justificatif n’est demandé pour cette demande : n’en envoyez pas.",
                "No proof is asked for on this request: do not send one.")
        case .fileDestroyed:
            ProblemDetails(
                .gone, code: "fileDestroyed",
                detail: "Ce justificatif a servi et a été détruit. / This proof has served and was destroyed.")
        case .scannerUnavailable:
            ProblemDetails(
                .serviceUnavailable, code: "scannerUnavailable",
                detail: "Les fichiers ne peuvent pas être contrôlés en ce moment : rien n’a été enregistré. "
                    + "Renvoyez-les un peu plus tard. / "
                    + "Files can't be checked right now: nothing was recorded. Send them again a little later.",
                headers: [.retryAfter: "60"])
        case .erased:
            ProblemDetails(
                .gone, code: "erased",
                detail: "Ce dossier a été effacé au terme de sa durée de conservation : rien ne peut plus y être lu ni "
                    + "ajouté. Une opposition en vigueur peut toujours être retirée. / "
                    + "This case was erased at the end of its retention: nothing in it can be read or added. "
                    + "An objection in force can still be withdrawn.")
        case .lost:
            ProblemDetails(
                .gone, code: "lost",
                detail:
                    "Depuis la restauration d’une sauvegarde, des clés de ce dossier n’existent plus : il ne peut plus être "
                    + "lu ni complété ainsi. Une opposition en vigueur le reste. Pour la retirer, identifiez-vous si c’est "
                    + "proposé, ou déposez une demande de retrait ; pour le reste, refaites une demande. / "
                    + "Since a backup was restored, keys of this case are gone: it can’t be read or added to in this way. An "
                    + "objection in force stays so. To withdraw it, sign in where that is offered, or file a withdrawal; for "
                    + "anything else, make a new request.")
        case .keysOutdated:
            ProblemDetails(
                .serviceUnavailable, code: "keysOutdated",
                detail: "Le service change ses clés : rien n’a été enregistré. Réessayez dans un instant. / "
                    + "The service is changing its keys: nothing was recorded. Try again in a moment.",
                headers: [.retryAfter: "30"])
        case .sealed:
            ProblemDetails(
                .serviceUnavailable, code: "sealed",
                detail: "Ce dossier ne peut pas être ouvert ici. / This case can't be opened here.")
        }
    }

    private static func conflict(_ code: String, _ french: String, _ english: String) -> ProblemDetails {
        ProblemDetails(.conflict, code: code, detail: "\(french) / \(english)")
    }

    private static func cursor(_ error: CursorError) -> ProblemDetails {
        ProblemDetails(
            .badRequest, code: "cursor",
            detail: "Ce curseur n’est plus valable pour cette liste : reprenez sans curseur. / "
                + "This cursor no longer fits this list: start again without one.")
    }

    private static func signIn(_ error: OperatorSessions.Refusal) -> ProblemDetails {
        switch error {
        case .wrongCredentials:
            ProblemDetails(
                .unauthorized, code: "signIn",
                detail: "Nom, mot de passe ou code incorrect. / Wrong name, password or code.")
        case .tooManyFailures(let seconds):
            ProblemDetails(
                .tooManyRequests, code: "tooManyFailures",
                detail: "Trop d’essais : attendez \(seconds) s. / Too many attempts: wait \(seconds) s.",
                headers: [.retryAfter: String(seconds)])
        }
    }

    private static func database(_ error: SQLError) -> ProblemDetails? {
        switch error {
        case .storageFull:
            ProblemDetails(
                .insufficientStorage, code: "storageFull",
                detail: "L’espace de stockage est plein : rien n’a été enregistré. Réessayez plus tard. / "
                    + "Storage is full: nothing was recorded. Try again later.",
                headers: [.retryAfter: "60"])
        case .unavailable, .timeout, .contention:
            ProblemDetails(
                .serviceUnavailable, code: "unavailable",
                detail: "Le service est momentanément indisponible : rien n’a été enregistré. / "
                    + "The service is briefly unavailable: nothing was recorded.",
                headers: [.retryAfter: "5"])
        case .outcomeUnknown:
            ProblemDetails(
                .serviceUnavailable, code: "outcomeUnknown",
                detail: "La réponse s’est perdue : renvoyez la même demande avec la même clé d’idempotence. / "
                    + "The answer was lost: send the same request again with the same idempotency key.",
                headers: [.retryAfter: "5"])
        case .constraint, .decoding, .statement, .refused: nil
        }
    }
}

extension TrackingSecret.EntryError {
    /// The code by which its words are looked up.
    var fieldCode: String { "secret.\(rawValue)" }
}

extension HTTPResponse.Status {
    /// 507 (RFC 4918): the server can't store what it was sent.
    static let insufficientStorage = HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
}
