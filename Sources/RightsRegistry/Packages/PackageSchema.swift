import SQLDatabase

extension RightsSchema {
    static let packages = Migration(
        "0832-packages",
        """
        -- What answers a granted request of access, put together of all answers, sealed under the case's key in parts. One
        -- build at a time; its row stays when its time is over, and the content is destroyed.
        CREATE TABLE access_package (
            reference TEXT PRIMARY KEY,
            build TEXT NOT NULL,
            -- The number of the last event that told of something in it.
            built_through BIGINT NOT NULL,
            ready_at BIGINT NOT NULL,
            open_until BIGINT NOT NULL,
            -- Bytes.
            size BIGINT NOT NULL,
            -- What is in it, by name.
            sealed_names BYTEA,
            opened_at BIGINT,
            destroyed_at BIGINT
        );
        CREATE INDEX access_package_open ON access_package (open_until) WHERE destroyed_at IS NULL;
        CREATE TABLE access_package_part (
            reference TEXT NOT NULL,
            build TEXT NOT NULL,
            part BIGINT NOT NULL,
            sealed BYTEA NOT NULL,
            PRIMARY KEY (reference, build, part)
        );
        CREATE INDEX rights_request_granted_access ON rights_request (reference)
            WHERE right_kind = 'access' AND outcome IN ('granted', 'partiallyGranted');

        -- The code that was last sent by post to open it, as an HMAC, and how often it may still be tried.
        CREATE TABLE package_code (
            reference TEXT PRIMARY KEY,
            code_index BYTEA NOT NULL,
            letter TEXT NOT NULL,
            asked_at BIGINT NOT NULL,
            valid_until BIGINT NOT NULL,
            tries_left BIGINT NOT NULL
        );
        """)

    static let packageFailures = Migration(
        "0895-package-failures",
        """
        -- Packages that could not be put together: how often, and from when on it is tried again.
        CREATE TABLE access_package_failure (
            reference TEXT PRIMARY KEY,
            attempts BIGINT NOT NULL,
            retry_at BIGINT NOT NULL
        );
        """)
}
