import ArgumentParser
import PublicRegistry
import SQLDatabase
import StrictJSON

/// `regard remove`: takes a record out of the register, which leaves a reason at its address.
struct Remove: AdministrativeCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take a record out of the register, with a reason.",
        discussion: """
            It leaves all lists; its address says since when and why, and shows its last content. With --withhold, for \
            where the law forbids that, no version of it is shown any longer, and no file brings it back; the database \
            keeps what it holds.
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case project, dataset, release

        var recordKind: RecordKind {
            switch self {
            case .project: .project
            case .dataset: .dataset
            case .release: .release
            }
        }
    }

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "What it is: project, dataset or release.")
    var kind: Kind

    @Argument(help: "Its reference.")
    var reference: String

    @Option(help: "Why, in French; public.")
    var reason: String?

    @Option(help: "Why, in English; public.")
    var reasonEnglish: String?

    @Flag(help: "Show its content no longer.")
    var withhold = false

    @Flag(help: "Write what was done as JSON.")
    var json = false

    func validate() throws {
        guard LocalizedText(fr: reason.present, en: reasonEnglish.present) != nil else {
            throw ValidationError("Say why: --reason or --reason-english.")
        }
    }

    func run(in installation: Installation, io: CommandIO) async throws {
        guard let words = LocalizedText(fr: reason.present, en: reasonEnglish.present) else { return }
        let moment = installation.now()
        let id = "removal-\(UInt64.random(in: 0...UInt64.max))-\(UInt64.random(in: 0...UInt64.max))"
        let removal = try await installation.database.write { connection in
            try Removal.remove(
                reference, kind.recordKind, reason: words, keepsContent: !withhold, id: id, at: moment, on: connection)
        }
        guard let removal else {
            io.diagnostic("There is no \(kind.rawValue) \(reference).\n")
            throw CommandStatus.failed
        }
        io.output(
            json
                ? removal.json.canonical + "\n"
                : "\(reference) is out of the register since \(removal.removedAt); its content is "
                    + "\(removal.keepsContent ? "kept" : "shown no longer").\n")
    }
}

extension String? {
    /// Nil where there is no word.
    fileprivate var present: String? { flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 } }
}
