"""What this installation knows of a model by having used it: answers given here, and evaluation runs."""
