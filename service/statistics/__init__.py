"""Statistics for comparing ways of answering: plain numbers in, intervals, p-values and verdicts out.

Knows nothing of questions, answers or HTTP: arrays and names only. numpy and the standard library, no other package.

    arm, bootstrap, repeats     one arm: a mean and its interval
    paired, power               two arms on the same questions; what a number of questions can show
    verdict, sentence           many comparisons at once, and what they mean in words
    sequential, shares          data that are looked at while they arrive
    rank, votes, strength       a leaderboard from blind votes
    agreement, ratio, assign    judges against people; sample-ratio mismatch; sticky assignment
    bandit, pareto, breakeven   routing by success; who is best for the money; when training pays back
"""
