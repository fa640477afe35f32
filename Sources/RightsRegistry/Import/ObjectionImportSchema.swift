import SQLDatabase

extension RightsSchema {
    static let objectionImports = Migration(
        "0420-imported-objections",
        """
        -- Objections that were received before this portal, by an HMAC of what their file calls them: so that a file
        -- can be imported again at any time.
        CREATE TABLE imported_objection (
            line_index BYTEA PRIMARY KEY,
            -- An HMAC of the whole line: another person under the same name is refused, and not taken for a repetition.
            line_digest BYTEA NOT NULL,
            reference TEXT NOT NULL,
            imported_at BIGINT NOT NULL
        );
        """)
}
