import Crypto
import Testing
import Vault

@Suite("A value that holds a secret")
struct RedactedTests {
    @Test("shows its type alone when printed, nested, reflected or dumped")
    func redacted() {
        let fixed: RandomSource = { count in (0..<count).map { UInt8($0) } }
        let values: [any Redacted] = [
            TrackingSecret(random: fixed), CaseKey(random: fixed), SegmentKey(random: fixed),
            PseudonymKey(SymmetricKey(data: fixed(32))), OneTimePassword(seed: fixed(20)),
        ]
        for value in values {
            let name = "\(type(of: value))(…)"
            var dumped = ""
            dump(value, to: &dumped)
            #expect("\(value)" == name)
            #expect(String(reflecting: value) == name)
            #expect("\([value])" == "[\(name)]")
            #expect(dumped == "- \(name)\n")
        }
    }
}
