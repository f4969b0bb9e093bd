"""`python -m falseflag` is the command `falseflag`."""

from falseflag.cli import main

main()
