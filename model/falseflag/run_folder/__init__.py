"""What commands leave in a folder: written whole or not at all, and never over what somebody else put there."""
