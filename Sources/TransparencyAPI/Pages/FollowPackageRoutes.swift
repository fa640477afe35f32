import CivilTime
import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import RightsRegistry
import StrictJSON

extension Portal {
    /// `/suivi/dossier`: opening what answers a request of access, and asking for the code that helps to.
    func followPackageRoutes(_ intake: Intake) -> [Route] {
        routes(.get, .followPackage, access: .personal) { request, _, language in
            let asked = try request.queryFields()["notice"]
            return try await packagePage(request, language, intake) { package in
                asked == "asked" && package.code?.isAlive(at: now()) == true ? .codeAsked(language) : nil
            }
        }
            + routes(
                .post, .followPackage, access: .personal, bodyLimit: Self.longestForm
            ) { request, context, language in
                try await openPackage(request, try await request.formBody(in: context), language, intake)
            }
            .limited(.act) { request, _, language, refusal in
                try await packageLater(request, language, intake, refusal)
            }
            + routes(
                .post, .followPackageCode, access: .personal, bodyLimit: Self.longestForm
            ) { request, _, language in
                try await askForCode(request, language, intake)
            }
            .limited(.act) { request, _, language, refusal in
                try await packageLater(request, language, intake, refusal)
            }
    }

    private func packagePage(
        _ request: Request, _ language: Language, _ intake: Intake, errors: [FieldError] = [],
        notice: (PackageStanding) -> Notice? = { _ in nil }
    ) async throws -> Response {
        guard case .open(let session) = followAccess(request, intake) else { return Self.seeOther(.follow, language) }
        let view: RequestView
        do {
            view = try await intake.follow.follow(session.reference, secret: session.secret)
        } catch RightsError.notFound, RightsError.comeOfAge {
            return Self.seeOther(.follow, language)
        }
        guard let package = view.package else { return Self.seeOther(.follow, language) }
        let mark = errors.isEmpty ? "" : language.pick(fr: "Erreur : ", en: "Error: ")
        return personalPage(
            FollowPackagePage(
                frame: frame(
                    language, .followPackage, title: mark + language.pick(fr: "Mon dossier", en: "My package"),
                    section: .follow, hiddenFromSearch: true),
                reference: view.reference, package,
                signIn: intake.signIn.map {
                    SignInOffer(
                        $0.provider, for: .package, citizen(request, intake), zone: policy.zone, language)
                }, hasProvider: intake.signIn != nil,
                isSilent: view.deathRecordedAt != nil, errors: errors, notice: notice(package), now: now(),
                zone: policy.zone), status: errors.isEmpty ? .ok : .unprocessableContent)
    }

    /// Whatever was wrong is told in the same words.
    private func openPackage(
        _ request: Request, _ form: FormFields, _ language: Language, _ intake: Intake
    ) async throws -> Response {
        guard case .open(let session) = followAccess(request, intake) else { return Self.seeOther(.follow, language) }
        let factor: PackageFactor? =
            form["by"] == "signIn"
            ? citizen(request, intake).map { .signedIn($0.traits) } : .code(form["code"] ?? "")
        do {
            guard let factor else { throw RightsError.notFound }
            return Self.download(
                try await intake.follow.openPackage(session.reference, secret: session.secret, with: factor))
        } catch RightsError.notFound, RightsError.comeOfAge {
            return try await packagePage(
                request, language, intake, errors: [FieldError(pointer: "/code", code: "package.wrong")])
        }
    }

    private func askForCode(_ request: Request, _ language: Language, _ intake: Intake) async throws -> Response {
        guard case .open(let session) = followAccess(request, intake) else { return Self.seeOther(.follow, language) }
        do {
            try await intake.follow.askForPackageCode(session.reference, secret: session.secret)
            return Self.seeOther(.followPackage, language, notice: "asked")
        } catch RightsError.invalid(let found) {
            return try await packagePage(
                request, language, intake,
                errors: found.errors.map { FieldError(pointer: "/letter", code: $0.code, arguments: $0.arguments) })
        } catch RightsError.notFound, RightsError.comeOfAge {
            return Self.seeOther(.follow, language)
        }
    }

    private func packageLater(
        _ request: Request, _ language: Language, _ intake: Intake, _ refusal: TooManyRequests
    ) async throws -> Response {
        try await packagePage(request, language, intake) { _ in .tooMany(refusal, site: site, language) }
    }

    /// Hands a package out, part by part.
    static func download(_ package: OpenedPackage) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "application/zip",
                .contentDisposition: "attachment; filename=\"\(package.name)\"",
                .contentSecurityPolicy: "default-src 'none'; sandbox; base-uri 'none'; frame-ancestors 'none'",
            ],
            body: ResponseBody(contentLength: package.size) { writer in
                for number in 0..<package.parts {
                    try await writer.write(ByteBuffer(bytes: try await package.content(ofPart: number)))
                }
                try await writer.finish(nil)
            })
    }

    /// A package opened by an operator, to be printed and posted.
    func operatorPackageRoutes(_ console: Console) -> [Route] {
        consoleRoutes(.post, .operatorPackage("{reference}"), console) { _, context, _, asker in
            Self.download(
                try await console.desk.openPackageForPaper(
                    of: try context.parameters.require("reference"), by: asker))
        }
    }
}

extension Notice {
    fileprivate static func codeAsked(_ language: Language) -> Notice {
        Notice(
            language.pick(fr: "La lettre avec le code va partir", en: "The letter with the code will be sent"),
            text: language.pick(
                fr: "À l’adresse postale de votre demande. Revenez ici avec le code de la lettre.",
                en: "To the postal address of your request. Come back here with the code of the letter."), tone: .done)
    }
}
