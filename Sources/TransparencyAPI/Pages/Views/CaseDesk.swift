import CivilTime
import Foundation
import RightsRegistry

/// What a case's page tells an operator beside the case: who else has it open, what else is the person's, where to go next.
struct CaseDesk: Sendable {
    /// “Dominique a ce dossier ouvert.”
    let viewers: [String]
    let alike: [AlikeWords]
    /// Back to the list that one came from, and on to its next request.
    let queuePath: String
    let nextPath: String
    /// To whom the case can be given; empty where it can't.
    let colleagues: [Choice]
    /// Why the identity was opened today, so that nobody is asked again.
    let openedToday: String?

    init(
        _ view: RequestView, filters: QueueFilters, colleagues: [Choice], zone: TimeZone, language: Language
    ) {
        let words = Words(language)
        viewers = (view.desk?.viewers ?? []).map { viewer in
            let at = words.clock(viewer.seenAt, in: zone)
            return language.pick(
                fr: "\(viewer.name) a ce dossier ouvert (\(at)).", en: "\(viewer.name) has this case open (\(at)).")
        }
        alike = (view.desk?.alike ?? []).map { AlikeWords($0, zone: zone, language: language) }
        queuePath = PagePath.operatorQueue.path(in: language) + filters.query
        nextPath =
            PagePath.operatorNext.path(in: language) + PageQuery(filters.fields + [("after", view.reference)]).text
        self.colleagues = colleagues
        openedToday = view.desk?.openedToday.map { OperatorCasePage.motive($0.rawValue, language) }
    }
}
