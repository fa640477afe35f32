import ArgumentParser
import CivilTime
import Foundation
import PublicRegistry
import RightsRegistry
import SQLDatabase
import StrictJSON
import TransparencyAPI

/// `regard doctor`: looks at what is installed, and says what is wrong.
struct Doctor: AdministrativeCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at this installation, and say what is wrong.",
        discussion: """
            It opens the database and the keys as the server does, and reads the catalogue: a dataset that lacks what \
            HealthDCAT-AP demands is left out of that profile and is named here with what it lacks. What the site's \
            texts leave to the installation is named too; that is wrong once the site is no demonstration. Exit status: \
            0 where nothing is wrong, 1 otherwise.
            """)

    @OptionGroup var settings: SettingsOptions

    @Flag(help: "Write what was found as JSON.")
    var json = false

    @Flag(help: "Tell what is only recommended as well.")
    var all = false

    func run(in installation: Installation, io: CommandIO) async throws {
        let found = try await DatasetRegistry(database: installation.database).gaps()
        let told = found.compactMap { dataset -> CatalogueGaps? in
            let gaps = dataset.gaps.filter { all || $0.level != .recommended }
            return gaps.isEmpty ? nil : CatalogueGaps(reference: dataset.reference, gaps: gaps)
        }
        let unfilled = try installation.textsToFill()
        let engine = installation.database.engine.rawValue
        let (keys, oldCodes, ledger) = try await installation.database.read { connection in
            (
                try KeyEpochs.standing(on: connection), try KeyEpochs.oldCodes(on: connection),
                try LedgerEpochs.standing(on: connection)
            )
        }
        let (unopened, lost) = try await installation.database.read {
            (try NoticeStore.unopened(on: $0), try LostCases.load(on: $0))
        }
        if json {
            io.output(
                JSON.object([
                    "engine": .string(engine), "catalogue": .array(told.map(\.json)),
                    "texts": .array(unfilled.map(JSON.string)), "keys": Self.json(keys, oldCodes),
                    "ledgerKeys": [
                        "epoch": .integer(Int64(ledger.current)), "isRotating": .bool(ledger.isRotating),
                    ],
                    "unopened": .array(unopened.map(Self.json)),
                    "lost": ["cases": .integer(Int64(lost.count)), "open": .integer(Int64(lost.open))],
                ]).canonical + "\n")
        } else {
            io.output(
                "database: \(engine), opened, its schema is this program's\n" + installation.words(keys, oldCodes)
                    + installation.words(ledger) + Self.words(lost) + installation.words(unopened) + Self.words(told)
                    + unfilled.map { "texts: \($0)\n" }.joined())
        }
        let lacksMandatory = told.contains { $0.gaps.contains { $0.level != .recommended } }
        // Until it is at its end, old keys are there that should not be.
        if keys.isRotating || ledger.isRotating { throw CommandStatus.failed }
        // Somebody waits to be told, and will not be unless the keys come back.
        if unopened.contains(where: \.isWaiting) { throw CommandStatus.failed }
        if lacksMandatory || !unfilled.isEmpty && !installation.site.demonstration { throw CommandStatus.failed }
    }

    private static func json(_ keys: KeyEpochs.Standing, _ oldCodes: KeyEpochs.OldCodes?) -> JSON {
        [
            "epoch": .integer(Int64(keys.current)), "isRotating": .bool(keys.isRotating),
            "oldCodes": .integer(Int64(oldCodes?.count ?? 0)),
            "oldCodesSince": oldCodes.map { .string($0.since.description) } ?? .null,
        ]
    }

    private static func json(_ notice: UnopenedNotice) -> JSON {
        [
            "reference": .string(notice.reference), "since": .string(notice.since.description),
            "isWaiting": .bool(notice.isWaiting),
        ]
    }

    /// Which cases nobody can read any more; nothing where there are none.
    private static func words(_ lost: LostCases) -> String {
        guard lost.count > 0 else { return "" }
        return "cases: \(lost.count) can’t be read any more since their keys are gone, \(lost.open) of them open"
            + (lost.open > 0 ? ": an operator closes those (“Illisibles” in the queue)\n" : "\n")
    }

    private static func words(_ datasets: [CatalogueGaps]) -> String {
        guard !datasets.isEmpty else { return "catalogue: nothing is missing\n" }
        return datasets.reduce(into: "") { text, dataset in
            let gaps = dataset.gaps.map { "\($0.field) (\($0.property), \($0.level.rawValue))" }
            text += "catalogue: \(dataset.reference) lacks \(gaps.joined(separator: ", "))\n"
        }
    }
}

extension Installation {
    /// Which keys count, and what is still under older ones.
    fileprivate func words(_ keys: KeyEpochs.Standing, _ oldCodes: KeyEpochs.OldCodes?) -> String {
        let since = keys.epochs.last?.beganAt.map { ", since \($0.date(in: site.timeZone))" } ?? ""
        return "keys: epoch \(keys.current)\(since)\n"
            + (keys.isRotating ? "keys: not every case is moved to it yet: run “regard keys rotate” to its end\n" : "")
            + (oldCodes.map { "keys: " + words($0) } ?? "")
    }

    fileprivate func words(_ ledger: LedgerEpochs.Standing) -> String {
        let since = ledger.epochs.last?.beganAt.map { ", since \($0.date(in: site.timeZone))" } ?? ""
        return "ledger keys: epoch \(ledger.current)\(since)\n"
            + (ledger.isRotating
                ? "ledger keys: not all is sealed anew yet: run “regard keys rotate --ledger” to its end\n" : "")
    }

    /// Which citizens could not be told something, since no key here opens their request.
    fileprivate func words(_ unopened: [UnopenedNotice]) -> String {
        unopened.map { notice in
            let since = notice.since.date(in: site.timeZone)
            return "notices: \(notice.reference) does not open with these keys; its citizen is untold since \(since), "
                + (notice.isWaiting ? "and it is tried again\n" : "and it was given up\n")
        }.joined()
    }

    /// What the site's texts leave to whoever installs it, each with its file.
    fileprivate func textsToFill() throws -> [String] {
        do {
            let texts = try SiteTexts(directory: settings.resources.appending(path: "site"))
            return texts.placeholders.map { "\($0.file) is to be filled in: \($0.what)" }
        } catch {
            throw CommandFailure.failed("\(error)")
        }
    }
}
