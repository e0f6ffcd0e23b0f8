"""The people of a company: who they are, how they come in, what each may do."""
