"""Places: found, told apart, given a role; measured against gold that people made, with baselines of the same run.

``corpora`` reads the gold, ``score`` measures, ``learn`` fits tables of weights, ``fit`` writes them, ``run`` prints all.
"""
