"""Pages about deals, registrations and what is put on them."""
