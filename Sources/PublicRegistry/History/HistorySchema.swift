import SQLDatabase

extension PublicRegistry {
    static let history = Migration(
        "0160-history",
        """
        -- Which versions are removals. Such a version repeats the content of the one before it; a record is out of the
        -- register while its newest version is a removal.
        CREATE TABLE removal (
            kind TEXT NOT NULL,
            reference TEXT NOT NULL,
            n BIGINT NOT NULL,
            -- Public, in one language at least.
            reason_fr TEXT,
            reason_en TEXT,
            -- 1 where the law forbids to show this and all earlier versions any longer.
            withheld BIGINT NOT NULL CHECK (withheld IN (0, 1)),
            -- 1 where the record was shown before: the others leave as they came, unseen.
            was_shown BIGINT NOT NULL CHECK (was_shown IN (0, 1)),
            PRIMARY KEY (kind, reference, n)
        );
        -- What changed in a month.
        CREATE INDEX record_version_by_time ON record_version (recorded_at, change);
        """)
}
