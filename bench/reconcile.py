"""How long it takes to find one altered record in a list of a million: the ledger opened and derived again, the list read, both
compared. Against an SQLite target, beside the server that holds the database."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

from measure import load

RECORDS, WITHIN, MEMORY = 1_000_000, 10.0, 400


def identity(number):
    """A number whose key fits, and what goes with it."""
    year, month, day = 20 + number % 80, 1 + number // 80 % 12, 1 + number % 28
    thirteen = f"1{year:02d}{month:02d}75{100 + number // 960 // 999 % 900:03d}{1 + number // 960 % 999:03d}"
    nir = f"{thirteen}{97 - int(thirteen) % 97:02d}"
    return f"B-{number},2023-11-02,Essai,Jean,19{year:02d}-{month:02d}-{day:02d},M,{nir}\n"


def measure(records=RECORDS):
    """Prints the figures; True where the promise is kept."""
    folder = Path(tempfile.mkdtemp(prefix="regard-reconcile."))
    target = folder / "target.sqlite"
    environment = {**os.environ, "REGARD_KEYS": str(folder / "keys"), "REGARD_RESOURCES": os.environ.get(
        "REGARD_RESOURCES", str(Path(__file__).resolve().parent.parent)), "REGARD_DATABASE": str(folder / "regard.sqlite")}
    regard = os.environ["REGARD_BIN"]

    def run(*arguments, status=0):
        process = subprocess.Popen([regard, *arguments], cwd=folder, env=environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        out, err = process.communicate()
        assert process.returncode == status, f"{arguments}: {process.returncode}\n{err}"
        return out

    try:
        run("init")
        with (folder / "objections.csv").open("w") as file:
            file.write("externalReference,receivedOn,birthName,givenNames,birthDate,sex,nir\n")
            file.writelines(identity(number) for number in range(records))
        run("import", "objections", str(folder / "objections.csv"))
        run("database", "add", "bench", "--connector", f"sqlite:{target}")
        run("database", "confirm", "bench", "--without-control", "a benchmark")
        # On an embedded database the hub runs inside the server: it fills the list.
        server = subprocess.Popen([regard, "serve", "--port", "0"], cwd=folder, env=environment,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not list(folder.glob("*.sock")):
                time.sleep(0.1)
            while f"position {records}\t" not in run("database", "list"):
                time.sleep(1)
        finally:
            server.terminate()
            server.wait()
        connection = sqlite3.connect(target)
        connection.execute("UPDATE regard_optout SET active = 0 WHERE position = ?", (records // 2,))
        connection.commit()
        connection.close()
        start = time.perf_counter()
        process = subprocess.Popen([regard, "database", "reconcile", "bench"], cwd=folder, env=environment,
                                   stdout=subprocess.PIPE, text=True)
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        taken = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        memory = usage.ru_maxrss / 1024
        found = process.returncode == 1 and "stale     1" in out
        kept = found and taken <= WITHIN and memory <= MEMORY
        print(f"\nReconciliation: one altered record in {records:,}; load {load()}")
        print(f"  found {'yes' if found else 'NO'}, in {taken:.1f} s (at most {WITHIN:.0f}), {memory:.0f} MB at most "
              f"({MEMORY})   {'kept' if kept else 'MISSED'}")
        return kept
    finally:
        shutil.rmtree(folder, ignore_errors=True)
