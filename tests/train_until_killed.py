"""Run as a script: trains a recipe and kills its own process, as `kill -9` does, in the middle of an epoch.

python train_until_killed.py RECIPE.json RUN_DIR EPOCH [PRECISION]
"""

import json
import os
import signal
import sys
from pathlib import Path

import zoo865
from zoo865.callbacks.speed import Speed


class Killer(Speed):
    def on_epoch_begin(self, epoch, logs=None):
        super().on_epoch_begin(epoch, logs)
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        if self.epoch == int(sys.argv[3]) and 0 < self.batches < self.params["steps"]:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    from zoo865.training import loop

    loop.Speed = Killer
    recipe = zoo865.Recipe.from_json(json.loads(Path(sys.argv[1]).read_text()))
    zoo865.train(recipe, seed=7, run_dir=sys.argv[2], precision=(*sys.argv, "float32")[4])
