"""Hold a study on this machine: serve its page on the loopback address and keep the answers.

  igan study serve studies/shoes

Each visitor of the address gets the sheet that was answered least often. The answers are kept in
STUDY/answers, a file for each participant. Others reach it through a tunnel or a web server that
passes requests on. Ctrl-C ends it.
"""

import argparse
from pathlib import Path

from igan.errors import BadInputError

PURPOSE = "hold the study on this machine"
HIGHEST_PORT = 65535


def add_arguments(action: argparse.ArgumentParser) -> None:
    action.add_argument("study", type=Path, metavar="STUDY", help="the folder of a study")
    action.add_argument("--port", type=int, default=8017, help="0 takes a free one (8017)")


def run(arguments: argparse.Namespace) -> None:
    from igan.study.server import StudyServer

    if not 0 <= arguments.port <= HIGHEST_PORT:
        raise BadInputError(f"--port must be from 0 to {HIGHEST_PORT}, not {arguments.port}.")
    try:
        server = StudyServer(arguments.study, arguments.port)
    except OSError as error:
        if error.filename is not None:
            raise
        raise BadInputError(
            f"the port {arguments.port} cannot be used ({error.strerror}); name another by --port."
        ) from None
    with server:
        answers = arguments.study / "answers"
        print(f"{server.address} holds the study; answers go to {answers}.", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("Ended; all answers that came are kept.")
