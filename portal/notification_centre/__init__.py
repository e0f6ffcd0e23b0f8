"""The pages of what people are told: the list, the preferences, the link of a mail."""
