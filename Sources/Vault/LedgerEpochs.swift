public import Crypto
import Foundation

/// The ledger's public key of one epoch: segments' keys are wrapped to it, and say which epoch it is of.
public struct LedgerKey: Sendable {
    /// From 1.
    public let epoch: Int
    public let publicKey: Curve25519.KeyAgreement.PublicKey

    public init(epoch: Int, publicKey: Curve25519.KeyAgreement.PublicKey) {
        self.epoch = epoch
        self.publicKey = publicKey
    }
}

/// Epochs of the ledger's key pair: the first is `ledger.key`, later ones `ledger.N.key`. Which one counts, the database says.
extension KeyStore {
    /// The epochs of which any file is here, in order. A public half alone counts.
    public var ledgerEpochs: [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return Set(names.compactMap(Self.ledgerEpoch(ofFile:))).sorted()
    }

    /// Makes what is missing of an epoch's pair; it changes nothing that exists.
    public func createLedgerEpoch(_ epoch: Int) throws(KeyStoreError) {
        guard epoch > 0 else { throw .invalidName }
        try makeMissing(ledgerPair(epoch))
    }

    /// The public half of an epoch's pair. Throws as `symmetricKey` does.
    public func ledgerKey(of epoch: Int) throws(KeyStoreError) -> LedgerKey {
        let publicKey = try key(in: ledgerPair(epoch).publicHalf, neededBy: KeyPairName.ledger.publicNeededBy) {
            try Curve25519.KeyAgreement.PublicKey(rawRepresentation: $0)
        }
        return LedgerKey(epoch: epoch, publicKey: publicKey)
    }

    /// The private half of an epoch's pair. Throws as `symmetricKey` does.
    public func ledgerPrivateKey(
        of epoch: Int
    ) throws(KeyStoreError) -> Curve25519.KeyAgreement.PrivateKey {
        try key(in: ledgerPair(epoch).privateHalf, neededBy: KeyPairName.ledger.privateNeededBy) {
            try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: $0)
        }
    }

    /// The private halves that are here, by epoch. Throws where there is none, and what is wrong with a file.
    public func ledgerPrivateKeys() throws(KeyStoreError) -> [Int: Curve25519.KeyAgreement.PrivateKey] {
        var keys: [Int: Curve25519.KeyAgreement.PrivateKey] = [:]
        for epoch in ledgerEpochs where existsLedgerPrivateKey(of: epoch) {
            keys[epoch] = try ledgerPrivateKey(of: epoch)
        }
        // Says which file is missing.
        if keys.isEmpty { keys[1] = try ledgerPrivateKey(of: 1) }
        return keys
    }

    /// Whether the private half of an epoch's pair is there, whatever its state.
    public func existsLedgerPrivateKey(of epoch: Int) -> Bool { ledgerPair(epoch).privateHalf.exists }

    /// Destroys the private half of an epoch's pair; the public half stays, so that no new pair of that name is made. Nothing where
    /// it is not there.
    public func destroyLedgerPrivateKey(of epoch: Int) throws(KeyStoreError) {
        try ledgerPair(epoch).privateHalf.destroy()
    }

    /// The names of the files of an epoch's pair, the private half first.
    public static func ledgerFiles(of epoch: Int) -> (privateHalf: String, publicHalf: String) {
        let stem = ledgerStem(epoch)
        return ("\(stem).key", "\(stem).pub")
    }

    var hasLaterLedgerEpoch: Bool { ledgerEpochs.contains { $0 > 1 } }

    private static func ledgerStem(_ epoch: Int) -> String {
        epoch == 1 ? KeyPairName.ledger.rawValue : "\(KeyPairName.ledger.rawValue).\(epoch)"
    }

    private func ledgerPair(_ epoch: Int) -> Pair {
        pair(named: Self.ledgerStem(epoch), role: KeyPairName.ledger.privateNeededBy)
    }

    /// The epoch of which a file of that name would be.
    static func ledgerEpoch(ofFile name: String) -> Int? {
        if name == "ledger.key" || name == "ledger.pub" { return 1 }
        guard name.hasPrefix("ledger."), name.hasSuffix(".key") || name.hasSuffix(".pub") else { return nil }
        return Int(name.dropFirst("ledger.".count).dropLast(4)).flatMap { $0 > 1 ? $0 : nil }
    }
}
