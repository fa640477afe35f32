import CivilTime
import Testing
import Vault

@Suite("A one-time password")
struct OneTimePasswordTests {
    let password = OneTimePassword.random()
    let now = Instant(milliseconds: 1_790_000_010_000)
    var step: Int64 { OneTimePassword.step(at: now) }

    @Test("is accepted in its step, one before and one after, and says which it was")
    func window() {
        for offset in -1...1 as ClosedRange<Int64> {
            #expect(password.verify(password.code(step: step + offset), at: now, lastStep: nil) == step + offset)
        }
    }

    @Test("is refused two steps away")
    func outside() {
        let near = (-1...1).map { password.code(step: step + $0) }
        for code in [password.code(step: step - 2), password.code(step: step + 2)] where !near.contains(code) {
            #expect(password.verify(code, at: now, lastStep: nil) == nil)
        }
    }

    @Test("is refused once its step, or a later one, was used")
    func once() {
        // Of the first steps of this seed, no two near each other share a code.
        let password = OneTimePassword(seed: Array("12345678901234567890".utf8))
        let now = Instant(milliseconds: 59_000)
        let code = password.code(step: 1)
        #expect(password.verify(code, at: now, lastStep: nil) == 1)
        #expect(password.verify(code, at: now, lastStep: 0) == 1)
        #expect(password.verify(code, at: now, lastStep: 1) == nil)
        #expect(password.verify(code, at: now, lastStep: 2) == nil)
    }

    @Test("is read with spaces and refused when it is anything but six digits")
    func form() {
        let code = password.code(step: step)
        #expect(password.verify(" \(code.prefix(3)) \(code.suffix(3)) ", at: now, lastStep: nil) == step)
        for bad in ["", String(code.dropLast()), code + "0", "+\(code.dropFirst())", "٠٠٠٠٠٠"] {
            #expect(password.verify(bad, at: now, lastStep: nil) == nil)
        }
    }

    @Test("is set up by an address that authenticators read")
    func address() {
        let password = OneTimePassword(seed: Array("12345678901234567890".utf8))
        #expect(
            password.provisioningURI(issuer: "Données & santé", account: "marie.dupont")
                == "otpauth://totp/Donn%C3%A9es%20%26%20sant%C3%A9:marie.dupont"
                + "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Donn%C3%A9es%20%26%20sant%C3%A9"
                + "&algorithm=SHA1&digits=6&period=30")
        #expect(OneTimePassword.random().seed.count == 20)
    }
}
