"""The model card of a bundle: what it is, for a person who did not make it."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from igan.evaluation.suite.figure import Figure
from serve.bundle.manifest import ImageSpec, LatentSpec, NetworkManifest

SAMPLES_FILE = "samples.png"
CARD_FILE = "README.md"
MEASURES_HEADING = "## Measures"
_NOT_MEASURED = "not measured"
_NOT_RECORDED = "not recorded"


def model_card(
    *,
    name: str,
    image: ImageSpec,
    latent: LatentSpec,
    feature_weight: float,
    networks: Mapping[str, NetworkManifest],
    producer: Mapping[str, str],
    training: Mapping[str, Any],
    measures: Mapping[str, Any],
    held_out_losses: Mapping[str, Any] | None,
    licence: str | None = None,
) -> str:
    """Markdown for `README.md` of a bundle, from what its manifest will say.

    What is not known is said to be so. `licence` is that of the weights.
    """
    blocks = [
        [f"# {name}"],
        _summary(image, latent, networks),
        [f"![Random pictures of seed 0, drawn by the exported generator]({SAMPLES_FILE})"],
        ["## Data", "", *_data(training)],
        ["## Recipe", "", *_recipe(training, networks)],
        [MEASURES_HEADING, "", *_measures(measures, held_out_losses, feature_weight)],
        ["## Agreement with Torch", "", *_parity(networks)],
        ["## Limits", "", *_limits(image, networks)],
        ["## Licence", "", _licence(licence)],
        ["Made by " + ", ".join(f"{tool} {version}" for tool, version in producer.items()) + "."],
    ]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def with_measures(
    card: str,
    measures: Mapping[str, Any],
    held_out_losses: Mapping[str, Any] | None,
    feature_weight: float,
) -> str:
    """A model card with its section on measures written anew; one without it stays as it is."""
    before, heading, after = card.partition(f"{MEASURES_HEADING}\n\n")
    if not heading:
        return card
    following = after.find("\n## ")
    rest = after[following:] if following >= 0 else ""
    section = "\n".join(_measures(measures, held_out_losses, feature_weight))
    return f"{before}{heading}{section}\n{rest}"


def _summary(
    image: ImageSpec, latent: LatentSpec, networks: Mapping[str, NetworkManifest]
) -> list[str]:
    kind = {1: "one-channel pictures", 3: "colour pictures"}.get(
        image.channels, f"pictures of {image.channels} channels"
    )
    bounds = "" if latent.bounds is None else " in [{:g}, {:g}]".format(*latent.bounds)
    present = ", ".join(networks)
    return [
        f"A generative model of {kind} of {image.size} x {image.size} pixels, driven by "
        f"{latent.dim} numbers ({latent.prior} prior{bounds}), for editing photos with igan.",
        f"It holds: {present}.",
    ]


def _data(training: Mapping[str, Any]) -> Iterator[str]:
    rows = []
    for stage, record in _stages(training):
        sources = record.get("sources") or {}
        for store, digest in (record.get("stores") or {}).items():
            terms = [
                f"{source.get('name', 'unnamed')}: {source.get('licence') or 'no licence noted'}"
                for source in sources.get(store, [])
            ]
            rows.append(
                f"| {stage} | {store} | `{digest}` | {_cell('; '.join(terms) or _NOT_RECORDED)} |"
            )
    if not rows:
        yield f"What it was trained on is {_NOT_RECORDED}."
        return
    yield "| Stage | Photo store | SHA-256 of its content | Sources and their terms |"
    yield "|---|---|---|---|"
    yield from rows


def _recipe(training: Mapping[str, Any], networks: Mapping[str, NetworkManifest]) -> Iterator[str]:
    for stage, record in _stages(training):
        seen = record.get("images_seen")
        images = (
            f"{seen:,} images seen" if isinstance(seen, int) else f"images seen {_NOT_RECORDED}"
        )
        model = (record.get("config") or {}).get("model") or {}
        settings = ", ".join(
            f"{key} {value:g}"
            for key, value in model.items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        )
        yield f"- {stage}: {images}" + (f"; {settings}." if settings else ".")
    for role, network in networks.items():
        yield f"- {role}: `{network.settings.get('class_path', _NOT_RECORDED)}`"
    yield ""
    yield "The resolved configuration of every stage stands in `manifest.json` under `training`."


def _measures(
    measures: Mapping[str, Any],
    held_out_losses: Mapping[str, Any] | None,
    feature_weight: float,
) -> Iterator[str]:
    if measures:
        yield "| Measure | Value | 95 % |"
        yield "|---|---|---|"
        for name, measure in measures.items():
            yield from _rows(name, measure)
        commands = [part["command"] for part in measures.values() if _is_evaluated(part)]
        if commands:
            yield from ("", "Measured by:", "", "```bash", *commands, "```")
    else:
        yield f"Quality of the pictures and of the projection: {_NOT_MEASURED}."
    yield ""
    if held_out_losses:
        figures = "; ".join(
            f"{name.replace('_', ' ')}: {_cell(_in_short(value))}"
            for name, value in held_out_losses.items()
        )
        yield f"Projection loss of held-out photos: {figures}."
    else:
        yield f"Projection loss of held-out photos: {_NOT_MEASURED}."
    yield f"The projection loss is the pixels' plus {feature_weight:g} times the features'."


def _rows(name: str, measure: object) -> Iterator[str]:
    if not _is_evaluated(measure):
        yield f"| {_cell(name)} | {_cell(measure)} | |"
        return
    for figure in map(Figure.from_json, measure["figures"]):
        title, interval = _cell(f"{name}, {figure.name}"), figure.interval_text
        yield f"| {title} | {figure.text} | {interval} |"


def _is_evaluated(measure: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether it is a part of an evaluation, as `igan.export.measuring` keeps it."""
    return isinstance(measure, Mapping) and measure.keys() == {"command", "figures"}


def _parity(networks: Mapping[str, NetworkManifest]) -> Iterator[str]:
    yield "Largest errors of the exported graphs against Torch holding the same stored weights:"
    yield ""
    yield "| Network | Stored as | Output | Gradient at the same gates | Cost of the storage |"
    yield "|---|---|---|---|---|"
    for role, network in networks.items():
        parity, cost = network.parity, network.storage_error
        gradient = parity.gradient_same_gates_max
        same_gates = "not differentiated" if gradient is None else f"{gradient:.1e}"
        storage = "none" if cost is None else f"{cost.largest:.1e} (mean {cost.mean:.1e})"
        yield (
            f"| {role} | {network.storage_dtype} | {parity.forward_max:.1e} | {same_gates} "
            f"| {storage} |"
        )


def _limits(image: ImageSpec, networks: Mapping[str, NetworkManifest]) -> Iterator[str]:
    yield (
        "- It draws what its training photos show, framed as they are framed. A photo of something "
        "else is projected onto the nearest of these, which may be far off."
    )
    yield (
        f"- Its own pictures have {image.size} x {image.size} pixels; finer detail of an edited "
        "photo is the photo's."
    )
    yield "- What is rare in the training photos is drawn badly, and their biases are its own."
    if "projector" not in networks:
        yield "- It has no projector: a photo is projected by optimisation alone, which is slower."
    if "features" not in networks:
        yield "- It has no feature space: photos are projected by their pixels alone."
    if "discriminator" in networks:
        yield (
            "- The discriminator tells its own generator's pictures from its training photos; its "
            f"score ({networks['discriminator'].meaning}) is no measure of realism beyond that."
        )


def _licence(licence: str | None) -> str:
    if licence:
        return licence
    return (
        "The licence of the weights was not stated at export (`igan export --licence`); ask "
        "whoever made them. The terms of the training photos stand under Data."
    )


def _stages(training: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((stage, record) for stage, record in training.items() if isinstance(record, Mapping))


def _in_short(value: object) -> str:
    """Numbers to four digits, long lists by their ends and middle, mappings by their names."""
    if isinstance(value, Mapping):
        return ", ".join(value)
    if isinstance(value, list | tuple) and len(value) >= 4:
        first, middle, last = (_in_short(value[at]) for at in (0, len(value) // 2, -1))
        return f"{first} to {last}, {middle} in the middle"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
