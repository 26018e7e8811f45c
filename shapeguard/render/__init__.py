"""Turns a report into text, table, picture, page and the formats of other tools; decides nothing."""
