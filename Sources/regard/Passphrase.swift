import Foundation
import Glibc
import NIOPosix
import Vault

/// What seals a backup of keys: from a file, from standard input, or typed without being shown; never an argument.
enum Passphrase {
    /// - Parameters:
    ///   - source: a file that nobody else can read, `-` for the first line of standard input, nil to ask on a terminal.
    ///   - isNew: whether it is being chosen: then it is asked for twice, and held against the rules of passwords.
    ///
    /// Throws `CommandFailure`.
    static func read(from source: String?, isNew: Bool) async throws -> String {
        let passphrase = try await NIOThreadPool.singleton.runIfActive {
            switch source {
            case "-"?:
                guard let line = readLine(strippingNewline: true), !line.isEmpty else {
                    throw CommandFailure.usage("There is no passphrase on standard input.")
                }
                return line
            case let path?: return try SecretFile.firstLine(of: path)
            case nil:
                guard isatty(STDIN_FILENO) == 1 else {
                    throw CommandFailure.usage("Name a file with --passphrase-file, or - for standard input.")
                }
                let typed = ask("Passphrase: ")
                if isNew, ask("Again: ") != typed { throw CommandFailure.refused("These are not the same.") }
                return typed
            }
        }
        if isNew, let problem = PasswordRules.problem(with: passphrase, operatorName: "regard") {
            throw CommandFailure.refused("\(problem)".replacing("password", with: "passphrase"))
        }
        return passphrase
    }

    /// One line of the terminal, which does not show it. Keys that would end the command are taken as characters meanwhile, so that the
    /// terminal is never left mute.
    private static func ask(_ question: String) -> String {
        FileHandle.standardError.write(Data(question.utf8))
        var shown = termios()
        guard tcgetattr(STDIN_FILENO, &shown) == 0 else { return readLine() ?? "" }
        var mute = shown
        mute.c_lflag &= ~tcflag_t(ECHO | ISIG)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &mute)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown)
            FileHandle.standardError.write(Data("\n".utf8))
        }
        return readLine() ?? ""
    }
}
