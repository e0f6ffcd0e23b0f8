"""Partner companies, their people, what they hold and where they stand."""
