import ArgumentParser
import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Answers commands beside the server that holds an embedded database: a socket that its own user alone can open.
struct AdministrationServer: Service {
    let installation: Installation
    let socket: String

    func run() async throws {
        unlink(socket)
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(unixDomainSocketPath: socket) { channel in
                channel.eventLoop.makeCompletedFuture {
                    // Whoever could reach the file before its mode was set is turned away here.
                    guard try Self.isOwnUser(channel) else { throw CommandStatus.refused }
                    return try channel.framed()
                }
            }
        chmod(socket, 0o600)
        defer { unlink(socket) }
        do {
            try await cancelWhenGracefulShutdown {
                try await server.executeThenClose { connections in
                    try await withThrowingDiscardingTaskGroup { group in
                        for try await connection in connections {
                            group.addTask { await serve(connection) }
                        }
                    }
                }
            }
        } catch is CancellationError {
            // The end that was asked for.
        }
    }

    /// Whether the process at the other end runs as our user (SO_PEERCRED: pid, uid, gid).
    private static func isOwnUser(_ channel: any Channel) throws -> Bool {
        guard let options = channel as? any SocketOptionProvider else { return false }
        let credentials: EventLoopFuture<(Int32, UInt32, UInt32)> = options.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: 17))
        // On a channel's own loop the answer is there at once.
        var uid: UInt32?
        credentials.assumeIsolated().whenSuccess { uid = $0.1 }
        return uid == getuid()
    }

    private func serve(_ connection: NIOAsyncChannel<AdministrationFrame, AdministrationFrame>) async {
        do {
            try await connection.executeThenClose { inbound, outbound in
                var frames = inbound.makeAsyncIterator()
                guard let start = try await frames.next(), start.kind == .start else { return }
                var words = String(decoding: start.payload, as: UTF8.self).split(
                    separator: "\0", omittingEmptySubsequences: false
                ).map(String.init)
                guard words.count >= 2 else { return }
                let isWatched = words.removeLast() == "1"
                let directory = words.removeLast()

                let (answers, sink) = AsyncStream.makeStream(of: AdministrationFrame.self)
                let (input, inputSink) = AsyncThrowingStream.makeStream(of: [UInt8].self)
                let io = CommandIO(
                    directory: directory, showsProgress: isWatched,
                    output: { sink.yield(AdministrationFrame(.output, $0)) },
                    diagnostic: { sink.yield(AdministrationFrame(.diagnostic, $0)) },
                    standardInput: {
                        sink.yield(AdministrationFrame(.wantsInput))
                        return input
                    })
                async let writing: Void = {
                    for await answer in answers { try await outbound.write(answer) }
                }()
                let command = Task {
                    let status = await Self.status(of: words, in: installation, io: io)
                    sink.yield(AdministrationFrame(.status, [UInt8(status.rawValue)]))
                    sink.finish()
                }
                // Ends when the client has its status and closes, or goes away; then the command is not waited for.
                while let frame = try await frames.next() {
                    switch frame.kind {
                    case .input: inputSink.yield(frame.payload)
                    case .inputEnd: inputSink.finish()
                    default: break
                    }
                }
                inputSink.finish(throwing: CancellationError())
                command.cancel()
                await command.value
                try? await writing
            }
        } catch {
            installation.logger.debug("administration connection ended", metadata: ["error": "\(error)"])
        }
    }

    /// Parses and runs a command as the shell would have.
    private static func status(
        of arguments: [String], in installation: Installation, io: CommandIO
    ) async -> CommandStatus {
        do {
            guard let command = try Regard.parseAsRoot(arguments) as? any AdministrativeCommand else {
                throw CommandFailure.refused("This command can't run beside a server.")
            }
            try await command.run(in: installation, io: io)
            return .done
        } catch let status as CommandStatus {
            return status
        } catch let failure as CommandFailure {
            io.diagnostic("regard: \(failure.message)\n")
            return failure.status
        } catch {
            io.diagnostic("\(Regard.fullMessage(for: error))\n")
            return .failed
        }
    }
}
