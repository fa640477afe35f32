import NIOCore

/// One message on the administration socket: a byte of kind, a length of four bytes, the payload.
struct AdministrationFrame: Sendable {
    enum Kind: UInt8, Sendable {
        /// Client: the arguments, then the working folder, then `1` where a person is watching; separated by NUL.
        case start = 1
        /// Client: a chunk of its standard input, asked for by `wantsInput`.
        case input = 2
        /// Client: its standard input has ended.
        case inputEnd = 3
        /// Server: text for standard output.
        case output = 4
        /// Server: text for standard error.
        case diagnostic = 5
        /// Server: the command reads standard input.
        case wantsInput = 6
        /// Server: the exit status, one byte. The last frame.
        case status = 7
    }

    /// Longest payload, in bytes.
    static let longest = 4 * 1024 * 1024

    let kind: Kind
    let payload: [UInt8]

    init(_ kind: Kind, _ payload: [UInt8] = []) {
        self.kind = kind
        self.payload = payload
    }

    init(_ kind: Kind, _ text: String) { self.init(kind, Array(text.utf8)) }
}

/// Frames to bytes and back.
final class AdministrationCodec: ByteToMessageDecoder, MessageToByteEncoder {
    typealias InboundOut = AdministrationFrame
    typealias OutboundIn = AdministrationFrame

    struct Malformed: Error {}

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard buffer.readableBytes >= 5,
            let kindByte = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self),
            let length = buffer.getInteger(at: buffer.readerIndex + 1, as: UInt32.self)
        else { return .needMoreData }
        guard let kind = AdministrationFrame.Kind(rawValue: kindByte), length <= AdministrationFrame.longest else {
            throw Malformed()
        }
        guard buffer.readableBytes >= 5 + Int(length) else { return .needMoreData }
        buffer.moveReaderIndex(forwardBy: 5)
        let payload = buffer.readBytes(length: Int(length)) ?? []
        context.fireChannelRead(wrapInboundOut(AdministrationFrame(kind, payload)))
        return .continue
    }

    func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws -> DecodingState {
        try decode(context: context, buffer: &buffer)
    }

    func encode(data: AdministrationFrame, out: inout ByteBuffer) throws {
        out.writeInteger(data.kind.rawValue)
        out.writeInteger(UInt32(data.payload.count))
        out.writeBytes(data.payload)
    }
}

extension Channel {
    /// The socket as an asynchronous channel of frames.
    func framed() throws -> NIOAsyncChannel<AdministrationFrame, AdministrationFrame> {
        try pipeline.syncOperations.addHandlers([
            ByteToMessageHandler(AdministrationCodec()), MessageToByteHandler(AdministrationCodec()),
        ])
        return try NIOAsyncChannel(wrappingChannelSynchronously: self)
    }
}
