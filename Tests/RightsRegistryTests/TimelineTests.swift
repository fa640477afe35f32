import CivilTime
import Foundation
import RightsRegistry
import StrictJSON
import Testing

@Suite struct TimelineTests {
    private func timeline(_ types: EventType...) -> Timeline {
        Timeline(
            types.enumerated().map { place, type in
                RequestEvent(
                    n: place + 1, type: type, at: Instant(milliseconds: Int64(place) * 1000), actor: .system)
            })
    }

    private func refusal(_ timeline: Timeline, _ event: EventType) -> TransitionError? {
        do throws(TransitionError) {
            try timeline.require(event)
            return nil
        } catch {
            return error
        }
    }

    /// The table of docs/requests.md: by event, the state that follows in each state, nil where there is a dash.
    private func documented() throws -> [String: [String: String?]] {
        let page = try String(
            contentsOfFile: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("../../docs/requests.md").path, encoding: .utf8)
        func cells(_ line: Substring) -> [String] {
            line.split(separator: "|").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " `")) }
        }
        let lines = page.split(separator: "\n").filter { $0.hasPrefix("|") }
        let start = try #require(lines.firstIndex { $0.hasPrefix("| Event |") })
        let states = cells(lines[start]).dropFirst(2)
        var table: [String: [String: String?]] = [:]
        for line in lines[(start + 2)...] {
            let row = cells(line)
            try #require(row.count == 2 + states.count, "\(line)")
            #expect(!row[1].isEmpty)
            for (state, next) in zip(states, row.dropFirst(2)) {
                table[row[0], default: [:]][state] = .some(next == "–" ? nil : next)
            }
        }
        return table
    }

    @Test func everyStateAndEventIsAsTheDocumentSays() throws {
        let table = try documented()
        #expect(Set(table.keys) == Set(EventType.allCases.map(\.rawValue)))
        for event in EventType.allCases {
            #expect(Set(try #require(table[event.rawValue]).keys) == Set(RequestState.allCases.map(\.rawValue)))
            for state in RequestState.allCases {
                let documented = try #require(table[event.rawValue]?[state.rawValue])
                #expect(Timeline.next(state, event)?.rawValue == documented, "\(event.rawValue) in \(state.rawValue)")
            }
        }
    }

    /// Everything that decides what may happen next to a request.
    private struct Standing: Hashable {
        var state: RequestState
        var outcome: RequestOutcome?
        var isIdentityVerified: Bool
        var isIdentityNeeded: Bool
        var isDeathRecorded: Bool

        init(_ timeline: Timeline) {
            (state, outcome) = (timeline.state, timeline.outcome)
            (isIdentityVerified, isIdentityNeeded) = (timeline.isIdentityVerified, timeline.isIdentityNeeded)
            isDeathRecorded = timeline.deathRecordedAt != nil
        }

        /// Why the rules of the document refuse `event`; nil where they take it. `next` is the table's cell.
        func refusal(of event: EventType, next: RequestState?) -> TransitionError? {
            let decides = event.outcome != nil || event == .identityRequested || event == .extended
            // Forged, or unreadable since.
            let isOverturned =
                [.voided, .unreadable].contains(event) && [.granted, .partiallyGranted].contains(outcome)
            if let outcome, decides, !isOverturned, event != .withdrawn || outcome == .withdrawn {
                return .alreadyDecided(outcome)
            }
            if next == nil { return .notIn(state, event) }
            if event == .reopened, let outcome, [.withdrawn, .unreadable].contains(outcome) {
                return .alreadyDecided(outcome)
            }
            if event == .reopened, state == .underReview, outcome != .voided { return .notIn(state, event) }
            if [.granted, .partiallyGranted].contains(event), isIdentityNeeded, !isIdentityVerified {
                return .identityNotVerified
            }
            if event == .deathRecorded && isDeathRecorded || event == .deathUnrecorded && !isDeathRecorded {
                return .notIn(state, event)
            }
            return event == .closed && outcome == nil ? .notDecided : nil
        }

        /// Where `event` leads.
        func after(_ event: EventType, next: RequestState) -> Standing {
            var standing = self
            standing.state = next
            if let outcome = event.outcome { standing.outcome = outcome }
            if event == .reopened { standing.outcome = nil }
            if event == .identityVerified { standing.isIdentityVerified = true }
            if event == .deathRecorded { standing.isDeathRecorded = true }
            if event == .deathUnrecorded { standing.isDeathRecorded = false }
            return standing
        }
    }

    @Test func everyStandingThatCanBeReachedTakesEachEventAsTheRulesSay() throws {
        let table = try documented()
        let notNeeded = RequestEvent(
            n: 1, type: .filed, at: Instant(milliseconds: 0), actor: .citizen, data: ["identity": "notNeeded"])
        var waiting = [timeline(.filed), Timeline([notNeeded])]
        var reached: Set<Standing> = []
        while let timeline = waiting.popLast() {
            let standing = Standing(timeline)
            guard reached.insert(standing).inserted else { continue }
            for event in EventType.allCases {
                let cell = try #require(table[event.rawValue]?[standing.state.rawValue])
                let next = cell.flatMap(RequestState.init(rawValue:))
                let expected = standing.refusal(of: event, next: next)
                #expect(refusal(timeline, event) == expected, "\(event.rawValue) after \(timeline.events.map(\.type))")
                guard expected == nil, let next else { continue }
                var later = timeline
                later.record(
                    RequestEvent(
                        n: later.nextNumber, type: event, at: Instant(milliseconds: Int64(later.nextNumber) * 1000),
                        actor: .system))
                #expect(Standing(later) == standing.after(event, next: next), "\(event.rawValue) in \(standing)")
                #expect((later.decidedAt != nil) == (later.outcome != nil))
                #expect((later.closedAt != nil) == (later.state == .closed))
                waiting.append(later)
            }
        }
        #expect(Set(reached.map(\.state)) == Set(RequestState.allCases))
        #expect(Set(reached.map(\.outcome)) == Set(RequestOutcome.allCases + [nil]))
        for standing in reached {
            switch standing.state {
            case .received:
                #expect(standing.outcome == nil && !standing.isIdentityVerified && standing.isIdentityNeeded)
            case .awaitingIdentity: #expect(standing.outcome == nil)
            case .underReview: #expect(standing.outcome != .abandoned && standing.outcome != .unreadable)
            case .closed: #expect(standing.outcome != nil)
            }
            if [.granted, .partiallyGranted].contains(standing.outcome) {
                #expect(standing.isIdentityVerified || !standing.isIdentityNeeded, "\(standing)")
            }
        }
    }

    @Test func anEventThatTheTableRefusesIsRefusedAndNamed() {
        #expect(refusal(timeline(.filed), .granted) == .notIn(.received, .granted))
        #expect(refusal(timeline(.filed), .filed) == nil)
        #expect(refusal(timeline(.filed, .identityRequested), .refused) == .notIn(.awaitingIdentity, .refused))
    }

    @Test(arguments: [EventType.granted, .partiallyGranted])
    func nothingIsGrantedToAStranger(grant: EventType) {
        #expect(refusal(timeline(.filed, .assigned), grant) == .identityNotVerified)
        #expect(refusal(timeline(.filed, .assigned, .identityVerified), grant) == nil)
        #expect(refusal(timeline(.filed, .assigned), .refused) == nil)
    }

    @Test func aDecisionStands() {
        let decisions: [EventType] = [.granted, .partiallyGranted, .refused, .transferred]
        for first in decisions {
            let decided = timeline(.filed, .identityVerified, first)
            #expect(decided.state == .underReview)
            #expect(decided.outcome == first.outcome)
            #expect(decided.decidedAt == Instant(milliseconds: 2000))
            for second in decisions + [.abandoned, .identityRequested] {
                #expect(
                    refusal(decided, second) == .alreadyDecided(first.outcome!),
                    "\(second.rawValue) after \(first.rawValue)")
            }
            #expect(refusal(decided, .noted) == nil)
        }
    }

    @Test func whatWasGrantedIsVoidedWhenItTurnsOutToBeForgedAndTakenUpAgainAtOnce() {
        for way in [
            timeline(.filed, .identityVerified, .granted), timeline(.filed, .identityVerified, .granted, .closed),
        ] {
            #expect(refusal(way, .voided) == nil)
        }
        for decision in [EventType.refused, .transferred] {
            #expect(
                refusal(timeline(.filed, .identityVerified, decision), .voided) == .alreadyDecided(decision.outcome!))
        }
        #expect(refusal(timeline(.filed, .withdrawn), .voided) == .alreadyDecided(.withdrawn))
        #expect(refusal(timeline(.filed, .voided), .voided) == .alreadyDecided(.voided))
        #expect(refusal(timeline(.filed, .voided), .reopened) == nil)
        #expect(refusal(timeline(.filed, .assigned), .reopened) == .notIn(.underReview, .reopened))
        #expect(
            refusal(timeline(.filed, .identityVerified, .granted), .reopened) == .notIn(.underReview, .reopened))
    }

    @Test func aRequestIsWithdrawnFromAnyStateAndOnce() {
        let ways: [Timeline] = [
            timeline(.filed), timeline(.filed, .identityRequested), timeline(.filed, .assigned),
            timeline(.filed, .identityVerified, .granted), timeline(.filed, .assigned, .refused, .closed),
            timeline(.filed, .identityRequested, .abandoned),
        ]
        for way in ways {
            #expect(refusal(way, .withdrawn) == nil)
            let withdrawn = Timeline(
                way.events + [
                    RequestEvent(
                        n: way.nextNumber, type: .withdrawn, at: Instant(milliseconds: 9000), actor: .citizen)
                ])
            #expect(withdrawn.outcome == .withdrawn)
            #expect(withdrawn.decidedAt == Instant(milliseconds: 9000))
            #expect(withdrawn.state == (way.state == .closed ? .closed : .underReview))
            #expect(refusal(withdrawn, .withdrawn) == .alreadyDecided(.withdrawn))
            #expect(refusal(withdrawn, .granted) == .alreadyDecided(.withdrawn))
        }
    }

    @Test func aRequestClosesAfterADecisionAlone() {
        #expect(refusal(timeline(.filed, .assigned), .closed) == .notDecided)
        #expect(refusal(timeline(.filed), .closed) == .notIn(.received, .closed))
        #expect(refusal(timeline(.filed, .withdrawn), .closed) == nil)
        let closed = timeline(.filed, .assigned, .refused, .closed)
        #expect(closed.state == .closed)
        #expect(closed.closedAt == Instant(milliseconds: 3000))
        #expect(refusal(closed, .closed) == .notIn(.closed, .closed))
    }

    @Test func aRequestThatIsReopenedCanBeDecidedAgain() {
        let reopened = timeline(.filed, .identityVerified, .refused, .closed, .reopened)
        #expect(reopened.state == .underReview)
        #expect(reopened.outcome == nil)
        #expect(reopened.decidedAt == nil)
        #expect(reopened.closedAt == nil)
        #expect(refusal(reopened, .granted) == nil)
    }

    @Test func aDeathThatIsDoubtedIsConfirmedTakenBackOrTheFilingRefused() {
        let doubted = Timeline(
            timeline(.filed, .assigned).events + [
                RequestEvent(
                    n: 3, type: .deathRecorded, at: Instant(milliseconds: 3000), actor: .system,
                    data: ["filedAfter": true])
            ])
        #expect(doubted.isDeathDoubted && refusal(doubted, .deathRecorded) == nil)
        for (event, stays) in [
            (EventType.noted, true), (.withdrawn, true), (.deathRecorded, false), (.deathUnrecorded, false),
            (.refused, false), (.voided, false), (.unreadable, false),
        ] {
            var later = doubted
            later.record(RequestEvent(n: 4, type: event, at: Instant(milliseconds: 4000), actor: .agent))
            #expect(later.isDeathDoubted == stays, "\(event.rawValue)")
            #expect((later.deathRecordedAt == nil) == (event == .deathUnrecorded))
        }
        #expect(!timeline(.filed, .deathRecorded).isDeathDoubted)
    }

    @Test func theOutcomeOfAnEventHasItsName() {
        for event in EventType.allCases {
            #expect(event.outcome?.rawValue == RequestOutcome(rawValue: event.rawValue)?.rawValue)
        }
        #expect(EventType.allCases.filter { !$0.isPublic } == [.noted, .deathRecorded, .deathUnrecorded])
    }
}
