"""What pages, services and statements ask of the tables of commissions."""
