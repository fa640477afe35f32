import CivilTime
import Crypto
import Outbound
import RightsRegistry
import StrictJSON
import Vault

/// A linked database whose custodian runs a receiver: batches are pushed to it, and it answers how far it has come.
///
/// The receiver keeps the fence: it applies a batch only where it stands at its beginning, and stores where it stands with
/// the effect. What it answers must be exactly what was asked: any other answer confirms nothing.
struct HTTPSTarget: PushConnector {
    let database: String
    private let address: WebAddress
    private let signer: MessageSigner
    private let now: TimeSource
    private let client: WebClient
    /// For answers with files, which are longer.
    private let fileClient: WebClient
    /// Of its own, so that a receiver that is slow delays no other.
    private let threads: OutboundThreads

    /// - Parameter rules: which receivers may be asked, and how far they are trusted.
    init(database: String, address: WebAddress, signer: MessageSigner, rules: WebRules, now: @escaping TimeSource) {
        self.database = database
        self.address = address
        self.signer = signer
        self.now = now
        threads = OutboundThreads(count: 1)
        client = WebClient(threads: threads, rules: rules, longestAnswer: Acknowledgement.longest)
        fileClient = WebClient(threads: threads, rules: rules, longestAnswer: TaskAnswer.longestWithFiles)
    }

    /// Where the receiver stands, with what it rejected of the batch that it applied last.
    func place() async throws -> TargetPlace? {
        let headers = try signer.sign("GET", address, [], at: now()) + [(name: "accept", value: "application/json")]
        let answer = try await told { try await client.get(address, headers: headers) }
        switch answer.status {
        case 200:
            let word = try acknowledgement(answer)
            return TargetPlace(
                list: word.list, incarnation: word.incarnation, position: word.position,
                beside: word.beside ?? 0, rejected: word.rejected)
        case 204, 404: return nil
        default: throw Self.refusal(answer.status)
        }
    }

    func apply(_ batch: TargetBatch) async throws -> [Rejection] {
        let body = BatchDocument(database: database, batch: batch, place: nil).bytes
        let answer = try await post(body, idempotencyKey: Self.idempotencyKey(batch))
        switch answer.status {
        case 200:
            let word = try acknowledgement(answer, of: batch)
            guard word.position == batch.to else {
                throw TargetError.elsewhere(found: word.position, expected: batch.to)
            }
            let positions = Set(batch.positions)
            guard word.rejected.allSatisfy({ positions.contains($0.position) }) else {
                throw TargetError.unreadable("The receiver rejects an entry that was not in the batch.")
            }
            return word.rejected
        case 409:
            guard !answer.body.isEmpty else { throw TargetError.empty(expected: batch.from) }
            let word = try acknowledgement(answer, of: batch)
            guard word.position != batch.from else {
                if let number = batch.beside, let held = word.beside, number <= held { throw TargetError.overtaken }
                throw TargetError.unreadable("The receiver refuses a batch that begins where it says that it stands.")
            }
            throw TargetError.elsewhere(found: word.position, expected: batch.from)
        default: throw Self.refusal(answer.status)
        }
    }

    func close() async { try? await threads.shutdown() }

    /// Posts a body of lines, signed; whatever the receiver answers.
    /// - Parameter mayHaveFiles: whether it may answer at the length that files take.
    func post(_ body: [UInt8], idempotencyKey: String, mayHaveFiles: Bool = false) async throws -> WebAnswer {
        let fields = [
            (name: "content-digest", value: MessageSigner.digest(of: body)),
            (name: "content-type", value: "application/x-ndjson"),
            (name: "idempotency-key", value: idempotencyKey),
        ]
        let headers = try signer.sign("POST", address, fields, at: now())
        return try await told {
            try await (mayHaveFiles ? fileClient : client).post(address, bytes: body, headers: headers)
        }
    }

    /// Names the batch: it is the same whenever it is handed over again. Batches beside the ledger share their interval, and
    /// are told apart by their number.
    private static func idempotencyKey(_ batch: TargetBatch) -> String {
        "\(batch.incarnation)-\(batch.from)-\(batch.to)" + (batch.beside.map { "-\($0)" } ?? "")
    }

    /// Tells a body from any other.
    static func name(of body: [UInt8]) -> String { Hex.encode(Array(SHA256.hash(data: body)).prefix(16)) }

    // MARK: Answers

    private func acknowledgement(_ answer: WebAnswer, of batch: TargetBatch) throws -> Acknowledgement {
        let word = try acknowledgement(answer)
        try TargetPlace(list: word.list, incarnation: word.incarnation, position: word.position)
            .require(list: batch.list, incarnation: batch.incarnation)
        return word
    }

    private func acknowledgement(_ answer: WebAnswer) throws -> Acknowledgement {
        do {
            return try Acknowledgement(try JSON(parsing: answer.body), of: database)
        } catch let error as FieldErrors {
            throw TargetError.unreadable("The receiver's answer is no acknowledgement: \(error.places).")
        } catch is JSONSyntaxError {
            throw TargetError.unreadable("The receiver's answer is no JSON document.")
        }
    }

    static func refusal(_ status: Int) -> TargetError {
        switch status {
        case 300..<400:
            .unreadable("The receiver answers with a redirect (\(status)), which is not followed: link it where it is.")
        case 401, 403: .unreadable("The receiver does not take our signature (\(status)).")
        default: .unreadable("The receiver answers \(status).")
        }
    }

    /// What `exchange` answers. Throws `TargetError` in words for operators where it could not take place.
    private func told(_ exchange: () async throws -> WebAnswer) async throws -> WebAnswer {
        do {
            return try await exchange()
        } catch let error as OutboundError {
            try Task.checkCancellation()
            throw TargetError.unreadable(Self.words(for: error))
        }
    }

    private static func words(for error: OutboundError) -> String {
        switch error {
        case .tooLarge: "The receiver's answer is longer than one can be."
        case .refused(let reason): "The receiver is not asked: \(reason)."
        case .transfer(let code, let text):
            switch code {
            case 6: "The receiver's name is not known."
            case 7: "The receiver can't be reached."
            case 18, 52, 55, 56: "The receiver breaks off before it has answered."
            case 28: "The receiver does not answer in time."
            case 35: "The receiver does not speak TLS."
            case 51, 60: "The receiver's certificate is not trusted."
            case 77: "The file of trusted certificates can't be read."
            default: "The receiver can't be asked: \(text)."
            }
        }
    }
}

extension FieldErrors {
    /// Where what is wrong, without any value.
    var places: String { errors.prefix(3).map { "\($0.pointer) \($0.code)" }.joined(separator: ", ") }
}
