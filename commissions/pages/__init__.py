"""The pages of commissions: what was earned, what is ahead, papers, disputes."""
