public import CivilTime
public import PublicRegistry
import SQLDatabase

/// A project on data that no connector reaches, whole or in part: its controller is told by a person, and what the
/// controller answers is recorded. Nothing else makes it done.
public struct ControllerTask: Sendable {
    public enum State: Sendable, Hashable {
        /// Nobody has told the controller yet.
        case toTell
        case told(since: Instant)
        /// The controller has answered; the words stand in the timeline.
        case answered(at: Instant)
    }

    public let project: String
    public let title: LocalizedText?
    /// The controllers' names.
    public let controllers: [String]
    /// What the controller is told: that the objection stands, or that it has ended.
    public let effect: LedgerEffect
    public let state: State
}

/// The SQL of those tasks. They are the objection's: they come and go with its entries.
enum ControllerTaskStore {
    static func tasks(of objection: ObjectionID, on connection: any SQLConnection) throws -> [ControllerTask] {
        let rows = try connection.query(
            "SELECT * FROM controller_task WHERE objection = $1 ORDER BY project", objection.description)
        guard !rows.isEmpty else { return [] }
        let uses = try ProjectUse.all(of: try rows.map { try $0["project"] }, on: connection)
        return try rows.map { row in
            let project: String = try row["project"]
            let told: Instant? = try row["told_at"]
            let answered: Instant? = try row["answered_at"]
            return ControllerTask(
                project: project, title: uses[project]?.title, controllers: uses[project]?.controllers ?? [],
                effect: LedgerEffect(rawValue: try row["effect"]) ?? .register,
                state: answered.map(ControllerTask.State.answered) ?? told.map(ControllerTask.State.told) ?? .toTell)
        }
    }

    /// Has the controllers of `projects` told of an objection, anew where they had been told of its end.
    static func open(
        _ projects: [String], of objection: ObjectionID, at now: Instant, on connection: any SQLConnection
    ) throws {
        for project in projects {
            try connection.execute(
                """
                INSERT INTO controller_task (objection, project, effect, opened_at) VALUES ($1, $2, 'register', $3)
                ON CONFLICT (objection, project)
                DO UPDATE SET effect = 'register', opened_at = $3, told_at = NULL, answered_at = NULL
                """, objection.description, project, now)
        }
    }

    /// Has those controllers told of the end who were told of the objection; the others need not hear of either.
    static func end(
        _ ended: Scope, of objection: ObjectionID, at now: Instant, on connection: any SQLConnection
    ) throws {
        for project in ended.projects {
            try connection.execute(
                "DELETE FROM controller_task WHERE objection = $1 AND project = $2 AND told_at IS NULL",
                objection.description, project)
            try connection.execute(
                """
                UPDATE controller_task SET effect = 'withdraw', opened_at = $1, told_at = NULL, answered_at = NULL
                WHERE objection = $2 AND project = $3 AND effect = 'register'
                """, now, objection.description, project)
        }
    }

    /// Forgets the tasks of an objection that another one replaces.
    static func forget(_ objection: ObjectionID, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM controller_task WHERE objection = $1", objection.description)
    }

    /// Records that the controller was told. False where there is no such task, or it was told before.
    static func recordTold(
        _ project: String, of objection: ObjectionID, at now: Instant, on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            "UPDATE controller_task SET told_at = $1 WHERE objection = $2 AND project = $3 AND told_at IS NULL",
            now, objection.description, project) == 1
    }

    /// Records that the controller has answered. False where none was told, or it has answered.
    static func recordAnswer(
        _ project: String, of objection: ObjectionID, at now: Instant, on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE controller_task SET answered_at = $1
            WHERE objection = $2 AND project = $3 AND told_at IS NOT NULL AND answered_at IS NULL
            """, now, objection.description, project) == 1
    }
}
