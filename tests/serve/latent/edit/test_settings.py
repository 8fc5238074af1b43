import dataclasses

import pytest

from serve.errors import EditError
from serve.latent.edit import EditSettings
from serve.latent.objective import ObjectiveWeights


def test_every_weight_of_the_objective_is_a_setting_with_its_default() -> None:
    assert EditSettings().weights == ObjectiveWeights()
    for number, weight in enumerate(dataclasses.fields(ObjectiveWeights)):
        changed = EditSettings(**{f"{weight.name}_weight": 0.5 + number})  # type: ignore[arg-type]
        assert getattr(changed.weights, weight.name) == 0.5 + number


def test_every_setting_says_what_it_means() -> None:
    for setting in dataclasses.fields(EditSettings):
        assert setting.metadata["meaning"]


@pytest.mark.parametrize("setting", dataclasses.fields(EditSettings), ids=lambda one: one.name)
def test_settings_end_at_their_limits(setting: dataclasses.Field) -> None:
    about = setting.metadata
    if "choices" in about:
        with pytest.raises(EditError, match=f"unknown '{setting.name}'"):
            EditSettings.from_json({setting.name: "nothing"})
        return
    for limit, beyond in ((about["least"], about["least"] - 1), (about["most"], about["most"] + 1)):
        assert getattr(EditSettings.from_json({setting.name: limit}), setting.name) == limit
        with pytest.raises(EditError, match=f"'{setting.name}' must lie between"):
            EditSettings.from_json({setting.name: beyond})


def test_null_takes_the_default() -> None:
    assert EditSettings.from_json({"frames": None}) == EditSettings()
