"""Photo stores: import photos into one, draw the embedded set into one, look into one.

A store is a folder NAME.lmdb of equally sized pictures that training reads fast. About one photo
in ten is held out for measuring; folders named `train` and `test` in the source decide instead.

examples:
  igan data import photos/shoes --out data/shoes.lmdb --size 64
  igan data import shoes.zip --out data/shoes.lmdb --size 64 --fit pad --licence "CC BY 4.0"
  igan data render --count 5000 --out data/rendered.lmdb
  igan data import more/ --append --out data/shoes.lmdb
  igan data merge data/part-*.lmdb --out data/photos.lmdb
  igan data info data/shoes.lmdb --verify
  igan data report data/shoes.lmdb --out shoes.html
  igan data sheet data/shoes.lmdb --out shoes.png
"""

import argparse

from igan.cli.actions import add_actions, perform_action
from igan.cli.data import import_photos, info, merge, render, report, sheet

ACTIONS = {
    "import": import_photos,
    "merge": merge,
    "render": render,
    "info": info,
    "report": report,
    "sheet": sheet,
}

run = perform_action


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_actions(parser, ACTIONS)
