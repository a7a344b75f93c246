"""What a trained model is for: how it is measured, shown, exported and asked. One file a task."""
