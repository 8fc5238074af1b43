from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import ImageCms

from serve.photo.colour_space import to_srgb

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped(profile: bytes) -> bytes:
    """Return a profile whose red and green primaries have changed places."""
    changed = bytearray(profile)
    count = int.from_bytes(profile[128:132], "big")
    entries = {profile[132 + 12 * n : 136 + 12 * n]: 132 + 12 * n for n in range(count)}
    red, green = entries[b"rXYZ"], entries[b"gXYZ"]
    changed[red : red + 4], changed[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(changed)


def random_pixels(channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (32, 40, channels), np.uint8)


@pytest.mark.parametrize("profile", [None, SRGB, b"", b"no profile", SRGB[:300]])
@pytest.mark.parametrize("channels", [1, 3])
def test_srgb_and_unusable_profiles_change_nothing(profile: bytes | None, channels: int) -> None:
    pixels = random_pixels(channels)
    assert to_srgb(pixels, profile) is pixels


def test_a_profile_is_applied() -> None:
    pixels = random_pixels()
    converted = to_srgb(pixels, swapped(SRGB))
    np.testing.assert_allclose(converted, pixels[..., [1, 0, 2]], atol=2)


def test_a_profile_for_colour_says_nothing_of_grey() -> None:
    grey = random_pixels(1)
    assert to_srgb(grey, swapped(SRGB)) is grey


def test_threads_share_a_transform() -> None:
    pixels = random_pixels()
    expected = to_srgb(pixels, swapped(SRGB))
    with ThreadPoolExecutor(4) as pool:
        for converted in pool.map(lambda _: to_srgb(pixels, swapped(SRGB)), range(40)):
            np.testing.assert_array_equal(converted, expected)
