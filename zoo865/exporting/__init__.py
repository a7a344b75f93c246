"""SavedModels and ONNX files, the Predictor that asks them, and how fast they answer."""
