"""The editor's server as its own process, as people start it."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]
STOPPING_S = 20


class EditorServer:
    """`igan serve` on loopback, which can be killed and started again on the same port."""

    def __init__(self, bundle: Path, samples: Path, log: Path, *others: Path) -> None:
        self._options = [*map(str, (bundle, *others)), "--samples", str(samples)]
        self._log = log
        self._process: subprocess.Popen[str] | None = None
        self.address = ""

    def __enter__(self) -> Self:
        self._begin(port=0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        try:
            code = self._process.wait(STOPPING_S)
        finally:
            self._process.kill()
            self._close()
        assert code == 0, self._log.read_text(encoding="utf-8")

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(STOPPING_S)
        self._close()

    def start_again(self) -> None:
        self._begin(int(self.address.rstrip("/").rpartition(":")[2]))

    def _begin(self, port: int) -> None:
        command = [sys.executable, "-m", "igan.cli.main", "serve", *self._options]
        with self._log.open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [*command, "--port", str(port)],
                cwd=ROOT,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "http://" in line:
                self.address = line.split()[-1]
                return
        raise AssertionError(self._log.read_text(encoding="utf-8"))

    def _close(self) -> None:
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()
