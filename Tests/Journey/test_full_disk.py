"""A full disk: a clear answer, nothing half-written, and everything goes on once there is room."""

import contextlib
import os
import subprocess
import tempfile

import pytest
from operators import Operator
from people import People
from waiting import wait_for


@contextlib.contextmanager
def small_disk(megabytes=16):
    """A file system of its own in memory."""
    with tempfile.TemporaryDirectory(prefix="regard-disk.") as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", folder], capture_output=True, text=True)
        if mounted.returncode:
            pytest.fail(f"a small disk could not be mounted, which needs root: {mounted.stderr}", pytrace=False)
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def fill(disk):
    """Takes every byte that is left."""
    with open(os.path.join(disk, "ballast"), "wb", buffering=0) as ballast:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    ballast.write(b"\0" * size)


def test_a_full_disk_is_said_and_survived(make_portal):
    with small_disk() as disk:
        portal = make_portal("sqlite", var=disk).initialise().start()
        try:
            agent = Operator(portal, "ada", "agent").sign_in()
            people = People(count=999)
            answered = {0: portal.file(people[0])}
            fill(disk)

            def attempt(index):
                answer = portal.post("/api/v1/requests", people[index].filing())
                if answer.status == 201:
                    answered[index] = answer.json
                return answer

            # What the write-ahead log has taken before can be written over: the first ones may still pass.
            refused = next((answer for answer in map(attempt, range(1, 600)) if answer.status != 201), None)
            assert refused is not None, "the disk never filled up"
            assert refused.status in (503, 507) and refused.json["code"] == "storageFull", refused
            assert refused.headers["content-type"] == "application/problem+json"
            assert int(refused.headers["retry-after"]) > 0
            assert "SQL" not in refused.text and "disk" not in refused.text.lower()
            assert portal.get("/healthz").status == 200
            assert portal.follow(answered[0])["reference"] == answered[0]["reference"], "reading goes on"
            page = portal.post_form("/droits/exercer", "step=file&birthName=Zo&givenNames=Zo&birthDay=1&birthMonth=1"
                                    "&birthYear=1980&sex=F&idempotencyKey=" + "k" * 24)
            assert page.status in (503, 507) and "text/html" in page.headers["content-type"], page
            again = attempt(700)
            assert again.status != 201 and again.json["code"] == "storageFull"

            os.remove(os.path.join(disk, "ballast"))
            wait_for("filing works again", lambda: attempt(800).status == 201, seconds=30)
            assert portal.file(people[801])
            answered[801] = None
            assert agent.count() == len(answered), "what was answered 201, and nothing else"
            portal.kill()
            portal.start()
            assert agent.count() == len(answered)
            for filed in list(answered.values())[:-1][::7]:
                assert portal.follow(filed)["inForce"] is True
        finally:
            portal.kill()
