"""What is uploaded: files, pictures, papers, drafts of a report, and whether the disk can still be read."""
