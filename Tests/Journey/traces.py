"""Looks for what should have been sealed: in files, logs and dumps, in each spelling that a byte string may take."""

import base64
import os
import re
from pathlib import Path


def spellings(text):
    """`text` as bytes that would betray it: raw in UTF-8, UTF-16, hexadecimal, and base64 at its three alignments.

    The text must be at least ten bytes long, so that what base64 leaves of it whatever stands around is not chance.
    """
    raw = text.encode()
    assert len(raw) >= 9, text
    found = {"raw": raw, "utf-16-le": text.encode("utf-16-le"), "utf-16-be": text.encode("utf-16-be")}
    for name, content in list(found.items()):
        found[f"hex of {name}"] = content.hex().encode()
        for offset in range(3):
            padded = b"\0" * offset + content
            # The first and last characters also hold bits of the neighbours: only those in between are ours alone.
            start = -(-offset * 8 // 6)
            end = len(padded) * 8 // 6
            coded = base64.b64encode(padded)[start:end]
            found[f"base64+{offset} of {name}"] = coded
            if b"+" in coded or b"/" in coded:
                found[f"base64url+{offset} of {name}"] = coded.replace(b"+", b"-").replace(b"/", b"_")
    return found


class Traces:
    """A search for a set of secrets."""

    def __init__(self):
        self._exact = []
        self._folded = []

    def of_people(self, people):
        """Names, messages and addresses by the root that they share; NIRs by theirs, also in groups."""
        self._add("a name, address or message", people.root)
        self._add("a NIR", people.nir_root)
        grouped = re.sub(r"(.)(..)(..)(..)(...)", r"\1 \2 \3 \4 \5", people.nir_root)
        self._add("a NIR in groups", grouped)
        for index in (0, len(people) - 1):
            person = people[index]
            self._add("a canonical identity", person.canonical)
            self._add("a birth date beside a sex", person.canonical.split("|", 1)[1])
        return self

    def of_secret(self, secret):
        """A tracking secret, with and without what separates its groups."""
        bare = "".join(character for character in secret if character.isalnum())
        self._add("a tracking secret", bare)
        for separator in "- ":
            self._add("a tracking secret", separator.join(bare[i : i + 4] for i in range(0, len(bare), 4)))
        return self

    def _add(self, what, text):
        for spelling, needle in spellings(text).items():
            case_counts = "base64" in spelling
            (self._exact if case_counts else self._folded).append(
                (what, spelling, needle if case_counts else needle.lower()))

    def in_bytes(self, content, where):
        """Every trace in `content`, each as one line."""
        folded = content.lower()
        return [
            f"{where}: {what}, {spelling}, at byte {haystack.index(needle)}"
            for needles, haystack in ((self._exact, content), (self._folded, folded))
            for what, spelling, needle in needles
            if needle in haystack
        ]

    def in_folder(self, folder):
        """Every trace in every file below `folder`; and how many bytes were read: an empty search proves nothing."""
        found, read = [], 0
        for root, _, names in os.walk(folder):
            for name in names:
                path = Path(root, name)
                if path.is_symlink() or not path.is_file():
                    continue
                try:
                    content = path.read_bytes()
                except FileNotFoundError:
                    continue  # A server works beside us.
                read += len(content)
                found += self.in_bytes(content, str(path))
        return found, read
