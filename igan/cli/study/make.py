"""Make a study: draw pictures of four conditions and put them on one static page.

  igan study make checkpoints/shoes --photos data/shoes.lmdb --out studies/shoes
  igan study make checkpoints/shoes --photos photos/ --count 8 --votes 5 --out studies/small

The pictures are photos, samples of the model, and photos to which part of the way to another
photo's projection was carried, by shape alone and by shape and colour. Photos come from a store
(its held-out ones) or a folder, at the size they have there.

The folder gets public/ (to be published as it is), key.json (which picture is what; never publish
it), links.csv (one link for each participant) and overview.html (the pictures by condition).
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igan.cli.framing import add_frame_argument, frame_of
from igan.errors import BadInputError

if TYPE_CHECKING:
    from igan.study.key import StudyKey
    from igan.study.kit import StudyPlan
    from igan.study.making import MakingSettings

PURPOSE = "draw the pictures and write the page"


def add_arguments(action: argparse.ArgumentParser) -> None:
    action.add_argument("bundle", type=Path, metavar="BUNDLE", help="an exported model")
    action.add_argument(
        "--photos", type=Path, required=True, help="a store or a folder; 2 x COUNT photos at least"
    )
    action.add_argument("--out", type=Path, required=True, help="the folder to make")
    action.add_argument("--count", type=int, default=100, help="pictures of each condition (100)")
    action.add_argument(
        "--side", type=int, default=256, help="of the pictures, in pixels (256)", metavar="PX"
    )
    action.add_argument(
        "--amount",
        type=float,
        default=0.5,
        help="how far edits go towards another photo's projection, above 0 to 1 (0.5)",
    )
    action.add_argument("--iterations", type=int, default=60, help="limit of the projection (60)")
    action.add_argument("--seed", type=int, default=0, help="of photos, samples and starts (0)")
    action.add_argument(
        "--per-participant", type=int, default=100, help="pictures that one judges, at most (100)"
    )
    action.add_argument("--votes", type=int, default=20, help="on each picture (20)")
    action.add_argument("--checks", type=int, default=6, help="attention checks for each (6)")
    action.add_argument(
        "--most-missed", type=int, default=1, help="checks that may be missed and still count (1)"
    )
    action.add_argument(
        "--consent", type=Path, help="a text file, paragraphs parted by empty lines"
    )
    action.add_argument(
        "--return-link",
        metavar="URL",
        help="link shown at the end, such as a crowd platform's; {code} in it becomes the code",
    )
    add_frame_argument(action)


def run(arguments: argparse.Namespace) -> None:
    from igan.study.kit import DEFAULT_CONSENT, StudyPlan
    from igan.study.making import MakingSettings

    consent = DEFAULT_CONSENT if arguments.consent is None else _paragraphs(arguments.consent)
    key = make_study(
        arguments.bundle,
        arguments.photos,
        arguments.out,
        MakingSettings(
            count=arguments.count,
            side_px=arguments.side,
            amount=arguments.amount,
            iterations=arguments.iterations,
            seed=arguments.seed,
        ),
        StudyPlan(
            per_participant=arguments.per_participant,
            votes=arguments.votes,
            checks=arguments.checks,
            most_missed_checks=arguments.most_missed,
            consent=consent,
            return_link=arguments.return_link,
        ),
        frame=arguments.frame,
    )
    print(
        f"{arguments.out / 'overview.html'} shows the {len(key.pictures)} pictures; "
        f"{len(key.sheets)} participants with {len(key.sheets[0])} pictures each are needed."
    )
    print(f"Publish {arguments.out / 'public'} and nothing else; `igan study serve` shows it here.")
    if arguments.consent is None:
        print("The consent text is a general one; give your own with --consent for a real study.")


def make_study(
    bundle_path: Path,
    photos_path: Path,
    out: Path,
    settings: "MakingSettings",
    plan: "StudyPlan",
    frame: str = "centre",
) -> "StudyKey":
    """Draw the pictures of a study and write it into the new folder `out`."""
    from dataclasses import asdict

    from tqdm import tqdm

    from igan.study.kit import write_study
    from igan.study.making import make_pictures
    from igan.study.photos import study_photos
    from igan.study.sheets import sheets_a_round
    from serve.bundle import load_bundle
    from serve.staging import refuse_existing, staged_folder

    refuse_existing(out)
    sheets_a_round(settings.count, plan.per_participant)
    photos = study_photos(photos_path)
    bundle = load_bundle(bundle_path)
    size = bundle.manifest.image.size
    made_with: dict[str, Any] = {
        "bundle": {"name": bundle.manifest.name, "digest": bundle.digest},
        "photos": photos_path.resolve().name,
        "frame": frame,
        **asdict(settings),
    }
    with (
        staged_folder(out) as staged,
        tqdm(total=settings.count, desc="projecting", unit="edit", disable=None) as bar,
    ):

        def carried() -> None:
            bar.set_description("carrying")
            bar.set_postfix_str("")
            bar.update()

        pictures = make_pictures(
            bundle,
            photos,
            lambda photo: frame_of(photo, frame, size),
            settings,
            lambda progress: bar.set_postfix_str(f"loss {progress.losses.mean():.4f}"),
            carried,
        )
        return write_study(staged, pictures, plan, made_with)


def _paragraphs(path: Path) -> tuple[str, ...]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BadInputError(f"{path} is no text in UTF-8; save it as such.") from None
    paragraphs = (" ".join(part.split()) for part in text.replace("\r\n", "\n").split("\n\n"))
    return tuple(filter(None, paragraphs))
