"""Who a matter concerns: identity, children, erasure, retention."""
