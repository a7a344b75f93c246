"""SavedModels that TensorFlow alone can serve, and the Predictor that asks them."""
