"""Papers that go out: numbered without a gap, kept as they were given out, replaced and voided in the open."""
