"""Pictures whose motion and change of colour are known, because both are formulas."""

from dataclasses import dataclass

import numpy as np


def texture(seed, channels=3, waves=40, shortest_px=6.0, longest_px=24.0, contrast=0.14):
    """Return f(x, y) -> (..., channels), a random smooth texture around mid-grey."""
    rng = np.random.default_rng(seed)
    length = np.exp(rng.uniform(np.log(shortest_px), np.log(longest_px), (channels, waves)))
    angle, phase = rng.uniform(0, 2 * np.pi, (2, channels, waves))
    amplitude = contrast * rng.standard_normal((channels, waves)) * np.sqrt(2 / waves)
    wave_x, wave_y = 2 * np.pi / length * np.cos(angle), 2 * np.pi / length * np.sin(angle)

    def colours(x, y):
        argument = x[..., None, None] * wave_x + y[..., None, None] * wave_y + phase
        return 0.5 + (amplitude * np.sin(argument)).sum(-1)

    return colours


def grid(size=64):
    y, x = np.mgrid[:size, :size] + 0.5
    return x, y


def smooth_motion(seed, amplitude_px, wavelength_px=70.0):
    """Return f(x, y) -> (2, ...), a smooth field of about the given amplitude."""
    rng = np.random.default_rng(seed + 1000)
    angle, phase = rng.uniform(0, 2 * np.pi, (2, 2))

    def motion(x, y):
        return np.stack(
            [
                amplitude_px
                * np.sin(2 * np.pi / wavelength_px * (np.cos(a) * x + np.sin(a) * y) + b)
                for a, b in zip(angle, phase, strict=True)
            ]
        )

    return motion


def smooth_colour_map(seed, change, channels=3, wavelength_px=120.0):
    """Return f(x, y) -> (channels, channels + 1, ...), affine maps near the identity."""
    rng = np.random.default_rng(seed + 2000)
    angle, phase = rng.uniform(0, 2 * np.pi, (2, channels, channels + 1))

    def colour_map(x, y):
        argument = np.multiply.outer(np.cos(angle), x) + np.multiply.outer(np.sin(angle), y)
        waves = np.sin(2 * np.pi / wavelength_px * argument + phase[..., None, None])
        return np.eye(channels, channels + 1)[..., None, None] + change * waves

    return colour_map


def recoloured(colour_map, colours):
    """Apply maps (C, C + 1, H, W) to colours (H, W, C)."""
    linear = np.einsum("ijhw,hwj->hwi", colour_map[:, :-1], colours)
    return linear + colour_map[:, -1].transpose(1, 2, 0)


def to_pixels(colours):
    return np.rint(np.clip(colours, 0, 1) * 255).astype(np.uint8)


@dataclass
class Planted:
    """Frames along a path, with the truth between the first and the last."""

    frames: np.ndarray
    motion: np.ndarray
    colour_map: np.ndarray
    pulled: np.ndarray
    inner: np.ndarray


def planted_path(seed, amplitude_px=1.5, change=0.06, steps=1, channels=3, size=64):
    """Frame t is A_t applied to the texture at p + (t / steps) f(p)."""
    colours, motion_at = texture(seed, channels), smooth_motion(seed, amplitude_px)
    map_at = smooth_colour_map(seed, change, channels)
    x, y = grid(size)
    motion, whole_map = motion_at(x, y), map_at(x, y)
    identity = np.eye(channels, channels + 1)[..., None, None]
    frames = []
    for share in np.linspace(0, 1, steps + 1):
        pulled = colours(x + share * motion[0], y + share * motion[1])
        part = identity + share * (whole_map - identity)
        frames.append(to_pixels(recoloured(part, pulled)))
    at = (x + motion[0], y + motion[1])
    inner = np.minimum.reduce([x, y, size - x, size - y, *at, size - at[0], size - at[1]]) > 4
    return Planted(np.stack(frames), motion, whole_map, pulled, inner)


@dataclass
class PlantedDisc:
    """A textured disc that moves right by `shift_px` over a textured, recoloured ground at rest."""

    frames: np.ndarray
    motion: np.ndarray
    hidden: np.ndarray
    clear: np.ndarray


def planted_disc(seed, shift_px, radius_px=14, size=64):
    """`hidden` is ground that the disc covers in the source, `clear` lies away from all edges."""
    x, y = grid(size)
    ground = texture(seed, contrast=0.1)(x, y) - 0.15
    covers, distances, frames = [], [], []
    for centre in (size / 2 - 4, size / 2 - 4 + shift_px):
        distances.append(radius_px - np.hypot(x - centre, y - size / 2))
        covers.append(np.clip(distances[-1] + 0.5, 0, 1)[..., None])
        disc = texture(seed + 50, contrast=0.1)(x - centre, y) + 0.2
        frames.append(ground * (1 - covers[-1]) + disc * covers[-1])
    frames[1] = frames[1] * [0.9, 1.0, 0.95] + [0.03, -0.02, 0.01]
    before, after = (cover[..., 0] for cover in covers)
    hidden = (before > 0.99) & (after < 0.01)
    clear = ~hidden & np.all([np.abs(distance) > 1.5 for distance in distances], axis=0)
    motion = np.stack([-shift_px * (after > 0.5), np.zeros_like(x)])
    return PlantedDisc(to_pixels(np.stack(frames)), motion, hidden, clear)
