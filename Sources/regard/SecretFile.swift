import Foundation

/// A secret in a file: settings name the file, never the secret.
enum SecretFile {
    /// Its first line. Throws `CommandFailure` where it can't be read, or where others can read it.
    static func firstLine(of path: String) throws -> String {
        let mode = try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        guard let mode, let text = try? String(contentsOfFile: path, encoding: .utf8),
            let line = text.split(whereSeparator: \.isNewline).first
        else { throw CommandFailure.refused("The secret can't be read at \(path).") }
        guard mode & 0o077 == 0 else { throw CommandFailure.refused("\(path) can be read by others: chmod 600.") }
        return String(line)
    }
}
