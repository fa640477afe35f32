#!/usr/bin/env python3
"""For a database that is linked as `dir:PATH`: applies the batches that lie in the folder and acknowledges each. Run by cron.

    folder.py --database clinic --folder /srv/regard/clinic --key connector.pub --list optouts.sqlite
"""

import argparse
import base64
import csv
import hashlib
import io
import json
import os
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from optouts import OptOuts, OutOfPlace, canonical, public_key


def read_batch(manifest_path, database, key):
    """What the manifest says, and the changes of the file that it describes. Throws `ValueError`."""
    document = json.loads(manifest_path.read_bytes())
    manifest = document["manifest"]
    try:
        key.verify(base64.b64decode(document["signature"]), b"regard-manifest-v1\n" + canonical(manifest))
    except InvalidSignature:
        raise ValueError("the manifest's signature is wrong") from None
    name = f"{manifest['edition']}-{manifest['number']}"
    if (manifest["format"], manifest["database"], f"{name}.manifest.json") != (
            "regard-manifest-v1", database, manifest_path.name):
        raise ValueError("the manifest is of another database or batch")
    content = (manifest_path.parent / f"{name}.csv").read_bytes()
    if hashlib.sha256(content).hexdigest() != manifest["sha256"]:
        raise ValueError("the file of changes is not the one that was signed")
    changes = [dict(row, position=int(row["position"])) for row in csv.DictReader(io.StringIO(content.decode()))]
    if len(changes) != manifest["lines"]:
        raise ValueError("lines are missing")
    return manifest, changes


def write_whole(path, content):
    """A file that has its name only once it is whole and durable."""
    aside = path.with_name(f".{path.name}.partial")
    with open(aside, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)


def run(folder, database, key, path):
    """Applies what follows; returns how many batches it was."""
    batches, answers = Path(folder, "batches"), Path(folder, "acknowledgements")
    waiting = []
    for manifest in batches.glob("*-*.manifest.json"):
        edition, _, number = manifest.name.removesuffix(".manifest.json").partition("-")
        waiting.append((int(edition), int(number), manifest))
    optouts = OptOuts(path)
    applied = 0
    try:
        for edition, number, manifest in sorted(waiting):
            held = optouts.acknowledgement()
            answer = answers / f"{edition}-{number}.json"
            if held and (edition, number) <= (held["edition"], held["number"]):
                if (edition, number) == (held["edition"], held["number"]) and not answer.exists():
                    # Applied, and cut off before it was acknowledged.
                    write_whole(answer, canonical(held))
                continue
            try:
                word = optouts.apply(*read_batch(manifest, database, key))
            except OutOfPlace:
                # A batch before it is missing: it is laid down again.
                break
            write_whole(answer, canonical(word))
            applied += 1
    finally:
        optouts.close()
    return applied


def main():
    parser = argparse.ArgumentParser()
    for name in ("--database", "--folder", "--key", "--list"):
        parser.add_argument(name, required=True)
    options = parser.parse_args()
    try:
        run(options.folder, options.database, public_key(options.key), options.list)
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"folder.py: {error}")


if __name__ == "__main__":
    main()
