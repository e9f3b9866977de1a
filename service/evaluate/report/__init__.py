"""What a run says: scores of its kept answers, intervals, paired differences, verdicts in words. Rows in, report out."""
