"""The direction of imports: igan -> serve, never back, and the law inside each package."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MAY_IMPORT = {
    "serve.photo": {"serve.photo"},
    "serve.bundle": {"serve.bundle", "serve.photo"},
    "serve.latent": {"serve.latent", "serve.bundle", "serve.photo"},
    "serve.transfer": {"serve.transfer", "serve.bundle", "serve.photo"},
    "serve.report": {"serve.report"},
    "serve.app": {"serve"},
    "serve.client": {"serve.client", "serve.app.protocol", "serve.latent"},
    "igan.models": {"igan.models"},
    "igan.data": {"igan.data", "serve"},
    "igan.evaluation": {"igan.evaluation", "igan.models", "igan.data", "serve"},
    "igan.training": {"igan.training", "igan.evaluation", "igan.models", "igan.data", "serve"},
    "igan.export": {"igan.export", "igan.evaluation", "igan.models", "igan.data", "serve"},
    "igan.study": {"igan.study", "igan.evaluation", "igan.data", "serve"},
    "igan.cli": {"igan", "serve"},
}
ROOT_MODULES = {
    "igan": {"igan", "igan.errors", "igan.run_folder"},
    "serve": {"serve", "serve.errors", "serve.staging"},
}
MODELS_MAY_ALSO_IMPORT = {"torch", "safetensors"}
KEPT_OUT_OF_SERVE = ("lightning", "lmdb", "wandb", "torchvision", "onnx", "onnxscript", "igan")

KEPT_OUT_OF_THE_CORE = {
    "asyncio",
    "fastapi",
    "onnxruntime",
    "prometheus_client",
    "starlette",
    "uvicorn",
    "websockets",
}


def imported_names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield node.module or ""


def lies_in(name: str, places: set[str]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


def test_every_room_is_under_the_law() -> None:
    rooms = {
        f"{package}.{folder.parent.name}"
        for package in ("igan", "serve")
        for folder in (ROOT / package).glob("*/__init__.py")
    }
    assert rooms == set(MAY_IMPORT)


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_rooms_import_only_what_they_may(room: str) -> None:
    allowed = MAY_IMPORT[room] | ROOT_MODULES["serve"]
    if room.startswith("igan."):
        allowed |= ROOT_MODULES["igan"]
    for path in (ROOT / room.replace(".", "/")).rglob("*.py"):
        for name in imported_names(path):
            if name.partition(".")[0] in ("igan", "serve"):
                permitted = name in allowed if name in ROOT_MODULES else lies_in(name, allowed)
                assert permitted, f"{path.relative_to(ROOT)} imports {name}"


def test_the_editors_core_knows_no_web_framework_and_no_engine() -> None:
    for path in (ROOT / "serve/app").rglob("*.py"):
        if (ROOT / "serve/app/web") not in path.parents:
            for name in imported_names(path):
                package = name.partition(".")[0]
                assert package not in KEPT_OUT_OF_THE_CORE, f"{path.relative_to(ROOT)}: {name}"


def test_networks_import_torch_alone() -> None:
    allowed = set(sys.stdlib_module_names) | MODELS_MAY_ALSO_IMPORT | {"igan"}
    for path in (ROOT / "igan/models").rglob("*.py"):
        for name in imported_names(path):
            assert name.partition(".")[0] in allowed, f"{path.relative_to(ROOT)} imports {name}"
            assert not name.startswith(("igan.errors", "igan.run_folder"))


def test_serve_runs_without_the_training_packages() -> None:
    """Every module of it is imported in a process in which these packages cannot be."""
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "serve").rglob("*.py")
        if path.name != "__init__.py"
    ]
    script = (
        "import importlib, sys\n"
        f"sys.modules.update(dict.fromkeys({KEPT_OUT_OF_SERVE!r}))\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
    )
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], cwd=ROOT, capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stderr


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom igan.cli.main import main\n"
        "main([])\n"
        "heavy = {'torch', 'numpy', 'cv2', 'lightning', 'onnxruntime'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True)
