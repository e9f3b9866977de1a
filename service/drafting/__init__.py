"""Items drafted out of documents by a model, for a person to review: questions for a dataset, pairs for training.

kind     what is drafted: cases or pairs
start    drawing the chunks, and a set that a worker fills
claims   which worker may fill it, and what it keeps
work     the worker's share
"""
