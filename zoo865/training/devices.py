"""What a run runs on, and what that allows: processors and GPUs, compilation, precision, several devices at once."""

import contextlib
import os

import keras
import tensorflow as tf

from zoo865.errors import ZooError, nearest
from zoo865.private_keras import seed_generators, sublayers
from zoo865.training.machine import processor, processor_line, versions_of

# A GPU's memory is taken as it is needed, so that a process beside this one, as an export's check, finds some.
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

PRECISIONS = ("auto", "float32", "mixed_bfloat16", "mixed_float16")


def gpus() -> list[str]:
    """The names of the GPUs that TensorFlow can use."""
    return [_details(device).get("device_name", device.name) for device in tf.config.list_physical_devices("GPU")]


def can_jit(model: keras.Model, devices: int = 1) -> bool:
    """Whether to compile training with XLA.

    Always on JAX. On TensorFlow on one GPU, and only where every layer supports it: on processors it is slower.
    """
    if keras.backend.backend() == "jax":
        return True
    supported = all(getattr(layer, "supports_jit", True) for layer in sublayers(model))
    return bool(gpus()) and devices == 1 and supported


def choose_precision(asked: str) -> str:
    """The Keras dtype policy for "auto", or the policy asked for.

    "auto" is bfloat16 where the hardware multiplies it (GPUs since Ampere, processors with AMX or AVX-512 BF16),
    float16 on GPUs since Volta, and float32 elsewhere.

    Raises:
        ZooError: no such precision.
    """
    if asked not in PRECISIONS:
        raise ZooError(f"unknown precision {asked!r}", nearest(asked, PRECISIONS))
    if asked != "auto":
        return asked
    devices = tf.config.list_physical_devices("GPU")
    if devices:
        capability = min(_details(device).get("compute_capability", (0, 0)) for device in devices)
        return "mixed_bfloat16" if capability >= (8, 0) else "mixed_float16" if capability >= (7, 0) else "float32"
    return "mixed_bfloat16" if has_bfloat16() else "float32"


def has_bfloat16() -> bool:
    """Whether this machine's processor multiplies bfloat16 itself."""
    return bool({"amx_bf16", "avx512_bf16"} & set(processor_line("flags").split()))


@contextlib.contextmanager
def on_devices(count: int):
    """Models built and trained in it share every batch among so many devices: GPUs where there are any.

    Raises:
        ZooError: there are not so many.
    """
    names = keras.distribution.list_devices()
    there = [name for name in names if not name.startswith("cpu")] or names
    if not 1 <= count <= len(there):
        raise ZooError(f"{count} devices requested, {len(there)} available: {', '.join(there)}", "request fewer")
    if count == 1:
        yield
    elif keras.backend.backend() == "jax":
        keras.distribution.set_distribution(
            keras.distribution.DataParallel(devices=there[:count], auto_shard_dataset=False)
        )
        try:
            yield
        finally:
            keras.distribution.set_distribution(None)
    else:
        # Between processors TensorFlow's collective operations fail when a second run starts in a process.
        reduction = None if gpus() else tf.distribute.ReductionToOneDevice()
        with tf.distribute.MirroredStrategy(there[:count], reduction).scope():
            yield


def synchronize(model: keras.Model):
    """Lets several devices train as one does: every batch normalisation averages over the whole batch, not over one
    device's share of it; and no two devices draw the same dropout mask or noise.
    """
    if keras.backend.backend() == "jax":  # which splits one computation over all devices, and needs no telling
        return
    for layer in [model, *sublayers(model)]:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.synchronized = True
        for generator in seed_generators(layer):
            _draw_apart(generator)


def _draw_apart(generator: keras.random.SeedGenerator):
    """Gives each of mirrored devices seeds of its own; their states are copies of each other, and stay so."""
    drawn = generator.next

    def of_this_device(ordered=True):
        seed, context = drawn(ordered), tf.distribute.get_replica_context()
        device = context.replica_id_in_sync_group if context else 0
        return seed + tf.stack([tf.cast(device, seed.dtype), tf.zeros((), seed.dtype)])

    generator.next = of_this_device


def hardware() -> dict:
    """Processor, its cores that this process may use, and GPUs."""
    return {**processor(), "gpus": gpus()}


def versions() -> dict:
    """The versions that decide about numbers."""
    backend = keras.backend.backend()
    return {**versions_of(*dict.fromkeys(("tensorflow", "keras", "numpy", backend))), "backend": backend}


def _details(device) -> dict:
    return tf.config.experimental.get_device_details(device)
