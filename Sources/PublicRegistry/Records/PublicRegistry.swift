public import SQLDatabase

/// The public half of Regard: projects, datasets and releases, their history and their search.
///
/// It holds no personal data and no secret.
public enum PublicRegistry {
    /// The versions of all records, numbered in the order of the register's changes.
    public static let sequenced = SequencedTable(name: "record_version", number: "change", order: "recorded_at, id")

    /// The tables of the public half. Read in order they are a tour of it.
    public static let migrations: [Migration] = [
        Migration(
            "0100-record-version",
            """
            -- Every version of every public record. Rows are only ever added: what was published stays readable at its
            -- number n, and everything else in the public half can be made again from here.
            CREATE TABLE record_version (
                -- Grows with the order of insertion within one import, which settles the order of equal times.
                id TEXT PRIMARY KEY,
                kind TEXT NOT NULL CHECK (kind IN ('project', 'dataset', 'release')),
                -- The record's name in its source and in its address: of a release, its id.
                reference TEXT NOT NULL,
                -- 1, 2, 3… within the record.
                n BIGINT NOT NULL CHECK (n >= 1),
                -- The source's own label. It may repeat with another content, so nothing is looked up by it alone.
                source_version TEXT,
                -- RFC 8785 canonical JSON, and the SHA-256 of its bytes in hexadecimal.
                content TEXT NOT NULL,
                content_hash TEXT NOT NULL,
                recorded_at BIGINT NOT NULL,
                -- The register's change number, given by the sequencer in the order of commits; NULL until then.
                change BIGINT UNIQUE,
                UNIQUE (kind, reference, n)
            );
            CREATE INDEX record_version_unnumbered ON record_version (recorded_at, id) WHERE change IS NULL;
            """),
        Migration(
            "0110-project",
            """
            -- The newest version of each project, in the columns that lists show, filter and sort by.
            CREATE TABLE project (
                reference TEXT PRIMARY KEY,
                n BIGINT NOT NULL,
                recorded_at BIGINT NOT NULL,
                -- 1 where it has all that a project needs to be shown; the others wait for their editor.
                shown BIGINT NOT NULL CHECK (shown IN (0, 1)),
                -- The title in lower case without accents: the same order on both engines and for both languages.
                sort_title TEXT NOT NULL,
                title_fr TEXT,
                title_en TEXT,
                acronym TEXT,
                summary_fr TEXT,
                summary_en TEXT,
                status TEXT,
                procedure TEXT,
                sensitivity TEXT,
                -- The controllers' names, a JSON array.
                controllers TEXT NOT NULL,
                starts_on TEXT,
                ends_on TEXT
            );
            CREATE INDEX project_by_title ON project (shown, sort_title, reference);

            -- Which datasets a project uses. A dataset may be named before the catalogue knows it.
            CREATE TABLE project_dataset (
                project TEXT NOT NULL,
                dataset TEXT NOT NULL,
                PRIMARY KEY (project, dataset)
            );
            CREATE INDEX project_dataset_by_dataset ON project_dataset (dataset, project);
            """),
        Migration(
            "0120-dataset",
            """
            -- The newest version of each dataset of the catalogue.
            CREATE TABLE dataset (
                reference TEXT PRIMARY KEY,
                n BIGINT NOT NULL,
                recorded_at BIGINT NOT NULL,
                shown BIGINT NOT NULL CHECK (shown IN (0, 1)),
                sort_title TEXT NOT NULL,
                title_fr TEXT,
                title_en TEXT,
                acronym TEXT,
                description_fr TEXT,
                description_en TEXT,
                domain TEXT,
                publisher TEXT,
                -- The linked database that carries objections into this dataset, where there is one.
                linked_database TEXT
            );
            CREATE INDEX dataset_by_title ON dataset (shown, sort_title, reference);
            """),
        Migration(
            "0130-release",
            """
            -- The newest version of each release of data to a project.
            CREATE TABLE release (
                id TEXT PRIMARY KEY,
                n BIGINT NOT NULL,
                recorded_at BIGINT NOT NULL,
                shown BIGINT NOT NULL CHECK (shown IN (0, 1)),
                project TEXT,
                -- The source's label of the project's version. It is linked only where one version has that label.
                project_version TEXT,
                dataset TEXT,
                recipient TEXT,
                sensitivity TEXT,
                legal_basis TEXT,
                recurrence TEXT,
                -- Empty where the source has no date: those come last, newest first before them.
                released_on TEXT NOT NULL,
                opt_outs_applied BIGINT,
                certificate TEXT
            );
            CREATE INDEX release_by_project ON release (project, released_on, id);
            CREATE INDEX release_by_dataset ON release (dataset, released_on);
            """),
        Migration(
            "0140-search",
            """
            -- The words by which projects and datasets are found, folded by the program: both engines find the same.
            """,
            sqlite: FormerSearch.sqlite,
            postgresql: FormerSearch.postgresql),
        Migration(
            "0150-projects-in-memory",
            """
            -- Projects are searched in memory: what was indexed of them is of no use.
            DELETE FROM search_document WHERE kind = 'project';
            """,
            sqlite: FormerSearch.rebuild),
        history,
        Migration(
            "0170-datasets-in-memory",
            """
            -- Datasets and their variables are searched in memory too: nothing is left for an engine to find.
            """,
            sqlite: "DROP TABLE search_words;\nDROP TABLE search_document;",
            postgresql: "DROP TABLE search_document;"),
        editing,
    ]
}
