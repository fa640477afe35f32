import CivilTime
import Foundation
import RightsRegistry
import StrictJSON

/// Another request of a person, as a line.
struct AlikeWords: Sendable {
    let reference: String
    let href: String
    let right: String
    let receivedOn: String
    let state: Tag
    /// “La même personne”, or “Peut-être la même”.
    let certainty: Tag
    /// That the person's death is recorded there.
    let death: Tag?

    init(_ alike: AlikeCase, zone: TimeZone, language: Language) {
        let labels = Labels(language)
        reference = alike.reference
        href = PagePath.operatorCase(alike.reference).path(in: language)
        right = labels.right(alike.right.rawValue)
        receivedOn = Words(language).date(alike.receivedAt.date(in: zone))
        state = labels.requestState(alike.state.rawValue, outcome: alike.outcome?.rawValue)
        certainty =
            alike.isCertain
            ? Tag(language.pick(fr: "La même personne", en: "The same person"), .live)
            : Tag(language.pick(fr: "Peut-être la même", en: "Perhaps the same"), .wait)
        death = alike.isDeathRecorded ? Tag(language.pick(fr: "Décès enregistré", en: "Death recorded"), .stop) : nil
    }
}

/// `/operateur/recherche`.
struct OperatorSearchPage: Page {
    static let template = PageTemplate.operatorSearch

    let frame: PageFrame
    let birthName: FormField
    let givenNames: FormField
    let birthDate: FormField
    let birthPlace: FormField
    let nir: FormField
    let sexes: [Choice]
    let sexError: String?
    let motives: [Choice]
    let motiveError: String?
    /// Whether an answer stands on the page.
    let isAnswered: Bool
    /// “2 demandes”.
    let count: String
    let found: [AlikeWords]
    let hasMore: Bool
    let summary: ErrorSummary?

    init(
        frame: PageFrame, typed: [String: String], errors: [FieldError], found: [AlikeWords]?, hasMore: Bool
    ) {
        let language = frame.words
        let labels = Labels(language)
        let texts = FieldErrorTexts(language, isConsole: true)
        let messages = errors.map { error in
            FieldMessage(
                anchor: String(error.pointer.dropFirst()),
                text: texts.text(pointer: error.pointer, code: error.code, arguments: error.arguments))
        }
        func field(_ name: String, hint: Bool = false) -> FormField {
            FormField(name, value: typed[name] ?? "", error: messages.text(for: name), hint: hint)
        }
        self.frame = frame
        birthName = field("birthName")
        givenNames = field("givenNames", hint: true)
        birthDate = field("birthDate", hint: true)
        birthPlace = field("birthPlace")
        nir = field("nir", hint: true)
        sexes = Sex.allCases.map {
            Choice($0.rawValue, labels.sex($0.rawValue), isChosen: $0.rawValue == typed["sex"])
        }
        sexError = messages.text(for: "sex")
        motives = OpeningMotive.allCases.map {
            Choice(
                $0.rawValue, OperatorCasePage.motive($0.rawValue, language), isChosen: $0.rawValue == typed["motive"])
        }
        motiveError = messages.text(for: "motive")
        isAnswered = found != nil
        self.found = found ?? []
        count = Words(language).requests(found?.count ?? 0)
        self.hasMore = hasMore
        summary = ErrorSummary(messages)
    }
}
