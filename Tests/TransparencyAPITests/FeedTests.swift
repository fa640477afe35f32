import CivilTime
import HTTPTypes
import HummingbirdTesting
import Logging
import NIOCore
import Propagation
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import TransparencyAPI

/// A linked database whose program comes for its batches, and the hub that makes them.
struct PulledDatabase: Sendable {
    let opened: OpenedPortal
    let id: String
    let token: String

    init(_ opened: OpenedPortal, _ id: String) async throws {
        self.opened = opened
        self.id = id
        token = try await opened.link(id, connector: "pull:").token
    }

    func get(
        _ query: String = "", token: String? = nil, headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers = headers
        headers[.authorization] = "Bearer \(token ?? self.token)"
        return try await opened.client.execute(uri: "/api/v1/feeds/\(id)\(query)", method: .get, headers: headers)
    }

    func acknowledge(_ word: JSON, token: String? = nil) async throws -> TestResponse {
        try await opened.client.execute(
            uri: "/api/v1/feeds/\(id)/acknowledgements", method: .post,
            headers: [.contentType: "application/json", .authorization: "Bearer \(token ?? self.token)"],
            body: ByteBuffer(bytes: word.canonicalBytes))
    }

    func linked() async throws -> LinkedDatabase {
        let found = try await opened.database.read { [id] in try LinkedDatabaseStore.find(id, on: $0) }
        return try #require(found)
    }
}

extension OpenedPortal {
    /// Links a database that has a feed, with keys of its own.
    @discardableResult
    func link(_ id: String, connector: String) async throws -> FeedKey {
        try store.createSymmetricKey(.database(id))
        try store.createSymmetricKey(.feed(id))
        let feed = FeedKey(try store.symmetricKey(.feed(id)))
        let moment = clock.source()
        let isNew = try await database.write {
            try LinkedDatabaseStore.add(
                id: id, name: nil, connector: connector, datasets: [], feedIndex: feed.index, at: moment, on: $0)
        }
        #expect(isNew)
        return feed
    }

    /// Numbers what was written, and lets a hub serve every database once; returns those that could not be served.
    @discardableResult
    func carry() async throws -> [String] {
        try await sequence()
        let hub = try Hub(
            database: database, keys: store, policy: portal.policy, holder: "hub", now: clock.source,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        return try await hub.runOnce()
    }
}

/// What stands in the batches of an answer.
private func headers(of response: TestResponse) throws -> [JSON] {
    var lines = String(buffer: response.body).split(separator: "\n")[...]
    var found: [JSON] = []
    while let first = lines.popFirst() {
        let header = try JSON(parsing: first.utf8)
        found.append(header)
        lines = lines.dropFirst(try #require(header["lines"]?.int))
    }
    return found
}

private func word(for header: JSON, _ changes: [String: JSON] = [:]) -> JSON {
    var members: [String: JSON] = ["format": "regard-acknowledgement-v1"]
    for name in ["database", "list", "incarnation", "edition", "number"] { members[name] = header[name] }
    members["position"] = header["to"]
    return .object(members.merging(changes) { $1 })
}

private func code(_ response: TestResponse) throws -> String? {
    try JSON(parsing: Array(response.body.readableBytesView))["code"]?.string
}

@Suite("The door of feeds")
struct FeedTests {
    @Test("A program fetches, acknowledges, and goes on from there", arguments: EngineUnderTest.allCases)
    func fetching(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let clinic = try await PulledDatabase(opened, "clinique")
            let nothing = try await clinic.get()
            #expect(nothing.status == .noContent && nothing.body.readableBytes == 0)
            _ = try await Browser(opened).file()
            try await opened.carry()
            _ = try await Browser(opened).file()
            try await opened.carry()

            let both = try await clinic.get()
            #expect(both.status == .ok)
            #expect(both.headers[.contentType] == "application/x-ndjson")
            #expect(both.headers[.cacheControl] == "no-store")
            let found = try headers(of: both)
            #expect(found.map { $0["number"]?.int } == [1, 2])
            #expect(try headers(of: try await clinic.get("?limit=1")).map { $0["number"]?.int } == [1])
            #expect(try headers(of: try await clinic.get("?after=1&edition=1")).map { $0["number"]?.int } == [2])
            let packed = try await clinic.get(headers: [.acceptEncoding: "gzip"])
            #expect(packed.headers[.contentEncoding] == "gzip")
            #expect(packed.body.readableBytesView.starts(with: [0x1F, 0x8B]))
            #expect(packed.body.readableBytes < both.body.readableBytes)

            // Twice, since the answer to the first may be lost.
            for _ in 0..<2 {
                let taken = try await clinic.acknowledge(word(for: found[0]))
                #expect(taken.status == .ok)
                #expect(try JSON(parsing: Array(taken.body.readableBytesView)) == ["number": 1, "position": 1])
                #expect(try await clinic.linked().position == 1)
            }
            #expect(try headers(of: try await clinic.get()).map { $0["number"]?.int } == [2])
            #expect(try await clinic.acknowledge(word(for: found[1])).status == .ok)
            #expect(try await clinic.get().status == .noContent)
            #expect(try await clinic.linked().position == 2)
            #expect(try await opened.count("audit_event WHERE act = 'feed.acknowledgementRefused'") == 0)
        }
    }

    @Test("Without this database’s token nothing can be told, not even whether there is such a database")
    func tokens() async throws {
        try await withPortal(.sqlite) { opened in
            let clinic = try await PulledDatabase(opened, "clinique")
            let other = try await PulledDatabase(opened, "registre")
            let manual = try await opened.link("manuelle", connector: "manual:").token
            _ = try await Browser(opened).file()
            try await opened.carry()
            func shown(_ id: String, _ header: String?) async throws -> String {
                var headers: HTTPFields = [:]
                headers[.authorization] = header
                let answer = try await opened.client.execute(
                    uri: "/api/v1/feeds/\(id)", method: .get, headers: headers)
                let body = String(buffer: answer.body).replacing(/"requestId":"[^"]*"/, with: "")
                return "\(answer.status.code) \(answer.headers[.wwwAuthenticate] ?? "") \(body)"
            }
            var answers: Set<String> = []
            for header in [nil, "Bearer", "Bearer x", "Bearer \(other.token)", "Basic \(clinic.token)"] {
                answers.insert(try await shown("clinique", header))
            }
            answers.insert(try await shown("inconnue", "Bearer \(clinic.token)"))
            answers.insert(try await shown("inconnue", "Bearer \(String(repeating: "0", count: 64))"))
            answers.insert(try await shown("manuelle", "Bearer \(manual)"))
            _ = try await opened.database.write { try LinkedDatabaseStore.set(.removed, of: "registre", on: $0) }
            answers.insert(try await shown("registre", "Bearer \(other.token)"))
            #expect(answers.count == 1 && answers.first?.hasPrefix("401 Bearer ") == true)
            #expect(try await clinic.get().status == .ok)
            let stolen = try await clinic.acknowledge(["number": 1], token: other.token)
            #expect(stolen.status == .unauthorized)
        }
    }

    @Test("A word that can't be taken changes nothing and leaves a trace", arguments: EngineUnderTest.allCases)
    func refused(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let clinic = try await PulledDatabase(opened, "clinique")
            let other = try await PulledDatabase(opened, "registre")
            _ = try await Browser(opened).file()
            try await opened.carry()
            let header = try headers(of: try await clinic.get())[0]
            let foreign = try headers(of: try await other.get())[0]
            let cases: [(JSON, HTTPResponse.Status, String)] = [
                (word(for: header, ["number": 2]), .conflict, "future"),
                (word(for: header, ["edition": 2]), .conflict, "otherEdition"),
                (word(for: header, ["incarnation": "second"]), .conflict, "otherEdition"),
                (word(for: header, ["position": 7]), .unprocessableContent, "wrongPosition"),
                (
                    word(for: header, ["rejected": [["position": 9, "reason": "?"]]]), .unprocessableContent,
                    "wrongPosition"
                ),
                (word(for: foreign), .unprocessableContent, "otherDatabase"),
                (word(for: header, ["list": foreign["list"]!]), .conflict, "otherList"),
            ]
            for (number, (word, status, expected)) in cases.enumerated() {
                let answer = try await clinic.acknowledge(word)
                #expect(answer.status == status, "\(expected)")
                #expect(try code(answer) == expected)
                #expect(
                    try await opened.count("audit_event WHERE act = 'feed.acknowledgementRefused'") == number + 1)
            }
            for broken: JSON in [[:], word(for: header, ["position": "1"]), word(for: header, ["more": 1])] {
                #expect(try await clinic.acknowledge(broken).status == .unprocessableContent)
            }
            #expect(try await clinic.linked().acknowledged == 0)
            #expect(try await clinic.acknowledge(word(for: header)).status == .ok)
            // One that comes again with another end is not the same one.
            #expect(try code(try await clinic.acknowledge(word(for: header, ["position": 7]))) == "wrongPosition")
            #expect(try await clinic.linked().position == 1)
        }
    }

    @Test(
        "A token is changed at once, or with time to change over; what waits is opened by the new one",
        arguments: EngineUnderTest.allCases)
    func otherToken(engine: EngineUnderTest) async throws {
        try await withPortal(engine) { opened in
            let clinic = try await PulledDatabase(opened, "clinique")
            _ = try await Browser(opened).file()
            try await opened.carry()
            let before = try await clinic.get().body
            let rotation = FeedRotation(database: opened.database, keys: opened.store, now: opened.clock.source)
            func status(_ token: String) async throws -> Int {
                let answer = try await opened.client.execute(
                    uri: "/api/v1/feeds/clinique", method: .get, headers: [.authorization: "Bearer \(token)"])
                if answer.status == .ok { #expect(answer.body == before) }
                return Int(answer.status.code)
            }
            func change(overlap: Int?) async throws -> (token: String, formerUntil: Instant?) {
                try await rotation.rotate("clinique", overlap: overlap, by: "command", role: "command")
            }

            let (second, until) = try await change(overlap: 3600)
            #expect(until == opened.clock.source().adding(seconds: 3600) && second != clinic.token)
            #expect(try await status(second) == 200)
            #expect(try await status(clinic.token) == 200, "there is time to change over")
            #expect(FeedKey(try opened.store.symmetricKey(.feed("clinique"))).token == second)
            #expect(!opened.store.exists(.nextFeed("clinique")))
            // What is laid down from now on is opened by either; and either acknowledges.
            _ = try await Browser(opened).file()
            try await opened.carry()
            let found = try headers(of: try await clinic.get())
            #expect(found.map { $0["number"]?.int } == [1, 2])
            #expect(try await clinic.acknowledge(word(for: found[1])).status == .ok)
            #expect(try await clinic.linked().position == 2)
            opened.clock.advance(seconds: 3600)
            #expect(try await status(clinic.token) == 401)

            let (third, ended) = try await change(overlap: nil)
            #expect(ended == nil)
            #expect(try await status(second) == 401)
            #expect(try await status(clinic.token) == 401)
            #expect(try await status(third) == 204)
            #expect(try await opened.count("audit_event WHERE act = 'database.tokenChanged'") == 2)

            // A hub that still has the key before in its hands lays nothing down that nobody could open.
            try opened.store.destroy(.feed("clinique"))
            try opened.store.createSymmetricKey(.feed("clinique"))
            _ = try await Browser(opened).file()
            #expect(try await opened.carry() == ["clinique"])
            #expect(try await clinic.linked().failure?.contains("feed-clinique.key") == true)
            await #expect(throws: FeedRotationError.otherKey("clinique")) { try await change(overlap: nil) }
            _ = try await opened.link("manuelle", connector: "manual:")
            for id in ["manuelle", "inconnue"] {
                await #expect(throws: FeedRotationError.noFeed(id)) {
                    try await rotation.rotate(id, overlap: nil, by: "command", role: "command")
                }
            }
        }
    }

    @Test("A change of token that was cut off is ended by asking again, with the same token")
    func cutOff() async throws {
        try await withPortal(.sqlite) { opened in
            let clinic = try await PulledDatabase(opened, "clinique")
            _ = try await Browser(opened).file()
            try await opened.carry()
            let rotation = FeedRotation(database: opened.database, keys: opened.store, now: opened.clock.source)
            // The next key was made, and nothing else.
            try opened.store.createSymmetricKey(.nextFeed("clinique"))
            let next = FeedKey(try opened.store.symmetricKey(.nextFeed("clinique"))).token
            let first = try await rotation.rotate("clinique", overlap: nil, by: "command", role: "command")
            #expect(first.token == next)
            // The database has it, and its file has not taken the other's place.
            try opened.store.move(.feed("clinique"), to: .nextFeed("clinique"))
            #expect(try await opened.carry() == ["clinique"])
            let again = try await rotation.rotate("clinique", overlap: nil, by: "command", role: "command")
            #expect(again.token == next && next != clinic.token)
            #expect(try await opened.count("audit_event WHERE act = 'database.tokenChanged'") == 1)
            #expect(FeedKey(try opened.store.symmetricKey(.feed("clinique"))).token == next)
            let answer = try await opened.client.execute(
                uri: "/api/v1/feeds/clinique", method: .get, headers: [.authorization: "Bearer \(next)"])
            #expect(answer.status == .ok)
        }
    }

    @Test("A reader that is somewhere else is told so, and one whose edition is over begins anew")
    func places() async throws {
        try await withPortal(.sqlite) { opened in
            let clinic = try await PulledDatabase(opened, "clinique")
            _ = try await Browser(opened).file()
            try await opened.carry()
            #expect(try code(try await clinic.get("?after=2")) == "future")
            #expect(try code(try await clinic.get("?edition=2")) == "otherEdition")
            for query in ["?after=-1", "?after=x", "?wait=56", "?limit=0", "?edition=0", "?nonsense=1"] {
                #expect(try await clinic.get(query).status == .badRequest, "\(query)")
            }
            let header = try headers(of: try await clinic.get())[0]
            #expect(try await clinic.acknowledge(word(for: header)).status == .ok)
            let gone = try await clinic.get("?after=0")
            #expect(gone.status == .conflict)
            #expect(try code(gone) == "acknowledged")

            // The list is begun anew, as after a restore.
            try await opened.database.write {
                try $0.execute(
                    "UPDATE linked_database SET edition = 2, acknowledged = 0, position = 0, handing = NULL WHERE id = $1",
                    "clinique")
            }
            try await opened.carry()
            let anew = try headers(of: try await clinic.get("?edition=1&after=1"))
            #expect(anew.map { $0["edition"]?.int } == [2] && anew.map { $0["number"]?.int } == [1])
            #expect(try code(try await clinic.acknowledge(word(for: header))) == "otherEdition")

            _ = try await opened.database.write { try LinkedDatabaseStore.set(.paused, of: "clinique", on: $0) }
            #expect(try await clinic.get().status == .noContent)
        }
    }
}
