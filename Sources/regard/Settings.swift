import ArgumentParser
import Configuration
import Foundation
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
    let database: DatabaseLocation
    let keys: String
    let resources: URL
    let host: String
    let port: Int
    let allowedHosts: Set<String>
    let isBehindTLS: Bool
    let servesBenchmarks: Bool
    let log: String

    static func read(_ options: SettingsOptions, host: String? = nil, port: Int? = nil) async throws -> Settings {
        do {
            let reader = ConfigReader(providers: [
                EnvironmentVariablesProvider().prefixKeys(with: "regard"),
                try await FileProvider<YAMLSnapshot>(filePath: "regard.yaml", allowMissing: true),
            ])
            let hosts = reader.string(forKey: "hosts", default: "")
            return Settings(
                database: try DatabaseLocation(
                    options.database ?? reader.string(forKey: "database", default: "var/regard.sqlite")),
                keys: options.keys ?? reader.string(forKey: "keys", default: "var/keys"),
                resources: URL(
                    fileURLWithPath: options.resources ?? reader.string(forKey: "resources", default: "."),
                    isDirectory: true),
                host: host ?? reader.string(forKey: "host", default: "127.0.0.1"),
                port: port ?? reader.int(forKey: "port", default: 8080),
                allowedHosts: Set(hosts.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }),
                isBehindTLS: reader.bool(forKey: "tls", default: false),
                servesBenchmarks: reader.bool(forKey: "bench", default: false),
                log: reader.string(forKey: "log", default: "info"))
        } catch let error as SQLError {
            throw CommandFailure.usage("\(error)")
        } catch {
            throw CommandFailure.usage("regard.yaml: \(error)")
        }
    }

    /// The socket by which commands reach a running server: beside an embedded database. PostgreSQL needs none.
    var socket: String? {
        guard case .sqlite(let path, _) = database else { return nil }
        return (path as NSString).deletingPathExtension + ".sock"
    }
}
