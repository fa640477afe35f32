"""A database and its keys are backed up, lost, and brought back into an empty folder: the server starts, and a case opens."""

import shutil

import pytest
from operators import Operator
from people import People
from test_keeping import keep_copy

PASSPHRASE = "trois bateaux bleus dans la brume"


def passphrase(path, words=PASSPHRASE):
    path.write_text(words + "\n")
    path.chmod(0o600)
    return str(path)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_keys_come_back_and_open_what_they_opened(engine, make_portal, tmp_path):
    portal = make_portal(engine).initialise().start()
    agent, person = Operator(portal, "agnes", "agent"), People(count=1)[0]
    filed = portal.file(person)
    portal.link("clinique", "manual:")
    secret, sealed = passphrase(tmp_path / "passphrase"), tmp_path / "keys.backup"

    # Beside the server that uses them; nothing but the passphrase opens it, and it is never an argument.
    weak = portal.run("keys", "backup", str(sealed), "--passphrase-file", passphrase(tmp_path / "weak", "court"))
    assert weak.returncode == 3 and "at least 15" in weak.stderr and not sealed.exists()
    (tmp_path / "weak").write_text(PASSPHRASE)
    (tmp_path / "weak").chmod(0o644)
    shown = portal.run("keys", "backup", str(sealed), "--passphrase-file", str(tmp_path / "weak"))
    assert shown.returncode == 3 and "others" in shown.stderr
    nothing = portal.run("keys", "backup", str(sealed), stdin="")
    assert nothing.returncode == 2 and "--passphrase-file" in nothing.stderr
    said = portal.command("keys", "backup", str(sealed), "--passphrase-file", secret)
    assert "key files of epoch 1" in said and "linked databases among them: 1" in said
    assert sealed.stat().st_mode & 0o777 == 0o600
    again = portal.run("keys", "backup", str(sealed), "--passphrase-file", secret)
    assert again.returncode == 3 and "already" in again.stderr
    living = portal.run("keys", "restore", str(sealed), "--passphrase-file", secret)
    assert living.returncode == 3 and "never overwritten" in living.stderr
    before = {path.name: path.read_bytes() for path in (portal.var / "keys").iterdir()}
    for name, content in before.items():
        if name.endswith(".key"):
            assert content.split()[-1] not in sealed.read_bytes()
    keep_copy(portal, tmp_path / "database")

    # All of it is gone.
    portal.stop()
    shutil.rmtree(portal.var)
    wrong = portal.run("keys", "restore", str(sealed), "--passphrase-file", "-", stdin="autre chose que cela\n")
    assert wrong.returncode == 3 and "another passphrase" in wrong.stderr
    assert not (portal.var / "keys").exists()
    said = portal.run("keys", "restore", str(sealed), "--passphrase-file", "-", stdin=PASSPHRASE + "\n")
    assert said.returncode == 0 and "key files of epoch 1" in said.stdout, said.stderr
    assert {path.name: path.read_bytes() for path in (portal.var / "keys").iterdir()} == before
    if engine == "sqlite":
        portal.command("restore", str(tmp_path / "database"))
    else:
        portal.server.restore(portal.database, tmp_path / "database")
        portal.command("restore", "--declare")
    portal.start()
    assert portal.follow(filed)["timeline"][0]["type"] == "filed"
    agent.sign_in()
    identity = agent.post(f"/api/v1/operator/requests/{filed['reference']}/identity", {"motive": "answer"})
    assert identity.json["subject"]["birthName"] == person.birth_name
    assert portal.file(People(count=1)[0])["reference"]
