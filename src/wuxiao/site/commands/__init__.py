"""The words of the `wuxiao` command, a file per subject."""
