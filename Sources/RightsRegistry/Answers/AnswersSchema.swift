import SQLDatabase
import Vault

extension RightsSchema {
    static let refusalProposals = Migration(
        "0850-refusal-proposals",
        """
        -- Refusals that wait for a second person; one a case. The act is sealed under the case's key, and the clock runs on.
        CREATE TABLE refusal_proposal (
            reference TEXT PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            type TEXT NOT NULL CHECK (type IN ('refused', 'partiallyGranted')),
            proposer TEXT NOT NULL,
            -- The event that says so within; what happens to the case after it makes the proposal outdated.
            event BIGINT NOT NULL,
            sealed BYTEA NOT NULL,
            proposed_at BIGINT NOT NULL
        );
        """)

    static let answerTemplates = Migration(
        "0852-answer-templates",
        """
        -- What operators begin an answer with. A change is a version more; what was used stays readable.
        CREATE TABLE answer_template (
            id TEXT PRIMARY KEY,
            purpose TEXT NOT NULL,
            version BIGINT NOT NULL,
            -- Offered no more.
            is_retired BIGINT NOT NULL CHECK (is_retired IN (0, 1))
        );

        CREATE TABLE answer_template_version (
            template TEXT NOT NULL,
            n BIGINT NOT NULL,
            title_fr TEXT NOT NULL,
            title_en TEXT NOT NULL,
            text_fr TEXT NOT NULL,
            text_en TEXT NOT NULL,
            is_retired BIGINT NOT NULL CHECK (is_retired IN (0, 1)),
            editor TEXT NOT NULL,
            written_at BIGINT NOT NULL,
            PRIMARY KEY (template, n)
        );
        """)

    static let operatorDrafts = Migration(
        "0854-operator-drafts",
        """
        -- What an operator has typed into a form of a case and not sent, sealed under the case's key: theirs alone.
        CREATE TABLE operator_draft (
            reference TEXT NOT NULL,
            operator TEXT NOT NULL,
            form TEXT NOT NULL,
            sealed BYTEA NOT NULL,
            saved_at BIGINT NOT NULL,
            -- Why it did not go, where it had been sent: a code.
            failure TEXT,
            PRIMARY KEY (reference, operator, form)
        );
        """)

    static let heldActs = Migration(
        "0856-held-acts",
        """
        -- What was sent to a citizen and can be recalled for a moment; one a case. Nothing has happened yet. Whoever carries
        -- it out takes its row away in the transaction of the act, so that it happens once.
        CREATE TABLE held_act (
            reference TEXT PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            operator TEXT NOT NULL,
            type TEXT NOT NULL,
            -- How many events its operator had seen.
            seen BIGINT NOT NULL,
            sealed BYTEA NOT NULL,
            -- The proposal of a refusal that it confirms.
            proposal TEXT,
            file_count BIGINT NOT NULL,
            held_at BIGINT NOT NULL,
            due_at BIGINT NOT NULL
        );
        CREATE INDEX held_act_due ON held_act (due_at);

        -- Its files in parts, each part and each name sealed under the case's key.
        CREATE TABLE held_file (
            act TEXT NOT NULL,
            n BIGINT NOT NULL,
            type TEXT NOT NULL,
            size BIGINT NOT NULL,
            sealed_name BYTEA NOT NULL,
            PRIMARY KEY (act, n)
        );

        CREATE TABLE held_file_part (
            act TEXT NOT NULL,
            n BIGINT NOT NULL,
            part BIGINT NOT NULL,
            sealed BYTEA NOT NULL,
            PRIMARY KEY (act, n, part)
        );
        """)
}

extension CaseLocation {
    static func proposal(_ id: String) -> BoxLocation {
        BoxLocation(table: "refusal_proposal", row: id, column: "sealed", version: 1)
    }

    /// Of one operator alone: moved under another's name it opens no more.
    static func draft(_ form: DraftForm, of name: String, in reference: String) -> BoxLocation {
        BoxLocation(
            table: "operator_draft", row: "\(reference)/\(form.rawValue)/\(name)", column: "sealed", version: 1)
    }

    static func heldAct(_ id: String) -> BoxLocation {
        BoxLocation(table: "held_act", row: id, column: "sealed", version: 1)
    }

    static func heldFileName(_ id: String, _ n: Int) -> BoxLocation {
        BoxLocation(table: "held_file", row: "\(id)/\(n)", column: "sealed_name", version: 1)
    }

    static func heldFilePart(_ id: String, _ n: Int, _ part: Int) -> BoxLocation {
        BoxLocation(table: "held_file_part", row: "\(id)/\(n)/\(part)", column: "sealed", version: 1)
    }
}
