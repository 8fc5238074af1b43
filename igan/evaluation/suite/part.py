"""The parts of an evaluation: each is a command of its own, and the suite runs nothing else."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FEWEST_PHOTOS = 4
"""Of fewer no interval would tell anything."""

NO_PROJECTOR = (
    "the bundle has no projection network, without which there is one method and not three; "
    "`igan train projector` trains one."
)
NO_ORIGINALS = "it needs photos at their full size; give --originals FOLDER."


@dataclass(frozen=True)
class Part:
    """One measurement.

    Attributes:
        name: of `igan evaluate NAME`, and of the folder of its outcome.
        title: as a heading.
        meaning: what the figures are.
        inputs: of the command: bundle and photos.
        options: of the command, all but `--out`.
        why_not: why the part cannot be run, if it cannot.
    """

    name: str
    title: str
    meaning: str
    inputs: tuple[str, ...]
    options: tuple[str, ...]
    why_not: str = ""

    def arguments(self, out: Path) -> list[str]:
        """Of the command, to have the outcome as `out`."""
        return [*self.inputs, *self.options, "--out", str(out)]

    def command(self, out: Path) -> str:
        """What to type to have the part alone."""
        return shlex.join(["igan", "evaluate", self.name, *self.arguments(out)])


def parts_of(
    bundle: Path,
    store: Path,
    has_projector: bool,
    originals: Path | None = None,
    scale: float = 1.0,
    seed: int = 0,
) -> list[Part]:
    """The parts of the evaluation of a bundle.

    Args:
        has_projector: without it photos are projected by optimisation, and there are no methods to
            compare.
        originals: a folder with photos at their full size, without which transfer is left out.
        scale: by which all counts are multiplied.
        seed: of samples, starts and goals.
    """

    def part(name: str, inputs: Sequence[Path], *options: str, why_not: str = "") -> Part:
        return Part(name, *MEANINGS[name], tuple(map(str, inputs)), options, why_not)

    def at_most(count: int, fewest: int = 1) -> str:
        return str(max(fewest, round(scale * count)))

    photos, seeded = [bundle, store], ("--seed", str(seed))
    full_size = [bundle, originals] if originals else []
    method = ("--method", "hybrid" if has_projector else "optimisation")
    return [
        part(
            "reconstruction",
            photos,
            *("--count", at_most(24, FEWEST_PHOTOS), "--iterations", "60", *seeded),
            why_not="" if has_projector else NO_PROJECTOR,
        ),
        part("realism", photos, "--count", at_most(2000, 100), *seeded),
        part("neighbours", photos, "--count", at_most(500, 2), *seeded),
        part("scripts", photos, "--count", at_most(12, FEWEST_PHOTOS), *method, *seeded),
        part(
            "transfer",
            full_size,
            *("--count", at_most(12, FEWEST_PHOTOS), *method, *seeded),
            why_not="" if originals else NO_ORIGINALS,
        ),
        part("alignment", [], "--count", at_most(20, 4), *seeded),
        part("speed", [bundle], "--repetitions", at_most(50, 3)),
    ]


MEANINGS = {
    "reconstruction": (
        "Reconstruction of held-out photos",
        "The projection loss and its rivals on photos that were not trained on, by the projection "
        "network, by optimisation from a random start, and by both (hybrid).",
    ),
    "realism": (
        "Realism of samples",
        "Pictures drawn from the exported ONNX file. KID against held-out photos; FID, precision "
        "and recall against the photos to train on. Each in two feature spaces: means of AlexNet's "
        "conv4 (alexnet), and edges and colours without any network (hog-colour).",
    ),
    "neighbours": (
        "Nearest photos to train on",
        "Distances of samples, and for comparison of held-out photos, to the nearest photo to "
        "train on. A model that repeats its photos comes nearer than other photos do.",
    ),
    "scripts": (
        "Scripted edits",
        "A fixed set of edits on held-out photos: the error under the strokes before and after "
        "(satisfaction), and how far latent and picture moved for it (closeness).",
    ),
    "transfer": (
        "Edits on the original photos",
        "Medians over photos at their full size: texture that shape and colour keep of what they "
        "should (1 is all), and whether motion and colour of the edit arrive (correlations).",
    ),
    "alignment": (
        "Motion+colour flow against other alignments",
        "Mean distance between found and true motion on rendered pairs that were moved and "
        "recoloured. It measures the method and not the model.",
    ),
    "speed": (
        "Speed and memory on this machine",
        "Medians of wall times, and the resident memory of a fresh process. Times and memory are "
        "those of this machine at that moment: they come out alike and not equal when measured "
        "again.",
    ),
}
