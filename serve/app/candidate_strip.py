"""The strip of candidates that one person sees."""

from typing import Any

from serve.app.outbox import Sender
from serve.app.protocol import FrameKind, answers
from serve.app.showing import Showing
from serve.errors import EditError
from serve.latent import Candidate, LatentCandidates


class CandidateStrip:
    """Sends the order of the candidates, and the pictures of those that changed."""

    def __init__(self, showing: Showing, sender: Sender) -> None:
        self._showing, self._sender = showing, sender
        self._of: LatentCandidates | None = None
        self._shown: list[Candidate] = []
        self._sent: dict[int, bytes] = {}

    def at(self, rank: int, candidates: LatentCandidates) -> Candidate:
        """The candidate that was shown with this rank, from 1; of these, and not of any before.

        Raises:
            EditError: there was none.
        """
        self._begin_if_other(candidates)
        if not 1 <= rank <= len(self._shown):
            raise EditError(f"there is no candidate number {rank}; {len(self._shown)} are shown.")
        return self._shown[rank - 1]

    def show(self, candidates: LatentCandidates, generation: int) -> None:
        """Send the best as they are now."""
        self._begin_if_other(candidates)
        self._shown = candidates.shown()
        ranks: list[dict[str, Any]] = [
            {"rank": rank, "row": one.row, "score": one.objective, "distinct": True}
            for rank, one in enumerate(self._shown, start=1)
        ]
        self._sender.message(answers.candidates(ranks, generation), slot="candidates")
        for rank, one in enumerate(self._shown, start=1):
            data = one.picture.tobytes()
            if self._sent.get(rank) != data:
                self._sent[rank] = data
                self._showing.send(FrameKind.CANDIDATE, one.picture, generation, rank)

    def _begin_if_other(self, candidates: LatentCandidates) -> None:
        if candidates is not self._of:
            self._of = candidates
            self._shown = []
            self._sent.clear()
