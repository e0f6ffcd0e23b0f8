"""Registrations, from the first look at a domain to the answer (R82, 3.10).

claims       who works on a prospect already, across all companies
steps        what every step does: lock, guard, write down
given        what was filled in, as values
checking     checks and holds of domains
accepting    a registration becomes a deal
rows         the domains and lines, replaced as a whole
registering  the partner's part: fill in, submit, answer, withdraw
reviewing    the vendor's part: accept, ask, refuse, and the appeal
"""
