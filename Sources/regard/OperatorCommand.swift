import ArgumentParser
import CivilTime
import Foundation
import Outbound
import RightsRegistry
import StrictJSON
import TransparencyAPI
import Vault

/// `regard operator`: the accounts of those who handle requests.
struct OperatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operator", abstract: "Operators' accounts.",
        subcommands: [Add.self, List.self, Email.self, Disable.self])

    struct Add: AdministrativeCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add an operator; prints what they need to sign in, once.")

        @OptionGroup var settings: SettingsOptions
        @Argument(help: "A name of a-z, 0-9, . _ and -.") var name: String
        @Option(help: "agent, editor, supervisor, administrator, auditor or custodian.") var role: String
        @Option(help: "A database that a custodian answers for, linked as manual:; may be repeated.")
        var linkedDatabase: [String] = []
        @Option(help: "Where they can be written to: a custodian is reminded there.") var email: String?
        @Option(help: "A file with the password; one is made at random otherwise.") var passwordFile: String?
        @Flag(help: "Write the result as JSON.") var json = false

        func run(in installation: Installation, io: CommandIO) async throws {
            guard let role = Role(rawValue: role) else {
                throw CommandFailure.usage(
                    "“\(role)” is no role: \(Role.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            try OperatorCommand.check(email)
            let account = try await NewOperator.make(
                name: name, role: role, password: try passwordFile.map { try password(in: $0, io) },
                databases: linkedDatabase, email: email, in: installation)
            io.output(json ? account.json.canonical + "\n" : account.words)
        }

        private func password(in file: String, _ io: CommandIO) throws -> String {
            guard let text = try? String(contentsOfFile: io.resolved(file), encoding: .utf8) else {
                throw CommandFailure.failed("\(file): can't be read")
            }
            return text.trimmingCharacters(in: .newlines)
        }
    }

    private static func check(_ email: String?) throws {
        guard email.map(MailMessage.isAddress) ?? true else {
            throw CommandFailure.usage("“\(email ?? "")” is no e-mail address.")
        }
    }

    struct Email: AdministrativeCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set where an operator can be written to; without an address, nowhere.")

        @OptionGroup var settings: SettingsOptions
        @Argument(help: "The operator's name.") var name: String
        @Argument(help: "The address.") var address: String?

        func run(in installation: Installation, io: CommandIO) async throws {
            try OperatorCommand.check(address)
            do {
                try await installation.operatorAccounts().setEmail(address, of: name)
            } catch OperatorAccounts.Failure.unknownOperator {
                throw CommandFailure.failed("There is no operator named \(name).")
            }
        }
    }

    struct List: AdministrativeCommand {
        static let configuration = CommandConfiguration(abstract: "List operators.")

        @OptionGroup var settings: SettingsOptions
        @Flag(help: "Write the list as JSON.") var json = false

        func run(in installation: Installation, io: CommandIO) async throws {
            let accounts = try await installation.operatorAccounts().list()
            if json {
                let items = accounts.map { account -> JSON in
                    [
                        "name": .string(account.name), "role": .string(account.role),
                        "disabled": .bool(account.isDisabled), "createdAt": .string(account.createdAt.description),
                    ]
                }
                return io.output(JSON.array(items).canonical + "\n")
            }
            for account in accounts {
                io.output("\(account.name)\t\(account.role)\t\(account.isDisabled ? "disabled" : "active")\n")
            }
        }
    }

    struct Disable: AdministrativeCommand {
        static let configuration = CommandConfiguration(abstract: "End an operator's account and sessions.")

        @OptionGroup var settings: SettingsOptions
        @Argument(help: "The operator's name.") var name: String

        func run(in installation: Installation, io: CommandIO) async throws {
            do {
                try await installation.operatorAccounts().disable(name: name)
            } catch OperatorAccounts.Failure.unknownOperator {
                throw CommandFailure.failed("There is no operator named \(name).")
            }
        }
    }
}

/// A fresh account with everything that its operator needs, to be shown once.
struct NewOperator {
    let name: String
    let role: Role
    /// Nil where it came from a file.
    let password: String?
    let otpSecret: String
    let otpURI: String

    static func make(
        name: String, role: Role, password: String? = nil, databases: [String] = [], email: String? = nil,
        in installation: Installation
    ) async throws -> NewOperator {
        let chosen = password ?? Base64URL.encode(systemRandom(18))
        do {
            let otp = try await installation.operatorAccounts().add(
                name: name, role: role, password: chosen, databases: databases, email: email)
            return NewOperator(
                name: name, role: role, password: password == nil ? chosen : nil, otpSecret: otp.base32Seed,
                otpURI: otp.provisioningURI(issuer: installation.site.name, account: name))
        } catch let failure as OperatorAccounts.Failure {
            switch failure {
            case .nameTaken: throw CommandFailure.failed("There is an operator named \(name) already.")
            case .nameNotAllowed: throw CommandFailure.usage("A name has 2 to 40 of a-z, 0-9, . _ and -.")
            case .password(let problem): throw CommandFailure.failed("\(problem)")
            case .unknownOperator: throw CommandFailure.failed("There is no operator named \(name).")
            case .databases:
                throw CommandFailure.usage(
                    "A custodian answers for one or more --linked-database that are linked as manual:, and no other role does."
                )
            }
        }
    }

    var json: JSON {
        .object(ofPresent: [
            "name": .string(name), "role": .string(role.rawValue), "password": password.map(JSON.string),
            "otpSecret": .string(otpSecret), "otpURI": .string(otpURI),
        ])
    }

    var words: String {
        """
        \(name) (\(role.rawValue))
          password  \(password ?? "as in the file")
          code      any authenticator app with \(otpSecret)
                    \(otpURI)

        """
    }
}
