"""What a model sees in training: order, augmentation, pairs, buckets, an agent's experience."""
