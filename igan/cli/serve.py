"""Edit photos in a browser: start the editor's server, and open its address.

  igan serve checkpoints/shoes              edit with a bundle, or with several
  igan serve                                with every bundle in checkpoints/, the longest
                                            trained first, else the demo's
  igan serve --host 0.0.0.0 --token-file token.txt
                                            for others in the network, who need the token

Photos stay in memory and are forgotten with the session. Ctrl-C stops the server; pages that are
open go on with their edits when it is started again.
"""

import argparse
import os
import webbrowser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from igan.cli.shipped import CHECKPOINTS, SAMPLES, bundles_in
from igan.errors import BadInputError

if TYPE_CHECKING:
    from socket import socket

    from serve.app.web.access import Access
    from serve.app.web.server import WebServer

DEMO_BUNDLE = Path("runs/demo/bundle")
CHECKOUT_SAMPLES = Path(__file__).parents[2] / SAMPLES
TOKEN_VARIABLE = "IGAN_TOKEN"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "bundles",
        type=Path,
        nargs="*",
        metavar="BUNDLE",
        help="exported models (all in checkpoints/, else runs/demo/bundle)",
    )
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (this machine only)")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one (8000)")
    parser.add_argument("--open", action="store_true", help="open the address in a browser")
    parser.add_argument(
        "--samples", type=Path, metavar="FOLDER", help="sample photos, listed in samples.json there"
    )
    parser.add_argument("--max-sessions", type=int, help="people at once (32)")
    access = parser.add_argument_group("who may use it")
    access.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help=f"holds the token that must be shown; the variable {TOKEN_VARIABLE} does the same",
    )
    access.add_argument(
        "--without-token",
        action="store_true",
        help="let everybody in the network use it, on a --host that they can reach",
    )
    access.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="an address under which the page is seen besides its own, as behind a proxy: "
        "https://example.org; may be given several times",
    )
    parser.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="warning",
        help="lines of JSON on standard error, from this level on (warning)",
    )


def run(arguments: argparse.Namespace) -> None:
    from serve.app.web.access import Access
    from serve.app.web.logs import log_to_stderr
    from serve.app.web.server import address_of, check_exposure, listen

    token = chosen_token(arguments.token_file, os.environ)
    check_exposure(arguments.host, token, arguments.without_token)
    access = Access.of(arguments.host, token, arguments.allow_origin)
    folders = arguments.bundles or default_bundles(Path())
    with listen(arguments.host, arguments.port) as listening:
        log_to_stderr(arguments.log_level)
        address = address_of(listening, token)
        server = make_server(
            folders, listening, access, chosen_samples(arguments.samples), arguments.max_sessions
        )

        def on_ready() -> None:
            print(f"The editor is open; Ctrl-C closes it: {address}", flush=True)
            if arguments.open:
                webbrowser.open(address)

        server.run(on_ready)
    print("The editor is closed.")


def make_server(
    folders: Sequence[Path],
    listening: "socket",
    access: "Access",
    samples: Path | None = None,
    max_sessions: int | None = None,
) -> "WebServer":
    """A server of these bundles, which listens already.

    Raises:
        BundleError: a folder is no bundle.
        PhotoError: the folder of samples holds no list of them, or not all that it lists.
    """
    import cv2
    import torch

    from serve.app.limits import Limits
    from serve.app.models import Models
    from serve.app.samples import read_samples
    from serve.app.service import EditingService
    from serve.app.web.application import make_application
    from serve.app.web.server import WebServer

    if max_sessions is not None and max_sessions < 1:
        raise BadInputError(f"--max-sessions must be at least 1, not {max_sessions}.")
    threads = threads_per_lane(os.cpu_count() or 1)
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    limits = Limits() if max_sessions is None else Limits(sessions=max_sessions)
    service = EditingService(
        Models.load(folders, threads), limits, () if samples is None else read_samples(samples)
    )
    return WebServer(make_application(service, access), service, listening)


def threads_per_lane(cores: int) -> int:
    """Edits are stepped and pictures drawn side by side; neither should wait for the other."""
    return max(1, cores // 2)


def default_bundles(place: Path) -> list[Path]:
    """The bundles in `checkpoints`, the longest trained first, or else that of the demo.

    The editor opens with the first.

    Raises:
        BadInputError: there is none.
        BundleError: one has no usable manifest.
    """
    exported = bundles_in(place / CHECKPOINTS)
    if exported:
        return sorted(exported, key=_images_seen, reverse=True)
    if (place / DEMO_BUNDLE / "manifest.json").is_file():
        return [place / DEMO_BUNDLE]
    raise BadInputError(
        f"there is no bundle in {CHECKPOINTS} and none at {DEMO_BUNDLE}; name one, or make one "
        "with `make demo`."
    )


def _images_seen(bundle: Path) -> int:
    from serve.bundle import read_manifest

    record = read_manifest(bundle).training.get("gan")
    return record.get("images_seen", 0) if isinstance(record, dict) else 0


def chosen_token(file: Path | None, environment: Mapping[str, str]) -> str | None:
    """The token of a file, else of the environment, if any.

    Raises:
        BadInputError: it cannot be used.
    """
    from serve.app.web.access import read_token

    return environment.get(TOKEN_VARIABLE) if file is None else read_token(file)


def chosen_samples(folder: Path | None) -> Path | None:
    """The folder of sample photos; those of a checkout where none is named."""
    if folder is None and CHECKOUT_SAMPLES.is_dir():
        return CHECKOUT_SAMPLES
    return folder
