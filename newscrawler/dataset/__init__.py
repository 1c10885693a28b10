"""The dataset: JSON Lines files that a consumer can read at any time, and what keeps them whole."""
