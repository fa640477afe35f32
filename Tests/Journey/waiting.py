"""Waiting for facts, never for time to pass."""

import time


class NotInTime(AssertionError):
    """A fact that should have become true did not."""


def wait_for(what, fact, seconds=60.0, every=0.05):
    """Asks `fact()` until it gives something true, and returns that.

    Exceptions of `fact` count as “not yet”, but for failed assertions about something else, which are the caller's.
    """
    deadline = time.monotonic() + seconds
    last = None
    while True:
        try:
            last = fact()
            if last:
                return last
        except (OSError, LookupError, ValueError, NotReached) as error:
            last = error
        if time.monotonic() >= deadline:
            raise NotInTime(f"{what}: not within {seconds} s; last seen: {last!r}")
        time.sleep(every)


class NotReached(Exception):
    """What was asked could not be reached just now."""
