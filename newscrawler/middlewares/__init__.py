"""Side effects on requests and responses."""
