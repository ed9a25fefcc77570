"""What pages of staff ask. Nothing here changes a matter; a look at personal data leaves an entry in the diary."""
