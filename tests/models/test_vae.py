"""The variational autoencoder's warm-up, and that models of this kind survive Keras' own saving."""

import keras
import numpy as np
import pytest

import zoo865
from zoo865.models.vae import build_vae
from zoo865.tasks.sampling import sample_noise

pytestmark = pytest.mark.fast


def test_kl_warmup_lets_the_latent_part_grow_to_its_full_weight():
    model = build_vae(image_shape=(6, 5, 1), latent_size=3, width=4, kl_warmup=4)
    images = np.random.default_rng(0).integers(0, 2, (8, 6, 5, 1)).astype("float32")
    for step in range(1, 7):
        outputs = model(images, training=True)
        parts = np.array(outputs["nats"]) - np.array(outputs["kl"]), np.array(outputs["kl"])
        expected = (parts[0] + min(1, step / 4) * parts[1]).mean()
        assert float(model.compute_loss(y_pred=outputs)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("steps", "warm"), [(100_000, 2000), (20_000, 2000), (312, 31), (5, 0)])
def test_of_few_steps_a_tenth_warms_up(steps, warm):
    model = build_vae(image_shape=(6, 5, 1), latent_size=3, width=4)
    model.begin_phase(steps)
    outputs = model(np.zeros((8, 6, 5, 1), "float32"), training=True)
    nats, kl = np.array(outputs["nats"]), np.array(outputs["kl"])
    model.step.assign(warm)
    assert float(model.compute_loss(y_pred=outputs)) == pytest.approx(nats.mean(), rel=1e-5)
    model.step.assign(warm // 2)
    share = (warm // 2) / warm if warm else 1
    assert float(model.compute_loss(y_pred=outputs)) == pytest.approx((nats - (1 - share) * kl).mean(), rel=1e-5)
    assert model.get_config()["kl_warmup"] == 2000


@pytest.mark.parametrize("name", ["vae", "pixelcnn", "dcgan"])
def test_generative_models_survive_saving(name, tmp_path):
    recipe = zoo865.get_recipe(name).smallest()
    model = recipe.model(image_shape=(10, 13, 1), **recipe.model_args)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", custom_objects={type(model).__name__: type(model)})
    noise = sample_noise(*model.noise_input, 4, seed=0)
    np.testing.assert_allclose(again.generate(noise), model.generate(noise), atol=1e-6)
