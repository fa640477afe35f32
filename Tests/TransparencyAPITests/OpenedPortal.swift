import CivilTime
import Foundation
import HTTPServer
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import OpenIDConnect
import Outbound
import Propagation
import PublicRegistry
import RightsRegistry
import SQLDatabase
import Synchronization
import TestSupport
import Testing
import Vault

@testable import TransparencyAPI

/// A whole portal on a real database, with the project's own site, templates, files and seeds, at a moment of the test's
/// choosing.
struct OpenedPortal: Sendable {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let password = "une-phrase-de-passe-longue"

    let database: SQLDatabase
    let portal: Portal
    let clock: SetClock
    let uptime: SetUptime
    let client: any TestClientProtocol
    let store: KeyStore
    /// A folder of the test's own.
    let folder: String
    /// Code generators by operator: `agent`, `superviseur`, `auditeur`, `administrateur`, `editrice`, `editeur`.
    let generators: [String: OneTimePassword]

    /// A clock that stands until it is moved.
    final class SetClock: Sendable {
        private let moment = Mutex(Instant("2026-03-05T09:00:00Z")!)

        var source: TimeSource { { self.moment.withLock { $0 } } }

        func advance(seconds: Int) { moment.withLock { $0 = $0.adding(seconds: seconds) } }
    }

    /// What limits are counted by; it stands until it is moved.
    final class SetUptime: Sendable {
        private let moment = Mutex(ContinuousClock.now)

        var source: UptimeSource { { self.moment.withLock { $0 } } }

        func advance(_ duration: Duration) { moment.withLock { $0 += duration } }
    }

    /// Imports a register file.
    @discardableResult
    func importRegister(_ kind: RecordKind, _ text: String) async throws -> ImportReport {
        let importer = Importer(database: database, kind: kind, now: clock.source)
        let report = try await importer.run(Whole(bytes: Array(text.utf8)))
        try await sequence()
        return report
    }

    /// Numbers what was written, and lets the portal know of it.
    func sequence() async throws {
        let tables = [PublicRegistry.sequenced] + RightsSchema.sequenced
        try await Sequencer(database: database, tables: tables, holder: "test", now: clock.source).drain()
        try await portal.register.refresh()
    }

    func count(_ table: String) async throws -> Int {
        try await database.read { try $0.first("SELECT count(*) AS n FROM \(table)")?["n"] ?? -1 }
    }
}

/// A file that arrives in one piece.
private struct Whole: AsyncSequence, AsyncIteratorProtocol {
    var bytes: [UInt8]?

    mutating func next() async -> [UInt8]? {
        defer { bytes = nil }
        return bytes
    }

    func makeAsyncIterator() -> Whole { self }
}

/// Opens a portal on `engine`, filled with the project's seeds where `seeded`, with a provider of identities that nobody
/// reaches where `signsIn`, with a folder for letters that carry a code unless not `printsLetters`, with the limits that it
/// has by itself or with others. What operators send goes at once unless it is held for `recallSeconds`.
func withPortal(
    _ engine: EngineUnderTest, seeded: Bool = false, signsIn: Bool = false, printsLetters: Bool = true,
    rateLimits: [LimitedKind: RateLimit] = Portal.rateLimits, refusals: RightsPolicy.Refusals = .direct,
    recallSeconds: Int = 0,
    _ body: @escaping @Sendable (OpenedPortal) async throws -> Void
) async throws {
    try await withTemporaryDatabase(engine) { place in
        let database = try await place.open()
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await run(
                    database, in: place.folder, seeded: seeded, signsIn: signsIn, printsLetters: printsLetters,
                    rateLimits, refusals, recallSeconds, body))
        } catch {
            result = .failure(error)
        }
        await database.close()
        try result.get()
    }
}

private func run(
    _ database: SQLDatabase, in folder: String, seeded: Bool, signsIn: Bool, printsLetters: Bool,
    _ rateLimits: [LimitedKind: RateLimit], _ refusals: RightsPolicy.Refusals, _ recallSeconds: Int,
    _ body: @escaping @Sendable (OpenedPortal) async throws -> Void
) async throws {
    _ = try await database.migrate(
        Sequencer.migrations + PublicRegistry.migrations + RightsSchema.migrations + PropagationSchema.migrations)
    let clock = OpenedPortal.SetClock()
    let uptime = OpenedPortal.SetUptime()
    let moment = clock.source()
    try await database.write { try LedgerStore.found(on: $0, incarnation: "first", at: moment) }
    let store = try KeyStore.create(at: folder + "/keys")
    try store.initialise()
    let root = OpenedPortal.root
    let site = try Site(directory: root.appending(path: "site"))
    var setPolicy = site.rightsPolicy
    setPolicy.refusals = refusals
    setPolicy.recallSeconds = recallSeconds
    let policy = setPolicy
    let rightsKeys = try RightsKeys(from: store, servesOperators: true)
    // The smallest Argon2id there is: its cost is tested elsewhere.
    let accounts = OperatorAccounts(
        database: database, otpKey: try store.symmetricKey(.totp),
        gate: PasswordGate(parameters: Argon2Parameters(memoryKiB: 8, passes: 1, lanes: 1), threads: 1),
        now: clock.source)
    var generators: [String: OneTimePassword] = [:]
    for (name, role) in [
        ("agent", Role.agent), ("superviseur", .supervisor), ("auditeur", .auditor), ("administrateur", .administrator),
        ("editrice", .editor), ("editeur", .editor),
    ] {
        generators[name] = try await accounts.add(name: name, role: role, password: OpenedPortal.password)
    }
    let signIn = signsIn ? unreachedProvider(now: clock.source) : nil
    var choices: Portal.Choices?
    if let desk = ChoicesDesk(database: database, keys: rightsKeys, policy: policy, now: clock.source),
        let lostCodes = LostCodeDesk(
            database: database, keys: rightsKeys, policy: policy, printsLetters: printsLetters, now: clock.source)
    {
        choices = Portal.Choices(
            desk: desk, lostCodes: lostCodes, cookieKey: try store.symmetricKey(.cookies), signIn: signIn)
    }
    let portal = Portal(
        Portal.Parts(
            database: database, site: site, texts: try SiteTexts(directory: root.appending(path: "site")),
            policy: policy,
            templates: try Templates(directory: root.appending(path: "templates")),
            files: try StaticFiles(folder: root.appending(path: "public")),
            intake: Portal.Intake(
                filing: FilingDesk(database: database, keys: rightsKeys, policy: policy, now: clock.source),
                follow: FollowDesk(
                    database: database, keys: rightsKeys, policy: policy, printsLetters: printsLetters,
                    now: clock.source),
                cookieKey: try store.symmetricKey(.cookies), signIn: signIn),
            console: Portal.Console(
                desk: OperatorDesk(database: database, keys: rightsKeys, policy: policy, now: clock.source),
                sessions: OperatorSessions(accounts: accounts),
                custodians: CustodianDesk(database: database, keys: store, policy: policy, now: clock.source)),
            choices: choices,
            taskAnswers: TaskAnswers(
                database: database, cases: try store.casesKeys(), policy: policy, now: clock.source),
            register: RegisterWatch(database: database), now: clock.source))
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let application = makeApplication(
        configuration: ServerConfiguration(port: 0, rateLimits: rateLimits, uptime: uptime.source),
        routes: portal.routes, errors: portal.errorAnswers, logger: logger)
    let known = generators
    try await application.test(.router) { client in
        let opened = OpenedPortal(
            database: database, portal: portal, clock: clock, uptime: uptime, client: client, store: store,
            folder: folder,
            generators: known)
        if seeded {
            for (kind, name) in [(RecordKind.dataset, "datasets"), (.project, "projects"), (.release, "releases")] {
                let text = try String(contentsOf: root.appending(path: "seeds/\(name).jsonl"), encoding: .utf8)
                try await opened.importRegister(kind, text)
            }
        }
        try await body(opened)
    }
}

/// What the portal knows of a provider. Its protocol is tested against providers of their own: here, whoever has signed in
/// comes with the cookie that this leaves.
private func unreachedProvider(now: @escaping TimeSource) -> Portal.SignIn {
    let origin = "https://regard.example"
    let settings = OpenIDSettings(
        issuer: WebAddress("https://fournisseur.example")!,
        clientID: "regard", clientSecret: "secret", redirectAddress: Portal.SignIn.redirectAddress(at: origin),
        scopes: ["openid"], levels: [])
    return Portal.SignIn(
        party: RelyingParty(settings: settings, client: WebClient(threads: OutboundThreads()), now: now),
        provider: "FranceConnect", origin: origin)
}

/// A browser without a script: it follows no link by itself, keeps cookies, and says where a form comes from.
final class Browser: Sendable {
    struct Page: Sendable {
        let status: Int
        let headers: HTTPFields
        let body: String

        func count(_ text: String) -> Int { body.components(separatedBy: text).count - 1 }

        func contains(_ text: String) -> Bool { body.contains(text) }

        /// What stands between two texts, first found; empty where there is none.
        func between(_ start: String, _ end: String) -> String {
            guard let from = body.range(of: start), let to = body.range(of: end, range: from.upperBound..<body.endIndex)
            else { return "" }
            return String(body[from.upperBound..<to.lowerBound])
        }

        /// The value of a hidden field.
        func hidden(_ name: String) -> String { between("name=\"\(name)\" value=\"", "\"") }

        var location: String { headers[.location] ?? "" }

        /// Everything that leaves traces on the way: what must never hold a secret.
        var headerText: String { headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n") }
    }

    let client: any TestClientProtocol
    private let cookies = Mutex<[String: String]>([:])

    init(_ opened: OpenedPortal) { client = opened.client }

    func get(_ uri: String, headers: HTTPFields = [:]) async throws -> Page {
        var headers = headers
        if headers[.accept] == nil { headers[.accept] = "text/html" }
        return try await send(uri, .get, headers, body: nil)
    }

    /// Posts a form of this site's own.
    func post(
        _ uri: String, _ fields: KeyValuePairs<String, String>, from site: String = "same-origin"
    ) async throws -> Page {
        try await post(uri, fields.map { ($0.key, $0.value) }, from: site)
    }

    func post(_ uri: String, _ fields: [(String, String)], from site: String = "same-origin") async throws -> Page {
        let body = fields.map { "\(PagePath.encoded($0.0))=\(PagePath.encoded($0.1))" }.joined(separator: "&")
        return try await send(
            uri, .post,
            [
                .contentType: "application/x-www-form-urlencoded", .accept: "text/html",
                HTTPField.Name("Sec-Fetch-Site")!: site,
            ], body: ByteBuffer(string: body))
    }

    /// Posts a form with one file, as a browser does.
    func post(
        _ uri: String, _ fields: KeyValuePairs<String, String>, file: String, named name: String, _ content: [UInt8]
    ) async throws -> Page {
        let boundary = "------regard"
        var body = ByteBuffer()
        for (field, value) in fields {
            body.writeString("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field)\"\r\n\r\n\(value)\r\n")
        }
        body.writeString(
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(file)\"; filename=\"\(name)\"\r\n"
                + "Content-Type: application/octet-stream\r\n\r\n")
        body.writeBytes(content)
        body.writeString("\r\n--\(boundary)--\r\n")
        return try await send(
            uri, .post,
            [
                .contentType: "multipart/form-data; boundary=\(boundary)", .accept: "text/html",
                HTTPField.Name("Sec-Fetch-Site")!: "same-origin",
            ], body: body)
    }

    func cookie(_ name: String) -> String? { cookies.withLock { $0[name] } }

    func set(_ name: String, _ value: String?) { cookies.withLock { $0[name] = value } }

    private func send(
        _ uri: String, _ method: HTTPRequest.Method, _ headers: HTTPFields, body: ByteBuffer?
    ) async throws -> Page {
        var headers = headers
        let jar = cookies.withLock { $0.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: "; ") }
        if !jar.isEmpty { headers[.cookie] = jar }
        let response = try await client.execute(uri: uri, method: method, headers: headers, body: body)
        for cookie in response.headers[values: .setCookie] {
            let pair = cookie.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            set(String(pair[0]), cookie.contains("Max-Age=0") ? nil : String(pair[1]))
        }
        return Page(status: Int(response.status.code), headers: response.headers, body: String(buffer: response.body))
    }
}

extension OpenedPortal {
    /// A browser in which an operator has signed in.
    func browser(of name: String) async throws -> Browser {
        let browser = Browser(self)
        let page = try await browser.signIn(name, Self.password, try code(of: name))
        #expect(page.status == 303)
        #expect(page.location == (name.hasPrefix("edit") ? "/operateur/registre" : "/operateur/demandes"))
        return browser
    }

    /// A fresh code. Each counts once, so the clock moves on.
    func code(of name: String) throws -> String {
        clock.advance(seconds: 30)
        return try #require(generators[name]).code(step: OneTimePassword.step(at: clock.source()))
    }
}

extension Browser {
    func signIn(_ name: String, _ password: String, _ code: String) async throws -> Page {
        try await post("/operateur", ["name": name, "password": password, "otp": code])
    }
}
