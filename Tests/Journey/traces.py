"""Looks for what should have been sealed: in files, logs and dumps, in each spelling that a byte string may take."""

import base64
import os
import re
from pathlib import Path

import numpy


def spellings(text):
    """`text` as bytes that would betray it: raw in UTF-8, UTF-16, hexadecimal, and base64 at its three alignments.

    The text must be at least nine bytes long, so that what base64 leaves of it whatever stands around is not chance.
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


class Needles:
    """Any number of byte strings of eight bytes or more, all looked for in one pass: each place of the haystack is told
    from the beginnings of the needles by its next eight bytes, and only those that agree are compared."""

    _slots = 1 << 24
    _spread = numpy.uint64(0x9E3779B97F4A7C15)

    def __init__(self):
        self._by_start = {}
        self._starts = None

    def add(self, needle, meaning):
        assert len(needle) >= 8, needle
        self._by_start.setdefault(needle[:8], {}).setdefault(needle, meaning)
        self._starts = None

    def _slot(self, words):
        return (words * self._spread) >> numpy.uint64(40)

    def _prepare(self):
        self._starts = numpy.sort(numpy.frombuffer(b"".join(self._by_start), dtype="<u8"))
        self._marked = numpy.zeros(self._slots, dtype=bool)
        self._marked[self._slot(self._starts)] = True

    def found_in(self, content):
        """`(meaning, place)` of each needle, where it is met first."""
        if not self._by_start or len(content) < 8:
            return []
        if self._starts is None:
            self._prepare()
        found = {}
        for offset in range(min(8, len(content) - 7)):
            words = numpy.frombuffer(content, dtype="<u8", offset=offset, count=(len(content) - offset) // 8)
            places = numpy.flatnonzero(self._marked[self._slot(words)])
            nearest = numpy.searchsorted(self._starts, words[places]).clip(max=len(self._starts) - 1)
            for place in places[self._starts[nearest] == words[places]]:
                at = int(place) * 8 + offset
                for needle, meaning in self._by_start[content[at:at + 8]].items():
                    if content.startswith(needle, at):
                        found[meaning] = min(at, found.get(meaning, at))
        return sorted(found.items(), key=lambda item: item[1])


class Traces:
    """A search for a set of secrets."""

    # Of a leak, a few lines tell as much as thousands.
    shown = 20

    def __init__(self):
        self._exact = Needles()
        self._folded = Needles()
        self._sought = []

    def of_people(self, people):
        """Names, messages and addresses by the root that they share; NIRs by theirs, also in groups."""
        self._add("a name, address or message", people.root)
        self.of_number("a NIR", people.nir_root)
        for index in (0, len(people) - 1):
            self.of_identity(people[index].canonical)
        return self

    def of_word(self, what, word):
        """A word that occurs nowhere else."""
        self._add(what, word)
        return self

    def of_number(self, what, nir):
        """A NIR or its beginning, also in groups."""
        self._add(what, nir)
        self._add(f"{what} in groups", re.sub(r"(.)(..)(..)(..)(...)", r"\1 \2 \3 \4 \5", nir))
        return self

    def of_identity(self, canonical):
        self._add("a canonical identity", canonical)
        self._add("a birth date beside a sex", canonical.split("|", 1)[1])
        return self

    def of_texts(self, *texts):
        for text in texts:
            self._add(text, text)
        return self

    def of_bytes(self, what, content):
        """Bytes that are no text: as they are, in hexadecimal (which is searched as a text is) and in base64."""
        self._exact.add(content, f"{what}, raw")
        self._add(what, content.hex())
        for offset in range(3):
            padded = b"\0" * offset + content
            coded = base64.b64encode(padded)[-(-offset * 8 // 6):len(padded) * 8 // 6]
            self._exact.add(coded, f"{what}, base64+{offset}")
        return self

    def of_secret(self, secret):
        """A tracking secret, with and without what separates its groups."""
        bare = "".join(character for character in secret if character.isalnum())
        self._add("a tracking secret", bare)
        for separator in "- ":
            self._add("a tracking secret", separator.join(bare[i : i + 4] for i in range(0, len(bare), 4)))
        return self

    def without(self, what):
        """The same search, but for what is called `what`."""
        other = Traces()
        for name, text in self._sought:
            if name != what:
                other._add(name, text)
        return other

    def _add(self, what, text):
        self._sought.append((what, text))
        for spelling, needle in spellings(text).items():
            case_counts = "base64" in spelling
            needles = self._exact if case_counts else self._folded
            needles.add(needle if case_counts else needle.lower(), f"{what}, {spelling}")

    def in_bytes(self, content, where):
        """The traces in `content`, each as one line."""
        found = self._exact.found_in(content) + self._folded.found_in(content.lower())
        return [f"{where}: {meaning}, at byte {at}" for meaning, at in found[:self.shown]]

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
