"""A full disk: a clear answer, nothing half-written, and everything goes on once there is room."""

import contextlib
import os
import subprocess
import tempfile

import pytest
from filing_form import FilingForm
from operators import Operator
from people import People
from waiting import wait_for


@contextlib.contextmanager
def small_disk(megabytes=16):
    """A file system of its own in memory."""
    with tempfile.TemporaryDirectory(prefix="regard-disk.") as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", folder],
            capture_output=True, text=True)
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
            answered = [portal.file(people[0])]
            fill(disk)

            def attempt(index):
                answer = portal.post("/api/v1/requests", people[index].filing())
                if answer.status == 201:
                    answered.append(answer.json)
                return answer

            def attempt_by_form(index):
                form = FilingForm(portal)
                answer = form.fill(people[index]) or form.file()
                if answer.status == 303:
                    answered.append(None)
                return answer

            def refusal(attempt, first):
                """The first answer that is no success. What the write-ahead log took before can be written over, so
                some filings still pass on a disk without a free byte."""
                answers = map(attempt, range(first, first + 300))
                found = next((answer for answer in answers if answer.status >= 400), None)
                assert found is not None, "the disk never filled up"
                return found

            refused = refusal(attempt, 1)
            assert refused.status in (503, 507) and refused.json["code"] == "storageFull", refused
            assert refused.headers["content-type"] == "application/problem+json"
            assert int(refused.headers["retry-after"]) > 0
            assert "SQL" not in refused.text and "disk" not in refused.text.lower()
            assert portal.get("/healthz").status == 200
            assert portal.follow(answered[0])["reference"] == answered[0]["reference"], "reading goes on"
            page = refusal(attempt_by_form, 301)
            assert page.status in (503, 507) and "text/html" in page.headers["content-type"], page
            assert "<h1" in page.text and "SQL" not in page.text

            os.remove(os.path.join(disk, "ballast"))
            wait_for("filing works again", lambda: attempt(700).status == 201, seconds=30)
            assert agent.count() == len(answered), "what was answered 201, and nothing else"
            portal.kill()
            portal.start()
            assert agent.count() == len(answered)
            for filed in [filed for filed in answered if filed][::7]:
                assert portal.follow(filed)["inForce"] is True
        finally:
            portal.kill()
