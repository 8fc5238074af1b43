import base64

import torch

from serve.bundle import Bundle
from serve.bundle.interpreter.external_data import FilesBeside
from serve.bundle.interpreter.stored import StoredGenerator


def test_graph_and_state_are_the_whole_generator(bundle: Bundle) -> None:
    manifest = bundle.manifest
    content = (bundle.path / manifest.networks["generator"].forward).read_bytes()
    sizes = {"generator.weights": manifest.files["generator.weights"].size_bytes}
    arguments = (base64.b64encode(content).decode(), sizes, 16, 3, 8)
    original = StoredGenerator(*arguments, weights=FilesBeside(bundle.path))
    again = StoredGenerator(*arguments)
    latents = bundle.sample_latents(3, 0)
    assert not torch.equal(again(latents), original(latents))
    again.load_state_dict(original.state_dict())
    assert torch.equal(again(latents), original(latents))
    torch.testing.assert_close(original(latents), bundle.generator(latents))
    assert (again.image_size, again.channels, again.latent_dim) == (16, 3, 8)
