"""Making the gallery: every bundle's section, then the page and its pictures at once."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from igan.cli.gallery.plan import CategoryPlan, plan_of_bundle, plan_of_category, read_plans
from igan.cli.gallery.section import Section
from igan.errors import BadInputError

PAGE = "gallery.md"
PICTURES = Path("images") / "gallery"


def make_gallery(
    bundles: Sequence[Path], samples: Path, out: Path, category: str | None = None
) -> Path:
    """Write `gallery.md` and the folder of its pictures, in place of those that stand there.

    Args:
        bundles: folders of bundles, a section each.
        samples: the folder of sample pictures, with samples.json and gallery.json.
        out: where the page is written, and the pictures in images/gallery/.
        category: shown with every bundle, instead of what gallery.json says of its name.

    Returns:
        the page.

    Raises:
        BundleError: a folder is no bundle.
        BadInputError: the samples or what is planned for them cannot be read, or two bundles have
            one name.
    """
    from serve.staging import staged_file

    plans = read_plans(samples)
    wanted = None if category is None else plan_of_category(plans, category)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".gallery.partial-", dir=out) as scratch:
        pictures = Path(scratch) / "pictures"
        sections = _sections(bundles, plans, wanted, pictures, out)
        blocks = _introduction(samples, out)
        parts = [(section.name, *part) for section in sections for part in section.parts]
        for number, (name, title, make) in enumerate(parts, start=1):
            print(f"[{number}/{len(parts)}] {name}: {title}", flush=True)
            blocks += make()
        blocks += _credits([section.plan for section in sections if section.plan is not None])
        shown = out / PICTURES
        if shown.exists():
            shown.rename(Path(scratch) / "replaced")
        shown.parent.mkdir(exist_ok=True)
        pictures.rename(shown)
        with staged_file(out / PAGE) as staged:
            staged.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return out / PAGE


def _sections(
    bundles: Sequence[Path],
    plans: Sequence[CategoryPlan],
    wanted: CategoryPlan | None,
    pictures: Path,
    out: Path,
) -> list[Section]:
    """A section for each bundle, and the folder for its pictures in `pictures`."""
    from serve.bundle import load_bundle

    sections = []
    for path in bundles:
        bundle = load_bundle(path)
        folder = pictures / bundle.manifest.name
        if folder.exists():
            raise BadInputError(f"two bundles are called {folder.name}; show one of them.")
        folder.mkdir(parents=True)
        plan = wanted or plan_of_bundle(plans, bundle.manifest.name)
        sections.append(Section(bundle, plan, folder, PICTURES / folder.name, out))
    return sections


def _introduction(samples: Path, out: Path) -> list[str]:
    about = Path(os.path.relpath(samples, out)).as_posix()
    return [
        "# Gallery",
        f"What the bundles can do, on [sample pictures]({about}) that may be passed on. The "
        "commands stand under the pictures; `igan gallery` makes the whole page anew.",
    ]


def _credits(plans: Sequence[CategoryPlan]) -> list[str]:
    """Whom the sample pictures are by."""
    samples = {sample.name: sample for plan in plans for sample in plan.samples}
    if not samples:
        return []
    lines = [
        f"- {sample.title}, by {sample.author} ({sample.licence}), edited where it is shown so: "
        f"{sample.origin}."
        for sample in samples.values()
    ]
    return ["## Whose pictures these are", "\n".join(lines)]
