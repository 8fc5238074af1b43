from serve.latent.satisfaction import (
    AGREEMENT,
    COLOUR_ERROR,
    BeforeAndAfter,
    Satisfaction,
    StrokeSatisfaction,
)
from serve.latent.stroke_sentences import stroke_sentences


def test_how_far_strokes_are_met_in_words() -> None:
    met = Satisfaction(
        strokes=(
            StrokeSatisfaction(1, "colour", {COLOUR_ERROR: BeforeAndAfter(60.2, 12.4)}),
            StrokeSatisfaction(2, "erase", {}),
            StrokeSatisfaction(3, "sketch", {AGREEMENT: BeforeAndAfter(0.1, 0.75)}),
            StrokeSatisfaction(4, "keep", {}),
        ),
        latent_distance=0.1,
        picture_distance=0.2,
    )
    colour, sketch, keep = stroke_sentences(met)
    assert colour == {
        "index": 0,
        "kind": "colour",
        "error": 12.4,
        "unit": "CIELAB",
        "sentence": "12 CIELAB units from the colour asked for, 60 before",
    }
    assert sketch["met"] == 0.75
    assert sketch["sentence"] == "75% of the edges asked for are there, 10% before"
    assert keep == {
        "index": 3,
        "kind": "keep",
        "sentence": "nothing of it is in force inside the frame",
    }
