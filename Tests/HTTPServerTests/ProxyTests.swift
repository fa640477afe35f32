import HTTPServer
import Hummingbird
import NIOCore
import Testing

@Suite("Proxies")
struct ProxyTests {
    private static let routes = [
        Route(.get, "/address", access: .personal) { _, context in text(context.remoteAddress?.ipAddress ?? "none") }
    ]

    @Test(
        "A trusted proxy is believed about the client, nobody else is, and the client's own word never",
        arguments: [
            (["127.0.0.0/8"], "X-Forwarded-For: 192.0.2.7", "192.0.2.7"),
            (["127.0.0.1"], "X-Forwarded-For: 203.0.113.9, 192.0.2.7", "192.0.2.7"),
            (["127.0.0.1", "192.0.2.0/24"], "X-Forwarded-For: 2001:db8::1, 192.0.2.7", "2001:db8::1"),
            (["127.0.0.1"], "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 192.0.2.7", "192.0.2.7"),
            (["127.0.0.1"], "X-Forwarded-For: 192.0.2.7, nonsense", "127.0.0.1"),
            (["10.0.0.0/8"], "X-Forwarded-For: 192.0.2.7", "127.0.0.1"),
            ([], "X-Forwarded-For: 192.0.2.7", "127.0.0.1"),
            (["127.0.0.1"], "Accept: */*", "127.0.0.1"),
        ])
    func forwarded(trusted: [String], header: String, client: String) async throws {
        let configuration = ServerConfiguration(port: 0, trustedProxies: trusted.compactMap { AddressRange($0) })
        try await withServer(Self.routes, configuration) { server in
            let answer = try await server.answer(
                to: "GET /address HTTP/1.1\r\nHost: localhost\r\n\(header)\r\nConnection: close\r\n\r\n")
            #expect(answer.body == client)
        }
    }

    @Test(
        "A range holds the addresses of its prefix and no other",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.16.0.0/12", "10.31.0.1", true),
            ("10.16.0.0/12", "10.32.0.1", false), ("0.0.0.0/0", "192.0.2.1", true), ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false), ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false), ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("::/0", "10.1.2.3", false), ("10.0.0.0/8", "nonsense", false),
        ])
    func ranges(range: String, address: String, isInside: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(address) == isInside)
    }

    @Test("What is no range is refused", arguments: ["", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/", "a/8"])
    func malformed(range: String) {
        #expect(AddressRange(range) == nil)
    }
}
