"""One question answered by several variants at once, and what people prefer: lanes, blind votes, the leaderboard."""
