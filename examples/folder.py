#!/usr/bin/env python3
"""For a database that is linked as `dir:PATH`: applies the batches that lie in the folder and acknowledges each; takes the tasks that
lie there, and lays down what was answered. Run by cron.

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
from tasks import Tasks


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


def read_task(path, key):
    """A task whose signature is right. Throws `ValueError`."""
    document = json.loads(path.read_bytes())
    try:
        key.verify(base64.b64decode(document["signature"]), b"regard-task-v1\n" + canonical(document["task"]))
    except InvalidSignature:
        raise ValueError("a task's signature is wrong") from None
    if path.name != f"{document['task']['id']}.json":
        raise ValueError("a task has another's name")
    return document["task"]


def exchange_tasks(folder, database, key, path):
    """Takes the tasks that lie in the folder, and lays down what was answered of them."""
    if not Path(folder, "tasks").is_dir():
        return
    open_tasks = [read_task(file, key) for file in Path(folder, "tasks").glob("*.json") if not file.name.startswith(".")]
    answers, ids = Path(folder, "answers"), {task["id"] for task in open_tasks}
    tasks = Tasks(path)
    try:
        tasks.take(open_tasks, database)
        # What does not lie there any more has been answered, or withdrawn.
        ended = tasks.ids() - ids
        tasks.end(ended)
        for task in ended:
            Path(answers, f"{task}.json").unlink(missing_ok=True)
        for answer in tasks.answers(database):
            file, content = answers / f"{answer['id']}.json", canonical(answer)
            if not file.exists() or file.read_bytes() != content:
                write_whole(file, content)
    finally:
        tasks.close()


def main():
    parser = argparse.ArgumentParser()
    for name in ("--database", "--folder", "--key", "--list"):
        parser.add_argument(name, required=True)
    options = parser.parse_args()
    try:
        run(options.folder, options.database, public_key(options.key), options.list)
        exchange_tasks(options.folder, options.database, public_key(options.key), options.list)
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"folder.py: {error}")


if __name__ == "__main__":
    main()
