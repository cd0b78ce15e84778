"""What the standards of our output formats demand, as rules of our own, and documents that they are applied to."""
