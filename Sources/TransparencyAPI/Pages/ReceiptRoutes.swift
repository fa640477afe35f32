import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import RightsRegistry
import Vault

extension Portal {
    /// What a citizen keeps of a request: the receipt as a page and as a file, and the due date for a calendar. All of it
    /// for as long as the request is open in this browser.
    func receiptRoutes(_ intake: Intake) -> [Route] {
        routes(.get, .receipt, access: .personal) { request, _, language in
            let draft = try await openedDraft(request)?.draft
            return try await whenOpen(request, language, intake) { view, session in
                personalPage(
                    receiptPage(
                        view, session, request, language, offersAnother: draft?.filedReference == view.reference))
            }
        }
            + routes(.get, .receiptFile, access: .personal) { request, _, language in
                try await whenOpen(request, language, intake) { view, session in
                    file(
                        receiptPage(view, session, request, language).file, named: "regard-\(view.reference).txt",
                        type: "text/plain; charset=utf-8")
                }
            }
            + routes(.get, .letters, access: .personal) { request, _, language in
                try await whenOpen(request, language, intake) { view, _ in personalPage(lettersPage(view, language)) }
            }
            + routes(.get, .dueDate, access: .personal) { request, _, language in
                try await whenOpen(request, language, intake) { view, _ in
                    guard view.hasDueDate(on: today) else { return Self.seeOther(.receipt, language) }
                    let calendar = CalendarFile(
                        uid: "\(view.reference)@regard", on: view.clock.due,
                        title: language.pick(
                            fr: "Réponse attendue (\(view.reference))", en: "Answer due (\(view.reference))"),
                        description: Self.origin(of: request) + PagePath.follow.path(in: language), stamp: now())
                    return file(
                        calendar.text, named: "regard-\(view.reference).ics", type: "text/calendar; charset=utf-8")
                }
            }
    }

    /// The answer for whoever has a request open; everybody else is sent to open it.
    private func whenOpen(
        _ request: Request, _ language: Language, _ intake: Intake,
        _ answer: (RequestView, FollowSession) throws -> Response
    ) async throws -> Response {
        guard case .open(let session) = followAccess(request, intake) else { return Self.seeOther(.follow, language) }
        do {
            return try answer(try await intake.follow.follow(session.reference, secret: session.secret), session)
        } catch RightsError.notFound, RightsError.comeOfAge {
            return Self.seeOther(.follow, language)
        }
    }

    private func receiptPage(
        _ view: RequestView, _ session: FollowSession, _ request: Request, _ language: Language,
        offersAnother: Bool = false
    ) -> RequestFiledPage {
        let words = Words(language)
        // By the rule, at once.
        let isConfirmed =
            view.outcome == .granted
            && view.events.contains { $0.event.type == .granted && $0.event.actor == .system }
        let follow = Self.origin(of: request) + PagePath.follow.path(in: language)
        return RequestFiledPage(
            frame: frame(
                language, .receipt, title: language.pick(fr: "Récépissé", en: "Receipt"), section: .request,
                hiddenFromSearch: true),
            right: view.right,
            standing: RightTexts.Standing(
                isConfirmed: isConfirmed, isDecided: view.outcome != nil && !isConfirmed,
                isIdentityVerified: view.isIdentityVerified, lacksNumber: view.lacksNumber, proof: view.proof),
            hasDueDate: view.hasDueDate(on: today), reference: view.reference, secret: session.secret.formatted,
            receivedOn: words.moment(view.receivedAt, in: policy.zone),
            dueOn: words.dateWithWeekday(view.dueIfAnsweredToday ?? view.clock.due),
            minutes: site.periods.followSessionMinutes, isRenewed: view.events.last?.event.type == .secretReissued,
            offersAnother: offersAnother, follow: follow, complaint: site.remedies.complaint[language])
    }

    private func lettersPage(_ view: RequestView, _ language: Language) -> LettersPage {
        LettersPage(
            frame: frame(
                language, .letters, title: language.pick(fr: "Lettres prêtes à envoyer", en: "Letters ready to send"),
                section: .follow, hiddenFromSearch: true),
            reference: view.reference, right: Labels(language).right(view.right.rawValue),
            clock: view.clock, decidedOn: view.decidedAt?.date(in: policy.zone),
            isRefused: [.refused, .partiallyGranted].contains(view.outcome), remedies: site.remedies, today: today)
    }

    private func file(_ text: String, named name: String, type: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: type, .contentDisposition: "attachment; filename=\"\(name)\""],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
