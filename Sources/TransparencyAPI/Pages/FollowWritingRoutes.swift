import HTTPServer
import HTTPTypes
import Hummingbird
import RightsRegistry
import StrictJSON

extension Portal {
    /// What citizens send to a request that they have open, words and files, and the files that they fetch from it.
    func followWritingRoutes(_ intake: Intake) -> [Route] {
        routes(
            .post, .followMessage, access: .personal, bodyLimit: longestUpload
        ) { request, context, language in
            try await send(.message, request, context, language, intake)
        }
        .limited(.act) { request, context, language, refusal in
            try await sendLater(.message, request, context, language, intake, refusal)
        }
            + routes(
                .post, .followProof, access: .personal, bodyLimit: longestUpload
            ) { request, context, language in
                try await send(.proof, request, context, language, intake)
            }
            .limited(.act) { request, context, language, refusal in
                try await sendLater(.proof, request, context, language, intake, refusal)
            }
            + routes(.get, .followFile("{n}"), access: .personal) { request, context, language in
                guard case .open(let session) = followAccess(request, intake) else {
                    return Self.seeOther(.follow, language)
                }
                return Self.download(
                    try await intake.follow.file(
                        try Self.fileNumber(context), of: session.reference, secret: session.secret))
            }
    }

    private func send(
        _ form: FollowForm, _ request: Request, _ context: PortalContext, _ language: Language, _ intake: Intake
    ) async throws -> Response {
        guard case .open(let session) = followAccess(request, intake) else {
            // What was written is not lost with the session; files can be chosen again.
            return try await withUpload(request, context, keepsFiles: false) { sent in
                personalPage(endedWhileWriting(sent.text ?? "", language), status: .unauthorized)
            }
        }
        return try await withUpload(request, context) { sent in
            func again(_ errors: [FieldError], _ status: HTTPResponse.Status) async throws -> Response {
                let view = try await intake.follow.follow(session.reference, secret: session.secret)
                let answered = FollowAnswer(
                    form: form, text: sent.text ?? "", errors: errors,
                    fileNames: sent.files(Self.filesField).map { FileWords.readable($0.name) },
                    isProof: sent.fields["isProof"] == "yes")
                return personalPage(
                    followCase(view, language, signedIn: citizen(request, intake), answered: answered), status: status)
            }
            do {
                let kept = try await keep(sent, form, session, intake)
                return Self.seeOther(.follow, language, notice: kept.rawValue)
            } catch RightsError.invalid(let found) {
                return try await again(found.errors, .unprocessableContent)
            } catch let error as FieldErrors {
                return try await again(error.errors, .unprocessableContent)
            } catch RightsError.outdated {
                return try await again([FieldError(pointer: "/text", code: "sendAgain")], .unprocessableContent)
            } catch RightsError.scannerUnavailable {
                return try await again([FieldError(pointer: "/files/0", code: "file.again")], .serviceUnavailable)
            }
        }
    }

    /// Keeps what was sent, and says as what: a message whose sender says that it is the proof is one, for as long as one
    /// is asked for.
    private func keep(
        _ sent: SentForm, _ form: FollowForm, _ session: FollowSession, _ intake: Intake
    ) async throws -> FollowForm {
        let files = try await checkedFiles(sent)
        let isProofByMessage = form == .message && sent.fields["isProof"] == "yes"
        if form == .proof || isProofByMessage {
            do {
                try await intake.follow.prove(files, text: sent.text, for: session.reference, secret: session.secret)
                return .proof
            } catch RightsError.proofNotAsked where isProofByMessage {
                // Settled meanwhile: what was written still arrives.
            }
        }
        try await intake.follow.send(files, text: sent.text, to: session.reference, secret: session.secret)
        return .message
    }

    /// The request again with the words that were sent, since too many acts came at once; files can be chosen again.
    private func sendLater(
        _ form: FollowForm, _ request: Request, _ context: PortalContext, _ language: Language, _ intake: Intake,
        _ refusal: TooManyRequests
    ) async throws -> Response {
        try await withUpload(request, context, keepsFiles: false) { sent in
            try await actLater(
                request, language, intake, refusal,
                answered: FollowAnswer(form: form, text: sent.text ?? "", errors: []))
        }
    }

    func endedWhileWriting(_ text: String, _ language: Language) -> FollowPage {
        let over = Notice.sessionOver(language)
        return followForm(
            language,
            notice: Notice(
                over.title,
                text: language.pick(
                    fr: "Votre message n’est pas parti. Copiez-le avant de rouvrir votre demande : ",
                    en: "Your message was not sent. Copy it before you open your request again: ") + text, tone: .alert)
        )
    }

    // MARK: The receipt's file, given back

    /// `POST /suivi/fichier`: reads reference and code from the file, and opens the request.
    func followKeptRoutes(_ intake: Intake) -> [Route] {
        routes(
            .post, .followKept, access: .personal, bodyLimit: longestUpload
        ) { request, context, language in
            let limits = MultipartLimits(fileBytes: KeptReceipt.longest, filesBytes: KeptReceipt.longest)
            return try await request.form(in: context, limits: limits, budget: uploadBudget) { sent in
                func refusal(_ pointer: String, _ code: String, _ status: HTTPResponse.Status) -> Response {
                    personalPage(
                        followForm(language, errors: [FieldError(pointer: pointer, code: code)]), status: status)
                }
                guard let file = sent.files("receipt").first else {
                    return refusal("/receipt", "required", .unprocessableContent)
                }
                guard let kept = KeptReceipt(file.content) else {
                    return refusal("/receipt", "receipt.none", .unprocessableContent)
                }
                do {
                    _ = try await intake.follow.follow(kept.reference, secret: kept.secret)
                } catch RightsError.notFound {
                    return refusal("/receipt", "notFound", .notFound)
                } catch RightsError.comeOfAge {
                    return comeOfAge(language)
                }
                return try opening(kept.reference, kept.secret, at: .follow, language, intake)
            }
        }
        .limited(.follow) { _, _, language, refusal in
            personalPage(followForm(language, notice: .tooMany(refusal, site: site, language)))
        }
    }
}

/// The forms by which a citizen sends something to an open request; also what is told once it is sent.
enum FollowForm: String, Sendable {
    case message = "written"
    case proof = "proven"
}

/// A form that was sent and comes back with what is wrong.
struct FollowAnswer: Sendable {
    let form: FollowForm
    let text: String
    let errors: [FieldError]
    /// The files that were sent with it, in order: they have to be chosen again.
    var fileNames: [String] = []
    /// Whether its sender said that a message is the proof that is asked for.
    var isProof = false
}
