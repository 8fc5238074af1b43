import pytest

from igan.cli.evaluate import ACTIONS
from igan.cli.main import main


@pytest.mark.parametrize("name", ACTIONS)
def test_each_measurement_has_its_own_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate", name, "--help"])
    assert stopped.value.code == 0
    assert f"igan evaluate {name}" in capsys.readouterr().out


def test_a_measurement_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate"])
    assert stopped.value.code == 2
    assert "ACTION" in capsys.readouterr().err
