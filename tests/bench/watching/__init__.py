"""How well silence, thinning and spikes are told from quiet days, on traces of real feeds, with rivals beside."""
