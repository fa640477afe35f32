import CivilTime
import HTTPTypes
import RightsRegistry
import StrictJSON
import Testing

@testable import TransparencyAPI

/// A request in the hands of whoever filed it.
struct Case: Sendable {
    let story: Story
    let reference: String
    var secret: String

    /// Opens `/suivi` with reference and secret, as somebody who comes back another day.
    func opens() async throws -> Browser {
        let browser = Browser(story.opened)
        let page = try await browser.open((reference, secret))
        #expect(page.location == "/suivi")
        return browser
    }

    /// What page and API say now: both of the same, and neither of anybody else.
    ///
    /// - Parameters:
    ///   - words: what the page says.
    ///   - due: the last day to answer; the page names it while nothing is decided.
    ///   - bases: what the API says of each linked database.
    ///   - related: other requests that this one may name.
    func sees(
        _ words: String..., state: RequestState, _ outcome: RequestOutcome? = nil, due: String, bases: String? = nil,
        events: [EventType]? = nil, related: [Case] = [], in language: Language = .fr,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let browser = try await opens()
        let page = try await browser.get(PagePath.follow.path(in: language))
        #expect(page.status == 200, sourceLocation: sourceLocation)
        #expect(page.headers[.cacheControl] == "no-store", sourceLocation: sourceLocation)
        #expect(page.count("<h1") == 1, sourceLocation: sourceLocation)
        let dueOn = try #require(CalendarDate(due))
        let said = outcome == nil ? [Words(language).date(dueOn)] : []
        for words in words + said + [reference] {
            let words = words.replacing("\u{A0}", with: " ")
            let isSaid = page.text.contains(words)
            #expect(isSaid, "“\(words)” is not in\n\(page.main)", sourceLocation: sourceLocation)
        }
        story.expectNoTrace(
            in: page.headerText + page.body, "the page of \(reference)", own: self, related: related,
            sourceLocation: sourceLocation)

        let answer = try await asks()
        let view = answer.body
        #expect(view["reference"]?.string == reference, sourceLocation: sourceLocation)
        #expect(view["state"]?.string == state.rawValue, sourceLocation: sourceLocation)
        #expect(view["outcome"]?.string == outcome?.rawValue, sourceLocation: sourceLocation)
        #expect(view["clock"]?["due"]?.string == due, sourceLocation: sourceLocation)
        if let bases {
            let states = (view["propagation"]?.array ?? []).map { $0["state"]?.string }
            #expect(states == [bases, bases], sourceLocation: sourceLocation)
        }
        if let events {
            let types = (view["timeline"]?.array ?? []).map { $0["type"]?.string }
            #expect(types == events.map(\.rawValue), sourceLocation: sourceLocation)
        }
        story.expectNoTrace(
            in: answer.text, "the API’s answer on \(reference)", own: self, related: related,
            sourceLocation: sourceLocation)
    }

    /// What the API says of it.
    func asks() async throws -> Story.Answer {
        let answer = try await story.send(
            .get, "/api/v1/requests/\(reference)", nil, [.authorization: "Bearer \(secret)"])
        #expect(answer.status == 200, "\(answer.body)")
        return answer
    }

    /// Writes to those who handle it.
    func writes(_ text: String) async throws {
        let sent = try await opens().post("/suivi/message", ["text": text])
        #expect(sent.status == 303)
    }

    /// Sends a document that proves who they are, on the page.
    func proves(with document: [UInt8], named name: String) async throws -> Browser.Page {
        try await opens().post("/suivi/justificatif", ["text": ""], file: "files", named: name, document)
    }

    /// Ends the objection, on the page.
    func withdraws() async throws {
        let sent = try await opens().post("/suivi/retrait", ["confirm": "yes"])
        #expect(sent.location.contains("withdrawn"))
    }

    /// Takes it up again after it was set aside, on the page.
    func takesUpAgain() async throws {
        let sent = try await opens().post("/suivi/reprise", [:])
        #expect(sent.location == "/suivi?notice=reopened")
    }

    /// Nothing opens it with this secret any more.
    func isShut(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let page = try await Browser(story.opened).open((reference, secret))
        #expect(page.status == 404, sourceLocation: sourceLocation)
        let answer = try await story.send(
            .get, "/api/v1/requests/\(reference)", nil, [.authorization: "Bearer \(secret)"])
        #expect(answer.status == 404, sourceLocation: sourceLocation)
    }
}
