"""Offline evaluation: datasets, runs over them, and reports that are computed from kept answers alone.

cases, datasets, harvest, draft     questions with references: from files, from feedback, from documents
plan, snapshot, start               what a run asks, in which order, of what; frozen before the first question
claims, execute, asking, oracle     a worker asks; every answer is kept as soon as it is there
runs                                looking at runs, stopping and repeating them
report/                             metrics, paired statistics, verdicts; as JSON, page and table
"""
