import ArgumentParser
import Foundation
import HTTPServer
import NIOCore
import NIOPosix
import TransparencyAPI

/// `regard export`: the public half as files.
struct Export: AdministrativeCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the public half as static files, or the register's data as one file.",
        discussion: """
            site: every public page in both languages, with style sheets, feeds and data, into a folder that any web \
            server can serve. Searches and forms lead to the portal (REGARD_PORTAL). It is written beside the folder and \
            then takes its place; a folder that is no earlier copy is refused.

            projects, catalogue: all that is shown, as the API gives it: csv, jsonl; the catalogue as ttl too.
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case site, projects, catalogue
    }

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case csv, jsonl, ttl
    }

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "What to write: site, projects or catalogue.")
    var kind: Kind

    @Option(help: "For data: csv, jsonl, or ttl for the catalogue.")
    var format: Format?

    @Option(help: "The folder of the site; the file of data, or - for standard output.")
    var output: String

    func validate() throws {
        if kind == .site, format != nil { throw ValidationError("A site has no --format.") }
        if kind == .site, output == "-" { throw ValidationError("A site is a folder: --output FOLDER.") }
        if kind == .projects, format == .ttl { throw ValidationError("Projects are written as csv or jsonl.") }
    }

    func run(in installation: Installation, io: CommandIO) async throws {
        let portal = try await installation.publicPortal()
        let client = InProcessClient(routes: portal.routes, errors: portal.errorAnswers, logger: installation.logger)
        do {
            switch kind {
            case .site: try await writeSite(portal, client, io)
            case .projects: try await writeData("/api/v1/projects", client, io)
            case .catalogue:
                try await writeData(format == .ttl ? "/api/v1/catalogue" : "/api/v1/datasets", client, io)
            }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure.failed("\(output): \(error)")
        }
    }

    // MARK: The site

    /// Marks a folder as a copy of ours, which the next one may replace.
    private static let mark = ".regard-export"

    private func writeSite(_ portal: Portal, _ client: InProcessClient, _ io: CommandIO) async throws {
        let files = FileManager.default
        let place = URL(fileURLWithPath: io.resolved(output)).standardizedFileURL
        var isFolder: ObjCBool = false
        let exists = files.fileExists(atPath: place.path, isDirectory: &isFolder)
        let isOurs = files.fileExists(atPath: place.appending(path: Self.mark).path)
        let isEmpty = isFolder.boolValue && (try? files.contentsOfDirectory(atPath: place.path))?.isEmpty == true
        guard !exists || isOurs || isEmpty else {
            throw CommandFailure.refused("\(output) is there, and no earlier copy of the site: nothing was written.")
        }
        let name = "\(place.lastPathComponent).\(UUID().uuidString.prefix(8))"
        let parent = place.deletingLastPathComponent()
        let (aside, before) = (parent.appending(path: ".\(name).new"), parent.appending(path: ".\(name).old"))
        try files.createDirectory(at: aside, withIntermediateDirectories: true)
        defer { try? files.removeItem(at: aside) }
        let report = try await StaticSite(portal, client: client).write(to: aside) { report in
            if io.showsProgress, report.files % 50 == 0 { io.diagnostic("\r\(report.files) files ") }
        }
        if io.showsProgress { io.diagnostic("\n") }
        guard report.missing.isEmpty else {
            throw CommandFailure.failed(
                "the site leads to what does not answer, so nothing was written: \(report.missing.joined(separator: ", "))"
            )
        }
        try Data().write(to: aside.appending(path: Self.mark))
        if exists { try files.moveItem(at: place, to: before) }
        do {
            try files.moveItem(at: aside, to: place)
        } catch {
            if exists { try? files.moveItem(at: before, to: place) }
            throw error
        }
        try? files.removeItem(at: before)
        io.output("\(output): \(report.files) files, \(report.bytes / 1024) KB\n")
    }

    // MARK: Data

    private func writeData(_ list: String, _ client: InProcessClient, _ io: CommandIO) async throws {
        let format = format ?? .csv
        var address: String? = "\(list).\(format.rawValue)"
        guard output != "-" else {
            while let next = address {
                let answer = try await client.get(next) { io.output(String(buffer: $0)) }
                address = try Self.next(after: answer, of: next)
            }
            return
        }
        let place = URL(fileURLWithPath: io.resolved(output)).standardizedFileURL
        let aside = place.deletingLastPathComponent().appending(
            path: ".\(place.lastPathComponent).\(UUID().uuidString.prefix(8)).new")
        defer { try? FileManager.default.removeItem(at: aside) }
        try Data().write(to: aside)
        let handle = try FileHandle(forWritingTo: aside)
        defer { try? handle.close() }
        while let next = address {
            let answer = try await client.get(next) { piece in
                try await NIOThreadPool.singleton.runIfActive {
                    try handle.write(contentsOf: Data(piece.readableBytesView))
                }
            }
            address = try Self.next(after: answer, of: next)
        }
        try handle.synchronize()
        if FileManager.default.fileExists(atPath: place.path) {
            _ = try FileManager.default.replaceItemAt(place, withItemAt: aside)
        } else {
            try FileManager.default.moveItem(at: aside, to: place)
        }
    }

    private static func next(after answer: InProcessClient.Answer, of address: String) throws -> String? {
        guard answer.isOK else { throw CommandFailure.failed("\(address) does not answer.") }
        return answer.next
    }
}

extension Installation {
    /// A portal of the public role: it reads no key.
    func publicPortal() async throws -> Portal {
        do {
            let register = RegisterWatch(database: database)
            try await register.refresh()
            return Portal(
                Portal.Parts(
                    database: database, site: site, address: settings.portal,
                    texts: try SiteTexts(directory: settings.resources.appending(path: "site")),
                    policy: site.rightsPolicy,
                    templates: try Templates(directory: settings.resources.appending(path: "templates")),
                    files: try StaticFiles(folder: settings.resources.appending(path: "public")), intake: nil,
                    console: nil,
                    register: register, now: now))
        } catch {
            throw CommandFailure.failed("\(error)")
        }
    }
}
