import CivilTime
import Crypto
import Testing
import Vault

@Suite("A case's key")
struct CaseKeyTests {
    let location = BoxLocation(table: "rights_request", row: "R-2026-7KQ2MX", column: "message", version: 1)
    let holder = Curve25519.KeyAgreement.PrivateKey()
    let pepper = SymmetricKey(data: [UInt8](repeating: 7, count: 32))

    @Test("comes back from its wrap for the holder of the cases' private key")
    func byPublicKey() throws {
        let key = CaseKey()
        let box = try key.seal([1, 2, 3], at: location)
        let wrap = try key.wrapped(to: holder.publicKey, reference: "R-2026-7KQ2MX")
        let unwrapped = try CaseKey(unwrapping: wrap, with: holder, reference: "R-2026-7KQ2MX")
        #expect(try unwrapped.open(box, at: location) == [1, 2, 3])
    }

    @Test("stays closed to another private key, under another reference, and when its wrap is altered")
    func byPublicKeyRefused() throws {
        let wrap = try CaseKey().wrapped(to: holder.publicKey, reference: "R-2026-7KQ2MX")
        #expect(throws: SealError.doesNotOpen) {
            try CaseKey(unwrapping: wrap, with: Curve25519.KeyAgreement.PrivateKey(), reference: "R-2026-7KQ2MX")
        }
        #expect(throws: SealError.doesNotOpen) {
            try CaseKey(unwrapping: wrap, with: holder, reference: "R-2026-7KQ2MY")
        }
        for index in wrap.indices {
            var altered = wrap
            altered[index] ^= 1
            #expect(throws: SealError.self) {
                try CaseKey(unwrapping: altered, with: holder, reference: "R-2026-7KQ2MX")
            }
        }
        #expect(throws: SealError.unknownFormat) {
            try CaseKey(unwrapping: wrap.dropLast(), with: holder, reference: "R-2026-7KQ2MX")
        }
    }

    @Test("is wrapped with others from one encapsulation, and each wrap opens by itself, under its own reference alone")
    func byKeyring() throws {
        let keyring = CaseKeyring(publicKey: holder.publicKey)
        let now = Instant(milliseconds: 1_790_000_000_000)
        let references = ["R-2026-7KQ2MX", "R-2026-7KQ2MY"]
        let keys = references.map { _ in CaseKey() }
        let wraps = try zip(keys, references).map { try keyring.wrap($0, reference: $1, at: now) }
        #expect(wraps[0][1...32] == wraps[1][1...32], "one encapsulation")
        for (index, (key, reference)) in zip(keys, references).enumerated() {
            let box = try key.seal([1, 2, 3], at: location)
            #expect(
                try CaseKey(unwrapping: wraps[index], with: holder, reference: reference).open(box, at: location)
                    == [1, 2, 3])
            #expect(throws: SealError.doesNotOpen) {
                try CaseKey(unwrapping: wraps[index], with: holder, reference: references[1 - index])
            }
            #expect(throws: SealError.doesNotOpen) {
                try CaseKey(
                    unwrapping: wraps[index], with: Curve25519.KeyAgreement.PrivateKey(), reference: reference)
            }
            #expect(throws: SealError.unknownFormat) {
                try CaseKey(unwrapping: wraps[index].dropLast(), with: holder, reference: reference)
            }
        }
        for index in wraps[0].indices {
            var altered = wraps[0]
            altered[index] ^= 1
            #expect(throws: SealError.self) {
                try CaseKey(unwrapping: altered, with: holder, reference: references[0])
            }
        }
        let later = try keyring.wrap(keys[0], reference: references[0], at: now.adding(seconds: 60))
        #expect(later[1...32] != wraps[0][1...32])
        #expect(throws: Never.self) { try CaseKey(unwrapping: later, with: holder, reference: references[0]) }
    }

    @Test("comes back from its wrap for the citizen who has the secret, where the pepper is")
    func bySecret() throws {
        let (key, secret) = (CaseKey(), TrackingSecret())
        let box = try key.seal([1, 2, 3], at: location)
        let wrap = try key.wrapped(toSecret: secret, pepper: pepper, reference: "R-2026-7KQ2MX")
        let entered = try TrackingSecret(entered: secret.formatted)
        let unwrapped = try CaseKey(
            unwrapping: wrap, withSecret: entered, pepper: pepper, reference: "R-2026-7KQ2MX")
        #expect(try unwrapped.open(box, at: location) == [1, 2, 3])
    }

    @Test("stays closed to another secret, another pepper, another reference")
    func bySecretRefused() throws {
        let secret = TrackingSecret()
        let wrap = try CaseKey().wrapped(toSecret: secret, pepper: pepper, reference: "R-2026-7KQ2MX")
        #expect(throws: SealError.doesNotOpen) {
            try CaseKey(unwrapping: wrap, withSecret: TrackingSecret(), pepper: pepper, reference: "R-2026-7KQ2MX")
        }
        #expect(throws: SealError.doesNotOpen) {
            try CaseKey(
                unwrapping: wrap, withSecret: secret, pepper: SymmetricKey(size: .bits256), reference: "R-2026-7KQ2MX")
        }
        #expect(throws: SealError.doesNotOpen) {
            try CaseKey(unwrapping: wrap, withSecret: secret, pepper: pepper, reference: "R-2026-7KQ2MY")
        }
    }

    @Test("has another pepper by its citizen's wrap alone, and by neither of the two that it needs")
    func renewal() throws {
        let (key, secret, next) = (CaseKey(), TrackingSecret(), SymmetricKey(size: .bits256))
        let box = try key.seal([1, 2, 3], at: location)
        let wrap = try key.wrapped(toSecret: secret, pepper: pepper, reference: "R-2026-7KQ2MX")
        let renewed = try CitizenWrap.renewed(wrap, from: pepper, to: next, reference: "R-2026-7KQ2MX")
        let opened = try CaseKey(unwrapping: renewed, withSecret: secret, pepper: next, reference: "R-2026-7KQ2MX")
        #expect(try opened.open(box, at: location) == [1, 2, 3])
        #expect(throws: SealError.doesNotOpen) {
            try CaseKey(unwrapping: renewed, withSecret: secret, pepper: pepper, reference: "R-2026-7KQ2MX")
        }
        #expect(throws: SealError.doesNotOpen) {
            try CaseKey(unwrapping: renewed, withSecret: TrackingSecret(), pepper: next, reference: "R-2026-7KQ2MX")
        }
        #expect(throws: SealError.doesNotOpen) {
            try CitizenWrap.renewed(wrap, from: pepper, to: next, reference: "R-2026-7KQ2MY")
        }
        let old = try key.wrappedInOneLayer(toSecret: secret, pepper: pepper, reference: "R-2026-7KQ2MX")
        #expect(throws: SealError.unknownFormat) {
            try CitizenWrap.renewed(old, from: pepper, to: next, reference: "R-2026-7KQ2MX")
        }
        let kept = try CaseKey(unwrapping: old, withSecret: secret, pepper: pepper, reference: "R-2026-7KQ2MX")
        #expect(try kept.open(box, at: location) == [1, 2, 3])
    }

    @Test("opens for whoever holds the key of its epoch among others")
    func epochs() throws {
        let (key, older) = (CaseKey(), Curve25519.KeyAgreement.PrivateKey())
        let box = try key.seal([1, 2, 3], at: location)
        let wrap = try key.wrapped(to: older.publicKey, reference: "R-2026-7KQ2MX")
        let both = CaseOpener([1: older, 2: holder])
        #expect(
            try CaseKey(unwrapping: wrap, with: both, reference: "R-2026-7KQ2MX").open(box, at: location) == [1, 2, 3])
        #expect(throws: SealError.doesNotOpen) {
            try CaseKey(unwrapping: wrap, with: CaseOpener([2: holder]), reference: "R-2026-7KQ2MX")
        }
    }

    @Test("is wrapped to the secret in the format that another implementation computed")
    func format() throws {
        let fixed: RandomSource = { count in (0..<count).map { UInt8(count == 12 ? 0xA0 + $0 : $0) } }
        let secret = try TrackingSecret(entered: "0123-4567-89AB-CDEF-GHJK-MNPQ-RSJR")
        let key = CaseKey(random: fixed)
        let wrap = try key.wrapped(toSecret: secret, pepper: pepper, reference: "R-2026-7KQ2MX", random: fixed)
        #expect(
            Hex.encode(wrap) == "0201a0a1a2a3a4a5a6a7a8a9aaab1a0c0048bd27d0433a2b350d93599ef6dd52"
                + "7cbbc02ad2c6f8b7538f3150133650f7a321db6068a8b9b2b4fc125eb468959a"
                + "6bad5aebe9132cf25b9db452558c05f87454008fb0552d8b2c25d3")
        let old = try key.wrappedInOneLayer(
            toSecret: secret, pepper: pepper, reference: "R-2026-7KQ2MX", random: fixed)
        #expect(
            Hex.encode(old) == "01a0a1a2a3a4a5a6a7a8a9aaabe95ee81d3c5d142c564446db5d018568"
                + "766a4ce0979ebe9599b015b6159924ab7c784601e8319922c04cde4e9db4b0cb")
    }
}
