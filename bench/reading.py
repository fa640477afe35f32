"""How fast the register is read, held against a constant answer of the same server, and against nginx."""

import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from exchange import exchange
from measure import load, median, wrk
from portal import free_port
from waiting import NotReached, wait_for

CONSTANT = "/healthz/constant"
PROMISE = 0.8


def measure(portal, seconds, rounds):
    """Prints the figures; True where the promise is kept."""
    items, target = [], "/api/v1/projects?limit=1000"
    while target:
        answer = portal.get(target).json
        items += [item["reference"] for item in answer["items"]]
        target = answer["next"]
    families = {"JSON": "/api/v1/projects/{}", "page": "/projets/{}"}
    bodies = {family: {path.format(item): portal.get(path.format(item)).body for item in items}
              for family, path in families.items()}
    constant = portal.get(CONSTANT)
    if constant.status != 200 or len(constant.body) != 4096:
        raise SystemExit(f"bench: {CONSTANT} is not served: {constant}")

    with tempfile.TemporaryDirectory(prefix="regard-bench.") as folder, nginx(Path(folder), bodies) as other:
        lists = {"constant answer of 4,096 bytes": (portal.origin, [CONSTANT])}
        for family, served in bodies.items():
            nearest = min(served, key=lambda path: abs(len(served[path]) - 4096))
            lists[f"{family} of one project of {len(served[nearest]):,} bytes"] = (portal.origin, [nearest])
            mean = sum(map(len, served.values())) // len(served)
            lists[f"{family} of all {len(served)} projects, {mean:,} bytes on average"] = (portal.origin, list(served))
            lists[f"nginx, the same {family} of all projects"] = (other, list(served))
        files = {}
        for number, (name, (_, paths)) in enumerate(lists.items()):
            files[name] = Path(folder, f"paths-{number}")
            files[name].write_text("".join(f"{path}\n" for path in paths))
        print(f"\nReading: wrk, 2 threads, 64 connections, {seconds} s a run, {rounds} rounds in turn; load {load()}")
        figures = {name: [] for name in lists}
        for turn in range(rounds):
            # Every other round goes backwards, so that what drifts weighs on all alike.
            for name in (list(lists) if turn % 2 == 0 else reversed(lists)):
                run = wrk(lists[name][0], "paths.lua", files[name], seconds=seconds)
                if run.refused:
                    raise SystemExit(f"bench: {name}: {run.refused} requests of {run.requests} failed")
                figures[name].append(run.per_second)

    reference = figures[next(iter(lists))]
    kept = True
    for name, found in figures.items():
        ratio = median([value / base for value, base in zip(found, reference)])
        verdict = ""
        if name.startswith(("JSON", "page")):
            kept = kept and ratio >= PROMISE
            verdict = f"  {'keeps' if ratio >= PROMISE else 'MISSES'} the promised {PROMISE}"
        print(f"  {median(found):>9,.0f}/s  {ratio:5.2f}  {name}{verdict}")
    print(f"  load {load()}")
    return kept


@contextmanager
def nginx(folder, bodies):
    """nginx on a loopback port, serving the same bytes from files; gives its origin."""
    port = free_port()
    for served in bodies.values():
        for path, body in served.items():
            file = folder / "root" / path.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
    for entry in folder.rglob("*"):
        entry.chmod(0o755 if entry.is_dir() else 0o644)
    folder.chmod(0o755)
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    configuration = folder / "nginx.conf"
    configuration.write_text(f"""
        worker_processes auto; pid {folder}/pid; error_log {folder}/error.log; daemon off;
        events {{ worker_connections 1024; }}
        http {{ access_log off; sendfile on; tcp_nopush on; open_file_cache max=4096; keepalive_requests 1000000000;
            default_type application/json; {temporary}
            server {{ listen 127.0.0.1:{port} backlog=1024; root {folder}/root; }} }}
        """)
    process = subprocess.Popen(["nginx", "-p", str(folder), "-e", f"{folder}/error.log", "-c", str(configuration)],
                               stderr=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C"})
    try:
        first = next(iter(next(iter(bodies.values()))))

        def answers():
            if process.poll() is not None:
                raise SystemExit(f"bench: nginx did not start: {Path(folder, 'error.log').read_text()}")
            return exchange("127.0.0.1", port, "GET", first).status == 200

        wait_for("nginx answers", answers, seconds=10)
        yield f"http://127.0.0.1:{port}"
    except NotReached as error:
        raise SystemExit(f"bench: nginx: {error}") from error
    finally:
        process.terminate()
        process.wait(timeout=10)
