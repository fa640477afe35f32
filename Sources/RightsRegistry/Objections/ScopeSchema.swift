import SQLDatabase

extension RightsSchema {
    static let scopes = Migration(
        "0350-objection-scopes",
        """
        -- What a request names, where it does not cover everything.
        CREATE TABLE request_scope (
            reference TEXT NOT NULL,
            part TEXT NOT NULL CHECK (part IN ('database', 'project')),
            id TEXT NOT NULL,
            PRIMARY KEY (reference, part, id)
        );

        -- The projects that the entries of an objection name: what a database must get that comes to be used by one.
        CREATE TABLE objection_project (
            project TEXT NOT NULL,
            objection TEXT NOT NULL,
            PRIMARY KEY (project, objection)
        );

        -- Which linked database holds data of which project, and since when it gets all that is objected to there.
        CREATE TABLE project_reach (
            linked_database TEXT NOT NULL,
            project TEXT NOT NULL,
            served_at BIGINT,
            PRIMARY KEY (linked_database, project)
        );
        CREATE INDEX project_reach_by_project ON project_reach (project, linked_database);
        CREATE INDEX project_reach_waiting ON project_reach (linked_database, project) WHERE served_at IS NULL;
        -- Grows whenever it gets the entries of one more project, so that no batch goes out that was made before.
        ALTER TABLE linked_database ADD COLUMN reach BIGINT NOT NULL DEFAULT 0;

        -- Projects on data that no connector reaches: their controllers are told by a person.
        CREATE TABLE controller_task (
            objection TEXT NOT NULL,
            project TEXT NOT NULL,
            effect TEXT NOT NULL,
            opened_at BIGINT NOT NULL,
            told_at BIGINT,
            answered_at BIGINT,
            PRIMARY KEY (objection, project)
        );
        """)
}
