"""What the spiders are made of."""
