"""What both sides put on a shared deal (3.10).

writing      comments, and the fields that they work with
teams        who follows the deal
filing       files
requesting   what a partner asks the vendor for
signalling   signals of prospects, received and sent on
"""
