"""Building a release: `make release` runs `release.build`; `release.address` changes the repository's address."""
