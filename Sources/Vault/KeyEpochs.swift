public import Crypto
import Foundation

/// The cases' public key of one epoch: what is sealed from now on is wrapped to it, and says which epoch it is of.
public struct CasesKey: Sendable {
    /// From 1.
    public let epoch: Int
    public let publicKey: Curve25519.KeyAgreement.PublicKey
}

/// Epochs of the keys that open cases: a key pair and a pepper each. The first is `cases.key` and `pepper-1.key`, later ones
/// `cases.N.key` and `pepper-N.key`. Which one counts, the database says.
extension KeyStore {
    /// The epochs of which any file is here, in order. A public half alone counts: it is what a process without private keys has.
    public var epochs: [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return Set(names.compactMap(Self.epoch(ofFile:))).sorted()
    }

    /// Makes what is missing of an epoch's keys. It changes nothing that exists; after a crash in between, the same again ends it.
    public func createEpoch(_ epoch: Int) throws(KeyStoreError) {
        guard epoch > 0 else { throw .invalidName }
        try makeMissing(casesPair(epoch))
        if !exists(.pepper(epoch)) { try createSymmetricKey(.pepper(epoch)) }
    }

    /// The public half of an epoch's pair. Throws as `symmetricKey` does.
    public func casesKey(of epoch: Int) throws(KeyStoreError) -> CasesKey {
        let publicKey = try key(in: casesPair(epoch).publicHalf, neededBy: KeyPairName.cases.publicNeededBy) {
            try Curve25519.KeyAgreement.PublicKey(rawRepresentation: $0)
        }
        return CasesKey(epoch: epoch, publicKey: publicKey)
    }

    /// The public halves of all epochs of which there is one, by epoch: the database says which one counts. Throws where there is none.
    public func casesKeys() throws(KeyStoreError) -> [Int: CasesKey] {
        var keys: [Int: CasesKey] = [:]
        for epoch in epochs where casesPair(epoch).publicHalf.exists { keys[epoch] = try casesKey(of: epoch) }
        if keys.isEmpty { keys[1] = try casesKey(of: 1) }
        return keys
    }

    /// The private half of an epoch's pair. Throws as `symmetricKey` does.
    public func casesPrivateKey(
        of epoch: Int
    ) throws(KeyStoreError) -> Curve25519.KeyAgreement.PrivateKey {
        try key(in: casesPair(epoch).privateHalf, neededBy: KeyPairName.cases.privateNeededBy) {
            try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: $0)
        }
    }

    /// Whether the private half of an epoch's pair is there, whatever its state.
    public func existsCasesPrivateKey(of epoch: Int) -> Bool { casesPair(epoch).privateHalf.exists }

    /// Destroys the private half of an epoch's pair: what is wrapped to it opens nowhere any more, in no backup either. The public
    /// half stays, so that no new pair of that name is made. Nothing where it is not there.
    public func destroyCasesPrivateKey(of epoch: Int) throws(KeyStoreError) {
        try casesPair(epoch).privateHalf.destroy()
    }

    var hasLaterEpoch: Bool { epochs.contains { $0 > 1 } }

    private func casesPair(_ epoch: Int) -> Pair {
        let stem = epoch == 1 ? KeyPairName.cases.rawValue : "\(KeyPairName.cases.rawValue).\(epoch)"
        return pair(named: stem, role: KeyPairName.cases.privateNeededBy)
    }

    /// The epoch of which a file of that name would be.
    private static func epoch(ofFile name: String) -> Int? {
        if name == "cases.key" || name == "cases.pub" { return 1 }
        guard name.hasSuffix(".key") || name.hasSuffix(".pub") else { return nil }
        let stem = name.dropLast(4)
        guard let prefix = ["pepper-", "cases."].first(where: { stem.hasPrefix($0) }) else { return nil }
        return Int(stem.dropFirst(prefix.count)).flatMap { $0 > 0 ? $0 : nil }
    }
}
