import CivilTime
import Foundation
import PublicRegistry
import RightsRegistry

/// A project on data that no connector reaches: what its controller was told, and what has come back.
struct ControllerProgress: Sendable {
    let name: String
    let project: String
    let fact: DatabaseProgress.Fact
    /// Whether an operator may note that the controller was told, or what it answered.
    let canTell: Bool
    let canAnswer: Bool

    init(_ task: ControllerTask, mayAct: Bool, zone: TimeZone, language: Language) {
        let words = Words(language)
        func day(_ instant: Instant) -> String { words.date(instant.date(in: zone)) }
        let names = task.controllers.map { ", " + $0 }.joined()
        // Where the sentence goes on after them.
        let amid = names.isEmpty ? "" : names + ","
        let limit = language.pick(
            fr: "Aucun connecteur n’atteint toutes ses données. ", en: "No connector reaches all of its data. ")
        project = task.project
        name =
            language.pick(fr: "Projet ", en: "Project ")
            + (Phrase(task.title, in: language)?.text ?? task.project)
        fact =
            switch (task.state, task.effect) {
            case (.toTell, .register):
                DatabaseProgress.Fact(
                    stands: false,
                    text: limit
                        + language.pick(
                            fr: "Nous prévenons son responsable\(names).", en: "We are telling its controller\(names).")
                )
            case (.toTell, .withdraw):
                DatabaseProgress.Fact(
                    stands: false,
                    text: limit
                        + language.pick(
                            fr: "Nous prévenons son responsable\(amid) que l’opposition est retirée.",
                            en: "We are telling its controller\(amid) that the objection is withdrawn."))
            case (.told(let since), _):
                DatabaseProgress.Fact(
                    stands: false,
                    text: limit
                        + language.pick(
                            fr:
                                "Son responsable\(amid) est prévenu depuis le \(day(since)). Nous attendons sa réponse.",
                            en: "Its controller\(amid) was told on \(day(since)). We await the answer."))
            case (.answered(let at), _):
                DatabaseProgress.Fact(
                    stands: true,
                    text: language.pick(
                        fr: "Son responsable\(amid) a répondu le \(day(at)) : voyez plus bas.",
                        en: "Its controller\(amid) answered on \(day(at)): see below."))
            }
        canTell = mayAct && task.state == .toTell
        if case .told = task.state { canAnswer = mayAct } else { canAnswer = false }
    }
}

extension Scope {
    /// What the scope covers, in a few words.
    func words(_ language: Language) -> String {
        let words = Words(language)
        return switch self {
        case .all: language.pick(fr: "toutes les réutilisations", en: "all reuse")
        case .databases(let ids):
            words.count(ids.count, fr: ("base liée", "bases liées"), en: ("linked database", "linked databases"))
        case .projects(let ids): words.count(ids.count, fr: ("projet", "projets"), en: ("project", "projects"))
        }
    }
}
