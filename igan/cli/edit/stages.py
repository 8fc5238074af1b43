"""The stages of a command on one line of the terminal, with their seconds."""

import time


class Stages:
    """Names what is being done on one line of the terminal, and keeps the seconds."""

    def __init__(self, names: tuple[str, ...]) -> None:
        from tqdm import tqdm

        self._names = names
        self._bar = tqdm(total=len(names), unit="stage", disable=None)
        self.seconds: dict[str, float] = {}

    def __enter__(self) -> "Stages":
        self._begin()
        return self

    def __exit__(self, *unused: object) -> None:
        self._bar.close()

    def note(self, text: str) -> None:
        """Say how far the current stage is."""
        self._bar.set_postfix_str(text)

    def done(self) -> None:
        """The current stage is over, the next begins."""
        name = self._names[len(self.seconds)]
        self.seconds[name] = round(time.perf_counter() - self._began, 3)
        self._bar.update()
        self._begin()

    def _begin(self) -> None:
        self._began = time.perf_counter()
        if len(self.seconds) < len(self._names):
            self._bar.set_description(self._names[len(self.seconds)])
