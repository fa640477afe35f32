import NIOCore

extension ConnectionGuard {
    /// What a refused client may still send before the connection is cut.
    private static let maximumLingeringBytes = 8 * 1_024 * 1_024

    /// Called with raw bytes before they are decoded. Returns whether they should be.
    func willDecode(_ bytes: ByteBuffer) -> Bool {
        switch phase {
        case .idle:
            phase = .readingHead
            deadline = .now() + policy.headerDeadline
            inspectRequestLine(bytes, isBeginning: true)
            return true
        case .readingHead:
            if !requestLineEnded { inspectRequestLine(bytes, isBeginning: false) }
            return true
        case .receiving, .answering: return true
        case .lingering:
            lingeringBytes += bytes.readableBytes
            if lingeringBytes > Self.maximumLingeringBytes { deadline = .now() }
            return false
        case .closed: return false
        }
    }

    private func inspectRequestLine(_ bytes: ByteBuffer, isBeginning: Bool) {
        // Empty lines before a request are skipped, RFC 9112 §2.2.
        let line = bytes.readableBytesView.drop { isBeginning && ($0 == 0x0D || $0 == 0x0A) }
        requestLineEnded = line.contains(0x0A)
        guard isBeginning else { return }
        let method = line.prefix { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0 == UInt8(ascii: "-") }
        beginsWithMethod = !method.isEmpty && line.dropFirst(method.count).first == UInt8(ascii: " ")
    }

    /// Sees to it that ``expire(_:)`` runs at the deadline. Deadlines mostly move on with each request, so an alarm
    /// that is set for earlier is left to find out for itself.
    func arm(_ context: ChannelHandlerContext) {
        guard phase != .closed, deadline < alarmTime else { return }
        alarm?.cancel()
        alarmTime = deadline
        alarm = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
            guard let self else { return }
            alarm = nil
            alarmTime = .distantFuture
            if NIODeadline.now() >= deadline { expire(context) }
            arm(context)
        }
    }

    func disarm() {
        alarm?.cancel()
        alarm = nil
        alarmTime = .distantFuture
        deadline = .distantFuture
    }

    private func expire(_ context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        switch phase {
        case .idle:
            if isSending(context) { waitForProgress(context, now) } else { context.close(mode: .all, promise: nil) }
        case .readingHead: reject(.headersTooSlow, context)
        case .receiving:
            if now >= requestDeadline {
                reject(.requestTooSlow, context)
            } else if bodyPace.isTooSlow(rate: policy.limits.bodyRate, grace: policy.bodyGrace, now: now) {
                reject(.bodyTooSlow, context)
            } else {
                deadline = min(requestDeadline, now + policy.paceCheck)
            }
        case .answering:
            if answer == .none { reject(.answerTooSlow, context) } else { waitForProgress(context, now) }
        case .lingering:
            if isSending(context), lingeringBytes <= Self.maximumLingeringBytes {
                waitForProgress(context, now)
            } else {
                context.close(mode: .all, promise: nil)
            }
        case .closed: break
        }
    }

    private func isSending(_ context: ChannelHandlerContext) -> Bool { unsentBytes(context) > 0 }

    private func unsentBytes(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// Cuts the connection when the client has taken nothing of the answer for the write timeout.
    private func waitForProgress(_ context: ChannelHandlerContext, _ now: NIODeadline) {
        if writeProgress.hasStalled(unsent: unsentBytes(context), now: now, timeout: policy.writeTimeout) {
            context.close(mode: .all, promise: nil)
        } else {
            deadline = now + policy.paceCheck
        }
    }
}

/// How fast a body comes in, counting only the time in which we waited for it: a handler that is slow to read is not
/// the client's fault.
struct BodyPace {
    var bytes = 0
    private var waited = TimeAmount.zero
    private var waitingSince: NIODeadline?

    mutating func startWaiting() {
        if waitingSince == nil { waitingSince = .now() }
    }

    mutating func stopWaiting() {
        guard let waitingSince else { return }
        waited = waited + (NIODeadline.now() - waitingSince)
        self.waitingSince = nil
    }

    func isTooSlow(rate: Int, grace: TimeAmount, now: NIODeadline) -> Bool {
        let total = waited + (waitingSince.map { now - $0 } ?? .zero)
        return total > grace && Double(bytes) < Double(rate) * Double(total.nanoseconds) / 1_000_000_000
    }
}

/// Whether the client takes what is written to it.
struct WriteProgress {
    /// Bytes given to the socket since the connection began.
    var handedOver = 0
    private var taken = -1
    private var takenAt = NIODeadline.uptimeNanoseconds(0)

    mutating func hasStalled(unsent: Int, now: NIODeadline, timeout: TimeAmount) -> Bool {
        if handedOver - unsent > taken {
            taken = handedOver - unsent
            takenAt = now
            return false
        }
        return now - takenAt >= timeout
    }
}
