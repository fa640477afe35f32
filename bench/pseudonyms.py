"""How many pseudonyms one core makes in a second."""

import subprocess
from pathlib import Path

from measure import load, median

PROGRAM = Path(__file__).resolve().parent.parent / ".build/release/gate-benchmark"
PROMISE = 2_000_000


def measure():
    """Prints the figures; True where the promise is kept."""
    print(f"\nPseudonyms: a million identifiers, one core, the median of three; load {load()}")
    runs = [[float(figure) for figure in
             subprocess.run([PROGRAM], capture_output=True, text=True, check=True).stdout.split()] for _ in range(3)]
    ours, reference = (median(figures) for figures in zip(*runs))
    kept = ours >= PROMISE
    print(f"  {ours:>9,.0f} /s, {ours / reference:.1f} times the library's HMAC made anew for each "
          f"({reference:,.0f} /s)  {'keeps' if kept else 'MISSES'} the promised {PROMISE:,.0f} /s")
    return kept
