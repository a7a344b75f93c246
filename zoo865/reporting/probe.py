"""Run as a script in a fresh process: imports TensorFlow, Keras or all of the zoo, and prints what it says of itself.

    python probe.py tensorflow|keras|zoo865

prints one JSON document: {"error": reason, "missing": module that is not there} where the import fails. In a process of
its own, since a broken library may kill the one that imports it, or never come back.
"""

import importlib
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def tensorflow() -> dict:
    """TensorFlow's version, how it was built, and the GPUs it can use."""
    # TensorFlow would import it, and fail where it or its backend is broken. None forbids that, which typeshed lacks.
    sys.modules["keras"] = None  # type: ignore[assignment]
    import tensorflow as tf

    devices = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(device) for device in devices]
    gpus = [detail.get("device_name", device.name) for detail, device in zip(details, devices, strict=True)]
    return {"version": tf.__version__, "build": dict(tf.sysconfig.get_build_info()), "gpus": gpus}


def keras() -> dict:
    """Keras' version and backend; on JAX the GPUs too, since JAX brings its own libraries for them."""
    import keras

    answer = {"version": keras.__version__, "backend": keras.backend.backend()}
    if answer["backend"] == "jax":
        import jax

        answer["gpus"] = [device.device_kind for device in jax.devices() if device.platform == "gpu"]
    return answer


def zoo865() -> dict:
    """What a run would run on; imports all that training and its report need."""
    for module in ("tensorflow_datasets", "zoo865.training.loop", "zoo865.reporting.report"):
        importlib.import_module(module)
    from zoo865.training import devices

    bfloat16, precision = devices.has_bfloat16(), devices.choose_precision("auto")
    return {**devices.hardware(), "bfloat16": bfloat16, "precision": precision}


def main(attempt):
    """Tries, and prints the answer."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    try:
        answer = attempt()
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        answer = {"error": reason, "missing": error.name if isinstance(error, ModuleNotFoundError) else None}
    print(json.dumps(answer, default=str), file=answers, flush=True)


if __name__ == "__main__":
    main({"tensorflow": tensorflow, "keras": keras, "zoo865": zoo865}[sys.argv[1]])
