"""A model card says what is known, and of everything else that it is not."""

from igan.export.model_card import model_card, with_measures
from serve.bundle.manifest import ImageSpec, LatentSpec, NetworkManifest, Parity, TensorSpec

NETWORK = NetworkManifest(
    forward="generator.forward.onnx",
    forward_saving=None,
    backward=None,
    input=TensorSpec("latents", (4,)),
    output=TensorSpec("images", (1, 8, 8)),
    residuals=(),
    meaning="images",
    opset=20,
    storage_dtype="float32",
    parity=Parity(2e-6, 1e-7, None, None, None, (0,), (1,)),
)
FACTS = {
    "name": "sketches",
    "image": ImageSpec(8, 1, (-1.0, 1.0)),
    "latent": LatentSpec(4, "normal", None),
    "feature_weight": 0.25,
    "networks": {"generator": NETWORK},
    "producer": {"igan": "1.2.3"},
    "training": {},
    "measures": {},
    "held_out_losses": None,
}


def test_what_is_not_known_is_said():
    card = model_card(**FACTS)
    assert "Quality of the pictures and of the projection: not measured." in card
    assert "held-out photos: not measured" in card
    assert "What it was trained on is not recorded." in card
    assert "licence of the weights was not stated" in card
    assert "has no projector" in card
    assert "has no feature space" in card
    assert "one-channel pictures of 8 x 8 pixels" in card
    assert "| generator | float32 | 2.0e-06 | not differentiated | none |" in card


def test_what_is_known_is_told():
    source = {"name": "zappos", "kind": "folder", "licence": "research | only"}
    training = {
        "gan": {
            "images_seen": 152000,
            "stores": {"shoes.lmdb": "abc123"},
            "sources": {"shoes.lmdb": [source]},
            "config": {"model": {"learning_rate": 2e-4, "shared_fakes": True}},
        }
    }
    card = model_card(
        **{**FACTS, "training": training, "measures": {"kernel distance": 0.12}}, licence="MIT"
    )
    assert "| gan | shoes.lmdb | `abc123` | zappos: research \\| only |" in card
    assert "- gan: 152,000 images seen; learning_rate 0.0002." in card
    assert "| kernel distance | 0.12 | |" in card
    assert "Measured by" not in card
    assert "## Licence\n\nMIT\n" in card
    assert "Quality" not in card


def test_parts_of_an_evaluation_are_told_with_their_commands():
    figures = [
        {
            "name": "KID",
            "value": 0.00794,
            "interval": [0.001, 0.0183],
            "better": "lower",
            "unit": "",
        },
        {"name": "PSNR", "value": 23.456, "interval": None, "better": "higher", "unit": "dB"},
    ]
    part = {"command": "igan evaluate realism a b --out c", "figures": figures}
    card = model_card(**{**FACTS, "measures": {"realism": part}})
    assert "| realism, KID | 0.00794 | 0.001 to 0.0183 |" in card
    assert "| realism, PSNR | 23.46 dB | - |" in card
    assert "Measured by:\n\n```bash\nigan evaluate realism a b --out c\n```" in card


def test_measures_are_written_anew_and_the_rest_stays():
    card = model_card(**FACTS, licence="MIT")
    losses = {
        "count": 7,
        "quantiles": [0.1, 0.2, 0.345678, 0.4, 0.5],
        "near_duplicates_left_out": 2,
        "stores": {"shoes.lmdb": "0123"},
    }
    changed = with_measures(card, {"kernel distance": 0.12}, losses, 0.25)
    assert changed == model_card(
        **{**FACTS, "measures": {"kernel distance": 0.12}, "held_out_losses": losses},
        licence="MIT",
    )
    assert "count: 7; quantiles: 0.1 to 0.5, 0.3457 in the middle; " in changed
    assert "near duplicates left out: 2; stores: shoes.lmdb." in changed
    assert with_measures("a card of another make", {}, losses, 0.25) == "a card of another make"
