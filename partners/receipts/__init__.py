"""Why a number is what it is: everything a receipt shows, read and recomputed.

    addresses   where the receipt of a number stands, for ever
    sources     what the apps above say about the deal or the client behind an entry
    words       the rules in sentences, with the numbers of the edition
    arithmetic  an entry's points computed again from its facts, line by line
    entries     the receipt of one entry of the ledger
    numbers     the entries that make a number of a partner on a day
    tiers       the receipts of the performing and of the credited tier

A receipt is read as of a day and as known at a moment, so that the same address gives
the same page when later entries have been posted.
"""
