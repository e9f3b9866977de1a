"""What a run says: scores of kept answers, intervals, paired differences, verdicts in words. Rows in, report out."""
