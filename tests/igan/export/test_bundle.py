"""Export of whole bundles: agreement with Torch, the manifest, all or nothing."""

import json

import pytest
import torch
from torch import nn

from igan.errors import ExportError
from igan.export import export_bundle
from igan.models.dcgan import Discriminator
from igan.models.features import AlexNetFeatures
from serve.bundle import load_bundle
from serve.bundle.manifest import LatentSpec
from serve.errors import OutputExistsError
from serve.photo.photo import read_photo
from serve.photo.pixels import tensor_to_pixels
from tests.bundles import tiny_bundle, tiny_generator

BATCH_SIZES = (1, 7)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return load_bundle(tiny_bundle(tmp_path_factory.mktemp("b") / "tiny", features="alexnet"))


def gradient(network, inputs: torch.Tensor, vector: torch.Tensor) -> torch.Tensor:
    leaf = inputs.clone().requires_grad_()
    return torch.autograd.grad(network(leaf), leaf, vector)[0]


def relative_error(found: torch.Tensor, expected: torch.Tensor) -> float:
    return ((found - expected).norm() / expected.norm()).item()


@pytest.mark.parametrize("batch", BATCH_SIZES)
def test_the_generator_agrees_with_torch(bundle, batch):
    generator = tiny_generator()
    for seed in range(3):
        latents = bundle.sample_latents(batch, seed)
        images = generator(latents)
        assert (bundle.generator(latents) - images).abs().max() < 1e-4
        vector = torch.randn_like(images)
        expected = gradient(generator, latents, vector)
        assert relative_error(gradient(bundle.generator, latents, vector), expected) < 1e-3


@pytest.mark.parametrize("batch", BATCH_SIZES)
def test_alexnet_agrees_with_torch(bundle, batch):
    features = AlexNetFeatures()
    images = bundle.generator(bundle.sample_latents(batch, 5))
    expected = features(images)
    assert (bundle.features(images) - expected).abs().max() < 1e-4
    vector = torch.randn(expected.shape, generator=torch.Generator().manual_seed(0))
    found = gradient(bundle.features, images, vector)
    assert relative_error(found, gradient(features, images, vector)) < 1e-3


def test_the_gradient_goes_through_both(bundle):
    generator, features = tiny_generator(), AlexNetFeatures()

    def loss(generator, features, latents):
        images = generator(latents)
        return images.square().mean() + 0.2 * features(images).square().mean()

    results = []
    for networks in ((generator, features), (bundle.generator, bundle.features)):
        latents = bundle.sample_latents(2, 1).requires_grad_()
        loss(*networks, latents).backward()
        results.append(latents.grad)
    assert relative_error(results[1], results[0]) < 1e-3


def test_the_manifest_says_what_the_bundle_is(bundle):
    manifest = bundle.manifest
    assert (manifest.image.size, manifest.image.channels) == (32, 3)
    assert manifest.latent == LatentSpec(16, "uniform", (-1.0, 1.0))
    assert manifest.feature_weight == 0.2
    assert list(manifest.networks) == ["generator", "projector", "features"]
    assert not manifest.networks["projector"].differentiable
    settings = manifest.networks["features"].settings
    assert settings["layer"] == "conv4"
    assert settings["after_relu"] is True
    assert settings["upsampling"] == 4
    assert settings["mean"] == [0.485, 0.456, 0.406]
    assert manifest.producer["torch"] == torch.__version__
    for network in manifest.networks.values():
        assert network.parity.forward_max < 1e-4
        assert network.parity.batch_sizes == (1, 2, 7, 64)
    assert set(manifest.files) == {
        path.name for path in bundle.path.iterdir() if path.name != "manifest.json"
    }


def test_a_sketch_model_with_everything_that_is_known_of_it(tmp_path):
    generator = nn.Sequential(nn.Linear(5, 256), nn.Unflatten(1, (4, 8, 8)))
    generator.append(nn.ConvTranspose2d(4, 1, 4, 2, 1)).append(nn.Tanh())
    export_bundle(
        tmp_path / "sketches",
        name="sketches",
        generator=generator,
        discriminator=Discriminator(16, 1, 4),
        latent=LatentSpec(5, "normal", None),
        training={"gan": {"images_seen": 10, "config": {"seed": 0}}},
        measures={"kernel distance": 0.1},
        held_out_losses={"count": 2, "quantiles": {"0.5": 0.3}},
    )
    bundle = load_bundle(tmp_path / "sketches")
    manifest = bundle.manifest
    assert manifest.image.channels == 1
    assert manifest.latent.bounds is None
    assert manifest.training["gan"]["images_seen"] == 10
    assert manifest.measures == {"kernel distance": 0.1}
    assert manifest.held_out_losses["count"] == 2
    assert bundle.projector is None
    assert bundle.features is None
    images = bundle.generator(bundle.sample_latents(3, 0))
    assert images.shape == (3, 1, 16, 16)
    assert bundle.discriminator(images.requires_grad_()).requires_grad


def test_the_same_networks_give_the_same_bundle(tmp_path):
    latent = LatentSpec(4, "uniform", (-1.0, 1.0))
    files = []
    for name in ("one", "two"):
        generator = tiny_generator(image_size=8, latent_dim=4, width=4)
        export_bundle(tmp_path / name, name="tiny", generator=generator, latent=latent)
        files.append(json.loads((tmp_path / name / "manifest.json").read_text())["files"])
    assert files[0] == files[1]


def test_a_taken_place_is_refused_before_any_work(tmp_path):
    with pytest.raises(OutputExistsError):
        export_bundle(
            tmp_path, name="taken", generator=nn.Module(), latent=LatentSpec(4, "normal", None)
        )


@pytest.mark.parametrize(
    ("generator", "reason"),
    [
        (nn.Linear(5, 12), "does not take latents of 4 numbers"),
        (nn.Linear(4, 12), "square images"),
        (nn.Sequential(nn.Linear(4, 24), nn.Unflatten(1, (3, 2, 4))), "square images"),
    ],
)
def test_a_generator_of_another_shape_is_refused(tmp_path, generator, reason):
    with pytest.raises(ExportError, match=reason):
        export_bundle(
            tmp_path / "bundle",
            name="wrong",
            generator=generator,
            latent=LatentSpec(4, "normal", None),
        )
    assert not list(tmp_path.iterdir())


def test_a_bundle_of_half_the_precision_says_what_that_costs(tmp_path):
    folders = {}
    for storage in ("float32", "float16"):
        folders[storage] = tmp_path / storage
        export_bundle(
            folders[storage],
            name="half",
            generator=tiny_generator(width=16),
            discriminator=Discriminator(32, 3, 8),
            latent=LatentSpec(16, "uniform", (-1.0, 1.0)),
            storage=storage,
            score="critic",
        )
    sizes = {
        storage: (folder / "generator.weights").stat().st_size
        for storage, folder in folders.items()
    }
    assert sizes["float16"] < 0.51 * sizes["float32"]
    full, half = (load_bundle(folders[storage]) for storage in ("float32", "float16"))
    cost = half.manifest.networks["generator"].storage_error
    latents = full.sample_latents(64, 3)
    difference = (full.generator(latents) - half.generator(latents)).abs()
    assert 0 < difference.mean() < 0.005
    assert difference.mean().item() == pytest.approx(cost.mean, rel=0.2)
    assert half.manifest.networks["discriminator"].meaning == "critic"
    assert "float16" in (folders["float16"] / "README.md").read_text()


def test_the_card_and_the_samples_are_files_of_the_bundle(bundle):
    card = (bundle.path / "README.md").read_text()
    assert card.startswith("# tiny\n")
    assert "32 x 32" in card
    assert "samples.png" in card
    assert {"README.md", "samples.png"} < set(bundle.manifest.files)
    sheet = read_photo(bundle.path / "samples.png").as_uint8(3)
    (picture,) = tensor_to_pixels(bundle.generator(bundle.sample_latents(64, 0))[:1])
    top, left = ((length - 8 * 128 - 9 * 6) // 2 + 6 for length in sheet.shape[:2])
    enlarged = picture.repeat(4, 0).repeat(4, 1)
    difference = sheet[top : top + 128, left : left + 128].astype(int) - enlarged
    assert abs(difference).max() <= 1
