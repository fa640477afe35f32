import Foundation
import NIOCore
import NIOPosix

/// Has a running server answer a command, over its socket.
enum AdministrationClient {
    /// Sends `arguments` and relays input and output; returns the command's status. Throws `CommandFailure` where the
    /// server can't be reached.
    static func run(_ arguments: [String], at socket: String, io: CommandIO) async throws -> CommandStatus {
        let channel: NIOAsyncChannel<AdministrationFrame, AdministrationFrame>
        do {
            channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(unixDomainSocketPath: socket) { channel in
                    channel.eventLoop.makeCompletedFuture { try channel.framed() }
                }
        } catch {
            throw CommandFailure.failed(
                "The database is held by a process that does not answer at \(socket). Is the server still starting?")
        }
        return try await channel.executeThenClose { inbound, outbound in
            let start = arguments + [io.directory, io.showsProgress ? "1" : "0"]
            try await outbound.write(AdministrationFrame(.start, start.joined(separator: "\0")))
            return try await withThrowingTaskGroup(of: Void.self) { group in
                for try await frame in inbound {
                    switch frame.kind {
                    case .output: io.output(String(decoding: frame.payload, as: UTF8.self))
                    case .diagnostic: io.diagnostic(String(decoding: frame.payload, as: UTF8.self))
                    case .wantsInput:
                        group.addTask {
                            for try await chunk in io.standardInput() {
                                try await outbound.write(AdministrationFrame(.input, chunk))
                            }
                            try await outbound.write(AdministrationFrame(.inputEnd))
                        }
                    case .status:
                        group.cancelAll()
                        return CommandStatus(rawValue: Int32(frame.payload.first ?? 1)) ?? .failed
                    case .start, .input, .inputEnd: break
                    }
                }
                throw CommandFailure.failed("The server ended before it had answered.")
            }
        }
    }
}
