"""Let simulated people answer a study, to see its report before real ones are asked.

  igan study simulate studies/shoes --out studies/simulated
  igan study analyse studies/shoes studies/simulated --out studies/simulated-result

By default as many as there are sheets, with the paper's shares judged real. How wide the intervals
come out says whether there are enough pictures and people.
"""

import argparse
import json
from pathlib import Path

from igan.errors import BadInputError
from igan.study.conditions import CONDITIONS, PAPER_SHARES

PURPOSE = "let simulated people answer it"


def add_arguments(action: argparse.ArgumentParser) -> None:
    action.add_argument("study", type=Path, metavar="STUDY", help="the folder of a study")
    action.add_argument("--out", type=Path, required=True, help="the folder to make")
    action.add_argument("--participants", type=int, help="how many (one for each sheet)")
    action.add_argument(
        "--shares",
        type=float,
        nargs=4,
        metavar=tuple(map(str.upper, CONDITIONS)),
        help="judged real, from 0 to 1 (the paper's: 0.915 0.143 0.259 0.487)",
    )
    action.add_argument(
        "--careless", type=float, default=0.0, help="share who answer by chance (0)"
    )
    action.add_argument("--seed", type=int, default=0, help="of the simulation (0)")


def run(arguments: argparse.Namespace) -> None:
    from igan.study.key import StudyKey
    from igan.study.simulation import Population, simulate
    from serve.staging import staged_folder

    key = StudyKey.read(arguments.study)
    count = len(key.sheets) if arguments.participants is None else arguments.participants
    shares = (
        PAPER_SHARES
        if arguments.shares is None
        else dict(zip(CONDITIONS, arguments.shares, strict=True))
    )
    if count < 1 or arguments.seed < 0 or not all(0 < share < 1 for share in shares.values()):
        raise BadInputError(
            "give at least one participant, shares between 0 and 1, and a seed from 0 on."
        )
    if not 0 <= arguments.careless <= 1:
        raise BadInputError(f"--careless is a share from 0 to 1, not {arguments.careless:g}.")
    population = Population(shares=shares, careless=arguments.careless)
    with staged_folder(arguments.out) as staged:
        for submission in simulate(key, count, population, arguments.seed):
            path = staged / f"{submission.participant}.json"
            path.write_text(json.dumps(submission.to_json()) + "\n", encoding="utf-8")
    print(f"{arguments.out} holds the answers of {count} simulated participants.")
