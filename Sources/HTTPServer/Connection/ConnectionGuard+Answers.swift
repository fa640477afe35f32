import CivilTime
import HTTPTypes
import Logging
import NIOCore
import NIOHTTPTypes

extension ConnectionGuard {
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard phase == .receiving || phase == .answering, answer != .ended else {
            // The handler answers a request that was refused meanwhile.
            promise?.fail(ChannelError.outputClosed)
            return
        }
        let allocator = context.channel.allocator
        switch unwrapOutboundIn(data) {
        case .head(let response):
            guard response.status.kind != .informational else {
                promise?.succeed()
                return
            }
            let head = encoder.head(
                response, isHead: isHead, isHTTP10: isHTTP10, endsConnection: endsConnection, allocator: allocator)
            answer = .started
            if phase == .answering { deadline = .now() + policy.paceCheck }
            send(head, context, promise)
        case .body(let bytes): send(encoder.body(bytes, allocator: allocator), context, promise)
        case .end:
            send(encoder.end(allocator: allocator), context, promise)
            answer = .ended
            if phase == .answering { finishExchange(context) }
        }
    }

    func flush(context: ChannelHandlerContext) {
        // An answer that is not written in one go is watched.
        if answer == .started { arm(context) }
        context.flush()
    }

    /// The handler's side has nothing more to say, or gave up in the middle of an answer.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch (phase, mode) {
        case (.lingering, .output): promise?.succeed()
        case (.lingering, .all): context.channel.closeFuture.cascade(to: promise)
        case (.idle, .output), (.readingHead, .output), (.receiving, .output), (.answering, .output):
            linger(context)
            promise?.succeed()
        default: context.close(mode: mode, promise: promise)
        }
    }

    private func send(_ bytes: ByteBuffer?, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        guard let bytes else {
            promise?.succeed()
            return
        }
        writeProgress.handedOver += bytes.readableBytes
        context.write(wrapOutboundOut(.byteBuffer(bytes)), promise: promise)
    }

    /// Request and answer are both complete.
    func finishExchange(_ context: ChannelHandlerContext) {
        guard !endsConnection else { return linger(context) }
        phase = .idle
        deadline = .now() + policy.idleTimeout
        release(context)
        arm(context)
    }

    /// Ends the connection for `rejection`, with an answer that says so where none has begun.
    func reject(_ rejection: Rejection, _ context: ChannelHandlerContext) {
        guard phase != .lingering, phase != .closed else { return }
        let problem = rejection.problem
        let wasHandedOn = phase == .receiving || phase == .answering
        let isAnswered = wasHandedOn && answer != .none
        policy.accessLog.write(
            logger, method: method, template: "-", status: problem.status.code, code: problem.code,
            duration: nil, bytes: nil)
        if isAnswered, answer == .started {
            // A part of an answer is out: only an early end can tell that it is not the whole.
            context.close(mode: .all, promise: nil)
            return
        }
        if !isAnswered { write(problem, context) }
        phase = .lingering
        // Not the end of the input, which the handler would take for the end of the body.
        if wasHandedOn { context.fireErrorCaught(RequestAborted()) }
        linger(context)
    }

    private func write(_ problem: ProblemDetails, _ context: ChannelHandlerContext) {
        let body = ByteBuffer(string: problem.json())
        var response = HTTPResponse(status: problem.status, headerFields: problem.headers)
        response.headerFields[.contentType] = ProblemDetails.contentType
        response.headerFields[.contentLength] = String(body.readableBytes)
        response.headerFields[.cacheControl] = "no-store"
        response.headerFields[.date] = HTTPDate.text(policy.now())
        policy.securityHeaders.add(to: &response.headerFields)
        let allocator = context.channel.allocator
        let head = encoder.head(
            response, isHead: isHead, isHTTP10: isHTTP10, endsConnection: true, allocator: allocator)
        send(head, context, nil)
        send(encoder.body(body, allocator: allocator), context, nil)
    }

    /// Closes our side once everything is written, and drops what still comes for a while: a connection closed over
    /// unread bytes is reset, which would take the answer from the client.
    func linger(_ context: ChannelHandlerContext) {
        phase = .lingering
        held.removeAll()
        readIsDue = false
        deadline = .now() + policy.lingerTimeout
        if inputIsClosed {
            // NIO takes a second half-close for a close, and drops what is not written yet.
            let written = context.eventLoop.makePromise(of: Void.self)
            let channel = context.channel
            written.futureResult.whenComplete { _ in channel.close(promise: nil) }
            context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: written)
        } else {
            context.flush()
            context.close(mode: .output, promise: nil)
            context.read()
        }
        arm(context)
    }
}
