"""Several processes on one store, with outlets on loopback: what is played, and how it is checked."""
