"""The console script `igan`: finds the command, runs it, turns every error into one sentence."""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence

from igan import __version__
from igan.errors import IganError
from serve.errors import ServeError

COMMANDS = {
    "demo": "the whole path on an embedded picture set or your photos, with a report",
    "data": "import photos into a store, look into one, render the embedded set",
    "train": "train a GAN, or a projection network against one",
    "export": "turn a finished run into a bundle of ONNX files",
    "adopt": "make a bundle from a generator that somebody else exported to ONNX",
    "project": "find the latents of photos",
    "edit": "edit a photo with a script of strokes",
    "directions": "look at a bundle's sliders, and name them",
    "transform": "make a photo look like another, with no strokes",
    "sample": "draw random pictures from a bundle",
    "gallery": "show what bundles can do, on sample pictures",
    "serve": "edit photos in a browser",
    "bundle": "verify a bundle, print what it holds, pack it into one file",
    "evaluate": "measure a bundle: everything in one report, or one question",
    "study": "ask people which pictures look real, and analyse their answers",
}

EXTRA_OF_MODULE = {
    "lightning": "train",
    "lmdb": "train",
    "torchvision": "train",
    "torchmetrics": "train",
    "jsonargparse": "train",
    "wandb": "train",
    "onnx": "train",
    "onnxscript": "train",
    "fastapi": "serve",
    "httpx": "serve",
    "prometheus_client": "serve",
    "starlette": "serve",
    "uvicorn": "serve",
    "websockets": "serve",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return 0 when done, 1 failed, 2 for bad input, 130 when interrupted."""
    argv = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(argv)
    except (IganError, ServeError) as error:
        return _complain(str(error), error.exit_code)
    except KeyboardInterrupt as stopped:
        sentence = str(stopped) or "interrupted; nothing half-written was left."
        return _complain(sentence, 128 + signal.SIGINT)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - the interpreter flushes it at exit
        return 1
    except ModuleNotFoundError as error:
        extra = EXTRA_OF_MODULE.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        return _complain(
            f"this command needs the package {error.name}; install it with "
            f"`pip install 'igan[{extra}]'`.",
            1,
        )
    except OSError as error:
        return _complain(f"{error.filename or 'a file'}: {error.strerror or error}.", 1)


def _run(argv: list[str]) -> int:
    parser = _command_parser()
    if not argv:
        parser.print_help()
        return 0
    if argv[0] in COMMANDS:
        module = importlib.import_module(f"igan.cli.{argv[0]}")
        command = argparse.ArgumentParser(
            prog=f"igan {argv[0]}",
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.add_arguments(command)
        if getattr(module, "TAKES_OVERRIDES", False):
            arguments, overrides = command.parse_known_args(argv[1:])
            module.run(arguments, overrides)
        else:
            module.run(command.parse_args(argv[1:]))
    else:
        parser.parse_args(argv)
    return 0


def _command_parser() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS))
    listing = "\n".join(f"  {name:<{width}}  {purpose}" for name, purpose in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="igan",
        usage="igan COMMAND ...",
        description="Train generative models of natural images, and edit photos with them.",
        epilog=f"commands:\n{listing}\n\n`igan COMMAND --help` teaches each of them.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"igan {__version__}")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help=argparse.SUPPRESS)
    return parser


def _complain(sentence: str, exit_code: int) -> int:
    print(f"igan: {sentence}", file=sys.stderr)
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
