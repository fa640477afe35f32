import CCurl
import NIOPosix
import Synchronization

/// Why something could not be sent.
public enum OutboundError: Error, Sendable, Hashable {
    /// libcurl's number and words, without any value that was sent.
    case transfer(code: Int, text: String)
    /// More bytes came back than the caller takes.
    case tooLarge
    /// The address is not one that the configuration allows.
    case refused(String)
}

/// One use of libcurl, from its options to its answer. It lives on one thread.
final class CurlTransfer {
    /// What comes in and goes out while libcurl runs; libcurl holds a pointer to it.
    private final class Exchange {
        var outgoing: ArraySlice<UInt8> = []
        var incoming: [UInt8] = []
        var headers: [UInt8] = []
        var limit = 0
        var isTooLarge = false
        var giveUp: GiveUp?
        var rules: WebRules?
        var refusedAddress: String?
    }

    private let handle: UnsafeMutableRawPointer
    private let exchange = Exchange()
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    /// Where libcurl writes what went wrong, in its own words.
    private let words = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    /// - Parameter limit: bytes of body taken, at most.
    init(limit: Int) throws(OutboundError) {
        // Once a process, before the first handle; Swift makes a static's first use safe among threads.
        guard Self.isReady, let handle = curl_easy_init() else {
            throw .transfer(code: -1, text: "libcurl does not start")
        }
        self.handle = handle
        exchange.limit = limit
        words.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try check(regard_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, words))
        try set(CURLOPT_NOSIGNAL, 1)
        let context = Unmanaged.passUnretained(exchange).toOpaque()
        try check(regard_curl_set_pointer(handle, CURLOPT_WRITEDATA, context))
        try check(
            regard_curl_set_transfer(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
                let exchange = Unmanaged<Exchange>.fromOpaque(context!).takeUnretainedValue()
                let received = UnsafeRawBufferPointer(start: bytes, count: size * count)
                guard exchange.incoming.count + received.count <= exchange.limit else {
                    exchange.isTooLarge = true
                    return 0
                }
                exchange.incoming += received
                return received.count
            })
        try check(regard_curl_set_pointer(handle, CURLOPT_HEADERDATA, context))
        try check(
            regard_curl_set_transfer(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
                let exchange = Unmanaged<Exchange>.fromOpaque(context!).takeUnretainedValue()
                let received = UnsafeRawBufferPointer(start: bytes, count: size * count)
                // A header that grows without end is no answer.
                guard exchange.headers.count + received.count <= 64 * 1024 else {
                    exchange.isTooLarge = true
                    return 0
                }
                exchange.headers += received
                return received.count
            })
    }

    deinit {
        curl_easy_cleanup(handle)
        words.deallocate()
        for list in lists { curl_slist_free_all(list) }
    }

    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    func set(_ option: CURLoption, _ value: Int) throws(OutboundError) {
        try check(regard_curl_set_long(handle, option, value))
    }

    func set(_ option: CURLoption, _ value: String) throws(OutboundError) {
        try check(regard_curl_set_string(handle, option, value))
    }

    func set(_ option: CURLoption, _ values: [String]) throws(OutboundError) {
        var list: UnsafeMutablePointer<curl_slist>?
        for value in values { list = curl_slist_append(list, value) }
        guard let list else { return }
        lists.append(list)
        try check(regard_curl_set_list(handle, option, list))
    }

    /// Bytes that libcurl reads as the body or the message.
    func send(_ bytes: [UInt8]) throws(OutboundError) {
        exchange.outgoing = bytes[...]
        try check(
            regard_curl_set_pointer(handle, CURLOPT_READDATA, Unmanaged.passUnretained(exchange).toOpaque()))
        try check(
            regard_curl_set_transfer(handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
                let exchange = Unmanaged<Exchange>.fromOpaque(context!).takeUnretainedValue()
                let part = exchange.outgoing.prefix(size * count)
                UnsafeMutableRawBufferPointer(start: bytes, count: size * count).copyBytes(from: part)
                exchange.outgoing = exchange.outgoing.dropFirst(part.count)
                return part.count
            })
    }

    /// Bytes to POST: libcurl keeps a copy, so that it can begin again.
    func post(_ bytes: [UInt8]) throws(OutboundError) {
        try set(CURLOPT_POSTFIELDSIZE, bytes.count)
        let code = bytes.withUnsafeBytes { buffer in
            regard_curl_set_pointer(
                handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: buffer.baseAddress))
        }
        try check(code)
    }

    /// Opens no socket to an address that `rules` do not allow, whatever a name led to: what is checked is what is
    /// connected to.
    func heed(_ rules: WebRules) throws(OutboundError) {
        exchange.rules = rules
        try check(
            regard_curl_set_pointer(
                handle, CURLOPT_OPENSOCKETDATA, Unmanaged.passUnretained(exchange).toOpaque()))
        try check(
            regard_curl_set_open_socket(handle) { context, _, address in
                let exchange = Unmanaged<Exchange>.fromOpaque(context!).takeUnretainedValue()
                guard let address else { return -1 }
                var bytes = [UInt8](repeating: 0, count: 16)
                bytes.removeLast(16 - regard_curl_address(address, &bytes))
                guard !bytes.isEmpty, let rules = exchange.rules else { return -1 }
                guard rules.allow(socketTo: bytes) else {
                    exchange.refusedAddress = WebRules.text(bytes)
                    return -1
                }
                return regard_curl_socket(address)
            })
    }

    /// Ends the exchange, within a second, once `giveUp` says so.
    func heed(_ giveUp: GiveUp) throws(OutboundError) {
        exchange.giveUp = giveUp
        try set(CURLOPT_NOPROGRESS, 0)
        try check(
            regard_curl_set_pointer(handle, CURLOPT_XFERINFODATA, Unmanaged.passUnretained(exchange).toOpaque()))
        try check(
            regard_curl_set_progress(handle) { context, _, _, _, _ in
                let exchange = Unmanaged<Exchange>.fromOpaque(context!).takeUnretainedValue()
                return exchange.giveUp?.isSaid == true ? 1 : 0
            })
    }

    /// Blocks until the exchange is over. Only on a thread made for it.
    func perform() throws(OutboundError) -> (status: Int, headers: [UInt8], body: [UInt8]) {
        let result = curl_easy_perform(handle)
        if exchange.isTooLarge { throw .tooLarge }
        if result != CURLE_OK, let address = exchange.refusedAddress {
            throw .refused("\(address) is a private address, which the configuration does not allow")
        }
        try check(result)
        var status = 0
        try check(regard_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status))
        return (status, exchange.headers, exchange.incoming)
    }

    /// The last code that the other side answered, even after a failure: 550, say, of a mail server.
    var lastStatus: Int {
        var status = 0
        return regard_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK ? status : 0
    }

    /// libcurl's own words for what went wrong: for a mail server, which command it refused.
    var detail: String { String(cString: words) }

    /// What a mail server has answered so far, line by line.
    var answeredLines: [UInt8] { exchange.headers }

    /// Whether the last byte to be sent was handed over.
    var hasSentAll: Bool { exchange.outgoing.isEmpty }

    private func check(_ code: CURLcode) throws(OutboundError) {
        guard code != CURLE_OK else { return }
        throw .transfer(code: Int(code.rawValue), text: String(cString: curl_easy_strerror(code)))
    }
}

/// Says from any thread that an exchange is to be given up.
final class GiveUp: Sendable {
    private let said = Atomic(false)

    var isSaid: Bool { said.load(ordering: .relaxed) }

    func say() { said.store(true, ordering: .relaxed) }
}

/// The threads on which libcurl may block, apart from event loops and Swift's own.
public struct OutboundThreads: Sendable {
    let pool: NIOThreadPool

    /// - Parameter count: exchanges that may be under way at once.
    public init(count: Int = 4) {
        pool = NIOThreadPool(numberOfThreads: count)
        pool.start()
    }

    /// Ends the threads once what is under way is over.
    public func shutdown() async throws { try await pool.shutdownGracefully() }
}
