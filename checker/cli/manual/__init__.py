"""The pages of the manual: which there are, the commands in them, and those that are made from what they are about."""
