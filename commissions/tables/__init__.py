"""The lists of commissions: schedules, lines of statements, disputes."""
