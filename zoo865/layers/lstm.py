"""A long short-term memory whose steps are one operation.

Keras 3 composes a step on TensorFlow of some fifteen operations, and as many more for its gradient. TensorFlow has one
for all steps of a text, with a gradient written by hand. How much faster a network trains with it:
benchmarks/sentiment_speed.py.
"""

import keras
import tensorflow as tf

STANDARD = {"activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True, "return_sequences": True}


@keras.saving.register_keras_serializable("zoo865")
class LSTM(keras.layers.LSTM):
    """`keras.layers.LSTM`, with the same arguments, variables and results, faster to train on a CPU with TensorFlow.

    It is one operation in training, in float32, for sequences without a mask that begin from zeros, where the state
    after each step is returned. Everything else goes Keras' own way: answers (the operation does not convert to ONNX),
    GPUs, where Keras has cuDNN's, and other backends. Paper: Hochreiter, Schmidhuber 1997.

    Example:
        >>> steps = np.random.default_rng(0).normal(size=(2, 7, 4)).astype("float32")
        >>> layer = LSTM(8, return_sequences=True)
        >>> bool(np.allclose(layer(steps, training=True), layer(steps), atol=1e-6))
        True
    """

    def call(self, sequences, initial_state=None, mask=None, training=False):
        """(batch, steps, channels) float32 -> (batch, steps, units) float32, or as `keras.layers.LSTM` returns it."""
        if not training or initial_state is not None or mask is not None or not self._is_one_operation():
            return super().call(sequences, initial_state=initial_state, mask=mask, training=training)
        steps = tf.transpose(sequences, (1, 0, 2))
        both = tf.concat((self.cell.kernel, self.cell.recurrent_kernel), axis=0)
        zeros, no_peepholes = tf.zeros((tf.shape(steps)[1], self.units)), tf.zeros(self.units)
        # BlockLSTM, not BlockLSTMV2, whose gradient is wrong (TensorFlow 2.21).
        states = tf.raw_ops.BlockLSTM(
            seq_len_max=tf.shape(steps, tf.int64)[0],
            x=steps,
            cs_prev=zeros,
            h_prev=zeros,
            w=_in_its_order(both),
            wci=no_peepholes,
            wcf=no_peepholes,
            wco=no_peepholes,
            b=_in_its_order(self.cell.bias),
            forget_bias=0.0,  # Keras has it in the bias
            cell_clip=-1.0,  # none
        )
        return tf.transpose(states.h, (1, 0, 2))

    def _is_one_operation(self) -> bool:
        settings = self.get_config()
        plain = all(settings[name] == value for name, value in STANDARD.items())
        others = ("dropout", "recurrent_dropout", "go_backwards", "stateful", "unroll", "return_state")
        on_cpu = keras.backend.backend() == "tensorflow" and not tf.config.list_physical_devices("GPU")
        return on_cpu and plain and not any(settings[name] for name in others) and self.compute_dtype == "float32"


def _in_its_order(weights):
    """Keras' gates, input, forget, cell, output, along the last axis, as the operation has them."""
    into, forget, cell, out = tf.split(tf.convert_to_tensor(weights), 4, axis=-1)
    return tf.concat((into, cell, forget, out), axis=-1)
