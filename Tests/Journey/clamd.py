"""A real clamd (Debian: clamav-daemon) with a signature of our own: the test file that every scanner knows by its name."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from files import EICAR


class Clamd:
    """Listens at a socket in a folder of its own; started and stopped at will."""

    def __init__(self):
        self.program = shutil.which("clamd", path="/usr/sbin:/usr/bin:/usr/local/sbin")
        if self.program is None:
            pytest.fail("no clamd (Debian: apt-get install clamav-daemon)", pytrace=False)
        self.folder = Path(tempfile.mkdtemp(prefix="clamd."))
        self.socket = self.folder / "clamd.sock"
        self.folder.joinpath("signatures").mkdir()
        self.folder.joinpath("signatures/test.ndb").write_text(f"Regard.Test:0:*:{EICAR.hex()}\n")
        self.folder.joinpath("clamd.conf").write_text(
            f"LocalSocket {self.socket}\nDatabaseDirectory {self.folder}/signatures\nForeground yes\n"
            f"StreamMaxLength 50M\nTemporaryDirectory {self.folder}\n")
        self.process = None

    @property
    def address(self):
        return f"unix:{self.socket}"

    def start(self):
        with self.folder.joinpath("out").open("wb") as out:
            self.process = subprocess.Popen(
                [self.program, "-c", str(self.folder / "clamd.conf")], stdout=out, stderr=subprocess.STDOUT)
        from waiting import wait_for

        wait_for("clamd listens", self.socket.exists)
        return self

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=30)
            self.socket.unlink(missing_ok=True)
            self.process = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
