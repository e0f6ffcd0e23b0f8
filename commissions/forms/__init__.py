"""What people fill in and filter by on the pages of commissions."""
