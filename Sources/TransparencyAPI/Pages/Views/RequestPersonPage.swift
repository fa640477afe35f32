import RightsRegistry
import StrictJSON

/// A date in three inputs that share one error.
struct DateParts: Sendable {
    let day: FormField
    let month: FormField
    let year: FormField
    let error: String?
    let describedBy: String?

    /// - Parameters:
    ///   - names: of day, month and year; the error belongs to the first.
    ///   - hint: the id of the hint.
    init(_ names: [String], _ answers: RequestAnswers, _ step: StepFrame, hint: String?) {
        self.init(names, error: step.messages.text(for: names[0]), hint: hint) { answers[$0] }
    }

    /// - Parameter typed: what stands in the input of a name.
    init(_ names: [String], error: String?, hint: String?, typed: (String) -> String) {
        self.error = error
        func part(_ name: String) -> FormField { FormField(name, value: typed(name), error: nil) }
        (day, month, year) = (part(names[0]), part(names[1]), part(names[2]))
        let ids = [hint, error == nil ? nil : "\(names[0])-error"].compactMap { $0 }
        describedBy = ids.isEmpty ? nil : ids.joined(separator: " ")
    }
}

/// Whose data it is about.
struct RequestPersonPage: Page {
    static let template = PageTemplate.requestPerson

    /// Another number under which the same person is known.
    struct Other: Sendable {
        let index: Int
        /// From 1.
        let number: Int
        let nir: FormField
        let date: DateParts
        let sex: StepChoices
    }

    let frame: PageFrame
    let step: StepFrame
    let heading: String
    let isForAnother: Bool
    let isHeir: Bool
    let birthName: FormField
    let usageName: FormField
    let givenNames: FormField
    let birthDate: DateParts
    let sex: StepChoices
    let nir: FormField
    /// Asked only where the number disagrees with the date or the sex.
    let nirHolder: StepChoices?
    let birthPlace: FormField
    let others: [Other]
    let hasRoomForOthers: Bool
    let signIn: SignInOffer?
    /// Whether the number is missing, which signing in does not bring.
    let lacksNumber: Bool

    init(
        frame: PageFrame, step: StepFrame, answers: RequestAnswers, asksNIRHolder: Bool, signIn: SignInOffer? = nil
    ) {
        let language = frame.words
        let labels = Labels(language)
        let sexes = Sex.allCases.map { (value: $0.rawValue, label: labels.sex($0.rawValue), hint: String?.none) }
        self.frame = frame
        self.step = step
        self.signIn = signIn
        lacksNumber = answers["nir"].isEmpty
        isForAnother = answers.isForAnother
        isHeir = answers.capacity == .heir
        heading = CapacityTexts(answers.capacity ?? .dataSubject, language).subjectHeading
        birthName = step.field("birthName", answers, hint: true)
        usageName = step.field("usageName", answers)
        givenNames = step.field("givenNames", answers, hint: true)
        birthDate = DateParts(["birthDay", "birthMonth", "birthYear"], answers, step, hint: "birthDate-hint")
        sex = step.choices("sex", answers, sexes)
        nir = step.field("nir", answers, hint: true)
        birthPlace = step.field("birthPlace", answers, hint: true)
        nirHolder =
            asksNIRHolder
            ? step.choices(
                "nirHolder", answers,
                [NIRHolder.insuredParent, .own].map { ($0.rawValue, labels.nirHolder($0), nil) }) : nil
        others = (0..<answers.otherNumbers).map { index in
            Other(
                index: index, number: index + 1, nir: step.field("otherNir\(index)", answers, hint: true),
                date: DateParts(
                    ["otherDay\(index)", "otherMonth\(index)", "otherYear\(index)"], answers, step,
                    hint: "otherDate\(index)-hint"),
                sex: step.choices("otherSex\(index)", answers, sexes))
        }
        hasRoomForOthers = answers.otherNumbers < OtherNumber.most
    }
}
