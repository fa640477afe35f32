import CivilTime
import Foundation
import RightsRegistry
import SQLDatabase
import StrictJSON
import TestSupport
import Testing
import Vault

@testable import TransparencyAPI

/// What the page of a case offers is what the desk takes, state by state and role by role.
@Suite("The acts that a case’s page offers")
struct OfferedActsTests {
    /// How far a case has come, by the acts that brought it there.
    private enum Standing: String, CaseIterable {
        case received, awaitingIdentity, underReview, verified, granted, refused, closed, withdrawn

        var acts: [JSON] {
            switch self {
            case .received, .withdrawn: []
            case .awaitingIdentity: [["type": "identityRequested", "text": "Qui êtes-vous ?"]]
            case .underReview: [["type": "assigned"]]
            case .verified: [["type": "assigned"], ["type": "identityVerified"]]
            case .granted: [["type": "identityVerified"], ["type": "granted"]]
            case .refused, .closed: [["type": "assigned"], OfferedActsTests.whole(.refused)]
            }
        }
    }

    /// What repeats what stands already: the desk takes it, and the page has no use for it.
    private static func isIdle(_ type: EventType, _ standing: Standing) -> Bool {
        switch type {
        // Verified already, or of a request that is decided.
        case .identityVerified: ![.received, .awaitingIdentity, .underReview].contains(standing)
        // An answer to a question that nobody has asked: the proof comes from whoever acts for another.
        case .identityProvided: standing != .awaitingIdentity
        // Put right where the identity is open, by a form of its own.
        case .identityCorrected: true
        default: false
        }
    }

    /// An act with all that it takes.
    private static func whole(_ type: EventType) -> JSON {
        var body: [String: JSON] = ["type": .string(type.rawValue)]
        switch type {
        case .message, .identityRequested: body["text"] = "Des mots."
        case .noted: body["note"] = "Une note."
        case .extended, .reopened, .voided, .deathUnrecorded: body["reasons"] = "Des raisons."
        case .unreadable: body["reason"] = .string(UnreadableReason.keysGone.rawValue)
        case .deathRecorded: body["source"] = .string(DeathSource.certificate.rawValue)
        case .transferred: (body["recipient"], body["text"]) = ("Un organisme", "Des mots.")
        case .refused, .partiallyGranted:
            body["grounds"] = .string(RefusalGrounds.identityNotEstablished.rawValue)
            for name in ["reasons", "complaint", "judicialRemedy"] { body[name] = "Des mots." }
        default: break
        }
        return .object(body)
    }

    /// Databases and controllers have forms of their own, which depend on what the request covers.
    private static let types = OperatorAct.types.filter {
        ![.taskSent, .taskCompleted, .impossible].contains($0)
    }

    private func stand(_ standing: Standing, in opened: OpenedPortal) async throws -> String {
        let intake = try #require(opened.portal.intake)
        let body: JSON = [
            "right": "objection", "scope": ["kind": "all"], "capacity": "dataSubject", "message": "Merci.",
            "subject": [
                "birthName": "Kervézec-Canari", "givenNames": ["Maëlys"], "birthDate": "1969-05-07", "sex": "F",
                "nir": "269054958815780",
            ],
        ]
        let receipt = try await intake.filing.file(
            try Filing(body, today: opened.portal.today, parentActsUnderAge: 15), idempotencyKey: nil,
            body: body.canonicalBytes)
        for act in standing.acts { try await opened.act(act, on: receipt.reference) }
        switch standing {
        case .withdrawn:
            try await intake.follow.withdraw(
                receipt.reference, secret: try TrackingSecret(entered: receipt.secret))
        case .closed:
            try await opened.sequence()
            let closing = RequestClosing(
                database: opened.database, policy: opened.portal.policy, now: opened.clock.source)
            #expect(try await closing.closeComplete() > 0)
        default: break
        }
        return receipt.reference
    }

    private func offered(on page: Browser.Page) -> Set<String> {
        Set(
            page.body.components(separatedBy: "name=\"type\" value=\"").dropFirst().map {
                String($0.prefix { $0 != "\"" })
            })
    }

    private func isTaken(
        _ type: EventType, on reference: String, by asker: Operator, in opened: OpenedPortal
    )
        async throws -> Bool
    {
        do {
            try await opened.portal.console?.desk.perform(
                try OperatorAct(Self.whole(type), today: opened.portal.today), on: reference, by: asker)
            return true
        } catch is RightsError {
            return false
        }
    }

    @Test("It offers what the desk takes, and nothing else", arguments: Standing.allCases.map(\.rawValue))
    func offersWhatIsTaken(_ word: String) async throws {
        let standing = try #require(Standing(rawValue: word))
        try await withPortal(.sqlite) { opened in
            for (name, role) in [("agent", Role.agent), ("superviseur", .supervisor), ("auditeur", .auditor)] {
                let asker = Operator(name: name, role: role)
                let browser = try await opened.browser(of: name)
                // One is looked at; what is refused leaves it as it was, and each act that is taken gets a case of its own.
                let reference = try await stand(standing, in: opened)
                let offered = offered(on: try await browser.get("/operateur/demandes/\(reference)"))
                for type in Self.types {
                    // Whoever has taken a case is not offered to take it.
                    if type == .assigned, name == "superviseur", standing.acts.contains(["type": "assigned"]) {
                        continue
                    }
                    if Self.isIdle(type, standing) { continue }
                    let isOffered = offered.contains(type.rawValue)
                    let target = isOffered ? try await stand(standing, in: opened) : reference
                    #expect(
                        try await isTaken(type, on: target, by: asker, in: opened) == isOffered,
                        "\(type.rawValue) in \(word) by \(role.rawValue)")
                }
                #expect(offered.subtracting(Self.types.map(\.rawValue)).isEmpty)
            }
        }
    }
}
