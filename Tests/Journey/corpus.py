"""The real registers, which are kept outside the project."""

import os
from pathlib import Path

from portal import PROJECT


def corpus():
    """Their folder; None where they are absent."""
    folder = Path(os.environ.get("REGARD_CORPUS", PROJECT.parent / "shared/corpus"))
    return folder if (folder / "projects.jsonl").exists() else None
