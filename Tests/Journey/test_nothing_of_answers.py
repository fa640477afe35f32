"""Whoever asks whether they are concerned leaves no trace: not in a log at its loudest, not in the database and its files,
not in an answer that somebody else could be shown."""

from urllib.parse import urlencode

import pytest
from traces import Traces

WORDS = ["zkvwbxqdrfh", "zpmtgcnjwvk", "zxdhrblqfsn", "zhjvtkcmwpg"]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_answers_leave_no_trace(make_portal, engine):
    portal = make_portal(engine, environment={"REGARD_LOG_LEVEL": "trace"}).initialise("--demo").start()
    tables = ("filing_draft", "audit_event", "request_event", "rights_request", "record_version")
    for address in ("/suis-je-concerne", "/en/am-i-concerned"):
        first = portal.get(address, {"Accept": "text/html"})
        for word in WORDS:
            answered = portal.post_form(address, urlencode([
                ("care", "hospital"), ("care", "mentalHealth"), ("care", word), ("region", "Aubelande"),
                ("from", "1987"), ("age", "47"), (word, word)]))
            assert answered.status == 200 and "eds-valbrume" not in answered.text, "another region"
            assert "parcours-psy" in answered.text
            assert answered.headers["cache-control"] == "no-store"
            for absent in ("set-cookie", "location", "etag"):
                assert absent not in answered.headers, absent
            assert word not in answered.text
            # A slip comes back to whoever made it, and to nobody else.
            slip = portal.post_form(address, urlencode([("care", "hospital"), ("age", word), ("region", word)]))
            assert slip.status == 422 and slip.headers["cache-control"] == "no-store"
            huge = portal.post_form(address, urlencode([("care", word * 20_000)]))
            assert huge.status == 413
            assert portal.post_form(address, f"care={word}&age=%ff").status == 400
            assert portal.post_form(address, urlencode([("care", word)]), {"Sec-Fetch-Site": "cross-site"}).status == 403
        assert portal.get(address, {"Accept": "text/html"}).body == first.body
    assert "route=/suis-je-concerne" in portal.log_text(), "the log is at its loudest"
    portal.stop()
    search = Traces()
    for word in WORDS:
        search.of_word("an answer", word)
    assert search.in_bytes(f"x {WORDS[0]} y".encode(), "a trace"), "it finds what is there"
    assert portal.traces(search) == []
    log = portal.log_text()
    for asked in ("age=47", "from=1987", "care=", "region="):
        assert asked not in log, asked
    counts = {table: int(portal.stored(f"SELECT count(*) FROM {table}")[0][0]) for table in tables}
    assert counts["filing_draft"] == 0 and counts["rights_request"] == 0 and counts["request_event"] == 0, counts


def test_a_process_without_keys_serves_figures_and_answers(make_portal):
    portal = make_portal("sqlite", arguments=["--role", "public"]).initialise("--demo")
    portal.environment["REGARD_KEYS"] = str(portal.folder / "no-keys")
    portal.start()
    for address in ("/chiffres", "/en/figures", "/api/v1/statistics", "/api/v1/statistics/requests.csv", "/suis-je-concerne"):
        assert portal.get(address).status == 200, address
    answered = portal.post_form("/suis-je-concerne", "care=vaccination")
    assert answered.status == 200 and "carnet-vaccinal" in answered.text
    rows = portal.get("/api/v1/statistics").json["tables"]["requests"]["rows"]
    assert len(rows) == 24 * 6 and all(row["requests"] is None for row in rows)
    assert not (portal.folder / "no-keys").exists()
