import numpy as np

from igan.data.traits import NO_LABEL, TRAITS, Traits


def test_a_row_is_packed_as_the_array_is_read() -> None:
    traits = Traits(2**64 - 1, 3, 2**40, 640, 480)
    rows = np.frombuffer(traits.to_bytes(7) + traits.to_bytes(), TRAITS)
    assert rows["label"].tolist() == [7, NO_LABEL]
    assert all((rows[name] == getattr(traits, name)).all() for name in Traits._fields)
