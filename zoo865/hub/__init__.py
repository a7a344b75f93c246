"""Publishing trained models: the SavedModel, the weights, and a card that says what they are."""
