"""Every spoilt bundle is refused by a sentence, in one process that no bundle takes down."""

import json
import re
import subprocess
import sys

import pytest

# The bundle itself is a tenth of this; what is allowed beyond it is for reading it.
MOST_GROWTH_MB = 64


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded and read as on Linux")
def test_two_hundred_spoilt_bundles(whole, tmp_path):
    command = [sys.executable, "-m", "tests.serve.bundle.corruptions", str(whole), str(tmp_path)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in finished.stdout.splitlines()]
    assert finished.returncode == 0, (lines[-1:], finished.stderr)
    tried = list(zip(lines[::2], lines[1::2], strict=True))
    spoilt = [(about, outcome) for about, outcome in tried if "said" in outcome]
    assert len(spoilt) >= 200
    for about, outcome in spoilt:
        said = outcome["said"]
        assert said is not None, f"{about['name']} was not noticed"
        assert re.search(about["must_name"], said), (about["name"], said)
        assert "\n" not in said
        assert said.endswith(".")
    sealed = {about["name"]: outcome["outcome"] for about, outcome in tried if "outcome" in outcome}
    assert len(sealed) > 100
    assert "taken for whole" not in sealed.values(), sealed
    assert tried[-1][1]["grown_mb"] < MOST_GROWTH_MB
