import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// The edge of one connection: checks what comes in before any of our code sees it, gives it to the handler one request
/// at a time, writes the answers, and ends the connection when a limit is passed.
///
/// It stands between NIO's request decoder and the asynchronous channel that Hummingbird reads. Everything runs on the
/// connection's event loop.
final class ConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = IOData

    enum Phase {
        /// Between requests: no byte of the next one has come.
        case idle
        case readingHead
        /// The header was handed on, the body is still coming.
        case receiving
        /// The whole request was handed on.
        case answering
        /// The last answer is written and our side is closed: what still comes is dropped.
        case lingering
        case closed
    }

    /// How much of the answer to the current request was written.
    enum Answer { case none, started, ended }

    /// What came after a request that is not answered yet.
    enum Held {
        case part(HTTPServerRequestPart)
        case rejection(Rejection)
        case inputClosed
    }

    /// A pipelining client gets no more parts held than this; it must wait for its answers.
    static let maximumHeld = 512

    let policy: ConnectionPolicy
    let hosts: HostPolicy
    let logger: Logger

    var phase = Phase.idle
    var answer = Answer.ended
    var encoder = AnswerEncoder()
    var isHead = false
    var isHTTP10 = false
    /// The connection ends after the current answer.
    var endsConnection = false
    var isQuiescing = false
    var inputIsClosed = false
    var method = "-"

    var held = CircularBuffer<Held>(initialCapacity: 0)
    var heldOverflowed = false
    /// The channel asked for more while a request was being answered.
    var readIsDue = false

    var bodyBytes = 0
    var bodyLimit = 0
    var bodyPace = BodyPace()
    var writeProgress = WriteProgress()
    var lingeringBytes = 0

    var deadline = NIODeadline.distantFuture
    var requestDeadline = NIODeadline.distantFuture
    var alarm: Scheduled<Void>?
    var alarmTime = NIODeadline.distantFuture
    /// Set from the first bytes of a request: whether they begin with a method and a space, and whether the request
    /// line has ended. It tells an unknown method from rubbish, and a long target from long headers.
    var beginsWithMethod = false
    var requestLineEnded = false

    init(policy: ConnectionPolicy, hosts: HostPolicy, logger: Logger) {
        self.policy = policy
        self.hosts = hosts
        self.logger = logger
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        deadline = .now() + policy.headerDeadline
        arm(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        phase = .closed
        disarm()
        held.removeAll()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { disarm() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            isQuiescing = true
            switch phase {
            case .idle, .readingHead: linger(context)
            case .receiving, .answering: endsConnection = true
            case .lingering, .closed: break
            }
        case ChannelEvent.inputClosed:
            inputIsClosed = true
            if phase == .answering { hold(.inputClosed) } else { context.fireUserInboundEventTriggered(event) }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch phase {
        case .idle, .readingHead, .receiving: accept(part, context)
        case .answering: hold(.part(part))
        case .lingering, .closed: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        bodyPace.stopWaiting()
        context.fireChannelReadComplete()
        if phase == .lingering { context.read() }
        arm(context)
    }

    func read(context: ChannelHandlerContext) {
        switch phase {
        case .answering:
            readIsDue = true
            return
        case .receiving: bodyPace.startWaiting()
        case .idle, .readingHead, .lingering, .closed: break
        }
        context.read()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else {
            context.fireErrorCaught(error)
            return
        }
        let rejection = Rejection(error, beginsWithMethod: beginsWithMethod, requestLineEnded: requestLineEnded)
        if phase == .answering { hold(.rejection(rejection)) } else { reject(rejection, context) }
    }

    /// What follows an unanswered request waits here, so that the handler sees one request at a time and a fault in
    /// the next one cannot overtake the answer to this one.
    private func hold(_ item: Held) {
        guard !heldOverflowed else { return }
        if held.count < Self.maximumHeld {
            held.append(item)
        } else {
            heldOverflowed = true
            held.removeAll()
            endsConnection = true
        }
    }

    /// Takes up what was held while the last request was answered.
    func release(_ context: ChannelHandlerContext) {
        guard !held.isEmpty || readIsDue else { return }
        var handedOn = false
        while phase == .idle || phase == .receiving, let item = held.popFirst() {
            switch item {
            case .part(let part): accept(part, context)
            case .rejection(let rejection): reject(rejection, context)
            case .inputClosed: context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            }
            handedOn = true
        }
        if handedOn { context.fireChannelReadComplete() }
        if readIsDue, phase != .answering {
            readIsDue = false
            read(context: context)
        }
    }

    private func accept(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head): begin(head, context)
        case .body(let bytes):
            bodyBytes += bytes.readableBytes
            guard bodyBytes <= bodyLimit else { return reject(.bodyTooLarge, context) }
            bodyPace.bytes = bodyBytes
            context.fireChannelRead(wrapInboundOut(.body(bytes)))
        case .end:
            // Trailers are dropped: nothing of ours reads them.
            context.fireChannelRead(wrapInboundOut(.end(nil)))
            if answer == .ended {
                finishExchange(context)
            } else {
                phase = .answering
                deadline = answer == .none ? requestDeadline : .now() + policy.paceCheck
            }
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        method = head.method.rawValue
        beginsWithMethod = false
        requestLineEnded = true
        isHead = head.method == .HEAD
        let accepted: RequestHead
        do {
            accepted = try RequestHead(head, limits: policy.limits, hosts: hosts, scheme: policy.scheme)
        } catch {
            return reject(error, context)
        }
        if accepted.hasBody {
            bodyLimit = policy.bodyLimit(accepted.request)
            guard (accepted.contentLength ?? 0) <= bodyLimit else { return reject(.bodyTooLarge, context) }
        } else {
            bodyLimit = 0
        }
        isHTTP10 = accepted.isHTTP10
        endsConnection = accepted.endsConnection || isQuiescing
        answer = .none
        bodyBytes = 0
        bodyPace = BodyPace()
        phase = .receiving
        let now = NIODeadline.now()
        requestDeadline = now + policy.requestDeadline + policy.uploadTime(of: accepted.contentLength ?? 0)
        deadline = accepted.hasBody ? min(requestDeadline, now + policy.paceCheck) : requestDeadline
        context.fireChannelRead(wrapInboundOut(.head(accepted.request)))
        if accepted.awaitsContinue, accepted.hasBody {
            var interim = context.channel.allocator.buffer(capacity: 32)
            interim.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
            context.writeAndFlush(wrapOutboundOut(.byteBuffer(interim)), promise: nil)
        }
    }
}

extension Rejection {
    fileprivate init(_ error: HTTPParserError, beginsWithMethod: Bool, requestLineEnded: Bool) {
        self =
            switch error {
            case .headerOverflow: requestLineEnded ? .headersTooLarge : .targetTooLong
            case .invalidVersion: .unknownVersion
            case .invalidMethod: beginsWithMethod ? .unknownMethod : .malformedRequest
            default: .malformedRequest
            }
    }
}
