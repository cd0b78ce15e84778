"""The life of the process: wiring, fixed jobs, signals, reloads, systemd, hubs, status."""
