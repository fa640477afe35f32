import CivilTime
import Foundation
import HTTPServer
import HTTPTypes
import HummingbirdTesting
import Logging
import NIOCore
import Propagation
import RightsRegistry
import SQLDatabase
import StrictJSON
import Synchronization
import TestSupport
import Testing
import Vault

@testable import TransparencyAPI

/// A portal with two linked databases, its hub, its operators, and time: where a request is told from its filing to its
/// end. It opens on Thursday 5 March 2026, at ten o’clock in Paris.
///
/// Everything that anybody is answered on the way is searched for what is not theirs: names, numbers, secrets, and the
/// references of requests that have nothing to do with it.
final class Story: Sendable {
    let opened: OpenedPortal
    let targets: [Target]
    private let hub: Hub
    private let told = Mutex(Told())

    private struct Told {
        var people: Set<Someone> = []
        var secrets: [String: [String]] = [:]
        var operators: [String: (cookie: String, until: Instant)] = [:]
    }

    fileprivate init(_ opened: OpenedPortal) async throws {
        self.opened = opened
        targets = ["cohorte", "entrepot"].map { Target(id: $0, connector: "sqlite:\(opened.folder)/\($0).sqlite") }
        hub = try Hub(
            database: opened.database, keys: opened.store, policy: opened.portal.policy, holder: "story",
            now: opened.clock.source, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        let (targets, moment) = (targets, opened.clock.source())
        for target in targets { try opened.store.createSymmetricKey(.database(target.id)) }
        try await opened.database.write { connection in
            for target in targets {
                _ = try LinkedDatabaseStore.add(
                    id: target.id, name: nil, connector: target.connector, datasets: [], at: moment, on: connection)
            }
        }
    }

    // MARK: Time

    /// Goes on to a day, at ten in the morning in winter and at eleven in summer.
    func comes(_ day: String) {
        let later = Instant("\(day)T09:00:00Z")!
        precondition(later > opened.clock.source(), "a story goes forward")
        opened.clock.advance(seconds: Int(later.milliseconds - opened.clock.source().milliseconds) / 1000)
    }

    /// Every linked database takes what is new, and requests close that are complete.
    func carries(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await opened.sequence()
        #expect(try await hub.runOnce() == [], sourceLocation: sourceLocation)
    }

    /// What happens by itself, once a day, to those who have not said who they are.
    func waits() async throws {
        let reminders = IdentityReminders(
            database: opened.database, keys: try RightsKeys(from: opened.store, servesOperators: true),
            policy: opened.portal.policy, now: opened.clock.source)
        _ = try await reminders.runOnce()
    }

    /// Whether each linked database leaves them out of what it hands over. Databases that differ are a failure.
    func isProtected(
        _ someone: Someone, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Bool {
        var found: Set<Bool> = []
        for target in targets {
            let key = PseudonymKey(try opened.store.symmetricKey(.database(target.id)))
            let pseudonym = key.pseudonym(of: someone.canonical)
            found.insert(try await target.optedOut().contains(pseudonym))
        }
        #expect(found.count == 1, "the databases differ", sourceLocation: sourceLocation)
        return found.contains(true)
    }

    // MARK: The citizen files

    /// Fills in the form and sends it, step by step as far as it goes; the page on which it ends.
    func fills(
        _ right: Right, _ answers: [String: String], as capacity: Capacity, in browser: Browser,
        _ language: Language = .fr
    ) async throws -> Browser.Page {
        let answers = answers.merging(["scope": "all"]) { given, _ in given }
        var sent = try await browser.send(
            .capacity, ["right": right.rawValue, "capacity": capacity.rawValue], in: language)
        var seen: Set<RequestStep> = []
        while let step = RequestStep.allCases.first(where: { step in
            sent.location.prefix { $0 != "#" } == step.page.path(in: language)
        }), step != .age, seen.insert(step).inserted {
            sent = try await browser.send(step, [:], replacing: step == .check ? [:] : answers, in: language)
        }
        return try await browser.follow(sent)
    }

    /// Files for themself, or for somebody else: the request in the hands of whoever filed it.
    func files(
        _ right: Right = .objection, about someone: Someone, as capacity: Capacity = .dataSubject,
        by requester: Someone? = nil, _ more: [String: String] = [:], in language: Language = .fr
    ) async throws -> Case {
        remember(someone)
        if let requester { remember(requester) }
        var answers = someone.answers.merging(["email": (requester ?? someone).email]) { $1 }
        if let requester { answers["requesterName"] = requester.name }
        answers.merge(more) { $1 }
        let receipt = try await fills(right, answers, as: capacity, in: Browser(opened), language)
        guard let request = filed(receipt) else { throw NotFiled(page: receipt.main) }
        return request
    }

    /// The form ended on another page than the receipt.
    private struct NotFiled: Error { let page: String }

    /// The request whose receipt a page is; nil where it is none.
    func filed(_ receipt: Browser.Page) -> Case? {
        let (reference, secret) = receipt.credentials
        guard !reference.isEmpty, !secret.isEmpty else { return nil }
        told.withLock { $0.secrets[reference, default: []].append(secret) }
        return Case(story: self, reference: reference, secret: secret)
    }

    /// What came by post or telephone, typed by an operator: nobody here is shown its secret.
    func enters(
        _ right: Right = .objection, about someone: Someone, receivedOn day: String, by name: String = "agent"
    ) async throws -> String {
        remember(someone)
        let answer = try await send(
            .post, "/api/v1/operator/requests",
            [
                "channel": "post", "receivedOn": .string(day), "right": .string(right.rawValue),
                "scope": ["kind": "all"], "capacity": "dataSubject", "subject": someone.subject,
            ], try await signedIn(name))
        #expect(answer.status == 201, "\(answer.body)")
        #expect(answer.body["secret"] == nil)
        expectNoTrace(in: answer.text, "what the operator is told", sourceLocation: #_sourceLocation)
        return answer.body["reference"]?.string ?? ""
    }

    // MARK: The citizen signs in

    /// A browser in which somebody has come back from the provider of identities. The protocol is tested elsewhere.
    func signsIn(_ someone: Someone) throws -> Browser {
        remember(someone)
        let intake = try #require(opened.portal.intake)
        let traits = try #require(ProvenTraits(claims: someone.claims))
        let now = opened.clock.source()
        let session = CitizenSession(traits: traits, idToken: nil, expiresAt: now.adding(seconds: 1800))
        let cookie = try #require(try session.cookie(intake, at: now, random: systemRandom))
        let browser = Browser(opened)
        browser.set(cookie.name, cookie.value)
        return browser
    }

    /// Asks for a new code in place of a lost one, having signed in: what is asked for, as it opens from now on.
    func renews(
        _ reference: String, in browser: Browser, nir: String?, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Case {
        try await index()
        if let nir { _ = try await browser.post("/mes-choix/numero", ["for": "lostCode", "nir": nir]) }
        let page = try await browser.get("/suivi/code-perdu")
        #expect(page.body.contains(reference), "\(page.main)", sourceLocation: sourceLocation)
        let receipt = try await browser.follow(
            try await browser.post("/suivi/code-perdu/nouveau", ["reference": reference]))
        guard let request = filed(receipt) else { throw NotFiled(page: receipt.main) }
        return request
    }

    /// The operators' process takes what was filed into its blind index.
    func index() async throws {
        let keys = try RightsKeys(from: opened.store, servesOperators: true)
        let indexing = try #require(
            PersonIndexing(
                database: opened.database, keys: keys, policy: opened.portal.policy, now: opened.clock.source))
        while try await indexing.indexNext() > 0 {}
    }

    func remember(_ someone: Someone) { told.withLock { _ = $0.people.insert(someone) } }

    /// Files over the API what no form would send; the answer.
    func posts(_ body: JSON) async throws -> Answer { try await send(.post, "/api/v1/requests", body) }

    // MARK: Operators

    /// What an operator does to a request; it must be taken.
    @discardableResult
    func does(
        _ type: EventType, on request: Case, _ fields: [String: JSON] = [:], by name: String = "superviseur",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> JSON {
        let answer = try await act(type, on: request, fields, by: name)
        #expect(answer.status == 201, "\(answer.body)", sourceLocation: sourceLocation)
        expectNoTrace(in: answer.text, "the case as operators see it", sourceLocation: sourceLocation)
        return answer.body
    }

    /// What an operator tries to do to a request, in vain.
    func isRefused(
        _ type: EventType, on request: Case, _ fields: [String: JSON] = [:], by name: String = "superviseur",
        as status: Int, _ code: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await act(type, on: request, fields, by: name)
        #expect(answer.status == status, "\(answer.body)", sourceLocation: sourceLocation)
        let codes =
            [answer.body["code"]?.string] + (answer.body["errors"]?.array ?? []).map { $0["pointer"]?.string }
        #expect(codes.contains(code), "\(answer.body)", sourceLocation: sourceLocation)
    }

    private func act(
        _ type: EventType, on request: Case, _ fields: [String: JSON], by name: String
    ) async throws -> Answer {
        var body: [String: JSON] = ["type": .string(type.rawValue)]
        for (key, value) in fields { body[key] = value }
        return try await send(
            .post, "/api/v1/operator/requests/\(request.reference)/events", .object(body), try await signedIn(name))
    }

    /// Reads who a request is about, as the citizen will see.
    func opensIdentity(of request: Case, by name: String = "agent") async throws -> JSON {
        let answer = try await send(
            .post, "/api/v1/operator/requests/\(request.reference)/identity", ["motive": "identityCheck"],
            try await signedIn(name))
        #expect(answer.status == 200, "\(answer.body)")
        return answer.body
    }

    /// Opens a proof, with a motive that the citizen will see.
    func opensProof(
        _ n: Int, of request: Case, motive: String? = "identityCheck", by name: String = "agent"
    ) async throws -> Answer {
        try await send(
            .post, "/api/v1/operator/requests/\(request.reference)/attachments/\(n)",
            .object(ofPresent: ["motive": motive.map(JSON.string)]), try await signedIn(name))
    }

    /// The case as an operator finds it in the queue, by the API; nil where the queue does not hold it.
    func queued(_ request: Case, by name: String = "agent") async throws -> JSON? {
        let answer = try await send(.get, "/api/v1/operator/requests", nil, try await signedIn(name))
        #expect(answer.status == 200, "\(answer.body)")
        return answer.body["items"]?.array?.first { $0["reference"]?.string == request.reference }
    }

    /// A page of the console, as an operator reads it.
    func console(_ path: String, by name: String = "agent") async throws -> Answer {
        var headers = try await signedIn(name)
        headers[.accept] = "text/html"
        let answer = try await send(.get, path, nil, headers)
        #expect(answer.status == 200)
        return answer
    }

    /// Signs in where the session has ended. A code counts once, so the clock moves on by half a minute.
    private func signedIn(_ name: String) async throws -> HTTPFields {
        let now = opened.clock.source()
        if let known = told.withLock({ $0.operators[name] }), known.until > now { return [.cookie: known.cookie] }
        opened.clock.advance(seconds: 30)
        let code = try #require(opened.generators[name]).code(step: OneTimePassword.step(at: opened.clock.source()))
        let answer = try await send(
            .post, "/api/v1/operator/session",
            ["name": .string(name), "password": .string(OpenedPortal.password), "otp": .string(code)])
        #expect(answer.status == 201, "\(answer.body)")
        let cookie = String((answer.headers[.setCookie] ?? "").prefix { $0 != ";" })
        told.withLock { $0.operators[name] = (cookie, now.adding(seconds: 600)) }
        return [.cookie: cookie]
    }

    // MARK: What is answered

    struct Answer: Sendable {
        let status: Int
        let headers: HTTPFields
        let text: String
        let body: JSON
    }

    func send(
        _ method: HTTPRequest.Method, _ uri: String, _ body: JSON? = nil, _ headers: HTTPFields = [:]
    ) async throws -> Answer {
        var headers = headers
        if body != nil { headers[.contentType] = "application/json" }
        let response = try await opened.client.execute(
            uri: uri, method: method, headers: headers, body: body.map { ByteBuffer(bytes: $0.canonicalBytes) })
        let text = String(buffer: response.body)
        return Answer(
            status: Int(response.status.code), headers: response.headers, text: text,
            body: (try? JSON(parsing: text.utf8)) ?? .null)
    }

    /// Fails for whatever in `text` is not for its reader.
    ///
    /// - Parameters:
    ///   - own: the request that it is about.
    ///   - related: others that it may name.
    func expectNoTrace(
        in text: String, _ place: String, own: Case? = nil, related: [Case] = [], sourceLocation: SourceLocation
    ) {
        let text = text.replacing("\u{A0}", with: " ")
        let told = told.withLock { $0 }
        var traces = Set(told.people.flatMap(\.traces))
        for secret in told.secrets.values.joined() {
            traces.formUnion([secret, secret.replacing(" ", with: ""), secret.replacing(" ", with: "-")])
        }
        if let own { traces.formUnion(Set(told.secrets.keys).subtracting([own.reference] + related.map(\.reference))) }
        for trace in traces {
            #expect(!text.contains(trace), "“\(trace)” in \(place)", sourceLocation: sourceLocation)
        }
    }

    /// What is kept outside the seals, and what the console shows of every case before it is opened.
    fileprivate func expectNothingInTheClear(sourceLocation: SourceLocation) async throws {
        let kept: [String] = try await opened.database.read { connection in
            try connection.query("SELECT data AS text FROM request_event").map { try $0["text"] }
                + connection.query("SELECT detail AS text FROM audit_event").map { try $0["text"] }
        }
        expectNoTrace(in: kept.joined(separator: "\n"), "events and audit", sourceLocation: sourceLocation)
        let cookie = try await signedIn("agent")
        var pages = ["/operateur/demandes"]
        pages += told.withLock { $0.secrets.keys.map { "/operateur/demandes/\($0)" } }
        for page in pages {
            var headers = cookie
            headers[.accept] = "text/html"
            let answer = try await send(.get, page, nil, headers)
            #expect(answer.status == 200, sourceLocation: sourceLocation)
            expectNoTrace(in: answer.text, page, sourceLocation: sourceLocation)
        }
    }
}

/// Tells a story on `engine`, and looks at its end for what should have stayed sealed.
func story(
    on engine: EngineUnderTest, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @escaping @Sendable (Story) async throws -> Void
) async throws {
    try await withPortal(engine, signsIn: true) { opened in
        let story = try await Story(opened)
        try await body(story)
        try await story.expectNothingInTheClear(sourceLocation: sourceLocation)
    }
}

extension Browser.Page {
    /// The page as it is read: no-break spaces are spaces.
    var text: String { body.replacing("\u{A0}", with: " ").replacing("\u{202F}", with: " ") }

    /// The words of the main part, without their markup: what a failure shows.
    var main: String {
        var words = ""
        var isTag = false
        for character in between("<main", "</main>") {
            if character == "<" || character == ">" {
                isTag = character == "<"
            } else if !isTag {
                words.append(character)
            }
        }
        return words
    }
}
