"""Linked databases as their custodians see them: Regard's tables, read without Regard."""

import os
import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True)
class OptOut:
    """One row of `regard_optout`."""

    pseudonym: str
    token: str
    active: bool
    position: int


class Target:
    """What the two engines share."""

    QUERY = "SELECT {hex}(pseudonym), {hex}(token), active, position FROM regard_optout WHERE scope = '*'"

    def active(self):
        return [row for row in self.rows() if row.active]

    def position(self):
        """How far it has confirmed; 0 before its first batch."""
        found = self._read("SELECT position FROM regard_position")
        return int(found[0][0]) if found else 0

    def rows(self):
        return [
            OptOut(pseudonym.lower(), token.lower(), int(active) == 1, int(position))
            for pseudonym, token, active, position in self._read(self.QUERY.format(hex=self.hex))
        ]

    def in_force(self):
        """The pseudonyms of the view that a custodian filters with."""
        return {row[0].lower() for row in self._read(f"SELECT {self.hex}(pseudonym) FROM regard_opted_out")}


class SQLiteTarget(Target):
    hex = "hex"

    def __init__(self, path):
        self.path = str(path)
        self.connector = f"sqlite:{path}"

    def _read(self, query):
        # Not opened unless it is there: looking must not make a file.
        if not os.path.exists(self.path):
            return []
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=5)
        try:
            return connection.execute(query).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error) or "no such view" in str(error):
                return []
            raise OSError(str(error)) from error
        finally:
            connection.close()


class PostgreSQLTarget(Target):
    hex = "to_hex_text"

    def __init__(self, server, database):
        self.server = server
        self.database = database
        self.connector = server.url(database)

    def _read(self, query):
        try:
            return self.server.rows(self.database, query.replace(f"{self.hex}(pseudonym)", "encode(pseudonym, 'hex')")
                                    .replace(f"{self.hex}(token)", "encode(token, 'hex')"))
        except OSError as error:
            if "does not exist" in str(error):
                return []
            raise
