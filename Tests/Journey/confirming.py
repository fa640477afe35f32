"""A site where a refusal takes two."""

import shutil

from portal import PROJECT


def site(folder):
    """The project's resources with `policy.refusals: confirmed`, in `folder`."""
    for name in ("templates", "site", "public", "seeds"):
        shutil.copytree(PROJECT / name, folder / name)
    path = folder / "site/site.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count("refusals: direct") == 1
    path.write_text(text.replace("refusals: direct", "refusals: confirmed"), encoding="utf-8")
    return folder
