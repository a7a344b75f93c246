"""What the examples are: named data sets, folders of images. Knows nothing of Keras."""
