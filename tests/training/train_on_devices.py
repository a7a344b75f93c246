"""Run as a script: trains systems on one device and on two at the same global batch; prints their histories of loss.

python train_on_devices.py FOLDER

The processor stands for two devices. Steps are small and plain, so that rounding does not grow: Adam's first steps are
as long where a gradient is rounding as where it is not.
"""

import json
import sys

import keras
import tensorflow as tf

import zoo865

SETTINGS = {
    "data": "generated_digits",
    "epochs": 2,
    "batch_size": 100,
    "model_args.width": 8,
    "model_args.dropout": 0.0,
    "model_args.stem": 0,
    "phases.train.optimizer.name": "sgd",
    "phases.train.optimizer.learning_rate": 1e-3,
    "phases.train.optimizer.weight_decay": 0.0,
}

if __name__ == "__main__":
    if keras.backend.backend() == "jax":
        import jax

        jax.config.update("jax_num_cpu_devices", 2)
    else:
        (processor,) = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
    recipe = zoo865.get_recipe("mnist_cnn").override(SETTINGS)
    runs = [zoo865.train(recipe, run_dir=f"{sys.argv[1]}/{count}", devices=count) for count in (1, 2)]
    try:
        zoo865.train(recipe, run_dir=f"{sys.argv[1]}/3", devices=3)
    except zoo865.ZooError as error:
        refused = str(error)
    drawn = zoo865.get_recipe("vae").smallest().override({"epochs": 1})
    drawings = [zoo865.train(drawn, run_dir=f"{sys.argv[1]}/vae-{count}", devices=count) for count in (1, 2)]
    photos = zoo865.get_recipe("mobilenet_v2").smallest().override({"epochs": 1})
    answers = [zoo865.train(photos, run_dir=f"{sys.argv[1]}/photos-{count}", devices=count) for count in (1, 2)]
    document = {
        "losses": [[row["loss"] for row in run.history] for run in runs],
        "test": [run.metrics["test"]["cross_entropy"] for run in runs],
        "nats": [[row["loss"] for row in run.history] for run in drawings],
        "photos": [[row["loss"] for row in run.history] for run in answers],
        "refused": refused,
    }
    print(json.dumps(document))
