"""The tasks of single people (access, rectification, erasure, restriction) as their custodian keeps them, beside the list.

Whoever does what is asked writes the answer into the table; the programs carry it back:

    UPDATE regard_task SET answer = 'done' WHERE id = '…';
    UPDATE regard_task SET words = 'Kept by law until 2040.', answer = 'refused' WHERE id = '…';

With the answer to an access go files, put there before it (PDF, JPEG, PNG, CSV, JSON, plain text; 4 MiB in all):

    INSERT INTO regard_task_file VALUES ('…', 'stays.csv', 'text/csv', readfile('stays.csv'));
"""

import base64
import sqlite3

TABLES = """
CREATE TABLE IF NOT EXISTS regard_task (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, instruction TEXT, asked_on TEXT NOT NULL, answer_by TEXT NOT NULL,
    answer TEXT, words TEXT);
CREATE TABLE IF NOT EXISTS regard_task_pseudonym (
    task TEXT NOT NULL, pseudonym BLOB NOT NULL, PRIMARY KEY (task, pseudonym));
CREATE TABLE IF NOT EXISTS regard_task_file (
    task TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (task, name));
"""
# Characters of all answers that are carried at once; one alone may be longer.
LONGEST = 500_000


class Tasks:
    def __init__(self, path):
        self.connection = sqlite3.connect(path, timeout=30, isolation_level=None)
        self.connection.executescript(TABLES)

    def close(self):
        self.connection.close()

    def take(self, documents, database):
        """Keeps tasks that are new. One that is there stays as it is, with what has been answered; its pseudonyms follow the key."""
        for task in documents:
            if task["format"] != "regard-task-v1" or task["database"] != database:
                raise ValueError("not a task of this database")
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            for task in documents:
                self.connection.execute(
                    "INSERT OR IGNORE INTO regard_task (id, kind, instruction, asked_on, answer_by) VALUES (?, ?, ?, ?, ?)",
                    [task["id"], task["kind"], task.get("instruction"), task["askedOn"], task["answerBy"]])
                self.connection.execute("DELETE FROM regard_task_pseudonym WHERE task = ?", [task["id"]])
                self.connection.executemany(
                    "INSERT OR IGNORE INTO regard_task_pseudonym VALUES (?, ?)",
                    [[task["id"], bytes.fromhex(pseudonym)] for pseudonym in task["pseudonyms"]])
            self.connection.execute("COMMIT")
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise

    def end(self, ids):
        """Forgets tasks that have ended: their answer has been taken, or nobody asks any more."""
        for task in ids:
            for table in ("regard_task_pseudonym", "regard_task_file"):
                self.connection.execute(f"DELETE FROM {table} WHERE task = ?", [task])
            self.connection.execute("DELETE FROM regard_task WHERE id = ?", [task])

    def ids(self):
        return {row[0] for row in self.connection.execute("SELECT id FROM regard_task")}

    def answers(self, database):
        """What is to be said of those that were answered, as many as go at once."""
        found, size = [], 0
        for task, answer, words in self.connection.execute(
                "SELECT id, answer, words FROM regard_task WHERE answer IS NOT NULL ORDER BY id"):
            document = {"format": "regard-task-answer-v1", "database": database, "id": task, "answer": answer}
            if words:
                document["words"] = words
            files = [
                {"name": name, "type": kind, "content": base64.b64encode(content).decode()}
                for name, kind, content in self.connection.execute(
                    "SELECT name, type, content FROM regard_task_file WHERE task = ? ORDER BY name", [task])]
            if files:
                document["files"] = files
            size += len(words or "") + sum(len(file["content"]) for file in files) + 200
            if found and size > LONGEST:
                break
            found.append(document)
        return found
