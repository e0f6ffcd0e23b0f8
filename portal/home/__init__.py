"""What the home page of a partner says, block by block, and the pages behind it.

state      everything about the company that one query can read
needs      what needs somebody, with its day, its role and its rule
card       where the partner stands, and the way to a tier of its choice
rehearsal  what the next evaluation would decide today
diary      what changed: opening, movements, closing
curve      points over twelve months and three months ahead
glance     deals, renewals, links
views      the pages
"""
