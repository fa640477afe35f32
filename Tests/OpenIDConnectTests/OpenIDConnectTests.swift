import CivilTime
import Outbound
import StrictJSON
import Testing
import Vault

@testable import OpenIDConnect

@Suite("Signed tokens")
struct SignedTokenTests {
    /// RFC 7515, appendix A.3.
    private static let header = "eyJhbGciOiJFUzI1NiJ9"
    private static let payload =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    private static let signature =
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    private static let key: JSON = [
        "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    ]

    private static func keys(_ changes: [String: JSON]..., also others: [JSON] = []) async throws -> ProviderKeys {
        let changed = changes.map { changes in
            var members = key.object ?? [:]
            for (name, value) in changes { members[name] = value }
            return JSON.object(members)
        }
        return try #require(await ProviderKeys(document: ["keys": .array(others + changed)]))
    }

    private static func token(_ header: String, _ signature: String = signature) throws -> SignedToken {
        try SignedToken("\(header).\(payload).\(signature)")
    }

    @Test("The standard's own example is verified, and not after any change")
    func known() async throws {
        let keys = try await Self.keys([:])
        let token = try Self.token(Self.header)
        #expect(keys.hasSigned(token) == true)
        #expect(token.payload["iss"] == "joe")
        for place in [0, 20, 40, 80] {
            var altered = Array(Self.signature)
            altered[place] = altered[place] == "A" ? "B" : "A"
            #expect(keys.hasSigned(try Self.token(Self.header, String(altered))) == false)
        }
        let other = Base64URL.encode(Array(#"{"alg":"ES256","typ":"JWT"}"#.utf8))
        #expect(keys.hasSigned(try Self.token(other)) == false)
        for short in ["", "AAAA"] { #expect(keys.hasSigned(try Self.token(Self.header, short)) == false) }
    }

    @Test("A key is taken by its name, and without a name only where there is no choice")
    func names() async throws {
        let named = try Self.token(Base64URL.encode(Array(#"{"alg":"ES256","kid":"a"}"#.utf8)))
        let nameless = try Self.token(Self.header)
        #expect(try await Self.keys(["kid": "a"]).hasSigned(nameless) == true)
        #expect(try await Self.keys(["kid": "b"]).hasSigned(named) == nil)
        #expect(try await Self.keys([:]).hasSigned(named) == nil)
        #expect(try await Self.keys(["kid": "a"], ["kid": "b"]).hasSigned(nameless) == nil)
        // A name that Unicode alone holds equal is another.
        let composed = try Self.token(Base64URL.encode(Array(#"{"alg":"ES256","kid":"é"}"#.utf8)))
        #expect(try await Self.keys(["kid": "e\u{301}"]).hasSigned(composed) == nil)
    }

    @Test("A key for something else is left aside")
    func otherKeys() async throws {
        let token = try Self.token(Self.header)
        let changes: [[String: JSON]] = [
            ["use": "enc"], ["alg": "ES384"], ["alg": "HS256"], ["crv": "P-384"], ["kty": "RSA"], ["kty": "oct"],
            ["y": "AAAA"],
        ]
        for change in changes { #expect(try await Self.keys(change).hasSigned(token) == nil, "\(change)") }
        #expect(await ProviderKeys(document: ["keys": "none"]) == nil)
        let strange: [JSON] = ["a key", ["kty": "EC"], ["kty": "OKP", "crv": "Ed25519", "x": "AAAA"]]
        #expect(try await Self.keys([:], also: strange).hasSigned(token) == true)
    }

    @Test(
        "Whatever is signed in another way is refused before any key is looked for",
        arguments: ["none", "None", "HS256", "HS512", "RS512", "PS256", "ES384", "EdDSA", "es256", "ES256 "])
    func algorithms(_ name: String) {
        #expect(throws: OpenIDError.refused(.algorithm)) {
            try Self.token(Base64URL.encode(JSON.object(["alg": .string(name)]).canonicalBytes))
        }
    }

    @Test(
        "What is no token is malformed",
        arguments: [
            "", "..", "a.b.c", "\(header).\(payload)", "\(header).\(payload).\(signature).", "\(header)=.\(payload).AA",
            "\(payload).\(header).\(signature)", "\(header).W10.\(signature)", "\(header).\(payload).+/+/",
            // Members named twice, and an extension that must be understood.
            "\(Base64URL.encode(Array(#"{"alg":"ES256","alg":"none"}"#.utf8))).\(payload).\(signature)",
            "\(Base64URL.encode(Array(#"{"alg":"ES256","crit":["b64"],"b64":false}"#.utf8))).\(payload).\(signature)",
        ])
    func malformed(_ text: String) {
        #expect(throws: OpenIDError.refused(.malformed)) { try SignedToken(text) }
    }
}

@Suite("Settings of sign-in")
struct OpenIDSettingsTests {
    private static func settings(_ levels: [String]) throws -> OpenIDSettings {
        OpenIDSettings(
            issuer: try #require(WebAddress("https://provider.example/api")), clientID: "regard",
            clientSecret: "a secret", redirectAddress: "https://regard.example/identification/retour",
            scopes: ["profile"], levels: levels)
    }

    @Test("A level of eIDAS or a higher one is enough, another word only to the letter")
    func levels() throws {
        let low = try Self.settings(["eidas1"])
        for level in ["eidas1", "eidas2", "eidas3"] { #expect(low.accepts(level: level)) }
        for level in [nil, "", "eidas0", "eidas4", "EIDAS1", "gold"] { #expect(!low.accepts(level: level)) }
        let high = try Self.settings(["eidas3", "gold"])
        #expect(high.accepts(level: "eidas3") && high.accepts(level: "gold"))
        #expect(!high.accepts(level: "eidas2"))
        #expect(try Self.settings([]).accepts(level: nil))
    }

    @Test("The secret shows nowhere, and openid is always asked for")
    func secret() throws {
        let settings = try Self.settings([])
        #expect(!"\(settings)".contains("secret") && !String(reflecting: settings).contains("a secret"))
        #expect(settings.scopes == ["openid", "profile"])
    }

    @Test("Only https is asked, but for this machine; who answers is told by the origin")
    func addresses() throws {
        for text in [
            "http://provider.example", "ftp://provider.example", "file:///etc/passwd", "javascript:alert(1)",
            "https://name:word@provider.example", "https://provider.example/#a", "https://", "", "https://a b",
            "https://é.example", "http://127.0.0.1.evil.example",
        ] { #expect(WebAddress(text) == nil, "\(text)") }
        let address = try #require(WebAddress("https://Provider.example/a?b=c"))
        #expect(address.origin == "https://provider.example:443")
        #expect(address.adding([("d e", "é&=")]) == "https://Provider.example/a?b=c&d%20e=%C3%A9%26%3D")
        #expect(WebAddress("http://localhost:1/")?.origin == "http://localhost:1")
        #expect(WebAddress("http://[::1]:1/")?.origin == "http://[::1]:1")
    }
}

@Suite("What is kept of a provider")
struct KeptTests {
    private static let start = Instant("2026-03-05T09:00:00Z")!

    /// Answers with how often it was asked.
    private actor Source {
        private(set) var asked = 0

        func answer() -> Int {
            asked += 1
            return asked
        }
    }

    @Test("A document is asked for once, however many want it, and again when its time is up")
    func age() async throws {
        let (kept, source) = (Kept<Int>(), Source())
        let first = await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try? await kept.value(at: Self.start, keptFor: 3600) { () throws(OpenIDError) in
                        for _ in 0..<100 { await Task.yield() }
                        return await source.answer()
                    }
                }
            }
            return await group.reduce(into: Set<Int?>()) { $0.insert($1) }
        }
        #expect(first == [1])
        for (seconds, expected) in [(3599, 1), (3600, 2), (7199, 2), (7200, 3)] {
            let value = try await kept.value(at: Self.start.adding(seconds: seconds), keptFor: 3600) {
                () throws(OpenIDError) in await source.answer()
            }
            #expect(value == expected, "after \(seconds) s")
        }
    }

    @Test("What is fresh is renewed once a minute at most, and a failure is not kept")
    func renewal() async throws {
        let (kept, source) = (Kept<Int>(), Source())
        func renewed(after seconds: Int) async throws -> Int? {
            try await kept.renewed(at: Self.start.adding(seconds: seconds), pause: 60) { () throws(OpenIDError) in
                await source.answer()
            }
        }
        #expect(try await renewed(after: 0) == 1)
        #expect(try await renewed(after: 59) == nil)
        #expect(try await renewed(after: 60) == 2)
        await #expect(throws: OpenIDError.unavailable(.keys)) {
            _ = try await kept.value(at: Self.start.adding(seconds: 9999), keptFor: 3600) {
                () throws(OpenIDError) -> Int in throw .unavailable(.keys)
            }
        }
        let value = try await kept.value(at: Self.start.adding(seconds: 9999), keptFor: 3600) {
            () throws(OpenIDError) in await source.answer()
        }
        #expect(value == 3)
    }
}
