"""The search for identities must find them: otherwise finding nothing says nothing."""

import base64

import pytest
from people import People
from traces import Traces

WRITINGS = {
    "raw": lambda text: text.encode(),
    "upper case": lambda text: text.upper().encode(),
    "hexadecimal": lambda text: text.encode().hex().encode(),
    "capital hexadecimal": lambda text: text.encode().hex().upper().encode(),
    "UTF-16": lambda text: text.encode("utf-16-le"),
    "UTF-16 with the other byte order": lambda text: text.encode("utf-16-be"),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64 after one byte": lambda text: base64.b64encode(b"x" + text.encode() + b"yz"),
    "base64 after two bytes": lambda text: base64.urlsafe_b64encode(b"xx" + text.encode() + b"y"),
    "base64 of UTF-16": lambda text: base64.b64encode(b"x" + text.encode("utf-16-le")),
}


@pytest.mark.parametrize("writing", WRITINGS)
def test_an_identity_is_found_in_each_writing(writing, tmp_path):
    people = People(count=3)
    traces = Traces().of_people(people)
    for text in (people[1].birth_name, people[2].nir, people[0].canonical, people[1].email):
        tmp_path.joinpath("file").write_bytes(b"\x00\xff before " + WRITINGS[writing](text) + b" after \x00")
        found, read = traces.in_folder(tmp_path)
        assert found and read > 0, f"{text} was not found"


def test_what_is_no_identity_is_not_found(tmp_path):
    tmp_path.joinpath("file").write_bytes(bytes(range(256)) * 64 + b"2850578006084 ZEBULON 1985-05-07")
    assert Traces().of_people(People(count=2)).in_folder(tmp_path)[0] == []
