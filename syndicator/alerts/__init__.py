"""What an operator must know: detectors find what is wrong, each finding has the life of an alert, recipients are told.

A new detector is one file here and one entry in the list that ``runtime.app`` makes.
"""
