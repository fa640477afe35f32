import ArgumentParser
import Configuration
import Foundation
import HTTPServer
import Logging
import Outbound
import SQLDatabase
import SystemPackage

/// The flags that every command takes.
struct SettingsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The database: a path, or postgres://… (REGARD_DATABASE).", valueName: "url"))
    var database: String?

    @Option(help: ArgumentHelp("The folder of keys (REGARD_KEYS).", valueName: "folder"))
    var keys: String?

    @Option(
        help: ArgumentHelp("The folder with templates/, public/ and site/ (REGARD_RESOURCES).", valueName: "folder"))
    var resources: String?
}

/// Where everything is: flags, then `REGARD_*` variables, then `regard.yaml` in the working folder.
struct Settings: Sendable {
    private(set) var database: DatabaseLocation
    let keys: String
    let resources: URL
    let host: String
    let port: Int
    let allowedHosts: Set<String>
    let proxies: [AddressRange]
    let rateLimits: [LimitedKind: RateLimit]
    let isBehindTLS: Bool
    let servesBenchmarks: Bool
    let log: Logger.Level
    /// The portal's own address as citizens see it.
    let portal: String
    let signIn: SignInSettings?
    let mail: MailSettings?
    /// Where letters with a code are printed into; nil where there is none.
    let letters: String?
    /// Within how many seconds what happens to a request goes in one notice.
    let noticeSeconds: Int
    /// For how many seconds operators can recall what they send, instead of what the site says; nil for the site's.
    let recallSeconds: Int?
    let scanner: ScannerSettings?
    /// Which custodians' receivers batches may be pushed to.
    let receivers: WebRules
    /// At which hour of the day linked databases' lists are compared with the ledger; nil for never.
    let reconciliationHour: Int?

    static func read(_ options: SettingsOptions, host: String? = nil, port: Int? = nil) async throws -> Settings {
        do {
            let reader = ConfigReader(providers: [
                EnvironmentVariablesProvider().prefixKeys(with: "regard"),
                try await FileProvider<YAMLSnapshot>(filePath: "regard.yaml", allowMissing: true),
            ])
            let hosts = reader.string(forKey: "hosts", default: "")
            let (host, port) = (
                host ?? reader.string(forKey: "host", default: "127.0.0.1"),
                try Self.port(port.map(String.init) ?? reader.text("port") ?? "8080")
            )
            let portal = reader.text("portal") ?? "http://\(host):\(port)"
            let signIn = reader.text("oidc.issuer").map { issuer in
                SignInSettings(
                    issuer: issuer, clientID: reader.text("oidc.clientId"),
                    clientSecretFile: reader.text("oidc.clientSecretFile"),
                    name: reader.text("oidc.name") ?? "FranceConnect",
                    scopes: reader.text("oidc.scopes") ?? SignInSettings.franceConnectScopes,
                    acrValues: reader.text("oidc.acrValues") ?? "eidas1",
                    portal: portal)
            }
            let mail = reader.text("smtp.server").map { server in
                MailSettings(
                    server: server, encryption: reader.text("smtp.tls") ?? "required", user: reader.text("smtp.user"),
                    passwordFile: reader.text("smtp.passwordFile"), trusted: reader.text("smtp.ca"),
                    from: reader.text("smtp.from"), replyTo: reader.text("smtp.replyTo"))
            }
            return Settings(
                database: try DatabaseLocation(
                    options.database ?? reader.string(forKey: "database", default: "var/regard.sqlite")),
                keys: options.keys ?? reader.string(forKey: "keys", default: "var/keys"),
                resources: URL(
                    fileURLWithPath: options.resources ?? reader.string(forKey: "resources", default: "."),
                    isDirectory: true),
                host: host, port: port,
                allowedHosts: Set(hosts.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }),
                proxies: try Self.ranges(reader.text("proxies"), of: "proxies"),
                rateLimits: try LimitSettings.read { reader.text(ConfigKey($0)) },
                isBehindTLS: try Self.truth(reader.text("tls"), of: "tls"),
                servesBenchmarks: try Self.truth(reader.text("bench"), of: "bench"),
                log: try Self.level(reader.text("log") ?? "info"), portal: portal,
                signIn: signIn, mail: mail, letters: reader.text("letters"),
                noticeSeconds: try Self.seconds(reader.text("notices.seconds") ?? "120"),
                recallSeconds: try reader.text("recall.seconds").map(Self.seconds),
                scanner: try reader.text("clamd").map(ScannerSettings.init),
                receivers: try Self.receivers { reader.text(ConfigKey("connectors.\($0)")) },
                reconciliationHour: try Self.hour(reader.text("reconcile.hour") ?? "3"))
        } catch let error as SQLError {
            throw CommandFailure.usage("\(error)")
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure.usage("The configuration can't be read (regard.yaml, REGARD_*): \(error)")
        }
    }

    /// The same with another database.
    func at(_ database: DatabaseLocation) -> Settings {
        var settings = self
        settings.database = database
        return settings
    }

    // A setting that can't be read stops the start: falling back in silence would leave a site without HSTS, or at
    // another port than its proxy's.

    private static func port(_ text: String) throws -> Int {
        guard let port = Int(text), (0...65_535).contains(port) else {
            throw CommandFailure.usage("“\(text)” is no port: a number from 0 to 65535.")
        }
        return port
    }

    private static func seconds(_ text: String) throws -> Int {
        guard let seconds = Int(text), (0...86_400).contains(seconds) else {
            throw CommandFailure.usage("“\(text)” is no time: a number of seconds, a day at most.")
        }
        return seconds
    }

    private static func hour(_ text: String) throws -> Int? {
        if text == "off" { return nil }
        guard let hour = Int(text), (0...23).contains(hour) else {
            throw CommandFailure.usage("“\(text)” is no hour: 0 to 23, or off.")
        }
        return hour
    }

    private static func receivers(_ text: (_ name: String) -> String?) throws -> WebRules {
        let ranges = try Self.ranges(text("allowedRanges"), of: "connectors.allowedRanges")
        guard let seconds = Int(text("seconds") ?? "25"), (1...25).contains(seconds) else {
            throw CommandFailure.usage("connectors.seconds is a number from 1 to 25.")
        }
        return WebRules(
            hosts: Set(
                (text("allowedHosts") ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }),
            trusted: text("ca"), seconds: seconds, mayReach: { address in ranges.contains { $0.contains(address) } })
    }

    private static func ranges(_ text: String?, of name: String) throws -> [AddressRange] {
        try (text ?? "").split(separator: ",").map { part in
            let part = part.trimmingCharacters(in: .whitespaces)
            guard let range = AddressRange(part) else {
                throw CommandFailure.usage("\(name): “\(part)” is no address and no range such as 10.0.0.0/8.")
            }
            return range
        }
    }

    private static func truth(_ text: String?, of name: String) throws -> Bool {
        switch text {
        case nil, "false", "0": false
        case "true", "1": true
        case let other?: throw CommandFailure.usage("\(name) is “\(other)”, and must be true or false.")
        }
    }

    private static func level(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text) else {
            let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure.usage("“\(text)” is no log level: \(known).")
        }
        return level
    }

    /// The socket by which commands reach a running server: beside an embedded database. PostgreSQL needs none.
    var socket: String? {
        guard case .sqlite(let path, _) = database else { return nil }
        return (path as NSString).deletingPathExtension + ".sock"
    }
}

extension ConfigReader {
    /// A value as it is written, be it text, a number or a truth value in YAML.
    fileprivate func text(_ key: ConfigKey) -> String? {
        string(forKey: key) ?? int(forKey: key).map { String($0) } ?? bool(forKey: key).map { $0 ? "true" : "false" }
    }
}
