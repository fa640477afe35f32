import Foundation
import NIOPosix

/// What a command sees of whoever typed it, be it on this terminal or over the socket of a running server.
struct CommandIO: Sendable {
    /// The folder that relative paths start from.
    let directory: String
    /// Whether progress is worth showing: a person is watching.
    let showsProgress: Bool
    /// Results, for standard output.
    let output: @Sendable (String) -> Void
    /// Progress and diagnostics, for standard error.
    let diagnostic: @Sendable (String) -> Void
    /// What comes in on standard input, in chunks.
    let standardInput: @Sendable () -> AsyncThrowingStream<[UInt8], any Error>

    /// This process's own terminal.
    static let terminal = CommandIO(
        directory: FileManager.default.currentDirectoryPath,
        showsProgress: isatty(STDERR_FILENO) == 1,
        output: { FileHandle.standardOutput.write(Data($0.utf8)) },
        diagnostic: { FileHandle.standardError.write(Data($0.utf8)) },
        standardInput: { chunks(of: .standardInput) })

    /// `path` seen from where the command was typed.
    func resolved(_ path: String) -> String {
        path.hasPrefix("/") ? path : (directory as NSString).appendingPathComponent(path)
    }

    /// The contents of `path`, or of standard input for `-`. Throws `CommandFailure` where it can't be read.
    func contents(of path: String) throws -> AsyncThrowingStream<[UInt8], any Error> {
        if path == "-" { return standardInput() }
        var isFolder: ObjCBool = false
        guard !FileManager.default.fileExists(atPath: resolved(path), isDirectory: &isFolder) || !isFolder.boolValue
        else {
            throw CommandFailure.failed("\(path): is a folder")
        }
        guard let handle = FileHandle(forReadingAtPath: resolved(path)) else {
            throw CommandFailure.failed("\(path): can't be read")
        }
        return Self.chunks(of: handle)
    }

    /// Reads on threads that may block.
    static func chunks(of handle: FileHandle) -> AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream {
            try await NIOThreadPool.singleton.runIfActive {
                let data = try handle.read(upToCount: 256 * 1024) ?? Data()
                return data.isEmpty ? nil : Array(data)
            }
        }
    }
}
