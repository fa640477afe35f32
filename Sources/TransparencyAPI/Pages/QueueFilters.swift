import CivilTime
import HTTPServer
import RightsRegistry

/// The filters of the queue's page, as its address says them. A word that is none of them filters nothing.
struct QueueFilters: Sendable {
    enum Assignee: Sendable, Hashable {
        case me, nobody
        case colleague(String)

        init(_ word: String) {
            switch word {
            case "me": self = .me
            case "nobody": self = .nobody
            default: self = .colleague(word)
            }
        }

        var word: String {
            switch self {
            case .me: "me"
            case .nobody: "nobody"
            case .colleague(let name): name
            }
        }
    }
    enum Due: String, Sendable { case late, soon }

    let reference: String
    let state: RequestState?
    /// Whether refusals are asked for that wait for a second person.
    let awaitsConfirmation: Bool
    /// Whether open cases are asked for that nobody can read any more.
    let isLost: Bool
    let right: Right?
    let assignee: Assignee?
    let due: Due?
    let cursor: String?
    private let after: QueuePlace?

    /// Throws `CursorError` for a cursor that is none of ours.
    init(_ fields: FormFields) throws {
        reference = String((fields["q"] ?? "").trimming(while: \.isWhitespace).prefix(40))
        state = fields.present("state").flatMap(RequestState.init)
        awaitsConfirmation = fields["state"] == OperatorQueuePage.toConfirm
        isLost = fields["state"] == OperatorQueuePage.lost
        right = fields.present("right").flatMap(Right.init)
        assignee = fields.present("assignee").map { Assignee(String($0.prefix(40))) }
        due = fields.present("due").flatMap(Due.init)
        cursor = fields.present("cursor")
        after = try cursor.map(QueueCursor.decode)
    }

    var stateWord: String? {
        awaitsConfirmation ? OperatorQueuePage.toConfirm : isLost ? OperatorQueuePage.lost : state?.rawValue
    }

    /// As links write them.
    var fields: [(name: String, value: String)] {
        [
            ("q", reference), ("state", stateWord ?? ""), ("right", right?.rawValue ?? ""),
            ("due", due?.rawValue ?? ""), ("assignee", assignee?.word ?? ""),
        ]
    }

    /// As an address ends with them: empty, or with its question mark.
    var query: String { PageQuery(fields.filter { !$0.value.isEmpty }).text }

    var isFiltered: Bool { fields.contains { !$0.value.isEmpty } }

    /// - Parameter deputised: the colleagues whose cases are among one's own today.
    func query(for asker: Operator, deputising deputised: [String], today: CalendarDate, alertDays: Int) -> QueueQuery {
        var query = QueueQuery()
        query.state = state
        // All else is found by asking for it; the queue is what remains to be done by somebody.
        query.needsOperator = state == nil && reference.isEmpty && !awaitsConfirmation && !isLost
        query.isLost = isLost
        query.awaitsConfirmation = awaitsConfirmation
        query.right = right
        query.reference = reference.isEmpty ? nil : reference
        query.after = after
        switch assignee {
        case .me: query.assignees = [asker.name] + deputised
        case .nobody: query.isUnassigned = true
        case .colleague(let name): query.assignees = [name]
        case nil: break
        }
        switch due {
        case .late: query.alertBy = today.adding(days: -1)
        case .soon: query.alertBy = today.adding(days: alertDays)
        case nil: break
        }
        // Whatever has been decided is neither late nor soon.
        query.isUndecided = due != nil
        return query
    }
}
