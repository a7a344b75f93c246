"""How fast dcgan trains: through `fit`, one backward pass over both losses, and in a loop written by hand.

    python benchmarks/gan_speed.py

The same network, R1 included, batches and Adam; the loop is a tf.function that calls the discriminator once on the made
images and takes both players' gradients from one tape. Seconds are those of 320 steps of 32 images, none of compiling.
"""

from interleave import from_command_line, interleaved, ratios, save

STEPS, BATCH = 320, 32  # images of the recipe's batches


def images_of(data_name: str):
    """Enough images for a round, (images, 28, 28, 1) float32."""
    import numpy as np

    import zoo865

    data = zoo865.load_data(data_name)
    return data.train.take(np.arange(STEPS * BATCH) % len(data.train))["image"].astype("float32") / 255


def network(image_shape):
    """The recipe's."""
    import keras

    import zoo865

    keras.utils.set_random_seed(0)
    return zoo865.get_recipe("dcgan").model(image_shape=image_shape, **zoo865.get_recipe("dcgan").model_args)


def adam():
    """The recipe's, at its full rate."""
    import keras

    import zoo865

    found = zoo865.get_recipe("dcgan").phases[0].optimizer
    return keras.optimizers.Adam(found.learning_rate, beta_1=found.beta_1, beta_2=found.beta_2)


def zoo(data_name: str):
    """`fit`, as the loop of the zoo calls it."""
    import tensorflow as tf

    images = images_of(data_name)
    model = network(images.shape[1:])
    model.compile(adam(), steps_per_execution=16, jit_compile=False)
    data = tf.data.Dataset.from_tensor_slices((images,)).batch(BATCH, drop_remainder=True).prefetch(2)

    def run(number):
        model.fit(data, shuffle=False, verbose=0)

    return run


def by_hand(data_name: str):
    """Two optimizers, one tape, D(fake) shared."""
    import tensorflow as tf

    images = images_of(data_name)
    model = network(images.shape[1:])
    generator, discriminator, r1 = model.generator, model.discriminator, model.r1
    optimizers = [adam() for _ in range(2)]
    for optimizer, player in zip(optimizers, (discriminator, generator), strict=True):
        optimizer.build(player.trainable_variables)
    data = tf.data.Dataset.from_tensor_slices(images).batch(BATCH, drop_remainder=True).prefetch(2)

    @tf.function
    def step(real):
        noise = tf.random.normal((BATCH, model.latent_size))
        with tf.GradientTape(persistent=True) as tape:
            fake = generator(noise, training=True)
            with tf.GradientTape() as inner:
                inner.watch(real)
                told = discriminator(real, training=True)
                total = tf.reduce_sum(told)
            slope = tf.reduce_sum(tf.square(inner.gradient(total, real)), (1, 2, 3))
            made = discriminator(fake, training=True)
            told_loss = tf.reduce_mean(tf.nn.softplus(-told) + tf.nn.softplus(made)) / 2
            of_discriminator = told_loss + r1 / 2 * tf.reduce_mean(slope)
            of_generator = tf.reduce_mean(tf.nn.softplus(-made))
        for optimizer, player, loss in zip(
            optimizers, (discriminator, generator), (of_discriminator, of_generator), strict=True
        ):
            variables = player.trainable_variables
            optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
        return of_discriminator, of_generator

    def run(number):
        for real in data:
            step(real)

    return run


def main(data_name: str, rounds: int):
    """Times both, writes results/gan_speed.json."""
    ways = {"fit": (zoo, (data_name,)), "by hand": (by_hand, (data_name,))}
    measured = interleaved(ways, rounds)
    found = ratios(measured, [("by hand", "fit")])
    save("gan_speed", data=data_name, steps=STEPS, batch=BATCH, ratios=found, measured=measured)


if __name__ == "__main__":
    from_command_line(main, __doc__)
