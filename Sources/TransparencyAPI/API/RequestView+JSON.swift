import CivilTime
import PublicRegistry
import RightsRegistry
import StrictJSON

extension RequestView {
    /// A request as the API shows it to its citizen, with the published targets of its databases.
    func json(_ targets: PublishedTargets) -> JSON {
        [
            "reference": .string(reference), "right": .string(right.rawValue), "scope": scope.json,
            "state": .string(state.rawValue),
            "outcome": JSON(outcome?.rawValue), "receivedAt": .string(receivedAt.description),
            "decidedAt": JSON(decidedAt?.description), "closedAt": JSON(closedAt?.description),
            "inForce": .bool(isInForce), "exceptions": .array(exceptions.map(\.json)), "clock": clock.json,
            "answerBy": JSON(answerBy?.description),
            "timeline": .array(events.map { $0.json(isConsole: false) }),
            "propagation": .array(propagation.map { $0.json(targets) }),
            "controllers": .array(controllerTasks.map(\.json)),
            "tasks": .array(tasks.json(isConsole: false)), "files": .array(files.map(\.json)),
            "proof": proof?.json ?? .null, "package": package?.json(isConsole: false) ?? .null,
            "erasedAt": JSON(erasedAt?.description), "deathRecordedAt": JSON(deathRecordedAt?.description),
            "lostKeys": JSON(lost.map { $0.isForOperators ? "case" : "code" }),
        ]
    }

    /// The same with what only operators see.
    func consoleJSON(_ targets: PublishedTargets) -> JSON {
        var members = json(targets).object ?? [:]
        members["assignee"] = JSON(assignee)
        members["timeline"] = .array(events.map { $0.json(isConsole: true) })
        members["tasks"] = .array(tasks.json(isConsole: true))
        members["databasesToAsk"] = .array(tasks.toAsk.map { .string($0.id) })
        members["identityVerified"] = .bool(isIdentityVerified)
        members["package"] = package?.json(isConsole: true) ?? .null
        members["death"] = death?.json(isDoubted: isDeathDoubted) ?? .null
        members["notices"] = .array(notices.map(\.json))
        members["viewers"] = .array((desk?.viewers ?? []).map { .string($0.name) })
        members["alike"] = .array((desk?.alike ?? []).map(\.json))
        return .object(members)
    }
}

extension NoticeStatus {
    fileprivate var json: JSON {
        [
            "n": .integer(Int64(n)), "type": .string(type.rawValue), "state": .string(state.rawValue),
            "settledAt": JSON(settledAt?.description), "failure": JSON(failure),
            "failingSince": JSON(failingSince?.description), "postedOn": JSON(postedOn?.description),
        ]
    }
}

extension DeathRecord {
    fileprivate func json(isDoubted: Bool) -> JSON {
        [
            "recordedAt": .string(recordedAt.description), "source": JSON(source?.rawValue),
            "diedOn": JSON(diedOn?.description), "from": JSON(from),
            "byItself": .bool(isByItself), "isDoubted": .bool(isDoubted),
        ]
    }
}

extension OutboxOverview {
    var json: JSON {
        [
            "waiting": .integer(Int64(waiting)), "waitingSince": JSON(waitingSince?.description),
            "failing": .integer(Int64(failing)), "failingSince": JSON(failingSince?.description),
            "lastFailure": JSON(lastFailure), "letters": .integer(Int64(letters)),
            "lettersSince": JSON(lettersSince?.description),
            "undeliverable": .array(undeliverable.map(JSON.string)),
        ]
    }
}

extension JSON {
    /// The text, or null.
    init(_ text: String?) { self = text.map(JSON.string) ?? .null }
}

extension RequestView.Event {
    /// - Parameter isConsole: with the template that an answer was begun from, which is the body's own affair.
    fileprivate func json(isConsole: Bool) -> JSON {
        let data: JSON = isConsole ? event.data : .object((event.data.object ?? [:]).filter { $0.key != "template" })
        return .object(ofPresent: [
            "n": .integer(Int64(event.n)), "type": .string(event.type.rawValue), "at": .string(event.at.description),
            "actor": .string(event.actor.rawValue), "data": data, "words": words,
        ])
    }
}

extension ProofReason {
    fileprivate var json: JSON {
        switch self {
        case .identity: ["reason": "identity"]
        case .capacity(let capacity): ["reason": "capacity", "capacity": .string(capacity.rawValue)]
        }
    }
}

extension CaseFile {
    fileprivate var json: JSON {
        [
            "n": .integer(Int64(n)), "event": .integer(Int64(event)), "side": .string(side.rawValue),
            "isProof": .bool(isProof), "type": .string(type.rawValue), "size": .integer(Int64(size)),
            "name": .string(name), "senderName": JSON(senderName), "sentAt": .string(sentAt.description),
            "checkedAt": JSON(checkedAt?.description), "destroyedAt": JSON(destroyedAt?.description),
        ]
    }
}

extension ClockReading {
    fileprivate var json: JSON {
        [
            "receivedOn": .string(receivedOn.description), "nominalDue": .string(nominalDue.description),
            "due": .string(due.description), "alertOn": .string(alertOn.description),
            "extendedOn": JSON(extendedOn?.description),
            "extendableUntil": .string(extendableUntil.description), "isPaused": .bool(isPaused),
            "pausedDays": .integer(Int64(pausedDays)),
            "skipped": .array(
                skipped.map { skipped in
                    switch skipped.closure {
                    case .weekend: ["date": .string(skipped.date.description), "reason": "weekend"]
                    case .holiday(let holiday):
                        [
                            "date": .string(skipped.date.description), "reason": "holiday",
                            "name": .object(holiday.names.mapValues(JSON.string)),
                        ]
                    }
                }),
        ]
    }
}

extension ControllerTask {
    fileprivate var json: JSON {
        let (word, toldAt, answeredAt): (JSON, Instant?, Instant?) =
            switch state {
            case .toTell: ("toTell", nil, nil)
            case .told(let since): ("told", since, nil)
            case .answered(let at): ("answered", nil, at)
            }
        return [
            "project": .string(project), "title": title?.json ?? .null,
            "controllers": .array(controllers.map(JSON.string)), "effect": .string(effect.rawValue), "state": word,
            "toldAt": JSON(toldAt?.description), "answeredAt": JSON(answeredAt?.description),
        ]
    }
}

extension TaskStanding {
    /// What was asked, and after it the databases that nobody asked since they can't do it.
    fileprivate func json(isConsole: Bool) -> [JSON] {
        let asked = Set(tasks.filter { $0.state != .cancelled }.map(\.database))
        return tasks.map { $0.json($0.isOpen ? impossible(in: $0.database) : nil, isConsole: isConsole) }
            + impossible.filter { !asked.contains($0.database) }.map { found in
                var members: [String: JSON] = [
                    "database": .string(found.database), "name": found.name?.json ?? .null, "kind": .null,
                    "askedOn": .null, "answerBy": .null, "sentAt": .null, "answeredAt": .null,
                ]
                members.merge(found.members) { $1 }
                return .object(members)
            }
    }
}

extension ImpossibleAnswer {
    fileprivate var members: [String: JSON] {
        [
            "state": "impossible", "reason": JSON(reasons), "impossibleSince": .string(since.description),
            "disproportionate": .bool(isDisproportionate),
        ]
    }
}

extension RequestTask {
    /// - Parameters:
    ///   - impossible: what was declared of its database, while its answer is not there.
    ///   - isConsole: with what operators alone are told.
    fileprivate func json(_ impossible: ImpossibleAnswer?, isConsole: Bool) -> JSON {
        let (word, sentAt, answeredAt): (JSON, Instant?, Instant?) =
            switch state {
            case .waiting: ("waiting", nil, nil)
            case .sent(let at): ("sent", at, nil)
            case .answered(let at): ("answered", nil, at)
            case .cancelled: ("cancelled", nil, nil)
            }
        var members: [String: JSON] = [
            "database": .string(database), "name": name?.json ?? .null, "kind": .string(kind.rawValue), "state": word,
            "askedOn": .string(askedOn.description), "answerBy": .string(answerBy.description),
            "sentAt": JSON(sentAt?.description), "answeredAt": JSON(answeredAt?.description),
        ]
        if let impossible { members.merge(impossible.members) { $1 } }
        guard isConsole else { return .object(members) }
        members["answer"] = JSON(answer?.rawValue)
        members["words"] = JSON(words)
        members["files"] = .array(
            files.map { file in
                [
                    "n": .integer(Int64(file.n)), "type": .string(file.type.rawValue),
                    "size": .integer(Int64(file.size)), "senderName": JSON(file.senderName),
                ]
            })
        members["instruction"] = JSON(instruction)
        members["problem"] = JSON(problem)
        return .object(members)
    }
}

extension PropagationStatus {
    fileprivate func json(_ targets: PublishedTargets) -> JSON {
        let (state, listedSince, removedSince, reason): (JSON, Instant?, Instant?, String?) =
            switch listing {
            case .pending: ("pending", nil, nil, nil)
            case .listed(let since): ("listed", since, nil, nil)
            case .removalPending(let listedSince): ("removalPending", listedSince, nil, nil)
            case .removed(let since): ("removed", nil, since, nil)
            case .noIdentifier: ("noIdentifier", nil, nil, nil)
            case .exception(let reason): ("exception", nil, nil, reason)
            case .impossible(_, let reason): ("impossible", nil, nil, reason)
            }
        let impossibleSince: Instant? = if case .impossible(let since, _) = listing { since } else { nil }
        return [
            "database": .string(database), "name": name?.json ?? .null,
            "project": project.map { ["reference": .string($0.reference), "title": $0.title?.json ?? .null] } ?? .null,
            "state": state, "matchesOn": .string(matching.rawValue),
            "listedSince": JSON(listedSince?.description), "removedSince": JSON(removedSince?.description),
            "reason": JSON(reason), "impossibleSince": JSON(impossibleSince?.description),
            "targetHours": .integer(Int64(targets.hours(of: database, isByHand: isByHand))),
            "lastExtractionChecked": JSON(lastExtractionChecked?.description),
            "releasesBefore": .integer(Int64(releasesBefore)), "failingSince": JSON(failingSince?.description),
        ]
    }
}
