public import Foundation
public import RightsRegistry
import Yams

/// What an institution sets: `site/site.yaml` and the texts beside it. Read once at start, strictly: a key that is
/// unknown, missing or of the wrong type stops the start with its name.
public struct Site: Sendable, Codable {
    /// The service's name, in the title of every page.
    public let name: String
    /// Whether all data are made up; every page then says so in a banner.
    public let demonstration: Bool
    public let institution: Institution
    public let colours: Colours
    public let contacts: Contacts
    public let remedies: Remedies
    public let calendar: Calendar
    public let periods: Periods
    public let targets: Targets
    public let retention: Retention
    public let files: Files
    public let policy: Policy
    /// For each permission, the roles that have it.
    public let permissions: [Permission: [Role]]

    public struct Institution: Sendable, Codable {
        public let name: LocalisedText
        /// A file under `public/`, such as `/images/institution.svg`; Regard's own mark is drawn where it is absent.
        public let logo: String?
    }

    /// A palette for each scheme. Contrast is checked when the site is read.
    public struct Colours: Sendable, Codable {
        public let light: Palette
        public let dark: Palette
    }

    /// Colours as `#rrggbb`.
    public struct Palette: Sendable, Codable {
        /// Buttons and links.
        public let accent: String
        /// Text on `accent`.
        public let onAccent: String
        /// The iris of the mark, and thin ornaments; never text.
        public let spark: String
        /// The page itself.
        public let paper: String
        /// The broad band at the top of the home page and of the confirmation.
        public let band: String
        /// Text on `band`.
        public let onBand: String
    }

    public struct Contacts: Sendable, Codable {
        public let dpo: DataProtectionOfficer
        /// An address in lines.
        public let postal: LocalisedText
        public let phone: String
        public let phoneHours: LocalisedText
    }

    public struct DataProtectionOfficer: Sendable, Codable {
        public let name: LocalisedText
        public let email: String
    }

    /// What every refusal must state.
    public struct Remedies: Sendable, Codable {
        public let complaint: LocalisedText
        /// Where a complaint is sent, in lines.
        public let complaintAddress: LocalisedText
        public let judicialRemedy: LocalisedText
        /// The court, by name and address, in lines.
        public let court: LocalisedText
        /// Months from the answer in which an action may be brought.
        public let courtMonths: Int
    }

    public struct Calendar: Sendable, Codable {
        /// An IANA name: the zone in which a day begins.
        public let timeZone: String
        public let holidays: [Holiday]
    }

    /// A public holiday: on the same day each year, or so many days after Easter Sunday.
    public struct Holiday: Sendable, Codable {
        public let name: LocalisedText
        /// `MM-DD`.
        public let on: String?
        public let afterEaster: Int?
    }

    /// Deadlines of the law and of the house. Months are calendar months.
    public struct Periods: Sendable, Codable {
        public let answerMonths: Int
        /// From receipt, when extended.
        public let extendedAnswerMonths: Int
        public let parentActsUnderAge: Int
        public let adultAge: Int
        /// Days before a reminder when identity is awaited, and before the request is set aside.
        public let identityReminderDays: Int
        public let identityAbandonDays: Int
        /// Days before the due date at which a request is marked in the queue, and whoever has taken it is written to.
        public let alertDays: Int
        /// The hour of the day, 0 to 23, from which on the day's alerts are mailed.
        public let alertHour: Int
        /// Within how many days of its receipt a request that came by post or telephone can be entered.
        public let entryDays: Int
        /// Within how many days a linked database's answer to a task is awaited.
        public let taskAnswerDays: Int
        /// For how many days the answer to a request of access can be opened.
        public let packageDays: Int
        /// How long a citizen's session lasts.
        public let followSessionMinutes: Int
        /// How long the answers of a form that is being filled are kept after the last one was sent.
        public let filingDraftMinutes: Int
        public let operatorIdleMinutes: Int
        public let operatorSessionHours: Int
        /// For how many seconds an operator can recall what they send to a citizen; 0 for not at all.
        public let recallSeconds: Int
        /// Within which results must be published after a project's end (EHDS art. 58).
        public let resultsMonths: Int
        /// After how many days custodians are reminded of changes that wait for them.
        public let custodianReminderDays: Int
        /// For how long a signed list may be used by the release gate.
        public let listHours: Int
    }

    /// Within how many hours each linked database is to confirm a choice: published, not promised by the law.
    public struct Targets: Sendable, Codable {
        public let hours: Int
        /// Where a custodian applies it by hand.
        public let manualHours: Int
        /// For a database, by its id, where it differs.
        public let byDatabase: [String: Int]
    }

    /// For how many days cases are kept once they are closed. Then their keys are destroyed.
    public struct Retention: Sendable, Codable {
        /// Where nothing else is said.
        public let days: Int
        /// For which the ledger keeps who an objection was about, once it has ended and every linked database has confirmed that.
        public let ledgerDays: Int
        /// By right, and within it by outcome, where it differs.
        public let byRight: [String: [String: Int]]
    }

    /// How many files a case takes.
    public struct Files: Sendable, Codable {
        /// Of one file.
        public let maximumMegabytes: Int
        /// Of each kind, from each side, at a time.
        public let perSide: Int
    }

    public struct Policy: Sendable, Codable {
        /// When an objection enters the ledger.
        public let register: RightsPolicy.Registration
        /// Which objections are granted without an operator.
        public let confirm: RightsPolicy.Confirmation
        /// Whether a refusal waits for a second person.
        public let refusals: RightsPolicy.Refusals
        /// Who confirms refusals beside the roles that may: names of operators.
        public let deputies: [String]
    }

    /// The zone of `calendar`; UTC is never meant, since reading the site refused an unknown one.
    public var timeZone: TimeZone { TimeZone(identifier: calendar.timeZone) ?? .gmt }
}
